"""The non-blank lines of a batch, as token ranges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cleaner.text.scan import Scan


@dataclass(frozen=True, slots=True)
class Lines:
    """The n non-blank lines of a batch, in reading order.

    Attributes:
        documents: shape (n,), int64, index of each line's document.
        first: shape (n,), int64, index of each line's first token.
        last: shape (n,), int64, one past the index of each line's last token.
        gap: shape (n,), int64, line breaks between the previous line and this one; 0 for a document's first.
        indent: shape (n,), int64, blank characters in front of the line's first token.
    """

    documents: np.ndarray
    first: np.ndarray
    last: np.ndarray
    gap: np.ndarray
    indent: np.ndarray


def find_lines(scan: Scan) -> Lines:
    """Group a scan's tokens into lines."""
    # The number of breaks before a token names its line; the joining breaks keep documents apart.
    row = np.searchsorted(scan.breaks, scan.starts)
    is_first = np.ones(len(row), bool)
    is_first[1:] = row[1:] != row[:-1]
    first = np.flatnonzero(is_first)
    last = np.append(first[1:], len(row))[: len(first)]
    documents = np.searchsorted(scan.bounds, scan.starts[first], side="right") - 1
    gap = np.diff(row[first], prepend=row[first][:1])
    gap[documents != np.concatenate([[-1], documents[:-1]])[: len(documents)]] = 0
    line_start = np.where(row[first] > 0, scan.breaks[row[first] - 1] + 1, 0) if len(first) else first
    return Lines(documents, first, last, gap, scan.starts[first] - line_start)
