"""Answers and paragraphs: which answer is whose, and what a new answer replaces."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cleaner.labels.record import Answer, LabelledDocument

MIN_COVER = 0.5  # an answer counts for a paragraph of which it covers half: more can belong to no other


def aligned(document: LabelledDocument, starts: Iterable[int], ends: Iterable[int]) -> list[Answer | None]:
    """The answer of each paragraph; spans from other tools need not be the paragraphs of this program.

    Args:
        document: its answers, in order.
        starts: first code point of each of n paragraphs, in order.
        ends: one past the last.

    Returns:
        n answers as they were given, with their own spans; None where nobody said anything. All None for a skipped document.
    """
    answers = () if document.is_skipped else document.answers
    found: list[Answer | None] = []
    first = 0
    for start, end in zip(starts, ends, strict=True):
        while first < len(answers) and answers[first].end <= start:
            first += 1
        best, cover = None, MIN_COVER * (end - start)
        for answer in _from(answers, first, end):
            if (shared := min(end, answer.end) - max(start, answer.start)) >= cover:
                best, cover = answer, shared
        found.append(best)
    return found


def _from(answers: Sequence[Answer], first: int, end: int) -> Iterable[Answer]:
    """The answers from one on that begin before a paragraph's end."""
    for i in range(first, len(answers)):
        if answers[i].start >= end:
            return
        yield answers[i]


def answered(document: LabelledDocument, spans: Sequence[tuple[int, int]], changes: Mapping[int, Answer | None]) -> LabelledDocument:
    """A document with new answers for some of its paragraphs.

    An answer whose span reached over a changed paragraph goes on to count for the other paragraphs it covered.

    Args:
        document: as it was.
        spans: start and end of each paragraph, in order.
        changes: index of a paragraph → its answer, or None to take back what was said.
    """
    before = aligned(replace(document, is_skipped=False), *zip(*spans, strict=True)) if spans else []
    starts, ends = ([getattr(answer, side) for answer in document.answers] for side in ("start", "end"))
    touched = {
        answer for i in changes for answer in document.answers[bisect_right(ends, spans[i][0]) : bisect_left(starts, spans[i][1])]
    }
    kept = [answer for answer in document.answers if answer not in touched]
    split = [
        replace(answer, start=start, end=end)
        for i, (answer, (start, end)) in enumerate(zip(before, spans, strict=True))
        if answer in touched and answer is not None and i not in changes
    ]
    new = [answer for answer in changes.values() if answer is not None]
    return replace(document, answers=tuple(sorted([*kept, *split, *new], key=lambda answer: answer.start)))
