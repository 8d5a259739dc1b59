"""The only place that cuts: verdicts and the source text → the cleaned text."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from cleaner.records import Verdicts

_ONE_BREAK = frozenset("\n \t")  # the usual blanks: counted faster


@dataclass(frozen=True, slots=True)
class Gap:
    """What stands in the cleaned text where a run of paragraphs was dropped: blanks, a marker, or nothing.

    Attributes:
        first: the first paragraph of the run.
        last: one past its last paragraph.
        start: first code point of the gap in the cleaned text.
        end: one past its last code point.
    """

    first: int
    last: int
    start: int
    end: int


def assemble(source: str, verdicts: Verdicts, marker: str | None = None) -> str:
    """Join what is kept, verbatim and in order.

    Neighbours that are both kept keep the blanks between them; where something was dropped, the wider of the two
    gaps around it stays. When nothing is dropped the text comes back unchanged.

    Args:
        source: the text that the spans index into.
        verdicts: one verdict a paragraph.
        marker: left as a line of its own wherever something was dropped; see `Config.marker`.

    Returns:
        The cleaned text, without a marker a subsequence of `source`; empty where nothing is left.
    """
    if verdicts.keep.all():
        return source
    return "".join(_pieces(source, verdicts, marker)[0])


def gaps(source: str, verdicts: Verdicts, marker: str | None = None) -> list[Gap]:
    """Where something was dropped: what `assemble` put in the place of each run of dropped paragraphs.

    Args:
        source: as for `assemble`.
        verdicts: as for `assemble`.
        marker: as for `assemble`.

    Returns:
        The gaps in order. Outside of them the cleaned text is the source outside of the dropped runs and the blanks around them.
    """
    if verdicts.keep.all():
        return []
    pieces, kept = _pieces(source, verdicts, marker)
    ends = np.cumsum([0, *map(len, pieces)]).tolist()
    found: list[Gap] = []
    n_kept, edges = 0, _edges(verdicts)
    for first, last in pairwise(edges):
        if verdicts.keep[first]:
            n_kept += 1
            continue
        start = ends[kept[n_kept - 1] + 1] if n_kept else 0
        end = ends[kept[n_kept]] if n_kept < len(kept) else ends[-1]
        found.append(Gap(first, last, start, end))
    return found


def _edges(verdicts: Verdicts) -> list[int]:
    """Runs of equal verdicts: a run holds the paragraphs from one edge up to the next."""
    keep = verdicts.keep
    return [0, *((keep[1:] != keep[:-1]).nonzero()[0] + 1).tolist(), len(keep)]


def _pieces(source: str, verdicts: Verdicts, marker: str | None) -> tuple[list[str], list[int]]:
    """The pieces of the cleaned text, and which of them are the runs of kept paragraphs."""
    pieces: list[str] = []
    kept: list[int] = []
    gap, at = "", 0
    starts, ends, keep = verdicts.starts.tolist(), verdicts.ends.tolist(), verdicts.keep.tolist()
    for first, last in pairwise(_edges(verdicts)):
        start, end, is_kept = starts[first], ends[last - 1], keep[first]
        before = source[at:start]
        at = end
        gap = max(gap, before, key=_n_lines) if first or not is_kept else before
        if is_kept:
            kept.append(len(pieces) + 1)
            pieces += [gap if pieces or not first else _indent(before), source[start:end]]
        elif marker is not None:
            pieces += [gap, _fill(marker, verdicts, first, last)]
        else:
            continue
        gap = ""
    return ([*pieces, source[at:]] if pieces else []), kept


def _indent(blanks: str) -> str:
    """The blanks of the last line: what stands in front of the first paragraph that is left."""
    return f"{blanks}.".splitlines()[-1][:-1]


def _n_lines(blanks: str) -> int:
    """Lines that blanks reach over, whatever separates them."""
    return blanks.count("\n") + 1 if _ONE_BREAK.issuperset(blanks) else len(f"{blanks}.".splitlines())


def _fill(marker: str, verdicts: Verdicts, first: int, last: int) -> str:
    """The marker for a dropped run, its number and kinds filled in."""
    kinds = dict.fromkeys(verdicts.scheme.kinds[kind] for kind in verdicts.kinds[first:last].tolist())
    return marker.replace("{n}", str(last - first)).replace("{kinds}", ", ".join(kinds))
