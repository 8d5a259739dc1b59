"""Fitting: the paragraph model by logistic regression, the sequence model as an average of small networks."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from cleaner.classify.context import STEP, context
from cleaner.classify.linear import Columns, LinearModel
from cleaner.classify.model import PARAGRAPH
from cleaner.classify.sequence import SequenceModel
from cleaner.errors import GoldError
from cleaner.records import Scheme
from cleaner.train.dataset import Dataset
from cleaner.train.gold import UNLABELLED

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MIN_SPREAD = 1e-3  # of a dense column: constant ones are not blown up
MIN_KINDS = 3  # with two, scikit-learn fits one output for both
UNREACHABLE = -30.0  # score of a kind that was not in the training data


@dataclass(frozen=True, slots=True)
class Linear:
    """Settings of a first pass.

    Attributes:
        alpha: L2 penalty.
        epochs: passes over the paragraphs.
        dense_weight: of a standardised dense column; more drowns the terms in training, above all on few documents.
        random_state: seed.
    """

    alpha: float
    epochs: int
    dense_weight: float
    random_state: int = 0


@dataclass(frozen=True, slots=True)
class Networks:
    """Settings of a second pass.

    Attributes:
        hidden: units of each network.
        epochs: passes of each network over the paragraphs.
        count: how many are averaged.
        decay: L2 penalty.
        random_state: seed of the first; each further one adds one.
    """

    hidden: int
    epochs: int
    count: int
    decay: float
    random_state: int = 0


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every setting of training; the defaults were chosen by trials on folds 0 and 1 (see ALGORITHM.md).

    Attributes:
        linear: of the paragraph model.
        networks: of the sequence model.
        markup: of the markup model.
        page_networks: of the sequence model of pages.
        leftovers_a_page: how many extractors' outputs of a page train.
        leftovers_weight: weight of a paragraph of theirs; one of a page weighs 1.
        posts_weight: weight of a paragraph of a written document.
    """

    linear: Linear = Linear(alpha=2e-6, epochs=20, dense_weight=0.03)
    networks: Networks = Networks(hidden=40, epochs=14, count=3, decay=3e-3)
    markup: Linear = Linear(alpha=5e-6, epochs=15, dense_weight=0.2)
    page_networks: Networks = Networks(hidden=64, epochs=10, count=3, decay=3e-3)
    leftovers_a_page: int = 4
    leftovers_weight: float = 0.4
    posts_weight: float = 5.0


def paragraph_weights(dataset: Dataset, recipe: Recipe) -> np.ndarray:
    """Weight of each paragraph in training, 0 for what never trains.

    Returns:
        Shape (n,), float64.
    """
    left, own = recipe.leftovers_weight, recipe.posts_weight
    by_corpus = {"pages": 1.0, "extra": 1.0, "leftovers": left, "extra leftovers": left, "posts": own, "labels": own, "examples": 0.0}
    of_document = np.array([by_corpus[gold.corpus] for gold in dataset.documents])
    of_document[_surplus_leftovers(dataset, recipe.leftovers_a_page)] = 0.0
    weights = of_document[dataset.document]
    weights[dataset.kinds == UNLABELLED] = 0.0
    return weights


def _surplus_leftovers(dataset: Dataset, n: int) -> list[int]:
    """Documents beyond the first n extractor outputs of each page, in an order that only names decide."""
    by_page: dict[str, list[int]] = {}
    for i, gold in enumerate(dataset.documents):
        if gold.corpus == "leftovers":
            by_page.setdefault(gold.name.rpartition("/")[0], []).append(i)
    return [i for page in by_page.values() for i in sorted(page, key=lambda i: crc32(dataset.documents[i].name.encode()))[n:]]


def fit_paragraph_model(dataset: Dataset, weights: np.ndarray, recipe: Recipe, n_kinds: int | None = None) -> LinearModel:
    """Fit the paragraph model.

    Args:
        dataset: the paragraphs.
        weights: shape (n,), weight of each; those of weight 0 do not train.
        recipe: the settings.
        n_kinds: kinds of the scheme; one that no training paragraph has is never predicted. None: as many as any label names.

    Raises:
        GoldError: too few kinds to tell apart.
    """
    used = np.flatnonzero(weights > 0)
    return fit_linear_model(
        PARAGRAPH, dataset.matrix[used], dataset.kinds[used], weights[used], recipe.linear, n_kinds or int(dataset.kinds.max()) + 1
    )


