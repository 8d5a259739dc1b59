"""The records that rooms hand to each other: labels, the scheme of kinds, verdicts and results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Protocol

import numpy as np


class Label(StrEnum):
    """What a paragraph is, in alphabetical order."""

    ADVERTISEMENT = "advertisement"
    ARTICLE = "article"
    BOILERPLATE = "boilerplate"


@dataclass(frozen=True, slots=True)
class Scheme:
    """The kinds a model tells apart and the label of each.

    Attributes:
        kinds: names of the k kinds, in alphabetical order: the columns of every probability matrix.
        labels: the label of each kind, in the same order.
    """

    kinds: tuple[str, ...]
    labels: tuple[Label, ...]

    def columns(self, name: str) -> frozenset[int]:
        """The columns that a label or a kind names; empty where it names neither."""
        pairs = enumerate(zip(self.kinds, self.labels, strict=True))
        # A label and a kind may share a name ("article"): the label is the wider of the two and includes the kind.
        return frozenset(i for i, (kind, label) in pairs if name in (kind, label.value))


@dataclass(frozen=True, slots=True)
class Page:
    """A web page to be judged: markup in the place of a text.

    Attributes:
        html: the page, decoded, or as bytes in the encoding that it names itself.
        url: where it was found; helps to date it and to tell its site.
    """

    html: str | bytes
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a web page says of itself.

    Attributes:
        title: of the article or post, not of the site.
        author: one or more names.
        date: of publication, `YYYY-MM-DD`.
        language: as the page declares it, for instance `en` or `pt-br`.
    """

    title: str | None = None
    author: str | None = None
    date: str | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The verdict on one paragraph.

    Attributes:
        start: first code point of the paragraph in the document's text.
        end: one past its last code point.
        label: `article`, `advertisement` or `boilerplate`.
        kind: the finer reason inside the label, for instance `legal`.
        score: calibrated probability of the label, in [0, 1].
        reason: what spoke most for the verdict, for people.
    """

    start: int
    end: int
    label: Label
    kind: str
    score: float
    reason: str


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no single truth value to compare by
class Verdicts:
    """The verdicts on the n paragraphs of one document, as columns.

    Attributes:
        starts: shape (n,), int64, code points into the document's text.
        ends: shape (n,), int64.
        kinds: shape (n,), int64, columns of the scheme.
        probabilities: shape (n, k), float32, calibrated, rows sum to 1.
        keep: shape (n,), bool, what assembly keeps.
        scheme: the kinds and labels that the columns stand for.
        explain: gives the n reasons; called at most once, and only when somebody asks.
    """

    starts: np.ndarray
    ends: np.ndarray
    kinds: np.ndarray
    probabilities: np.ndarray
    keep: np.ndarray
    scheme: Scheme
    explain: Callable[[], Sequence[str]]

    def label_scores(self) -> np.ndarray:
        """Probability of each paragraph's own label: the sum over the label's kinds.

        Returns:
            Shape (n,), float32, in [0, 1].
        """
        labels = np.array([list(Label).index(label) for label in self.scheme.labels])
        same = labels[self.kinds][:, None] == labels[None, :]
        return np.minimum((self.probabilities * same).sum(axis=1), 1.0)


class PageView(Protocol):
    """What a result of a web page can still be asked."""

    def metadata(self) -> Metadata:
        """What the page says of itself."""

    def markdown(self, keep: Sequence[bool]) -> str | None:
        """The kept paragraphs as Markdown; None where only a text is known."""


class Result:
    """One cleaned document.

    Paragraphs and reasons are built when they are first asked for: most runs only want the text.

    Attributes:
        source: the text that was judged, unchanged; of a web page the text extracted from it. Spans index into it.
        text: the kept paragraphs, verbatim and in order.
        verdicts: the verdicts as columns, for programs that work on arrays.
    """

    def __init__(self, source: str, text: str, verdicts: Verdicts, page: PageView | None = None) -> None:
        self.source = source
        self.text = text
        self.verdicts = verdicts
        self._page = page

    @cached_property
    def metadata(self) -> Metadata:
        """Title, author, date and language of a web page, found when first asked for; all None for a text."""
        return self._page.metadata() if self._page is not None else Metadata()

    @cached_property
    def markdown(self) -> str:
        """The kept paragraphs of a web page with their headings, lists, tables and code marked; of a text the same as `text`."""
        marked = self._page.markdown(self.verdicts.keep.tolist()) if self._page is not None else None
        return self.text if marked is None else marked

    @cached_property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        """The verdict on every paragraph, in reading order."""
        verdicts, scheme = self.verdicts, self.verdicts.scheme
        rows = zip(
            verdicts.starts.tolist(),
            verdicts.ends.tolist(),
            verdicts.kinds.tolist(),
            verdicts.label_scores().tolist(),
            verdicts.explain(),
            strict=True,
        )
        return tuple(
            Paragraph(start, end, scheme.labels[kind], scheme.kinds[kind], round(score, 4), reason)
            for start, end, kind, score, reason in rows
        )

    @property
    def removed(self) -> tuple[Paragraph, ...]:
        """The paragraphs that were dropped."""
        return tuple(p for p, keep in zip(self.paragraphs, self.verdicts.keep.tolist(), strict=True) if not keep)

    def __repr__(self) -> str:
        kept = int(self.verdicts.keep.sum())
        return f"Result({kept} of {len(self.verdicts.keep)} paragraphs kept, {len(self.text)} of {len(self.source)} characters)"
