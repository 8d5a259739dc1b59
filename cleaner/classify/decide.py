"""Probabilities → verdicts: the kind of each paragraph, and whether to keep it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from cleaner.records import Label, Scheme

LONG_PARAGRAPHS = 60  # a document of so many is a whole page or a long read, where the context says more
MIN_CONTENT = 0.2  # a page whose likeliest paragraph is less likely than this shows a login, an error, a consent form
MIN_REPEAT_WORDS = 3  # shorter ones are labels and values, which may well recur
_WORD = re.compile(r"\w+")


def membership(scheme: Scheme) -> np.ndarray:
    """Which kinds make up which label, shape (k, 3), float32, labels in the order of `Label`."""
    return np.array([[own is label for label in Label] for own in scheme.labels], np.float32)


def decide_kinds(probabilities: np.ndarray, scheme: Scheme, label_weights: Mapping[str, float]) -> np.ndarray:
    """The kind of each paragraph: the likeliest within the label whose weighted probability is highest.

    Args:
        probabilities: shape (n, k), rows sum to 1.
        scheme: the k kinds.
        label_weights: factor on each label's probability; above 1 finds more of a rare label.

    Returns:
        Shape (n,), int64, columns of the scheme.
    """
    belongs = membership(scheme)
    # Column by column: a matrix product adds in an order that depends on the number of rows, and so would near ties.
    by_label = np.zeros((len(Label), len(probabilities)), np.float32)
    for column, label in enumerate(belongs.argmax(axis=1).tolist()):
        by_label[label] += probabilities[:, column]
    weights = np.array([label_weights[label] for label in Label], np.float32)
    labels = (by_label * weights[:, None]).argmax(axis=0)
    # -1 for the kinds of other labels: never the highest.
    kinds: np.ndarray = np.where(belongs.T[labels] > 0, probabilities, -1.0).argmax(axis=1)
    return kinds


def keep_scores(probabilities: np.ndarray, kept_columns: frozenset[int], sizes: np.ndarray, long_offset: float) -> np.ndarray:
    """How much speaks for keeping each paragraph: the probability of the kept kinds, corrected in long documents.

    In a long document fewer article paragraphs get a low probability, so the same probability loses less there. The
    offset makes up for it: the same score then loses as much of the article words in documents of either length.

    Args:
        probabilities: shape (n, k).
        kept_columns: the kinds to keep.
        sizes: shape (n,), paragraphs of each one's document.
        long_offset: added to the log odds in documents of at least `LONG_PARAGRAPHS`.

    Returns:
        Shape (n,), float64, in [0, 1].
    """
    scores = np.zeros(len(probabilities))
    for column in sorted(kept_columns):  # one after the other, for the reason that `decide_kinds` gives
        scores += probabilities[:, column]
    factor = np.where(sizes >= LONG_PARAGRAPHS, np.exp(long_offset), 1.0)
    scores = np.minimum(scores, 1.0)
    return scores * factor / (scores * factor + (1 - scores))


def page_scores(scores: np.ndarray, chars: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    """Scores for keeping, over the F1 that is within reach on the page: the surer a page's content, the higher its threshold.

    Args:
        scores: shape (n,), in [0, 1], see `keep_scores`.
        chars: shape (n,), characters of each paragraph.
        bounds: shape (n_pages + 1,), the paragraphs of each page.

    Returns:
        Shape (n,), float64, in [0, 1].

    Source:
        Lipton, Elkan, Naryanaswamy (2014), "Optimal thresholding of classifiers to maximize F1 measure": the best threshold is
        half of the best F1. The share itself is measured, the scores being no perfect probabilities.
    """
    result = scores.astype(np.float64)
    for begin, stop in pairwise(bounds.tolist()):
        if stop > begin:
            own = result[begin:stop]
            order = np.argsort(-own, kind="stable")
            mass, size = np.cumsum((own * chars[begin:stop])[order]), np.cumsum(chars[begin:stop][order])
            attainable = (2 * mass / (size + mass[-1])).max()
            result[begin:stop] = np.minimum(own / max(attainable, MIN_CONTENT), 1)
    return result


def keep_something(keep: np.ndarray, probabilities: np.ndarray, kept_columns: frozenset[int], bounds: np.ndarray) -> np.ndarray:
    """Keep the likeliest paragraphs of a page of which nothing else would be left, unless they are most unlikely, too.

    Args:
        keep: shape (n,), bool.
        probabilities: shape (n, k).
        kept_columns: the kinds to keep.
        bounds: shape (n_pages + 1,), the paragraphs of each page.

    Returns:
        Shape (n,), bool; on such pages the paragraphs at least half as likely to be kept as the likeliest, and at least `MIN_CONTENT`.
    """
    kept = np.concatenate([[0], np.cumsum(keep)])
    result = keep.copy()
    for begin, stop in pairwise(bounds.tolist()):
        if stop > begin and kept[stop] == kept[begin]:
            own = probabilities[begin:stop, sorted(kept_columns)].sum(axis=1)
            result[begin:stop] = own >= max(own.max() / 2, MIN_CONTENT)
    return result


def drop_repeats(keep: np.ndarray, texts: Sequence[str]) -> np.ndarray:
    """Keep a paragraph of a page once: pages give the same text to wide and narrow screens, or open and folded.

    Args:
        keep: shape (n,), bool.
        texts: the page's n paragraphs.

    Returns:
        Shape (n,), bool; false for a kept paragraph of at least `MIN_REPEAT_WORDS` whose words stand in an earlier kept one.
    """
    result = keep.copy()
    seen: set[str] = set()
    for i in np.flatnonzero(keep).tolist():
        words = _WORD.findall(texts[i].lower())
        key = " ".join(words)
        if len(words) >= MIN_REPEAT_WORDS and key in seen:
            result[i] = False
        seen.add(key)
    return result


def threshold_for(loss: float, curve: Sequence[tuple[float, float]]) -> float:
    """The threshold at which so much of the article words is lost.

    Args:
        loss: share of article words, in [0, 0.5].
        curve: pairs of loss and threshold measured out of fold, both ascending, the first (0, 0).

    Returns:
        The threshold, linear between the measured points; 0, which keeps everything, for a loss of 0.
    """
    losses, thresholds = zip(*curve, strict=True)
    return float(np.interp(loss, losses, thresholds))
