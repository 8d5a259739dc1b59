"""What a run did, counted from the columns of the verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cleaner.records import Verdicts


@dataclass(frozen=True, slots=True)
class RunReport:
    """The counts of one run.

    Attributes:
        read: documents met, readable or not.
        cleaned: documents written.
        skipped: documents left out, each named with its reason.
        passed_over: files in folders whose ending no format claims.
        paragraphs_by_label: label → paragraphs.
        paragraphs_by_kind: kind → paragraphs.
        dropped_by_kind: kind → dropped paragraphs.
        chars_read: characters of the documents written, blanks between paragraphs included.
        chars_kept: characters of kept paragraphs.
        chars_dropped: characters of dropped paragraphs.
        seconds: how long it took.
    """

    read: int
    cleaned: int
    skipped: int
    passed_over: int
    paragraphs_by_label: Mapping[str, int]
    paragraphs_by_kind: Mapping[str, int]
    dropped_by_kind: Mapping[str, int]
    chars_read: int
    chars_kept: int
    chars_dropped: int
    seconds: float


MOST_WAITING = 1000  # documents whose columns are counted at once: few enough to hold, enough to be worth an array


class Tally:
    """Counts while a run goes on."""

    def __init__(self) -> None:
        self.cleaned = 0
        self.skipped = 0
        self._chars = Counter[str]()
        self._seen = Counter[tuple[str, str]]()
        self._dropped = Counter[str]()
        self._waiting: list[Verdicts] = []

    def __getstate__(self) -> dict[str, Any]:
        self._count()  # verdicts stay in the process that made them
        return self.__dict__

    def add(self, source: str, verdicts: Verdicts) -> None:
        """Count one document, of the scheme that all have; its columns are looked at later, many documents at once."""
        self.cleaned += 1
        self._chars["read"] += len(source)
        self._waiting.append(verdicts)
        if len(self._waiting) == MOST_WAITING:
            self._count()

    def _count(self) -> None:
        """Count the columns that wait; no paragraph has to be built for it."""
        if not self._waiting:
            return
        scheme = self._waiting[0].scheme
        keep, kinds = (np.concatenate([getattr(verdicts, name) for verdicts in self._waiting]) for name in ("keep", "kinds"))
        widths = np.concatenate([verdicts.ends - verdicts.starts for verdicts in self._waiting])
        self._waiting = []
        self._chars["kept"] += int(widths[keep].sum())
        self._chars["dropped"] += int(widths[~keep].sum())
        for column, n in _counts(kinds):
            self._seen[scheme.kinds[column], scheme.labels[column].value] += n
        for column, n in _counts(kinds[~keep]):
            self._dropped[scheme.kinds[column]] += n

    def merge(self, later: Tally) -> None:
        """Add the counts of documents that came after these."""
        self._count()
        later._count()
        self.cleaned += later.cleaned
        self.skipped += later.skipped
        self._chars.update(later._chars)
        self._seen.update(later._seen)
        self._dropped.update(later._dropped)

    def to_json(self) -> dict[str, Any]:
        """The counts for a file; `from_json` is the inverse."""
        self._count()
        seen = [[kind, label, n] for (kind, label), n in self._seen.items()]
        return {"cleaned": self.cleaned, "skipped": self.skipped, "chars": self._chars, "seen": seen, "dropped": self._dropped}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Tally:
        """The counts of a file."""
        tally = cls()
        tally.cleaned, tally.skipped = stored["cleaned"], stored["skipped"]
        tally._chars.update(stored["chars"])
        tally._seen.update({(kind, label): n for kind, label, n in stored["seen"]})
        tally._dropped.update(stored["dropped"])
        return tally

    def report(self, passed_over: int, seconds: float) -> RunReport:
        """The counts so far as a record, the most frequent kinds first."""
        self._count()
        labels = Counter[str]()
        for (_, label), n in self._seen.items():
            labels[label] += n
        return RunReport(
            read=self.cleaned + self.skipped,
            cleaned=self.cleaned,
            skipped=self.skipped,
            passed_over=passed_over,
            paragraphs_by_label=dict(labels.most_common()),
            paragraphs_by_kind={kind: n for (kind, _), n in self._seen.most_common()},
            dropped_by_kind=dict(self._dropped.most_common()),
            chars_read=self._chars["read"],
            chars_kept=self._chars["kept"],
            chars_dropped=self._chars["dropped"],
            seconds=seconds,
        )


def _counts(columns: np.ndarray) -> list[tuple[int, int]]:
    """Each column that occurs and how often."""
    return [(column, n) for column, n in enumerate(np.bincount(columns).tolist()) if n]
