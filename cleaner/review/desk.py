"""Documents on the desk: each judged when it is first opened, with the answers people gave so far."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol

from cleaner.errors import CleanerError, DocumentError, GoldError
from cleaner.formats import Document
from cleaner.html.parse import decode_page
from cleaner.labels import Answer, LabelledDocument, aligned, answered
from cleaner.labels.jsonl import label as label_row
from cleaner.records import Label, Page, Paragraph, Result, Scheme
from cleaner.review.store import Store

OPENED = 16  # judged documents that stay in memory: going back and forth should not wait
MAX_TERMS = 6


class Explained(Protocol):
    """Why a paragraph got its verdict."""

    paragraph: Paragraph
    keep: bool
    alone: str
    terms: tuple[tuple[str, float], ...]
    kinds: tuple[tuple[str, float], ...]


class Judge(Protocol):
    """The part of `Cleaner` that is needed here."""

    def clean_many(self, documents: Iterable[str | Page]) -> Iterator[Result]:
        """Judge many texts and pages."""

    def explain(self, document: str | Page) -> Sequence[Any]:
        """Why each paragraph got its verdict, as `Explained`."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document that was opened.

    Attributes:
        blank: the document without answers.
        verdicts: why each paragraph got its verdict, in order.
    """

    blank: LabelledDocument
    verdicts: tuple[Explained, ...]

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Start and end of each paragraph."""
        return [(verdict.paragraph.start, verdict.paragraph.end) for verdict in self.verdicts]


class Desk:
    """The documents to review, one person's answers, and the file they go to.

    Args:
        documents: what was read; of two with one name the first.
        judge: gives the verdicts.
        store: the file of labels.
        scheme: the kinds that answers may name.
        by: who answers; None leaves that open.
    """

    def __init__(self, documents: Iterable[Document], judge: Judge, store: Store, scheme: Scheme, by: str | None = None) -> None:
        self.scheme = scheme
        self.store = store
        self.problems: list[str] = []
        self._judge = judge
        self._by = by
        self._documents: dict[str, Document] = {}
        self._sheets: OrderedDict[int, Sheet] = OrderedDict()
        self._lock = threading.Lock()
        for document in documents:
            if document.id in self._documents:
                self.problems.append(str(DocumentError(document.id, "a second document of this name; give each its own 'id'")))
            else:
                self._documents[document.id] = document
        self._ids = list(self._documents)

    def __len__(self) -> int:
        """How many documents there are."""
        return len(self._ids)

    def contents(self) -> dict[str, Any]:
        """The documents by name, with how much of each is labelled, and the scheme."""
        kinds = [{"kind": kind, "label": label.value} for kind, label in zip(self.scheme.kinds, self.scheme.labels, strict=True)]
        return {
            "documents": [self._progress(id_) for id_ in self._ids],
            "kinds": kinds,
            "labels": sorted({label.value for label in self.scheme.labels}),
            "file": str(self.store.path),
            "problems": self.problems,
        }

    def _progress(self, id_: str) -> dict[str, Any]:
        known = self.store.get(id_)
        return {"id": id_, "n_answers": len(known.answers) if known else 0, "skipped": bool(known and known.is_skipped)}

    def open(self, number: int) -> dict[str, Any]:
        """A document's paragraphs with verdicts and answers.

        Raises:
            CleanerError: it cannot be judged, or its name was given to another text before.
        """
        sheet = self._sheet(number)
        known = self.store.get(sheet.blank.id) or sheet.blank
        if known.text != sheet.blank.text:
            raise GoldError(self.store.other_text(known))
        return {
            "id": sheet.blank.id,
            "url": sheet.blank.url,
            "skipped": known.is_skipped,
            "paragraphs": [_shown(verdict, sheet.blank.text) for verdict in sheet.verdicts],
            "answers": _answers(known, sheet),
        }

    def answer(self, number: int, said: Sequence[tuple[int, object]]) -> list[dict[str, Any] | None]:
        """Save answers, and say what now stands for these paragraphs.

        Args:
            number: of the document.
            said: paragraph and answer: an object of `label` and `kind`, either None, or None to take back what was said.

        Raises:
            CleanerError: they cannot be saved; nothing of them is.
            GoldError: there is no such paragraph or kind.
        """
        sheet = self._sheet(number)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        changes = {i: self._answer(sheet, i, value, now) for i, value in said}
        known = self.store.change(sheet.blank, lambda document: answered(document, sheet.spans, changes))
        answers = _answers(known, sheet)
        return [answers[i] for i, _ in said]

    def skip(self, number: int, skipped: bool) -> None:
        """Set a whole document aside, or take it up again; its answers stay in the file.

        Raises:
            CleanerError: that cannot be saved.
        """
        self.store.change(self._sheet(number).blank, lambda document: replace(document, is_skipped=skipped))

    def _answer(self, sheet: Sheet, i: int, value: object, now: str) -> Answer | None:
        if not 0 <= i < len(sheet.verdicts):
            raise GoldError(f"{sheet.blank.id}: no paragraph {i}; it has {len(sheet.verdicts)}")
        if value is None:
            return None
        label, kind = (value.get("label"), value.get("kind")) if isinstance(value, dict) else (0, 0)
        owners = dict(zip(self.scheme.kinds, self.scheme.labels, strict=True))
        if not isinstance(label, str | None) or not isinstance(kind, str | None) or (label and label not in owners.values()):
            raise GoldError(f"{sheet.blank.id}: paragraph {i}: no answer of this scheme; load the page again")
        if kind is not None and owners.get(kind) != label:
            raise GoldError(f"{sheet.blank.id}: paragraph {i}: {kind[:40]!r} is no kind of {label!r}; load the page again")
        start, end = sheet.spans[i]
        return Answer(start, end, Label(label) if label else None, kind, self._by, now)

    def _sheet(self, number: int) -> Sheet:
        if not 0 <= number < len(self._ids):
            raise GoldError(f"no document {number}; there are {len(self._ids)}")
        with self._lock:
            if number not in self._sheets:
                self._sheets[number] = self._judged(self._documents[self._ids[number]])
            self._sheets.move_to_end(number)
            if len(self._sheets) > OPENED:
                self._sheets.popitem(last=False)
            return self._sheets[number]

    def _judged(self, document: Document) -> Sheet:
        try:
            content = document.content
            if isinstance(content, Page):
                content = replace(content, html=decode_page(content.html))  # as it is kept, so that it is judged the same later
            text = content if isinstance(content, str) else next(self._judge.clean_many([content])).source
            verdicts = tuple(self._judge.explain(content))
        except CleanerError:
            raise
        except Exception as error:  # one document that cannot be judged must not take the others from the desk
            raise DocumentError(document.id, f"cannot be judged: {type(error).__name__}: {error}") from error
        html = content.html if isinstance(content, Page) and isinstance(content.html, str) else None
        return Sheet(LabelledDocument(document.id, text, url=document.url, html=html), verdicts)


