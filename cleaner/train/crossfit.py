"""Cross-fitting: every document judged by models that never saw its site, both passes and the decisions on top."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from joblib import Parallel, delayed

from cleaner.classify.decide import LONG_PARAGRAPHS, membership
from cleaner.classify.grid import softmax
from cleaner.classify.linear import LinearModel
from cleaner.classify.model import Decisions
from cleaner.classify.sequence import SequenceModel
from cleaner.records import Label, Scheme
from cleaner.train.dataset import N_FOLDS, Dataset
from cleaner.train.evaluate import Lines, advertisement_weight, judge, long_offset, loss_curve
from cleaner.train.fit import (
    Recipe,
    calibrate,
    context_columns,
    fit_paragraph_model,
    fit_sequence_model,
    linear_scores,
    paragraph_weights,
)

DEFAULT_LOSS = 0.01
KEEP_ALL = Decisions({label.value: 1.0 for label in Label}, [(0.0, 0.0)], 0.0)
# The promise on lost article words holds for each of these alone, not only for their mix.
PROMISED = (("pages", "article"), ("leftovers", ""), ("posts", ""))


@dataclass(frozen=True, slots=True)
class CrossFit:
    """Everything that cross-fitting yields.

    Attributes:
        alone: shape (n, k), scores of the paragraph model, out of fold.
        probabilities: shape (n, k), of the sequence model, out of fold, each fold calibrated on the others.
        lines: verdicts on the labelled lines, weights and thresholds of each fold chosen on the others.
        paragraph: the paragraph model fitted on everything.
        sequence: the sequence model fitted on everything, calibrated.
        decisions: chosen on all folds, for the bundle.
        without: the paragraph models by the folds that they did not see, none, one or two.
    """

    alone: np.ndarray
    probabilities: np.ndarray
    lines: Lines
    paragraph: LinearModel
    sequence: SequenceModel
    decisions: Decisions
    without: Mapping[tuple[int, ...], LinearModel]


def cross_fit(dataset: Dataset, scheme: Scheme, recipe: Recipe, n_jobs: int = 1) -> CrossFit:
    """Fit and judge out of fold, then fit on everything.

    The sequence model of fold k trains on probabilities from paragraph models that saw neither fold k nor the fold of the
    paragraph: for every pair of folds there is one paragraph model without both.
    """
    weights = paragraph_weights(dataset, recipe)
    left_out = [(), *((k,) for k in range(N_FOLDS)), *combinations(range(N_FOLDS), 2)]
    slim = replace(dataset, documents=())  # workers need no texts
    fitted = Parallel(n_jobs)(delayed(_fit_without)(slim, len(scheme.kinds), weights, recipe, folds) for folds in left_out)
    without = dict(zip(left_out, fitted, strict=True))
    alone = held_out(dataset.folds, [without[(fold,)][1] for fold in range(N_FOLDS)])
    tasks = [*range(N_FOLDS), None]
    sequences = Parallel(n_jobs)(
        delayed(_fit_sequence)(slim, scheme, weights, recipe, fold, _inputs(dataset, without, fold)) for fold in tasks
    )
    logits = held_out(dataset.folds, [scores for _, scores in sequences[:-1]])
    chosen = [choose(dataset, scheme, logits, weights, dataset.folds != fold) for fold in range(N_FOLDS)]
    temperatures = np.array([temperature for _, temperature in chosen])[dataset.folds]
    probabilities = softmax(logits / temperatures[:, None])
    lines = judge(dataset, probabilities, scheme, [decisions for decisions, _ in chosen])
    decisions, temperature = choose(dataset, scheme, logits, weights, np.ones(len(logits), bool))
    sequence = replace(sequences[-1][0], temperature=temperature)
    models = {folds: model for folds, (model, _) in without.items()}
    return CrossFit(alone, probabilities, lines, models[()], sequence, decisions, models)


def choose(dataset: Dataset, scheme: Scheme, logits: np.ndarray, weights: np.ndarray, rows: np.ndarray) -> tuple[Decisions, float]:
    """Choose label weights and thresholds, and the temperature, on some paragraphs' held-out scores.

    Args:
        dataset: the paragraphs.
        scheme: the kinds.
        logits: shape (n, k), out of fold.
        weights: shape (n,), 0 for what never trains.
        rows: shape (n,), bool, which paragraphs may be looked at.
    """
    unit = np.eye(len(scheme.kinds))
    neutral = SequenceModel(unit, np.zeros(1), unit, np.zeros(len(scheme.kinds)))
    temperature = calibrate(neutral, logits, dataset.kinds, np.where(rows, weights, 0)).temperature
    probabilities = softmax(logits / temperature)
    lines = judge(dataset, probabilities, scheme, [KEEP_ALL] * N_FOLDS)
    # `judge` leaves out unlabelled lines; the paragraphs of the others say which may be looked at.
    at = dataset.line_paragraph[dataset.line_kinds >= 0]
    by_label = (probabilities @ membership(scheme))[at]
    corpus = np.array([gold.corpus for gold in dataset.documents])[lines.document]
    genre = np.array([gold.genre for gold in dataset.documents])[lines.document]
    is_long = dataset.sizes[at] >= LONG_PARAGRAPHS
    promised = [rows[at] & own for own in promised_lines(corpus, genre).values() if (rows[at] & own).any()]
    weight = advertisement_weight([(lines.gold[own], by_label[own]) for own in promised])
    weights_of = {label.value: weight if label is Label.ADVERTISEMENT else 1.0 for label in Label}
    offset = long_offset([(lines.where(own), is_long[own]) for own in promised], DEFAULT_LOSS)
    lines = judge(dataset, probabilities, scheme, [replace(KEEP_ALL, long_offset=offset)] * N_FOLDS)
    return Decisions(weights_of, loss_curve([lines.where(own) for own in promised]), DEFAULT_LOSS, offset), temperature


def promised_lines(corpus: np.ndarray, genre: np.ndarray) -> dict[str, np.ndarray]:
    """Which lines each promise is about.

    Args:
        corpus: shape (m,), the data set of each line.
        genre: shape (m,).

    Returns:
        Masks of shape (m,), bool, by what the promise is called.
    """
    return {f"{page_type} {name}".strip(): (corpus == name) & ((genre == page_type) | (page_type == "")) for name, page_type in PROMISED}


def _fit_without(
    dataset: Dataset, n_kinds: int, weights: np.ndarray, recipe: Recipe, folds: tuple[int, ...]
) -> tuple[LinearModel, np.ndarray]:
    """The paragraph model without some folds, and what it says of every paragraph."""
    model = fit_paragraph_model(dataset, np.where(np.isin(dataset.folds, folds), 0, weights), recipe, n_kinds)
    return model, linear_scores(model, dataset.matrix)


def _inputs(dataset: Dataset, without: Mapping[tuple[int, ...], tuple[LinearModel, np.ndarray]], held: int | None) -> np.ndarray:
    """Scores to train and judge a sequence model with: of each paragraph without its own fold and the held-out one."""
    return held_out(dataset.folds, [without[key][1] for key in pairs_with(held)])


def pairs_with(held: int | None) -> list[tuple[int, ...]]:
    """For each fold the folds that a first pass must not have seen to judge it for a second pass without `held`."""
    return [tuple(sorted({fold, fold if held is None else held})) for fold in range(N_FOLDS)]


def _fit_sequence(
    dataset: Dataset, scheme: Scheme, weights: np.ndarray, recipe: Recipe, held: int | None, scores: np.ndarray
) -> tuple[SequenceModel, np.ndarray]:
    """The sequence model without a fold, and its scores of every paragraph."""
    columns = context_columns(dataset, scores, scheme)
    model = fit_sequence_model(columns, dataset.kinds, np.where(dataset.folds == held, 0, weights), recipe.networks, len(scheme.kinds))
    return model, model.logits(columns)


def held_out(folds: np.ndarray, by_fold: Sequence[np.ndarray]) -> np.ndarray:
    """Each paragraph's row from the table of its fold."""
    return np.stack(by_fold)[folds, np.arange(len(folds))]
