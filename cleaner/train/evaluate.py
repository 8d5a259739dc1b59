"""Quality in the words of the field: F1 of labels and kinds, article words kept, noise words removed, calibration."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cleaner.classify.decide import decide_kinds, keep_scores, membership
from cleaner.classify.model import Decisions
from cleaner.records import Label, Scheme
from cleaner.train.dataset import Dataset
from cleaner.train.gold import UNLABELLED

ARTICLE = list(Label).index(Label.ARTICLE)
CALIBRATION_BINS = 15
BOOTSTRAP_DRAWS = 200
MIN_LANGUAGE_DOCUMENTS = 15
MIN_SHARE = 0.1
MIN_THRESHOLD = 1e-3  # lower ones are set by single lines
CURVE_LOSSES = (0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5)
WEIGHT_GRID = np.round(np.arange(0.8, 2.25, 0.1), 2)


@dataclass(frozen=True, slots=True)
class Lines:
    """The m labelled lines of a data set beside the verdicts on their paragraphs.

    Attributes:
        gold: shape (m,), the label of each line, as an index of `Label`.
        other: shape (m,), another label that is as right.
        gold_kinds: shape (m,).
        kinds: shape (m,), predicted.
        labels: shape (m,), predicted.
        article: shape (m,), what speaks for keeping it, see `keep_scores`.
        correct: shape (m,), probability of the predicted label, for calibration.
        keep: shape (m,), bool.
        words: shape (m,).
        document: shape (m,).
    """

    gold: np.ndarray
    other: np.ndarray
    gold_kinds: np.ndarray
    kinds: np.ndarray
    labels: np.ndarray
    article: np.ndarray
    correct: np.ndarray
    keep: np.ndarray
    words: np.ndarray
    document: np.ndarray

    def where(self, mask: np.ndarray) -> Lines:
        """The lines of a mask."""
        return Lines(*(getattr(self, name)[mask] for name in self.__slots__))


def judge(
    dataset: Dataset,
    probabilities: np.ndarray,
    scheme: Scheme,
    decisions: Sequence[Decisions],
) -> Lines:
    """Verdicts on all labelled lines.

    Args:
        dataset: the documents.
        probabilities: shape (n, k), of paragraphs.
        scheme: the kinds.
        decisions: those to use in each fold.
    """
    label_of = membership(scheme).argmax(axis=1)
    kinds = np.zeros(len(probabilities), np.int64)
    keep = np.ones(len(probabilities), bool)
    article = np.zeros(len(probabilities))
    sizes = dataset.sizes
    for fold, chosen in enumerate(decisions):
        own = dataset.folds == fold
        kinds[own] = decide_kinds(probabilities[own], scheme, chosen.label_weights)
        article[own] = keep_scores(probabilities[own], scheme.columns(Label.ARTICLE), sizes[own], chosen.long_offset)
        keep[own] = article[own] >= chosen.threshold
    known = dataset.line_kinds != UNLABELLED
    at = dataset.line_paragraph[known]
    by_label = (probabilities @ membership(scheme))[at]
    labels = label_of[kinds[at]]
    return Lines(
        gold=label_of[dataset.line_kinds[known]],
        other=label_of[dataset.line_others[known]],
        gold_kinds=dataset.line_kinds[known],
        kinds=kinds[at],
        labels=labels,
        article=article[at],
        correct=by_label[np.arange(len(at)), labels],
        keep=keep[at],
        words=dataset.line_words[known],
        document=dataset.document[at],
    )


def f1_scores(gold: np.ndarray, predicted: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall and F1 of each of n classes, 0 where undefined."""
    hits = np.bincount(gold[gold == predicted], minlength=n).astype(float)
    n_gold, n_predicted = np.bincount(gold, minlength=n), np.bincount(predicted, minlength=n)
    return hits / np.maximum(n_predicted, 1), hits / np.maximum(n_gold, 1), 2 * hits / np.maximum(n_gold + n_predicted, 1)


def macro_f1(lines: Lines) -> float:
    """Unweighted mean of the three labels' F1."""
    return float(f1_scores(lines.gold, lines.labels, len(Label))[2].mean())


def words_kept(lines: Lines) -> tuple[float, float]:
    """Share of article words kept, and share of the words of advertisement and boilerplate removed."""
    is_article = lines.gold == ARTICLE
    article, noise = lines.words[is_article].sum(), lines.words[~is_article].sum()
    kept = lines.words[is_article & lines.keep].sum() / max(article, 1)
    removed = lines.words[~is_article & ~lines.keep].sum() / max(noise, 1)
    return float(kept), float(removed)


