"""The record of a labelled document, and the one place that checks what files say of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

from cleaner.errors import GoldError
from cleaner.records import Label, Scheme

SKIPPED = "skipped"  # what tools that have only names call a paragraph of which nobody could tell
FACTS = ("source", "url", "language")
_OWN = frozenset({"id", "text", "html", "labels", "skipped", *FACTS})
_SHOWN_CHARS = 40


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person said of one paragraph.

    Attributes:
        start: first code point in the document's text.
        end: one past the last.
        label: None where the person looked and could not tell: nothing to train on, and nothing to ask again.
        kind: None where only the label is known.
        by: who said so.
        at: when, ISO 8601.
    """

    start: int
    end: int
    label: Label | None
    kind: str | None
    by: str | None = None
    at: str | None = None

    @property
    def is_skipped(self) -> bool:
        """Whether the person could not tell."""
        return self.label is None

    @property
    def name(self) -> str:
        """The answer in one word: the kind, else the label, else `skipped`."""
        return self.kind or (self.label.value if self.label is not None else SKIPPED)


@dataclass(frozen=True, slots=True)
class LabelledDocument:
    """A document and the answers for some of its paragraphs, or for all.

    Attributes:
        id: its name, unique in a file.
        text: what the spans index into; of a web page, the text that was extracted from it.
        answers: in order, disjoint.
        source: where it comes from, in the words of whoever collected it.
        url: where it was found on the web.
        html: the web page behind the text, so that its markup can be judged too.
        language: ISO code.
        is_skipped: whether somebody set the whole document aside; none of its answers count then.
        fields: whatever else a record held; kept, never used.
        where: the file and row it was read from, for messages.
    """

    id: str
    text: str
    answers: tuple[Answer, ...] = ()
    source: str | None = None
    url: str | None = None
    html: str | None = None
    language: str | None = None
    is_skipped: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)
    where: str = field(default="", compare=False)

    @property
    def site_hint(self) -> str:
        """What tells its site best: the host of its address, else its source, else its id."""
        try:
            host = urlsplit(self.url or "").hostname
        except ValueError:  # brackets that are not closed, for instance
            host = None
        return host or self.source or self.id

    @property
    def facts(self) -> dict[str, str]:
        """Source, address and language, where known."""
        return {name: value for name in FACTS if (value := getattr(self, name)) is not None}


def answer_named(name: str, scheme: Scheme) -> tuple[Label | None, str | None]:
    """Label and kind that one word stands for: a kind, a label, or `skipped`.

    Raises:
        ValueError: none of these.
    """
    word = name.strip().lower()
    if word in scheme.kinds:
        return scheme.labels[scheme.kinds.index(word)], word
    if word in scheme.labels:
        return _of_label(Label(word), scheme)
    if word == SKIPPED:
        return None, None
    known = ", ".join(dict.fromkeys([*scheme.kinds, *scheme.labels, SKIPPED]))
    raise ValueError(f"{name[:_SHOWN_CHARS]!r} is neither a kind nor a label; known are {known}")


def _of_label(label: Label, scheme: Scheme) -> tuple[Label, str | None]:
    """A label, and its kind where it has only one."""
    kinds = [kind for kind, owner in zip(scheme.kinds, scheme.labels, strict=True) if owner is label]
    return label, kinds[0] if len(kinds) == 1 else None


def document_of(row: object, scheme: Scheme, where: str) -> LabelledDocument:
    """Check a row of the project's own form.

    Args:
        row: parsed JSON. A label may give `name`, one word for label and kind, in the place of both.
        scheme: the kinds.
        where: file and row, for messages.

    Raises:
        GoldError: the row is malformed; the message says where and how.
    """
    if not isinstance(row, Mapping):
        raise GoldError(f"{where}: not an object but {_shown(row)}; give a row of 'id', 'text' and 'labels'")
    text = row.get("text")
    if not isinstance(text, str):
        raise GoldError(f"{where}: 'text' is {_shown(text)}; give the document's text, for spans point into it")
    labels = row.get("labels", [])
    if not isinstance(labels, list):
        raise GoldError(f"{where}: 'labels' is {_shown(labels)}; give a list of {{'start', 'end', 'kind'}}")
    if "labels" not in row and "paragraphs" in row:
        raise GoldError(f"{where}: 'paragraphs' are a model's verdicts, not labels; correct them with 'cleaner review' first")
    answers = _apart((_answer(label, len(text), scheme, f"{where}: label {n}") for n, label in enumerate(labels, 1)), where)
    if blank := next((answer for answer in answers if not text[answer.start : answer.end].strip()), None):
        raise GoldError(f"{where}: the span {blank.start} to {blank.end} is blank; labels are for paragraphs with words")
    return LabelledDocument(
        _id(row.get("id"), where),
        text,
        answers,
        source=_string(row, "source", where),
        url=_string(row, "url", where),
        html=_string(row, "html", where),
        language=_string(row, "language", where),
        is_skipped=_flag(row.get("skipped"), where),
        fields={name: value for name, value in row.items() if name not in _OWN},
        where=where,
    )


