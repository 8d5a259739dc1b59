"""The passes over a web page: what the markup adds to each paragraph's text, and what the tree around it adds to its context."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from cleaner.classify.content import N_COLUMNS, content_columns
from cleaner.classify.context import LIMIT, LOGIT_LIMIT, LOGIT_SCALE, PROBABILITY_STEPS, STEP, context
from cleaner.classify.grid import snap
from cleaner.classify.layout import Layout
from cleaner.classify.linear import normalised
from cleaner.features import shape
from cleaner.features.markup import FACTS, LEVELS, Markup
from cleaner.records import Label, Scheme

MAX_WORDS = 60  # longer paragraphs weigh no more in a container's mix


def markup_columns(text_logits: np.ndarray, markup: Markup) -> np.ndarray:
    """The dense columns of the markup model: the facts, and what the text alone says.

    Args:
        text_logits: shape (n, k), of the paragraph model.
        markup: of the n paragraphs.

    Returns:
        Shape (n, len(FACTS) + k), float32, multiples of `shape.STEP`.
    """
    return np.concatenate([markup.facts, snap(text_logits, shape.STEP, LOGIT_LIMIT)], axis=1)


def page_context(text_logits: np.ndarray, logits: np.ndarray, layout: Layout, markup: Markup, scheme: Scheme) -> np.ndarray:
    """The columns that the sequence model of pages sees of each paragraph.

    Args:
        text_logits: shape (n, k), of the paragraph model.
        logits: shape (n, k), of the markup model.
        layout: the pages.
        markup: of their paragraphs.
        scheme: the k kinds.

    Returns:
        Shape (n, n_columns), float32, whole numbers of `context.STEP`; see `context`.
    """
    alone = normalised(logits)
    article = alone[:, sorted(scheme.columns(Label.ARTICLE))].sum(axis=1)
    pages = [slice(begin, stop) for begin, stop in pairwise(layout.bounds.tolist()) if stop > begin]
    blocks = [
        markup.facts.T,
        np.clip(text_logits.T, -LOGIT_LIMIT, LOGIT_LIMIT) / LOGIT_SCALE,
        *_container_mixes(alone, layout.words, markup),
        np.clip(
            np.concatenate([content_columns(article[own], layout.words[own], layout.whole[own], markup, own) for own in pages], axis=1),
            -LIMIT,
            LIMIT,
        ),
    ]
    table = np.concatenate(blocks, dtype=np.float32, casting="unsafe")
    table *= np.float32(1 / STEP)
    return np.concatenate([context(logits, layout, scheme), np.rint(table, out=table).T], axis=1)


def count_page_columns(n_context: int, n_kinds: int) -> int:
    """How many columns `page_context` gives."""
    return n_context + len(FACTS) + n_kinds * (1 + LEVELS + 1) + N_COLUMNS


def _container_mixes(alone: np.ndarray, words: np.ndarray, markup: Markup) -> list[np.ndarray]:
    """Word-weighted mixes of kinds in the containers around each paragraph, and over the paragraphs alike it.

    Sums are of whole 256ths times words: exact in any order.
    """
    weight = np.minimum(words, MAX_WORDS)
    kinds = np.rint(alone.T * np.float32(PROBABILITY_STEPS)) * weight
    sums = np.zeros((len(kinds), len(words) + 1))
    np.cumsum(kinds, axis=1, out=sums[:, 1:])
    weights = np.concatenate([[0], np.cumsum(weight)])
    mixes = []
    for begin, stop in zip(markup.begins, markup.stops, strict=True):
        total = np.maximum(weights[stop] - weights[begin], 1) * float(PROBABILITY_STEPS)
        mixes.append((sums.take(stop, axis=1) - sums.take(begin, axis=1)) / total)
    n = len(words)
    total = np.maximum(np.bincount(markup.alike, weight, n), 1) * float(PROBABILITY_STEPS)
    mixes.append(np.stack([np.bincount(markup.alike, kind, n) / total for kind in kinds])[:, markup.alike])
    return mixes
