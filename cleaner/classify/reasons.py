"""Why a paragraph got its kind: the terms that spoke for it, along the same path as the score."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from cleaner.classify.linear import LinearModel
from cleaner.features.batch import Features
from cleaner.text.scan import Scan

MAX_TERMS = 6
MAX_TERM_CHARS = 40


def strongest_terms(scan: Scan, features: Features, model: LinearModel, kinds: np.ndarray) -> list[list[tuple[str, float]]]:
    """The terms that spoke most for each paragraph's kind.

    A term's weight is what it adds to the score of the kind, over what it adds to the other kinds on average; equal
    terms count together, and a term that another one contains counts once.

    Args:
        scan: the batch.
        features: its n paragraphs.
        model: the paragraph model.
        kinds: shape (n,), the kinds to explain.

    Returns:
        For each paragraph at most `MAX_TERMS` pairs of term and weight, strongest first, all weights positive.
    """
    paragraphs, starts, ends, weights = [], [], [], []
    for terms, ranges, table in zip(features.terms, features.ranges, model.tables, strict=True):
        paragraph = np.repeat(np.arange(len(kinds)), terms.counts())
        rows = table.take(terms.columns, axis=0).astype(np.float32)
        own = rows[np.arange(len(rows)), kinds[paragraph]]
        others = (rows.sum(axis=1) - own) / max(rows.shape[1] - 1, 1)
        paragraphs.append(paragraph)
        starts.append(ranges.starts)
        ends.append(ranges.ends)
        weights.append((own - others) * model.scale / np.sqrt(terms.counts().astype(np.float32))[paragraph])
    paragraph, start, end, weight = map(np.concatenate, (paragraphs, starts, ends, weights))
    # People read whole tokens: a prefix or suffix is shown as the token that it is part of.
    start = scan.starts[np.searchsorted(scan.starts, start, side="right") - 1]
    end = scan.ends[np.searchsorted(scan.ends, end)]
    speaking = np.flatnonzero((weight > 0) & (end - start <= MAX_TERM_CHARS))
    order = speaking[np.lexsort((-weight[speaking], paragraph[speaking]))]
    bounds = np.searchsorted(paragraph[order], np.arange(len(kinds) + 1))
    return [
        _merged([(scan.text[start[i] : end[i]], float(weight[i])) for i in order[first:stop][: 8 * MAX_TERMS]])
        for first, stop in pairwise(bounds)
    ]


def _merged(terms: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Add up equal terms, and terms inside a stronger one."""
    merged: dict[str, float] = {}
    for term, weight in terms:
        text = " ".join(term.split())
        home = next((known for known in merged if text.lower() in known.lower()), None)
        if home is not None:
            merged[home] += weight
        elif len(merged) < MAX_TERMS:
            merged[text] = weight
    return sorted(merged.items(), key=lambda pair: -pair[1])