def _answers(document: LabelledDocument, sheet: Sheet) -> list[dict[str, Any] | None]:
    """What stands for each paragraph; the answers of a skipped document are shown too."""
    starts, ends = zip(*sheet.spans, strict=True) if sheet.spans else ((), ())
    found = aligned(replace(document, is_skipped=False), starts, ends)
    return [
        None if answer is None else {name: value for name, value in label_row(answer).items() if name in {"label", "kind", "by"}}
        for answer in found
    ]


def _shown(verdict: Explained, text: str) -> dict[str, Any]:
    """A paragraph as the page takes it."""
    paragraph = verdict.paragraph
    return {
        "text": text[paragraph.start : paragraph.end].encode("utf-8", "replace").decode(),  # half surrogate pairs do not travel
        "label": paragraph.label.value,
        "kind": paragraph.kind,
        "score": round(paragraph.score, 4),
        "keep": verdict.keep,
        "reason": _reason(verdict).encode("utf-8", "replace").decode(),
    }


def _reason(verdict: Explained) -> str:
    """Why, in one line."""
    terms = ", ".join(f"{term} {weight:+.2f}" for term, weight in verdict.terms[:MAX_TERMS])
    parts = [f"because of {terms}" if terms else verdict.paragraph.reason]
    if verdict.alone != verdict.paragraph.kind:
        parts.append(f"alone it would be {verdict.alone}")
    others = [f"{kind} {share:.2f}" for kind, share in verdict.kinds[:4] if kind != verdict.paragraph.kind and share >= 0.05]
    return "; ".join([*parts, *([f"or else {', '.join(others)}"] if others else [])])
