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
        columns: shape (n_terms,), int64, the column of each term.
        bounds: shape (n + 1,), int64; row i has the terms `bounds[i]` to `bounds[i + 1]`, at least one. Groups with a term a
            token share one array.
    """

    columns: np.ndarray
    bounds: np.ndarray

    def counts(self) -> np.ndarray:
        """Terms in each row, shape (n,), int64, at least 1."""
        return np.diff(self.bounds)


@dataclass(frozen=True, slots=True)
class Features:
    """What the paragraph model sees of n paragraphs.

    Attributes:
        terms: one sparse matrix a group, in the order of `GROUPS`.
        ranges: where each group's terms lie in the text.
        shape: shape (n, len(shape.NAMES)), float32.
        words: shape (n,), int64, words of each paragraph.
        hashes: of any range of the batch's text.
    """

    terms: tuple[Terms, ...]
    ranges: tuple[Ranges, ...]
    shape: np.ndarray
    words: np.ndarray
    hashes: RangeHashes


def extract(scan: Scan, paragraphs: Paragraphs) -> Features:
    """Compute all features of a batch; a paragraph's do not depend on its neighbours."""
    hashes = RangeHashes.of(scan.folded)
    ranges = tuple(group.ranges(scan, paragraphs) for group in GROUPS)
    tokens = np.append(paragraphs.first, len(scan.starts))
    terms = tuple(
        Terms(columns(group, own, hashes), tokens if group.is_by_token else own.bounds) for group, own in zip(GROUPS, ranges, strict=True)
    )
    return Features(terms, ranges, shapes.shape(scan, paragraphs), shapes.word_counts(scan, paragraphs), hashes)
