"""Fitting: the paragraph model by logistic regression, the sequence model as an average of small networks."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np

from cleaner.classify.context import STEP, context
from cleaner.classify.model import normalised
from cleaner.classify.paragraph import ParagraphModel
from cleaner.classify.sequence import SequenceModel
from cleaner.errors import GoldError
from cleaner.features.shape import NAMES
from cleaner.records import Scheme
from cleaner.train.dataset import Dataset
from cleaner.train.gold import UNLABELLED

SHAPE_WEIGHT = 0.03  # of a standardised shape column; more drowns the terms in training, above all on few documents
MIN_KINDS = 3  # with two, scikit-learn fits one output for both
UNREACHABLE = -30.0  # score of a kind that was not in the training data


@dataclass(frozen=True, slots=True)
class Recipe:
    """Every setting of training; the defaults were chosen by trials on folds 0 and 1 (see ALGORITHM.md).

    Attributes:
        alpha: L2 penalty of the linear model.
        linear_epochs: its passes over the paragraphs.
        hidden: units of each network.
        epochs: passes of each network over the paragraphs.
        networks: how many are averaged.
        decay: L2 penalty of the networks.
        leftovers_a_page: how many extractors' outputs of a page train.
        leftovers_weight: weight of a paragraph of theirs; one of a page weighs 1.
        posts_weight: weight of a paragraph of a written document.
        random_state: seed of everything random.
    """

    alpha: float = 2e-6
    linear_epochs: int = 20
    hidden: int = 40
    epochs: int = 14
    networks: int = 4
    decay: float = 3e-3
    leftovers_a_page: int = 4
    leftovers_weight: float = 0.4
    posts_weight: float = 5.0
    random_state: int = 0


def paragraph_weights(dataset: Dataset, recipe: Recipe) -> np.ndarray:
    """Weight of each paragraph in training, 0 for what never trains.

    Returns:
        Shape (n,), float64.
    """
    left = recipe.leftovers_weight
    by_corpus = {"pages": 1.0, "extra": 1.0, "leftovers": left, "extra leftovers": left, "posts": recipe.posts_weight, "examples": 0.0}
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


def fit_paragraph_model(dataset: Dataset, weights: np.ndarray, recipe: Recipe, n_kinds: int | None = None) -> ParagraphModel:
    """Fit the linear model.

    Args:
        dataset: the paragraphs.
        weights: shape (n,), weight of each; those of weight 0 do not train.
        recipe: the settings.
        n_kinds: kinds of the scheme; one that no training paragraph has is never predicted. None: as many as any label names.

    Raises:
        GoldError: too few kinds to tell apart.
    """
    from scipy import sparse
    from sklearn.linear_model import SGDClassifier

    used = np.flatnonzero(weights > 0)
    if (n_found := len(np.unique(dataset.kinds[used]))) < MIN_KINDS:
        raise GoldError(f"training documents: {n_found} kinds, expected at least {MIN_KINDS}; add documents with other kinds")
    matrix = dataset.matrix[used]
    n_terms = matrix.shape[1] - len(NAMES)
    shape = matrix[:, n_terms:].toarray()
    centre, spread = shape.mean(axis=0), np.maximum(shape.std(axis=0), 1e-3) / SHAPE_WEIGHT
    scaled = sparse.hstack([matrix[:, :n_terms], sparse.csr_matrix((shape - centre) / spread)], format="csr", dtype=np.float32)
    model = SGDClassifier(
        loss="log_loss", alpha=recipe.alpha, max_iter=recipe.linear_epochs, tol=None, random_state=recipe.random_state
    )
    model.fit(scaled, dataset.kinds[used], sample_weight=weights[used])
    coefficients = model.coef_.T.copy()
    coefficients[n_terms:] /= spread[:, None]
    bias = model.intercept_ - centre @ coefficients[n_terms:]
    return ParagraphModel.of(*_all_kinds(model.classes_, coefficients, bias, n_kinds or int(dataset.kinds.max()) + 1))


def _all_kinds(classes: np.ndarray, weights: np.ndarray, bias: np.ndarray, n_kinds: int) -> tuple[np.ndarray, np.ndarray]:
    """Outputs for every kind of the scheme, those without training paragraphs out of reach."""
    if len(classes) == n_kinds:
        return weights, bias
    all_weights, all_bias = np.zeros((len(weights), n_kinds)), np.full(n_kinds, UNREACHABLE)
    all_weights[:, classes], all_bias[classes] = weights, bias
    return all_weights, all_bias


def alone_probabilities(model: ParagraphModel, dataset: Dataset) -> np.ndarray:
    """What the paragraph model says of each paragraph, shape (n, k), float32, by the weights that a bundle stores."""
    tables = np.concatenate([table * scale for table, scale in zip(model.tables, model.scales, strict=True)])
    weights = np.concatenate([tables, model.shape_weights]).astype(np.float32)
    return normalised(dataset.matrix @ weights + model.bias)


def context_columns(dataset: Dataset, probabilities: np.ndarray, scheme: Scheme) -> np.ndarray:
    """The sequence model's columns for all paragraphs, shape (n, n_columns), float32."""
    blocks, at = [], 0
    for layout in dataset.layouts:
        n = len(layout.words)
        blocks.append(np.ascontiguousarray(context(probabilities[at : at + n], layout, scheme)))
        at += n
    return np.concatenate(blocks)


def fit_sequence_model(
    columns: np.ndarray, kinds: np.ndarray, weights: np.ndarray, recipe: Recipe, n_kinds: int | None = None
) -> SequenceModel:
    """Fit the networks.

    Args:
        columns: shape (n, n_columns), from out-of-fold probabilities of the paragraph model.
        kinds: shape (n,).
        weights: shape (n,), those of weight 0 do not train.
        recipe: the settings.
        n_kinds: kinds of the scheme; see `fit_paragraph_model`.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    used = np.flatnonzero(weights > 0)
    inputs, networks = columns[used] * np.float32(STEP), []
    for number in range(recipe.networks):
        network = MLPClassifier(
            (recipe.hidden,),
            alpha=recipe.decay,
            batch_size=min(512, len(used)),
            max_iter=recipe.epochs,
            n_iter_no_change=recipe.epochs,
            random_state=recipe.random_state + number,
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
