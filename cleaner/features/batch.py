"""The features of a batch of paragraphs: for each group of terms a sparse matrix of ones, and the shape columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cleaner.features import shape as shapes
from cleaner.features.hashing import RangeHashes
from cleaner.features.terms import GROUPS, Ranges, columns
from cleaner.text.paragraphs import Paragraphs
from cleaner.text.scan import Scan


@dataclass(frozen=True, slots=True)
class Terms:
    """One group's sparse matrix of ones, by rows.

    Attributes:
        ranges: where the terms lie in the text, and which row each belongs to.
        columns: shape (n_terms,), int64, the column of each term.
    """

    ranges: Ranges
    columns: np.ndarray

    def counts(self) -> np.ndarray:
        """Terms in each row, shape (n,), int64, at least 1."""
        return np.diff(self.ranges.bounds)


@dataclass(frozen=True, slots=True)
class Features:
    """What the paragraph model sees of n paragraphs.

    Attributes:
        terms: one sparse matrix a group, in the order of `GROUPS`.
        shape: shape (n, len(shape.NAMES)), float32.
        words: shape (n,), int64, words of each paragraph.
        hashes: of any range of the batch's text.
    """

    terms: tuple[Terms, ...]
    shape: np.ndarray
    words: np.ndarray
    hashes: RangeHashes


def extract(scan: Scan, paragraphs: Paragraphs) -> Features:
    """Compute all features of a batch; a paragraph's do not depend on its neighbours."""
    hashes = RangeHashes.of(scan.folded)
    terms = []
    for group in GROUPS:
        ranges = group.ranges(scan, paragraphs)
        terms.append(Terms(ranges, columns(group, ranges, hashes)))
    return Features(tuple(terms), shapes.shape(scan, paragraphs), shapes.word_counts(scan, paragraphs), hashes)
