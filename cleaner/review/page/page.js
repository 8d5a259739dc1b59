// The review page: shows one document, takes answers by key or button, and saves each at once, in order.
"use strict";

const RETRY_MS = 2000;
const SILENT = "the program that shows this page does not answer.";
const LABEL_KEYS = { article: "a", advertisement: "d", boilerplate: "b" };
const byId = (id) => document.getElementById(id);
const list = byId("paragraphs");
const token = location.hash.slice(1);

let contents = { documents: [], kinds: [], labels: [], file: "", problems: [] };
let number = -1; // of the document that is shown
let paragraphs = []; // its verdicts, in order
let answers = []; // what stands for each: {label, kind}, or null
let options = []; // the element of each
let shown = []; // indices of those that the filters let through
let current = -1, anchor = -1; // the selection reaches from the one to the other
let done = [], undone = []; // what undo and redo go through: {number, before, after}
const queue = []; // what is not saved yet, oldest first
let saving = null, retryTimer = 0, opening = 0;

// ---- talking to the server

async function request(path, method = "GET", body = undefined) {
  const response = await fetch(path, { method, headers: { Authorization: `Bearer ${token}` }, body: body === undefined ? undefined : JSON.stringify(body) });
  const value = await response.json();
  if (!response.ok) throw Object.assign(new Error(value.error || response.statusText), { refused: true });
  return value;
}

function save() {
  return (saving ??= drain().finally(() => { saving = null; showSaved(); }));
}

async function drain() {
  clearTimeout(retryTimer);
  showSaved();
  try {
    while (queue.length) {
      await request(queue[0].path, "PUT", queue[0].body);
      queue.shift();
      trouble("");
    }
  } catch (error) {
    const left = `${queue.length} ${queue.length === 1 ? "change is" : "changes are"} not saved`;
    trouble(error.refused ? `${left}: ${error.message}` : `${left}: ${SILENT} They stay here as long as this page is open.`);
    if (!error.refused) retryTimer = setTimeout(save, RETRY_MS);
  }
}

function enqueue(path, body) {
  queue.push({ path, body });
  save();
}

function trouble(message) {
  byId("trouble").hidden = !message;
  if (byId("problem").textContent !== message) byId("problem").textContent = message;
}

function showSaved() {
  byId("saved").textContent = queue.length ? `saving ${queue.length} …` : `all saved in ${contents.file}`;
  document.body.dataset.unsaved = queue.length;
}

// ---- documents

async function open(n, at = undefined) {
  if (n < 0 || n >= contents.documents.length) return false;
  const mine = ++opening;
  if (queue.length) await save();
  if (queue.length) { byId("documents").value = String(number); return false; } // what is not saved lives in this page alone
  byId("title").textContent = `${contents.documents[n].id}: opening …`;
  let sheet;
  try {
    sheet = await request(`/api/documents/${n}`);
  } catch (error) {
    if (mine !== opening) return false;
    sheet = { id: contents.documents[n].id, skipped: false, paragraphs: [], answers: [] };
    trouble(error.refused ? error.message : `${SILENT} Start it again.`);
  }
  if (mine !== opening) return false;
  number = n;
  paragraphs = sheet.paragraphs;
  answers = sheet.answers;
  byId("title").textContent = document.title = sheet.id;
  byId("documents").value = String(n);
  byId("skipped").checked = sheet.skipped;
  byId("previous").disabled = n === 0;
  byId("next").disabled = n === contents.documents.length - 1;
  current = anchor = -1;
  build();
  filter();
  select(at ?? shown[0] ?? -1);
  document.body.dataset.open = n;
  return true;
}