def _answer(label: object, n_chars: int, scheme: Scheme, where: str) -> Answer:
    if not isinstance(label, Mapping):
        raise GoldError(f"{where}: not an object but {_shown(label)}; give 'start', 'end' and 'kind'")
    start, end = (_position(label, name, where) for name in ("start", "end"))
    if not 0 <= start < end <= n_chars:
        raise GoldError(f"{where}: the span {_shown(start)} to {_shown(end)} does not lie in the text of {n_chars} code points")
    try:
        of_label, kind = _meant(label, scheme)
    except ValueError as error:
        raise GoldError(f"{where}: {error}") from error
    return Answer(start, end, of_label, kind, _string(label, "by", where), _string(label, "at", where))


def _position(label: Mapping[str, Any], name: str, where: str) -> int:
    value = label.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise GoldError(f"{where}: {name!r} is {_shown(value)}; give a whole number of code points")
    return value


def _meant(row: Mapping[str, Any], scheme: Scheme) -> tuple[Label | None, str | None]:
    """Label and kind of a label's object.

    Raises:
        ValueError: it names none, an unknown one, or a kind under another label.
    """
    words = {name: row[name] for name in ("name", "kind", "label") if name in row}
    if not words:
        raise ValueError("no 'kind' in it; give one, or null where nobody could tell")
    for name, value in words.items():
        if not isinstance(value, str | None):
            raise ValueError(f"{name!r} is {_shown(value)}; give a kind")
    if words.get("name") is not None:
        return answer_named(words["name"], scheme)
    kind, said = ((words.get(name) or "").strip().lower() for name in ("kind", "label"))
    if kind and kind not in scheme.kinds:
        raise ValueError(f"{kind[:_SHOWN_CHARS]!r} is no kind; kinds are {', '.join(scheme.kinds)}")
    if said and said not in scheme.labels:
        raise ValueError(f"{said[:_SHOWN_CHARS]!r} is no label; labels are {', '.join(sorted(set(scheme.labels)))}")
    if not kind:
        return _of_label(Label(said), scheme) if said else (None, None)
    label = scheme.labels[scheme.kinds.index(kind)]
    if said and said != label:
        raise ValueError(f"{kind!r} is a kind of {label.value!r}, not of {said!r}; give the one that is right")
    return label, kind


def _apart(answers: Iterable[Answer], where: str) -> tuple[Answer, ...]:
    """The answers in order.

    Raises:
        GoldError: two of them overlap.
    """
    ordered = sorted(answers, key=lambda answer: answer.start)
    for one, two in pairwise(ordered):
        if two.start < one.end:
            raise GoldError(f"{where}: the spans {one.start} to {one.end} and {two.start} to {two.end} overlap; give a paragraph one label")
    return tuple(ordered)


def _id(value: object, where: str) -> str:
    if value is None or value == "":
        return where
    if isinstance(value, int) and not isinstance(value, bool):
        return _shown(value)
    if not isinstance(value, str):
        raise GoldError(f"{where}: 'id' is {_shown(value)}; give a text or a number")
    return value


def _string(row: Mapping[str, Any], name: str, where: str) -> str | None:
    value = row.get(name)
    if not isinstance(value, str | None):
        raise GoldError(f"{where}: {name!r} is {_shown(value)}; give a text or leave it out")
    return value


def _flag(value: object, where: str) -> bool:
    if value is not None and not isinstance(value, bool):
        raise GoldError(f"{where}: 'skipped' is {_shown(value)}; give true or false")
    return bool(value)


def _shown(value: object) -> str:
    """A value on one short line, however large it is."""
    if isinstance(value, int) and not -(10**18) < value < 10**18:
        return "a number of more than 18 digits"
    if isinstance(value, list | dict):
        return f"{'a list' if isinstance(value, list) else 'an object'} of {len(value)}"
    return repr(value[:_SHOWN_CHARS] if isinstance(value, str) else value)