def calibration_error(lines: Lines) -> float:
    """Expected calibration error of the predicted label, 15 bins of equal width."""
    bins = np.minimum((lines.correct * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    hits = np.bincount(bins, lines.labels == lines.gold, CALIBRATION_BINS)
    stated = np.bincount(bins, lines.correct, CALIBRATION_BINS)
    return float(np.abs(hits - stated).sum() / max(len(bins), 1))


def report(lines: Lines, scheme: Scheme) -> dict[str, Any]:
    """All figures of one data set, JSON-ready."""
    precision, recall, f1 = f1_scores(lines.gold, lines.labels, len(Label))
    kept, removed = words_kept(lines)
    kinds = f1_scores(lines.gold_kinds, lines.kinds, len(scheme.kinds))[2]
    return {
        "documents": len(np.unique(lines.document)),
        "lines": len(lines.gold),
        "macro_f1": _round(f1.mean()),
        "labels": {
            label.value: {"precision": _round(precision[i]), "recall": _round(recall[i]), "f1": _round(f1[i])}
            for i, label in enumerate(Label)
        },
        "kinds_f1": {kind: _round(kinds[i]) for i, kind in enumerate(scheme.kinds)},
        "article_words_kept": _round(kept),
        "noise_words_removed": _round(removed),
        "calibration_error": _round(calibration_error(lines)),
    }


def interval(lines: Lines, sites: np.ndarray, figure: Callable[[Lines], float], random_state: int = 0) -> tuple[float, float]:
    """95% bootstrap interval of a figure over sites.

    Args:
        lines: the lines.
        sites: shape (m,), the site of each line, as a number.
        figure: what to compute.
        random_state: seed of the draws.
    """
    rng = np.random.default_rng(random_state)
    order = np.argsort(sites, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(sites[order])) + 1)
    values = []
    for _ in range(BOOTSTRAP_DRAWS):
        drawn = rng.integers(0, len(members), len(members))
        values.append(figure(lines.where(np.concatenate([members[i] for i in drawn]))))
    low, high = np.quantile(values, [0.025, 0.975])
    return _round(low), _round(high)


def threshold_at(loss: float, article: np.ndarray, words: np.ndarray) -> float:
    """The highest threshold that loses at most so much of the article words.

    Args:
        loss: share of the words, in [0, 1).
        article: shape (m,), probability of article of lines whose gold label is article.
        words: shape (m,), their words.
    """
    if not len(article):
        return 1.0  # nothing to lose
    order = np.argsort(article, kind="stable")
    lost = np.cumsum(words[order]) / max(words.sum(), 1)
    first_too_many = int(np.searchsorted(lost, loss, side="right"))
    # A line is lost when its probability is below the threshold: the first that must stay sets it.
    return float(article[order][min(first_too_many, len(order) - 1)])


def long_offset(groups: Sequence[tuple[Lines, np.ndarray]], loss: float) -> float:
    """What makes one threshold lose as much of the article words in long documents as in others.

    Args:
        groups: lines of each kind of text that a promise is given for, without any offset, and which of them stand in long
            documents, shape (m,), bool. A group speaks for a length that holds `MIN_SHARE` of its article words.
        loss: share of article words that may be lost.

    Returns:
        What to add to the log odds in long documents; 0 where one of the lengths is not there.
    """
    odds = []
    for wanted in (False, True):
        found = []
        for lines, is_long in groups:
            article = lines.gold == ARTICLE
            own = article & (is_long == wanted)
            if own.any() and lines.words[own].sum() >= MIN_SHARE * lines.words[article].sum():
                found.append(threshold_at(loss, lines.article[own], lines.words[own]))
        if not found:
            return 0.0
        threshold = min(max(min(found), MIN_THRESHOLD), 1 - MIN_THRESHOLD)
        odds.append(np.log(threshold / (1 - threshold)))
    return round(float(odds[0] - odds[1]), 3)


def loss_curve(groups: list[Lines]) -> list[tuple[float, float]]:
    """Thresholds for losses: at each loss the lowest that any of the groups asks for, so that the promise holds for all.

    Args:
        groups: lines of each kind of text that the promise is given for.

    Returns:
        Pairs of loss and threshold, ascending, from (0, 0).
    """
    curve = [(0.0, 0.0)]
    for loss in CURVE_LOSSES:
        thresholds = [threshold_at(loss, g.article[g.gold == ARTICLE], g.words[g.gold == ARTICLE]) for g in groups]
        # Rounded down: rounding up would lose the very line that sets the threshold.
        curve.append((loss, max(curve[-1][1], float(np.floor(min(thresholds) * 1e5) / 1e5))))
    return curve


def advertisement_weight(groups: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """The factor on advertisement's probability with the best mean macro-F1.

    Args:
        groups: for each kind of text the gold labels, shape (m,), and label probabilities, shape (m, 3).
    """

    def mean_f1(weight: float) -> float:
        scales = np.array([weight if label is Label.ADVERTISEMENT else 1.0 for label in Label])
        return float(np.mean([f1_scores(gold, (by_label * scales).argmax(axis=1), len(Label))[2].mean() for gold, by_label in groups]))

    return float(max(WEIGHT_GRID, key=mean_f1))


def _round(value: float, digits: int = 4) -> float:
    return round(float(value), digits)