def fit_linear_model(
    columns: Columns, matrix: csr_matrix, kinds: np.ndarray, weights: np.ndarray, settings: Linear, n_kinds: int
) -> LinearModel:
    """Fit a first pass, one kind against the rest.

    Args:
        columns: what it looks at.
        matrix: shape (n, n_columns), the dense columns last.
        kinds: shape (n,).
        weights: shape (n,), all positive.
        settings: of the fit.
        n_kinds: kinds of the scheme.

    Raises:
        GoldError: too few kinds to tell apart.
    """
    from scipy import sparse
    from sklearn.linear_model import SGDClassifier

    if (n_found := len(np.unique(kinds))) < MIN_KINDS:
        raise GoldError(f"training documents: {n_found} kinds, expected at least {MIN_KINDS}; add documents with other kinds")
    n_terms = matrix.shape[1] - columns.n_dense
    dense = matrix[:, n_terms:].toarray()
    centre, spread = dense.mean(axis=0), np.maximum(dense.std(axis=0), MIN_SPREAD) / settings.dense_weight
    scaled = sparse.hstack([matrix[:, :n_terms], sparse.csr_matrix((dense - centre) / spread)], format="csr", dtype=np.float32)
    model = SGDClassifier(loss="log_loss", alpha=settings.alpha, max_iter=settings.epochs, tol=None, random_state=settings.random_state)
    model.fit(scaled, kinds, sample_weight=weights)
    coefficients = model.coef_.T.copy()
    coefficients[n_terms:] /= spread[:, None]
    bias = model.intercept_ - centre @ coefficients[n_terms:]
    return LinearModel.of(columns, *_all_kinds(model.classes_, coefficients, bias, n_kinds))


def _all_kinds(classes: np.ndarray, weights: np.ndarray, bias: np.ndarray, n_kinds: int) -> tuple[np.ndarray, np.ndarray]:
    """Outputs for every kind of the scheme, those without training paragraphs out of reach."""
    if len(classes) == n_kinds:
        return weights, bias
    all_weights, all_bias = np.zeros((len(weights), n_kinds)), np.full(n_kinds, UNREACHABLE)
    all_weights[:, classes], all_bias[classes] = weights, bias
    return all_weights, all_bias


def linear_scores(model: LinearModel, matrix: csr_matrix) -> np.ndarray:
    """What a first pass says of each row, shape (n, k), float32, by the weights that a bundle stores."""
    tables = np.concatenate([table * np.float32(model.scale) for table in model.tables])
    weights = np.concatenate([tables, model.dense_weights]).astype(np.float32)
    return np.asarray(matrix @ weights + model.bias, np.float32)


def context_columns(dataset: Dataset, scores: np.ndarray, scheme: Scheme) -> np.ndarray:
    """The sequence model's columns for all paragraphs, shape (n, n_columns), float32.

    Args:
        dataset: the documents.
        scores: shape (n, k), out-of-fold scores of the paragraph model.
        scheme: the kinds.
    """
    blocks, at = [], 0
    for layout in dataset.layouts:
        n = len(layout.words)
        blocks.append(np.ascontiguousarray(context(scores[at : at + n], layout, scheme)))
        at += n
    return np.concatenate(blocks)


def fit_sequence_model(
    columns: np.ndarray, kinds: np.ndarray, weights: np.ndarray, settings: Networks, n_kinds: int | None = None
) -> SequenceModel:
    """Fit the networks.

    Args:
        columns: shape (n, n_columns), from out-of-fold scores of the first pass.
        kinds: shape (n,).
        weights: shape (n,), those of weight 0 do not train.
        settings: of the fit.
        n_kinds: kinds of the scheme; see `fit_paragraph_model`.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    used = np.flatnonzero(weights > 0)
    inputs, networks = columns[used] * np.float32(STEP), []
    for number in range(settings.count):
        network = MLPClassifier(
            (settings.hidden,),
            alpha=settings.decay,
            batch_size=min(512, len(used)),
            max_iter=settings.epochs,
            n_iter_no_change=settings.epochs,
            random_state=settings.random_state + number,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the number of epochs is part of the recipe
            network.fit(inputs, kinds[used], sample_weight=weights[used].astype(np.float32))
        (hidden, output), (hidden_bias, output_bias) = network.coefs_, network.intercepts_
        networks.append((hidden, hidden_bias, *_all_kinds(network.classes_, output, output_bias, n_kinds or int(kinds.max()) + 1)))
    return SequenceModel.of(networks)


def calibrate(model: SequenceModel, logits: np.ndarray, kinds: np.ndarray, weights: np.ndarray) -> SequenceModel:
    """Set the temperature that makes held-out paragraphs likeliest.

    Args:
        model: a fitted model.
        logits: shape (n, k), out of fold.
        kinds: shape (n,).
        weights: shape (n,).

    Source:
        Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import logsumexp

    used = np.flatnonzero(weights > 0)
    scores, own = logits[used].astype(np.float64), kinds[used]

    def loss(log_temperature: float) -> float:
        scaled = scores / np.exp(log_temperature)
        return float(weights[used] @ (logsumexp(scaled, axis=1) - scaled[np.arange(len(own)), own]))

    best = minimize_scalar(loss, bounds=(-1.0, 2.0), method="bounded")
    return replace(model, temperature=round(float(np.exp(best.x)), 4))
