"""What the sequence model sees of a batch besides probabilities: where documents begin, and what paragraphs share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cleaner.features.batch import Features
from cleaner.text.characters import Class
from cleaner.text.paragraphs import Paragraphs
from cleaner.text.scan import Scan

STEM_CHARS = 6
MIN_STEM_CHARS = 4  # shorter words are mostly function words
STEM_BITS = 12  # a document of 4,096 different stems has said everything


@dataclass(frozen=True, slots=True)
class Layout:
    """Facts about n paragraphs in documents.

    Attributes:
        bounds: shape (n_documents + 1,), int64; document d has the paragraphs `bounds[d]` to `bounds[d + 1]`.
        gap: shape (n,), int64, line breaks since the previous paragraph.
        words: shape (n,), int64.
        shape: shape (n, n_shape), float32.
        stems: shape (n_stems,), int64, the different stems of content words in each paragraph, hashed to `STEM_BITS`.
        stem_paragraph: shape (n_stems,), int64, ascending, the paragraph of each.
        whole: shape (n,), uint32, hash of the paragraph.
        opening: shape (n,), uint32, hash of its first token.
        closing: shape (n,), uint32, hash of its last token.
    """

    bounds: np.ndarray
    gap: np.ndarray
    words: np.ndarray
    shape: np.ndarray
    stems: np.ndarray
    stem_paragraph: np.ndarray
    whole: np.ndarray
    opening: np.ndarray
    closing: np.ndarray


def lay_out(scan: Scan, paragraphs: Paragraphs, features: Features) -> Layout:
    """Collect a batch's layout."""
    n = len(paragraphs.first)
    n_documents = len(scan.bounds) - 1
    bounds = np.searchsorted(paragraphs.documents, np.arange(n_documents + 1))
    hashes = features.hashes
    is_word = (scan.classes == Class.LOWER) | (scan.classes == Class.UPPER) | (scan.classes == Class.LETTER)
    content = np.flatnonzero((is_word & (scan.ends - scan.starts >= MIN_STEM_CHARS)) | (scan.classes == Class.SINGLE))
    starts = scan.starts[content]
    stems = hashes(starts, np.minimum(starts + STEM_CHARS, scan.ends[content])) >> np.uint32(32 - STEM_BITS)
    paragraph = np.repeat(np.arange(n), paragraphs.last - paragraphs.first)[content]
    distinct = np.sort((paragraph << STEM_BITS) | stems)  # np.unique hashes, which is slower than sorting whole numbers
    distinct = distinct[np.diff(distinct, prepend=-1) > 0]
    return Layout(
        bounds=bounds,
        gap=paragraphs.gap,
        words=features.words,
        shape=features.shape,
        stems=distinct & ((1 << STEM_BITS) - 1),
        stem_paragraph=distinct >> STEM_BITS,
        whole=hashes(paragraphs.starts, paragraphs.ends),
        opening=hashes(paragraphs.starts, scan.ends[paragraphs.first]),
        closing=hashes(scan.starts[paragraphs.last - 1], paragraphs.ends),
    )
