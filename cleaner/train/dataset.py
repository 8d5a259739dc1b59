"""Labelled documents → the arrays that fitting and evaluating work on, made by the code that inference uses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from cleaner.classify.layout import Layout, lay_out
from cleaner.features.batch import Features, extract
from cleaner.features.terms import GROUPS
from cleaner.text.paragraphs import Paragraphs, segment
from cleaner.text.scan import Scan, scan
from cleaner.train.gold import UNLABELLED, Gold

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

N_FOLDS = 5
BATCH_DOCUMENTS = 256


@dataclass(frozen=True, slots=True)
class Dataset:
    """The n paragraphs of labelled documents, in order, and the m lines that were labelled.

    Attributes:
        documents: the labelled documents.
        document: shape (n,), int64, index of each paragraph's document.
        matrix: shape (n, n_columns), float32: the terms, each group over the square root of its number, then the shape.
        layouts: what the sequence model sees of each batch of documents, besides probabilities.
        kinds: shape (n,), int64, the kind of most of a paragraph's characters, `UNLABELLED` where unknown.
        folds: shape (n,), int64, the fold of each paragraph's site.
        line_paragraph: shape (m,), int64, the paragraph of each labelled line.
        line_kinds: shape (m,), int64.
        line_others: shape (m,), int64.
        line_words: shape (m,), int64, blank-separated words of each line.
    """

    documents: Sequence[Gold]
    document: np.ndarray
    matrix: csr_matrix
    layouts: Sequence[Layout]
    kinds: np.ndarray
    folds: np.ndarray
    line_paragraph: np.ndarray
    line_kinds: np.ndarray
    line_others: np.ndarray
    line_words: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """Shape (n,), int64, how many paragraphs each one's document has."""
        return np.bincount(self.document)[self.document]

    @property
    def line_document(self) -> np.ndarray:
        """Shape (m,), int64, the document of each labelled line."""
        return self.document[self.line_paragraph]


def fold_of(site: str) -> int:
    """The fold of a site: from its name alone, so that adding documents moves no other."""
    return crc32(site.encode()) % N_FOLDS


def build_dataset(documents: Sequence[Gold]) -> Dataset:
    """Segment and featurise labelled documents."""
    from scipy import sparse

    blocks, layouts, columns = [], [], []
    n_paragraphs = 0
    for begin in range(0, len(documents), BATCH_DOCUMENTS):
        batch = documents[begin : begin + BATCH_DOCUMENTS]
        scanned = scan([gold.text for gold in batch])
        paragraphs = segment(scanned)
        features = extract(scanned, paragraphs)
        blocks.append(text_matrix(features))
        layouts.append(lay_out(scanned, paragraphs, features))
        columns.append(_labels(batch, begin, n_paragraphs, scanned, paragraphs))
        n_paragraphs += len(paragraphs.starts)
    joined = {field.name: np.concatenate([getattr(block, field.name) for block in columns]) for field in fields(_Labels)}
    sites = np.array([fold_of(gold.site) for gold in documents])
    return Dataset(documents, matrix=sparse.vstack(blocks, format="csr"), layouts=layouts, folds=sites[joined["document"]], **joined)


def text_matrix(features: Features) -> csr_matrix:
    """A batch's sparse matrix: what the linear model multiplies with its weights."""
    from scipy import sparse

    parts = []
    for group, terms in zip(GROUPS, features.terms, strict=True):
        counts = terms.counts()
        values = np.repeat(1 / np.sqrt(counts.astype(np.float32)), counts)
        part = sparse.csr_matrix((values, terms.columns.astype(np.int32), terms.bounds), (len(counts), 1 << group.bits))
        part.sum_duplicates()
        parts.append(part)
    return sparse.hstack([*parts, sparse.csr_matrix(features.shape)], format="csr", dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Labels:
    """One batch's label columns; see `Dataset`."""

    document: np.ndarray
    kinds: np.ndarray
    line_paragraph: np.ndarray
    line_kinds: np.ndarray
    line_others: np.ndarray
    line_words: np.ndarray


def _labels(batch: Sequence[Gold], first_document: int, first_paragraph: int, scanned: Scan, paragraphs: Paragraphs) -> _Labels:
    line_starts = np.concatenate([gold.starts + at for gold, at in zip(batch, scanned.bounds, strict=False)])
    line_ends = np.concatenate([gold.ends + at for gold, at in zip(batch, scanned.bounds, strict=False)])
    kinds = np.concatenate([gold.kinds for gold in batch])
    # A line that a rare separator splits belongs to the paragraph that its first character lies in.
    paragraph = np.searchsorted(paragraphs.starts, line_starts, side="right") - 1
    n_kinds = max(int(kinds.max(initial=0)), 0) + 1
    known = kinds != UNLABELLED
    weights = np.zeros((len(paragraphs.starts), n_kinds))
    np.add.at(weights, (paragraph[known], kinds[known]), (line_ends - line_starts)[known])
    return _Labels(
        document=paragraphs.documents + first_document,
        kinds=np.where(weights.any(axis=1), weights.argmax(axis=1), UNLABELLED),
        line_paragraph=paragraph + first_paragraph,
        line_kinds=kinds,
        line_others=np.concatenate([gold.others for gold in batch]),
        line_words=np.array([len(text.split()) for text in _line_texts(batch)], np.int64),
    )


def _line_texts(batch: Sequence[Gold]) -> Iterator[str]:
    for gold in batch:
        yield from (gold.text[start:end] for start, end in zip(gold.starts.tolist(), gold.ends.tolist(), strict=True))