function element(name, className, text = "") {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

function build() {
  options = paragraphs.map((paragraph, i) => {
    const option = element("div", "paragraph");
    option.id = `p${i}`;
    option.setAttribute("role", "option");
    const head = element("span", "head"), text = element("p", "text", paragraph.text);
    text.dir = "auto";
    head.append(element("span", "verdict"), element("span", "answer"), element("span", "model", named(paragraph)), element("span", "score", paragraph.score.toFixed(2)));
    option.append(head, text, element("p", "reason", paragraph.reason));
    return option;
  });
  list.replaceChildren(...options);
  options.forEach((_, i) => draw(i));
}

function named(verdict) {
  return verdict.label === null ? "cannot tell" : verdict.kind === null || verdict.kind === verdict.label ? verdict.label : `${verdict.label}/${verdict.kind}`;
}

function isKept(i) {
  return answers[i] && answers[i].label !== null ? answers[i].label === "article" : paragraphs[i].keep;
}

function isUncertain(i) {
  return answers[i] === null && paragraphs[i].score < Number(byId("below").value);
}

function isChanged(i) {
  const answer = answers[i];
  return answer !== null && (answer.label !== paragraphs[i].label || (answer.kind !== null && answer.kind !== paragraphs[i].kind));
}

function draw(i) {
  const [head] = options[i].children, answer = answers[i];
  head.children[0].textContent = isKept(i) ? "kept" : "dropped";
  head.children[1].textContent = answer === null ? "" : `you: ${named(answer)}`;
  head.children[2].textContent = (answer === null ? "" : "model: ") + named(paragraphs[i]);
  options[i].classList.toggle("dropped", !isKept(i));
  options[i].classList.toggle("answered", answer !== null);
  options[i].classList.toggle("uncertain", isUncertain(i));
}

function count() {
  const n = (test) => paragraphs.reduce((sum, _, i) => sum + (test(i) ? 1 : 0), 0);
  const parts = [`${paragraphs.length} paragraphs`, `${n((i) => !isKept(i))} dropped`, `${n((i) => answers[i] !== null)} answered`, `${n(isChanged)} corrected`, `${n(isUncertain)} uncertain`];
  if (shown.length !== paragraphs.length) parts.push(`${shown.length} shown`);
  byId("counts").textContent = parts.join(" · ");
  const entry = contents.documents[number];
  entry.n_answers = n((i) => answers[i] !== null);
  byId("documents").options[number].textContent = title(entry);
}

function title(entry) {
  return entry.id + (entry.skipped ? " (set aside)" : entry.n_answers ? ` (${entry.n_answers} answered)` : "");
}

// ---- what is shown and selected

function passes(i, kind, state, words) {
  const verdict = answers[i] && answers[i].label !== null ? answers[i] : paragraphs[i];
  const [of, name] = [kind.slice(0, 1), kind.slice(2)];
  if (kind && (of === "l" ? verdict.label : verdict.kind) !== name) return false;
  const states = { kept: () => isKept(i), dropped: () => !isKept(i), open: () => answers[i] === null, answered: () => answers[i] !== null, changed: () => isChanged(i), uncertain: () => isUncertain(i) };
  return (!state || states[state]()) && (!words || paragraphs[i].text.toLowerCase().includes(words));
}

function filter() {
  const kind = byId("kind").value, state = byId("state").value, words = byId("search").value.trim().toLowerCase();
  shown = [];
  options.forEach((option, i) => {
    option.hidden = !passes(i, kind, state, words);
    if (!option.hidden) shown.push(i);
  });
  shown.forEach((i, place) => {
    options[i].setAttribute("aria-posinset", place + 1);
    options[i].setAttribute("aria-setsize", shown.length);
  });
  byId("nothing").hidden = shown.length > 0;
  highlight(words);
  count();
  if (current >= 0 && !options[current].hidden) select(current);
  else select(shown.find((i) => i >= current) ?? shown.at(-1) ?? -1);
}

function highlight(words) {
  if (!globalThis.CSS?.highlights) return;
  const found = new Highlight();
  for (const i of words ? shown.slice(0, 500) : []) {
    const node = options[i].querySelector(".text").firstChild, lower = node ? node.data.toLowerCase() : "";
    if (!node || lower.length !== node.data.length) continue; // some letters change their length with their case
    for (let at = lower.indexOf(words); at >= 0; at = lower.indexOf(words, at + words.length)) {
      const range = new Range();
      range.setStart(node, at);
      range.setEnd(node, at + words.length);
      found.add(range);
    }
  }
  CSS.highlights.set("found", found);
}

function selected() {
  const [first, last] = [Math.min(anchor, current), Math.max(anchor, current)];
  return shown.filter((i) => i >= first && i <= last);
}

function select(i, extend = false) {
  for (const option of list.querySelectorAll(".current, [aria-selected=true]")) {
    option.classList.remove("current");
    option.setAttribute("aria-selected", "false");
  }
  current = i;
  if (!extend || anchor < 0) anchor = i;
  if (i < 0) { list.removeAttribute("aria-activedescendant"); return; }
  for (const one of selected()) options[one].setAttribute("aria-selected", "true");
  options[i].classList.add("current");
  list.setAttribute("aria-activedescendant", options[i].id);
  options[i].scrollIntoView({ block: "nearest" });
}

function step(by, extend) {
  if (!shown.length) return;
  const place = shown.indexOf(current);
  select(shown[Math.max(0, Math.min(shown.length - 1, place + by))], extend);
}

function nextUncertain(by) {
  const places = shown.filter(isUncertain);
  if (!places.length) { say("no uncertain paragraph left here"); return; }
  const next = by > 0 ? places.find((i) => i > current) ?? places[0] : places.findLast((i) => i < current) ?? places.at(-1);
  select(next);
}

function say(message) {
  byId("spoken").textContent = message;
}

// ---- answers

function put(n, pairs) {
  if (n === number) {
    for (const [i, value] of pairs) { answers[i] = value; draw(i); }
    count();
  }
  enqueue(`/api/documents/${n}/answers`, pairs);
}

function answer(value) {
  const chosen = selected();
  if (!chosen.length) return;
  const valueOf = typeof value === "function" ? value : () => value;
  const before = chosen.map((i) => [i, answers[i]]), after = chosen.map((i) => [i, valueOf(i)]);
  done.push({ number, before, after });
  undone = [];
  put(number, after);
  const what = after[0][1] === null ? "taken back" : named(after[0][1]);
  say(chosen.length === 1 ? what : `${chosen.length} paragraphs: ${what}`);
}

async function again(from, to, side) {
  const change = from.at(-1);
  if (!change) { say(`nothing to ${side === "before" ? "undo" : "redo"}`); return; }
  if (change.number !== number && !(await open(change.number))) return;
  from.pop();
  to.push(change);
  put(change.number, change[side]);
  const first = change[side][0][0], last = change[side].at(-1)[0];
  if (options[first].hidden || options[last].hidden) clearFilters();
  select(first);
  select(last, true);
  say(side === "before" ? "undone" : "done again");
}

const undo = () => again(done, undone, "before");
const redo = () => again(undone, done, "after");

function accept() {
  answer((i) => ({ label: paragraphs[i].label, kind: paragraphs[i].kind }));
  step(1, false);
}

function clearFilters() {
  byId("kind").value = byId("state").value = byId("search").value = "";
  filter();
}

// ---- keys and buttons

const KEYS = {
  ArrowDown: (event) => step(1, event.shiftKey), j: () => step(1, false), J: () => step(1, true),
  ArrowUp: (event) => step(-1, event.shiftKey), k: () => step(-1, false), K: () => step(-1, true),
  PageDown: (event) => step(10, event.shiftKey), PageUp: (event) => step(-10, event.shiftKey),
  Home: (event) => step(-Infinity, event.shiftKey), End: (event) => step(Infinity, event.shiftKey),
  Enter: accept, s: () => answer({ label: null, kind: null }), x: () => answer(null), Delete: () => answer(null), Backspace: () => answer(null),
  u: undo, U: redo, n: () => nextUncertain(1), N: () => nextUncertain(-1),
  "/": () => byId("search").focus(), f: () => byId("kind").focus(), r: () => byId("reasons").click(),
  "[": () => open(number - 1), "]": () => open(number + 1), "?": () => byId("help").showModal(),
};
const WITH_CONTROL = { z: undo, y: redo, Z: redo, a: () => { if (shown.length) { select(shown[0]); select(shown.at(-1), true); } } };

function onKey(event) {
  if (byId("help").open || event.altKey) return;
  if (event.key === "Escape") {
    event.preventDefault();
    if (event.target === list) { clearFilters(); select(current); }
    list.focus();
    return;
  }
  const field = event.target.closest("input, select, textarea");
  if (event.target.id === "search" && (event.key === "Enter" || event.key === "ArrowDown")) { event.preventDefault(); list.focus(); return; }
  if (field && !(field.type === "checkbox" && event.key !== " ")) return; // letters belong to the field
  if (event.target.closest("button") && (event.key === "Enter" || event.key === " ")) return;
  const action = event.ctrlKey || event.metaKey ? WITH_CONTROL[event.key] : KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action(event);
}

function buttons() {
  const only = (label) => contents.kinds.filter((kind) => kind.label === label);
  const choices = contents.labels.map((label) => ({ key: LABEL_KEYS[label], name: label, value: { label, kind: only(label).length === 1 ? only(label)[0].kind : null } }));
  contents.kinds.forEach((kind, i) => choices.push({ key: i < 9 ? String(i + 1) : "", name: kind.kind, value: kind }));
  for (const { key, name, value } of choices) {
    const button = element("button", "", `${name} `), row = element("tr", ""), head = element("th", "");
    button.type = "button";
    button.dataset.label = value.label;
    button.append(element("kbd", "", key));
    button.addEventListener("click", () => answer({ ...value }));
    if (key) { button.setAttribute("aria-keyshortcuts", key); KEYS[key] = () => answer({ ...value }); }
    byId("answers").append(button);
    head.append(element("kbd", "", key));
    row.append(head, element("td", "", value.kind === null ? `${name}, of whatever kind` : name));
    byId("help-answers").append(row);
  }
  for (const [name, key, act] of [["cannot tell", "s", KEYS.s], ["take back", "x", KEYS.x], ["undo", "u", undo], ["redo", "U", redo]]) {
    const button = element("button", "", `${name} `);
    button.type = "button";
    button.append(element("kbd", "", key));
    button.addEventListener("click", act);
    byId("answers").append(button);
  }
  for (const label of contents.labels) byId("kind").append(new Option(label, `l:${label}`));
  for (const kind of contents.kinds) if (kind.kind !== kind.label) byId("kind").append(new Option(`${kind.label}/${kind.kind}`, `k:${kind.kind}`));
}

function listen() {
  document.addEventListener("keydown", onKey);
  list.addEventListener("click", (event) => {
    const option = event.target.closest(".paragraph");
    if (option && (event.shiftKey || !String(getSelection()))) select(Number(option.id.slice(1)), event.shiftKey);
  });
  for (const id of ["kind", "state"]) byId(id).addEventListener("change", filter);
  byId("search").addEventListener("input", filter);
  byId("below").addEventListener("input", () => { options.forEach((_, i) => draw(i)); filter(); });
  byId("uncertain").addEventListener("click", () => nextUncertain(1));
  byId("reasons").addEventListener("change", (event) => list.classList.toggle("reasons", event.target.checked));
  byId("documents").addEventListener("change", (event) => open(Number(event.target.value)));
  byId("previous").addEventListener("click", () => open(number - 1));
  byId("next").addEventListener("click", () => open(number + 1));
  byId("keys").addEventListener("click", () => byId("help").showModal());
  byId("close").addEventListener("click", () => byId("help").close());
  byId("help").addEventListener("close", () => list.focus());
  byId("retry").addEventListener("click", save);
  byId("skipped").addEventListener("change", (event) => {
    contents.documents[number].skipped = event.target.checked;
    enqueue(`/api/documents/${number}/skipped`, event.target.checked);
    count();
  });
  addEventListener("beforeunload", (event) => { if (queue.length) event.preventDefault(); });
}

async function start() {
  try {
    contents = await request("/api/documents");
  } catch (error) {
    trouble(error.refused ? error.message : `${SILENT} Start it again.`);
    return;
  }
  buttons();
  listen();
  byId("documents").append(...contents.documents.map((entry, i) => new Option(title(entry), String(i))));
  showSaved();
  const opened = await open(0);
  if (opened && contents.problems.length && byId("trouble").hidden) trouble(`Left out: ${contents.problems.join("; ")}`);
  list.focus();
}

start();
