"""The page in a real browser: every key, saving at once, and what happens when the program behind it is killed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cleaner.labels import read_labels
from tests.fakes import SCHEME

sync_api = pytest.importorskip("playwright.sync_api")
ROOT = Path(__file__).parents[2]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
PROGRAM = """
import sys
from tests.fakes import FakePipeline
sys.modules["cleaner.pipeline"] = FakePipeline("cleaner.pipeline")
from cleaner.cli import main
main()
"""
HOSTILE = "<script>document.title='owned'</script> <img src=x onerror=\"document.title='owned'\"> \u202egnp.exe"
TEXTS = {
    "a.txt": f"Story one.\n\nBuy now.\nStory two.\n\nCopyright us.\n{HOSTILE}",
    "b.txt": "Story at night.\nBuy sleep.",
    "large.txt": "\n".join(f"{'Buy' if i % 50 == 0 else 'Story'} number {i}, of the harbour." for i in range(5000)),
}


@dataclass
class Review:
    """A page, the process behind it and the file of labels."""

    page: Any
    process: subprocess.Popen[str]
    file: Path

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def saved(self) -> dict[str, dict[str, str]]:
        """Document → first words of a paragraph → answer, once the page says that all is saved."""
        self.page.wait_for_selector("body[data-unsaved='0']")
        documents = read_labels(self.file, SCHEME) if self.file.exists() else []
        return {document.id: {document.text[a.start : a.end][:10].strip(): a.name for a in document.answers} for document in documents}

    def current(self) -> str:
        return self.page.locator(".current .text").inner_text()

    def shown(self) -> int:
        return self.page.locator(".paragraph:not([hidden])").count()

    def selected(self) -> int:
        return self.page.locator("[aria-selected=true]").count()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def review(browser: Any, tmp_path: Path) -> Iterator[Review]:  # noqa: ANN401 - types only where the package is
    docs = tmp_path / "docs"
    docs.mkdir()
    for name, text in TEXTS.items():
        (docs / name).write_text(text, "utf-8")
    command = [sys.executable, "-c", PROGRAM, "review", "docs", "--labels", "labels.jsonl", "--no-browser", "--by", "ann"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    address = process.stderr.readline().strip()
    page = browser.new_page()
    violations: list[str] = []
    page.on("pageerror", lambda error: violations.append(str(error)))
    page.goto(address)
    page.wait_for_selector("body[data-open='0']")
    yield Review(page, process, tmp_path / "labels.jsonl")
    page.close()
    process.kill()
    process.communicate()
    assert violations == []


@pytest.mark.parametrize(
    ("key", "name"),
    [("a", "article"), ("d", "promotion"), ("b", "legal"), ("1", "article"), ("2", "legal"), ("3", "promotion"), ("s", "skipped")],
)
def test_a_key_gives_its_answer_and_saves_it(review: Review, key: str, name: str) -> None:
    review.press(key)
    assert review.saved() == {"docs/a.txt": {"Story one.": name}}
    assert json.loads(review.file.read_text())["labels"][0]["by"] == "ann"


def test_enter_confirms_and_goes_on(review: Review) -> None:
    review.press("Enter", "Enter")
    assert review.saved() == {"docs/a.txt": {"Story one.": "article", "Buy now.": "promotion"}}
    assert review.current() == "Story two."


def test_an_answer_changes_what_is_seen(review: Review) -> None:
    assert review.page.locator("#p0 .verdict").inner_text() == "kept"
    review.press("3")
    assert review.page.locator("#p0 .verdict").inner_text() == "dropped"
    assert review.page.locator("#p0 .answer").inner_text() == "you: advertisement/promotion"
    assert "1 corrected" in review.page.locator("#counts").inner_text()
    assert review.page.locator("#spoken").inner_text() == "advertisement/promotion"


@pytest.mark.parametrize("key", ["x", "Delete", "Backspace"])
def test_answers_are_taken_back(review: Review, key: str) -> None:
    review.press("3", key)
    assert review.saved() == {"docs/a.txt": {}}


@pytest.mark.parametrize(("back", "forth"), [("u", "U"), ("Control+z", "Control+y")])
def test_undo_and_redo_go_through_all_changes(review: Review, back: str, forth: str) -> None:
    review.press("3", "j", "1", back)
    assert review.saved() == {"docs/a.txt": {"Story one.": "promotion"}}
    review.press(back)
    assert review.saved() == {"docs/a.txt": {}}
    review.press(forth, forth, forth)
    assert review.saved() == {"docs/a.txt": {"Story one.": "promotion", "Buy now.": "article"}}


@pytest.mark.parametrize("keys", [("j", "J", "J"), ("ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown"), ("End", "k", "K", "K")])
def test_a_range_is_answered_and_undone_at_once(review: Review, keys: tuple[str, ...]) -> None:
    review.press(*keys)
    assert review.selected() == 3
    review.press("2")
    assert review.saved() == {"docs/a.txt": {"Buy now.": "legal", "Story two.": "legal", "Copyright": "legal"}}
    review.press("u")
    assert review.saved() == {"docs/a.txt": {}}


def test_the_ends_and_everything(review: Review) -> None:
    review.press("End")
    assert review.current() == HOSTILE
    review.press("Home")
    assert review.current() == "Story one."
    review.press("Control+a")
    assert review.selected() == 5
    review.press("PageUp", "PageDown")
    assert (review.current(), review.selected()) == (HOSTILE, 1)


def test_next_uncertain_goes_round_and_leaves_out_what_is_answered(review: Review) -> None:
    review.press("n")
    assert review.page.locator("#spoken").inner_text() == "no uncertain paragraph left here"
    review.page.locator("#below").fill("1.1")  # the fake engine is always sure
    review.press("Escape", "n", "n", "Enter", "Home", "n", "n", "N")
    assert review.current() == "Buy now."


def test_search_and_filters_show_some_and_escape_all(review: Review) -> None:
    review.press("/")
    review.page.keyboard.type("STORY t")
    review.press("Enter")
    assert (review.shown(), review.current()) == (1, "Story two.")
    review.press("Escape")
    assert review.shown() == 5
    review.press("f")
    assert review.page.evaluate("document.activeElement.id") == "kind"
    review.page.locator("#kind").select_option("k:legal")
    assert (review.shown(), review.current()) == (1, "Copyright us.")
    review.press("Escape", "Escape")
    review.page.locator("#state").select_option("dropped")
    assert review.shown() == 2
    review.page.locator("#paragraphs").focus()
    review.press("Control+a", "1")
    assert review.saved() == {"docs/a.txt": {"Buy now.": "article", "Copyright": "article"}}


def test_brackets_change_the_document_and_undo_finds_it_again(review: Review) -> None:
    review.press("3", "]")
    review.page.wait_for_selector("body[data-open='1']")
    assert review.current() == "Story at night."
    review.press("u")
    review.page.wait_for_selector("body[data-open='0']")
    assert review.saved() == {"docs/a.txt": {}}
    review.press("]")
    review.page.wait_for_selector("body[data-open='1']")
    review.press("[")
    review.page.wait_for_selector("body[data-open='0']")


def test_help_and_reasons_open_by_key(review: Review) -> None:
    review.press("?")
    assert review.page.locator("#help").is_visible()
    review.press("3", "Escape")
    assert not review.page.locator("#help").is_visible()
    assert review.page.evaluate("document.activeElement.id") == "paragraphs"
    assert not review.page.locator("#p1 .reason").is_visible()
    review.press("r")
    assert review.page.locator("#p1 .reason").inner_text().startswith("because of first word")
    assert review.saved() == {}


def test_a_document_is_set_aside(review: Review) -> None:
    review.page.locator("#skipped").check()
    review.saved()
    assert read_labels(review.file, SCHEME)[0].is_skipped


def test_markup_in_a_document_is_text(review: Review) -> None:
    assert review.page.locator("#p4 .text").inner_text() == HOSTILE
    assert review.page.locator("#paragraphs script, #paragraphs img").count() == 0
    assert review.page.title() == "docs/a.txt"


def test_five_thousand_paragraphs_are_shown_answered_and_searched(review: Review) -> None:
    review.page.locator("#documents").select_option("2")
    review.page.wait_for_selector("body[data-open='2']")
    assert review.page.locator(".paragraph").count() == 5000
    review.press("Escape", "End", "3")
    review.page.locator("#search").fill("number 42")
    assert review.shown() == 111
    assert list(review.saved()["docs/large.txt"].values()) == ["promotion"]
    review.press("Escape", "Escape", "Control+a", "2")
    review.saved()
    assert len(json.loads(review.file.read_text())["labels"]) == 5000


def test_a_screen_reader_finds_names_roles_and_positions(review: Review) -> None:
    page = review.page
    assert page.get_by_role("listbox", name="Paragraphs").get_attribute("aria-activedescendant") == "p0"
    option = page.get_by_role("option", name="dropped advertisement/promotion")
    assert (option.get_attribute("aria-posinset"), option.get_attribute("aria-setsize")) == ("2", "5")
    unnamed = "[...document.querySelectorAll('button, input, select')].filter(e => !(e.labels?.length || e.textContent.trim()))"
    assert page.evaluate(f"{unnamed}.length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(review: Review, scheme: str) -> None:
    review.page.emulate_media(color_scheme=scheme)
    ratio = """() => {
      const linear = v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
      const parts = c => c.match(/\\d+/g).slice(0, 3).map(v => linear(v / 255));
      const light = c => parts(c).reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
      return Math.min(...[...document.querySelectorAll('.paragraph span, .paragraph p')].filter(e => e.textContent).map(e => {
        const ground = getComputedStyle(e.closest('.paragraph')).backgroundColor;
        const [a, b] = [getComputedStyle(e).color, ground].map(light).sort((x, y) => y - x);
        return (a + .05) / (b + .05); })) }"""
    assert review.page.evaluate(ratio) >= 4.5  # level AA of WCAG 2.2


def test_what_was_answered_before_the_program_is_killed_is_whole_in_the_file(review: Review) -> None:
    review.press("3", "j", "1")
    before = review.saved()
    review.process.kill()
    review.process.wait()
    review.press("j", "2")
    review.page.wait_for_selector("#trouble:not([hidden])")
    assert review.page.locator("#problem").inner_text().startswith("1 change is not saved: ")
    assert {document.id for document in read_labels(review.file, SCHEME)} == set(before) == {"docs/a.txt"}
    assert [answer.name for answer in read_labels(review.file, SCHEME)[0].answers] == ["promotion", "article"]


def test_a_file_that_cannot_be_saved_is_told_and_saved_when_it_can(review: Review) -> None:
    review.press("3")
    good = review.file.read_bytes() if review.saved() else b""
    review.file.write_text("broken\n")
    review.press("j", "1")
    review.page.wait_for_selector("#trouble:not([hidden])")
    assert "labels.jsonl:1: not JSON" in review.page.locator("#problem").inner_text()
    review.file.write_bytes(good)
    review.page.locator("#retry").click()
    assert review.saved() == {"docs/a.txt": {"Story one.": "promotion", "Buy now.": "article"}}
