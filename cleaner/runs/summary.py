"""What a report shows beyond the counts, gathered in bounded memory and mergeable in the order of the documents."""

from __future__ import annotations

import hashlib
import heapq
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from cleaner.formats import Document
from cleaner.records import Label, Result

N_BINS = 20
MOST_TEXTS, MOST_SITES, MOST_CHANGED = 20_000, 5_000, 50  # some megabytes in all; a report shows a few dozen of each
EXAMPLE_CHARS = 240
NO_SITE = "(no address)"
_DIGIT = re.compile(r"\d")


@dataclass(slots=True)
class Counts:
    """A table of counts by key that keeps its largest rows; what is thrown out may come back and then begins anew.

    Attributes:
        most: rows kept when it is cut; it may grow to twice as many in between.
        rows: key → [count, further numbers or texts...]; numbers add up, texts are those of the first time.
        floor: by how much a count may be too small, because its row was thrown out before; 0 where all are exact.
    """

    most: int
    rows: dict[str, list[Any]] = field(default_factory=dict)
    floor: int = 0

    def add(self, key: str, *values: Any) -> None:  # noqa: ANN401 - numbers and texts
        """Add to a row, the count first."""
        row = self.rows.get(key)
        if row is None:
            self.rows[key] = [*values]
            return
        for i, value in enumerate(values):
            if not isinstance(value, str):
                row[i] += value

    def cut(self) -> None:
        """Throw out the smallest rows where there are twice too many; of equal ones those with the larger keys."""
        if len(self.rows) <= 2 * self.most:
            return
        order = sorted(self.rows, key=lambda key: (-self.rows[key][0], key))
        self.floor += self.rows[order[self.most]][0]  # a key may have been thrown out each time
        self.rows = {key: self.rows[key] for key in order[: self.most]}

    def merge(self, later: Counts) -> None:
        """Add the rows of another table."""
        for key, row in later.rows.items():
            self.add(key, *row)
        self.floor += later.floor
        self.cut()

    def largest(self, n: int) -> list[tuple[str, list[Any]]]:
        """The n largest rows, largest first."""
        return heapq.nsmallest(n, self.rows.items(), key=lambda item: (-item[1][0], item[0]))


@dataclass(slots=True)
class Summary:
    """What a run removed and where.

    Attributes:
        scores: label → kept and dropped paragraphs by probability of the label, each in `N_BINS` equal bins from 0 to 1.
        texts: digest of a dropped text → [times, characters in all, kind, how it begins, document of the first].
        sites: host → [documents, paragraphs, dropped paragraphs, characters, dropped characters].
        changed: the documents that lost most, [dropped characters, characters, id], most first.
    """

    scores: dict[str, list[list[int]]] = field(default_factory=lambda: {label.value: [[0] * N_BINS, [0] * N_BINS] for label in Label})
    texts: Counts = field(default_factory=lambda: Counts(MOST_TEXTS))
    sites: Counts = field(default_factory=lambda: Counts(MOST_SITES))
    changed: list[tuple[int, int, str]] = field(default_factory=list)

    def add(self, document: Document, result: Result) -> None:
        """Take one document into account."""
        verdicts, source = result.verdicts, result.source
        keep, widths = verdicts.keep, verdicts.ends - verdicts.starts
        dropped = int(widths[~keep].sum())
        names = list(Label)
        labels = np.array([names.index(label) for label in verdicts.scheme.labels], np.int64)[verdicts.kinds]
        bins = np.minimum((verdicts.label_scores() * N_BINS).astype(np.int64), N_BINS - 1)
        for number, label in enumerate(names):
            for row, mask in enumerate((keep, ~keep)):
                counts = np.bincount(bins[mask & (labels == number)], minlength=N_BINS).tolist()
                self.scores[label.value][row] = [a + b for a, b in zip(self.scores[label.value][row], counts, strict=True)]
        for i in np.flatnonzero(~keep).tolist():
            text = source[verdicts.starts[i] : verdicts.ends[i]]
            kind = verdicts.scheme.kinds[int(verdicts.kinds[i])]
            self.texts.add(digest(text), 1, len(text), kind, text[:EXAMPLE_CHARS], document.id)
        self.sites.add(site_of(document.url), 1, len(keep), int((~keep).sum()), len(source), dropped)
        if dropped:
            self.changed.append((dropped, len(source), document.id))

    def merge(self, later: Summary) -> None:
        """Add what was gathered from documents that came after these."""
        for label, rows in later.scores.items():
            self.scores[label] = [[a + b for a, b in zip(*pair, strict=True)] for pair in zip(self.scores[label], rows, strict=True)]
        self.texts.merge(later.texts)
        self.sites.merge(later.sites)
        self.changed = heapq.nsmallest(MOST_CHANGED, self.changed + later.changed, key=lambda row: (-row[0], row[1], row[2]))

    def to_json(self) -> dict[str, Any]:
        """All of it for a file; `from_json` is the inverse."""
        return {
            "scores": self.scores,
            "texts": [self.texts.floor, self.texts.rows],
            "sites": [self.sites.floor, self.sites.rows],
            "changed": self.changed,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Summary:
        """What a file holds."""
        texts, sites = stored["texts"], stored["sites"]
        changed = [(dropped, n, name) for dropped, n, name in stored["changed"]]
        return cls(stored["scores"], Counts(MOST_TEXTS, texts[1], texts[0]), Counts(MOST_SITES, sites[1], sites[0]), changed)


def digest(text: str) -> str:
    """What texts have in common that differ only in blanks, case and digits: furniture counts and dates itself."""
    folded = _DIGIT.sub("0", " ".join(text.casefold().split()))
    return hashlib.blake2b(folded.encode("utf-8", "replace"), digest_size=8).hexdigest()


def site_of(url: str | None) -> str:
    """The host of an address, without `www.`."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        host = None
    return (host or NO_SITE).removeprefix("www.")[:100]
