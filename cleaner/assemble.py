"""The only place that cuts: verdicts and the source text → the cleaned text."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from cleaner.records import Verdicts


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
    keep = verdicts.keep
    if keep.all():
        return source
    # Runs of equal verdicts: a run holds the paragraphs first to last.
    edges = [0, *(np.flatnonzero(np.diff(keep)) + 1).tolist(), len(keep)]
    pieces: list[str] = []
    gap = ""
    for first, last in pairwise(edges):
        start, end = int(verdicts.starts[first]), int(verdicts.ends[last - 1])
        before = source[int(verdicts.ends[first - 1]) if first else 0 : start]
        gap = max(gap, before, key=_n_lines)
        if keep[first]:
            pieces += [gap if pieces or not first else _indent(before), source[start:end]]
        elif marker is not None:
            pieces += [gap, _fill(marker, verdicts, first, last)]
        else:
            continue
        gap = ""
    return "".join(pieces) + source[int(verdicts.ends[-1]) :] if pieces else ""


def _indent(blanks: str) -> str:
    """The blanks of the last line: what stands in front of the first paragraph that is left."""
    return f"{blanks}.".splitlines()[-1][:-1]


def _n_lines(blanks: str) -> int:
    """Lines that blanks reach over, whatever separates them."""
    return len(f"{blanks}.".splitlines())


def _fill(marker: str, verdicts: Verdicts, first: int, last: int) -> str:
    """The marker for a dropped run, its number and kinds filled in."""
    kinds = dict.fromkeys(verdicts.scheme.kinds[kind] for kind in verdicts.kinds[first:last].tolist())
    return marker.replace("{n}", str(last - first)).replace("{kinds}", ", ".join(kinds))
