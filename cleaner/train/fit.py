"""Fitting: the paragraph model by logistic regression, the sequence model as an average of small networks."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from cleaner.classify.paragraph import ParagraphModel
from cleaner.classify.sequence import SequenceModel
from cleaner.train.dataset import Dataset
from cleaner.train.gold import UNLABELLED


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every setting of training; the defaults were chosen by cross-validation (ALGORITHM.md gives the numbers).

    Attributes:
        inverse_regularisation: C of the logistic regression.
        linear_iterations: of L-BFGS; more fit the training sites, not others.
        hidden: units of each network.
        epochs: passes of each network over the paragraphs.
        networks: how many are averaged.
        decay: L2 penalty of the networks.
        learning_rate: of Adam.
        batch: paragraphs a step.
        leftovers_a_page: extractor outputs of each page that train.
        weights: weight of a paragraph by corpus.
        random_state: seed of everything random.
    """

    inverse_regularisation: float = 1.0
    linear_iterations: int = 40
    hidden: int = 64
    epochs: int = 14
    networks: int = 3
    decay: float = 3e-3
    learning_rate: float = 1e-3
    batch: int = 512
    random_state: int = 0


def fit_paragraph_model(dataset: Dataset, rows: np.ndarray, weights: np.ndarray, recipe: Recipe) -> ParagraphModel:
    """Fit the linear model.

    Args:
        dataset: the paragraphs.
        rows: shape (n,), bool, which of them train; unlabelled ones never do.
        weights: shape (n,), weight of each.
        recipe: the settings.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    used = np.flatnonzero(rows & (dataset.kinds != UNLABELLED))
    model = LogisticRegression(C=recipe.inverse_regularisation, max_iter=recipe.linear_iterations, tol=1e-3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # stopping early is part of the recipe
        model.fit(dataset.matrix[used], dataset.kinds[used], sample_weight=weights[used])
    return ParagraphModel.of(model.coef_.T, model.intercept_)
