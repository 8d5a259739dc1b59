"""Adapting: a fitted model learns from a few labelled documents of another kind without forgetting what it knew.

Both passes end in a linear layer, and only these layers move: the terms' weights of the paragraph model and the output
weights of the sequence model. Each is a convex problem with one solution, found by L-BFGS: make the new labels likely,
say the same as before of replayed documents, and stay near the weights that were there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cleaner.classify.decide import keep_scores
from cleaner.classify.grid import softmax
from cleaner.classify.linear import LinearModel
from cleaner.classify.model import Decisions
from cleaner.classify.sequence import SequenceModel
from cleaner.records import Label, Scheme
from cleaner.train.crossfit import held_out, pairs_with
from cleaner.train.dataset import Dataset
from cleaner.train.evaluate import threshold_at
from cleaner.train.fit import context_columns, linear_scores
from cleaner.train.gold import UNLABELLED

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

N_PARTS = 3  # of the new documents, by site; with so few labels each part is worth its weight, and each costs fits
MIN_PARTS = 2  # with labels of one part alone no paragraph can be judged by a model that did not see it
TOLERANCE = 1e-6  # relative, of the objective; beyond it no verdict changed


@dataclass(frozen=True, slots=True)
class Adapting:
    """Settings of adapting; chosen by `scripts/measure_adapt.py` on five groups of seeds/, 200 labels, as ALGORITHM.md tells.

    Attributes:
        pull: L2 penalty on how far the paragraph model's weights move.
        sequence_pull: the same for the sequence model's output weights.
        replay: what all replayed paragraphs together weigh, in new paragraphs.
        n_replay: how many paragraphs are replayed at most.
        iterations: of L-BFGS at most.
    """

    pull: float = 0.1
    sequence_pull: float = 30.0
    replay: float = 2000.0
    n_replay: int = 3000
    iterations: int = 40


@dataclass(frozen=True, slots=True)
class Passes:
    """The two passes over text.

    Attributes:
        paragraph: the first, each paragraph alone.
        sequence: the second, over the document.
    """

    paragraph: LinearModel
    sequence: SequenceModel

    def probabilities(self, dataset: Dataset, scheme: Scheme) -> np.ndarray:
        """Calibrated probabilities of every paragraph, shape (n, k), float32."""
        return self.sequence.probabilities(context_columns(dataset, linear_scores(self.paragraph, dataset.matrix), scheme))


@dataclass(frozen=True, slots=True)
class Adapted:
    """What adapting yields.

    Attributes:
        passes: adapted to all new labels.
        decisions: the base's, with thresholds for the adapted passes.
        probabilities: shape (n, k), float32: of a new document by passes that did not see its site, of others by `passes`.
        is_held_out: whether the new documents could be judged so: they fill more than one part.
    """

    passes: Passes
    decisions: Decisions
    probabilities: np.ndarray
    is_held_out: bool


def adapt(adapter: Adapter, decisions: Decisions, advance: Callable[[int, int], None] = lambda done, of: None) -> Adapted:
    """Adapt, judge every new document out of fold, and choose thresholds.

    Args:
        adapter: what to adapt to what.
        decisions: the base's.
        advance: told after each step how many of how many are done.
    """
    dataset, is_new, scheme = adapter.dataset, adapter.is_new, adapter.scheme
    n_steps = len(adapter.parts) + 1
    passes = adapter.passes()
    advance(1, n_steps)
    probabilities = passes.probabilities(dataset, scheme)
    is_held_out = len(adapter.parts) >= MIN_PARTS
    for number, part in enumerate(adapter.parts if is_held_out else ()):
        mine = is_new & (adapter.part == part)
        probabilities[mine] = adapter.passes(part).probabilities(dataset, scheme)[mine]
        advance(number + 2, n_steps)
    columns, sizes = scheme.columns(Label.ARTICLE), dataset.sizes
    is_article = np.isin(dataset.kinds, sorted(columns))
    before, after = (
        keep_scores(each, columns, sizes, decisions.long_offset) for each in (adapter.base.probabilities(dataset, scheme), probabilities)
    )
    groups = []
    for rows, promises in ((adapter.replays, False), (is_new & is_held_out, True)):
        own = rows & is_article
        groups.append(Losses(before[own], after[own], adapter.words[own], promises))
    return Adapted(passes, replace(decisions, curve=move_thresholds(decisions.curve, groups)), probabilities, is_held_out)


@dataclass(frozen=True, slots=True)
class Losses:
    """Article paragraphs whose loss must not grow.

    Attributes:
        before: shape (m,), scores for keeping by the base, see `keep_scores`.
        after: shape (m,), by the adapted passes.
        words: shape (m,).
        is_new: whether neither has seen them: then the share that a threshold promises may be lost, even if the base loses less.
    """

    before: np.ndarray
    after: np.ndarray
    words: np.ndarray
    is_new: bool


def move_thresholds(curve: Sequence[tuple[float, float]], groups: Sequence[Losses]) -> list[tuple[float, float]]:
    """The thresholds at which the adapted passes lose no more article words than the base did.

    Args:
        curve: the base's, see `threshold_for`.
        groups: what is judged by both.
    """
    moved = [(0.0, 0.0)]
    for loss, threshold in curve[1:]:
        found = [1.0]
        for group in groups:
            if len(group.words):
                lost = float(group.words[group.before < threshold].sum() / max(group.words.sum(), 1))
                found.append(threshold_at(max(lost, loss if group.is_new else 0.0), group.after, group.words))
        # Rounded down, as when the base was fitted; a set that loses nothing at all does not ask for more than before.
        lowest = min(found) if min(found) < 1 else threshold
        moved.append((loss, max(moved[-1][1], float(np.floor(lowest * 1e5) / 1e5))))
    return moved


class Adapter:
    """Fits adapted passes with and without a part of the new documents; what both need is fitted once."""

    def __init__(
        self, base: Passes, dataset: Dataset, is_new: np.ndarray, may_replay: np.ndarray, scheme: Scheme, settings: Adapting
    ) -> None:
        self.base, self.dataset, self.scheme, self.settings = base, dataset, scheme, settings
        self.is_new, self.trains = is_new, is_new & (dataset.kinds != UNLABELLED)
        self.part = dataset.folds % N_PARTS
        self.parts: list[int] = sorted(set(self.part[self.trains].tolist()))
        self.replays = may_replay
        self.words = np.concatenate([layout.words for layout in dataset.layouts])
        self._before = linear_scores(base.paragraph, dataset.matrix)
        self._replayed = _spread(may_replay, settings.n_replay)
        self._first: dict[tuple[int, ...], tuple[LinearModel, np.ndarray]] = {}

    def passes(self, held: int | None = None) -> Passes:
        """The passes adapted to all new documents, or to those outside of a part."""
        paragraph, scores = self._without(() if held is None else (held,))
        if len(self.parts) < MIN_PARTS:
            return Passes(paragraph, self.base.sequence)
        # New paragraphs train the second pass with scores of first passes that did not see them; what is replayed saw none of it.
        by_part = [self._without(key)[1] if part in self.parts else scores for part, key in enumerate(pairs_with(held))]
        inputs = np.where(self.is_new[:, None], held_out(self.part, by_part), scores)
        columns = context_columns(self.dataset, inputs, self.scheme)
        sequence = adapt_sequence_model(
            self.base.sequence, columns, self.dataset.kinds, self._rows(() if held is None else (held,)), self._replayed, self.settings
        )
        return Passes(paragraph, sequence)

    def _without(self, parts: tuple[int, ...]) -> tuple[LinearModel, np.ndarray]:
        """The first pass without some parts of the new documents, and what it says of everything."""
        parts = tuple(part for part in parts if part in self.parts)
        if parts not in self._first:
            data = self.dataset
            model = adapt_linear_model(
                self.base.paragraph, data.matrix, data.kinds, self._rows(parts), self._replayed, self._before, self.settings
            )
            self._first[parts] = (model, linear_scores(model, data.matrix))
        return self._first[parts]

    def _rows(self, parts: tuple[int, ...]) -> np.ndarray:
        return np.flatnonzero(self.trains & ~np.isin(self.part, parts))


def adapt_linear_model(  # noqa: PLR0913 - the parts of one fit
    base: LinearModel,
    matrix: csr_matrix,
    kinds: np.ndarray,
    rows: np.ndarray,
    replayed: np.ndarray,
    before: np.ndarray,
    settings: Adapting,
) -> LinearModel:
    """Move the weights of terms that the new paragraphs have, one kind against the rest.

    Args:
        base: what to start from.
        matrix: shape (n, n_columns).
        kinds: shape (n,).
        rows: the new paragraphs, none of them unlabelled.
        replayed: the paragraphs of which the model should say the same as before.
        before: shape (n, k), what the base says.
        settings: how.
    """
    from scipy.special import expit, log_expit

    if not len(rows):
        return base
    n_kinds, n_terms = before.shape[1], sum(len(table) for table in base.tables)
    new = matrix[rows]
    active = np.unique(new.indices)
    active = active[active < n_terms]  # dense columns stay: a few documents say too little about shape
    both = np.concatenate([rows, replayed])
    inputs = matrix[both][:, active]
    transposed = inputs.T.tocsr()
    offset = before[both].astype(np.float64)
    # What is replayed has the base's own probabilities as targets: nothing pulls there until a weight moves.
    wanted = np.concatenate([np.eye(n_kinds)[kinds[rows]], expit(offset[len(rows) :])])
    weights = _weights(len(rows), len(replayed), settings)[:, None]

    def objective(moved: np.ndarray) -> tuple[float, np.ndarray]:
        table = moved.reshape(-1, n_kinds)
        scores = offset + inputs @ table[:-1].astype(np.float32) + table[-1]
        loss = -(weights * (wanted * log_expit(scores) + (1 - wanted) * log_expit(-scores))).sum()
        slope = weights * (expit(scores) - wanted)
        gradient = np.concatenate([transposed @ slope.astype(np.float32), slope.sum(axis=0)[None]]) + settings.pull * table
        return float(loss + settings.pull / 2 * (table**2).sum()), gradient.ravel()

    moved = _minimised(objective, (len(active) + 1) * n_kinds, settings).reshape(-1, n_kinds)
    table = np.concatenate([*base.tables]).astype(np.float64) * base.scale
    table[active] += moved[:-1]
    return LinearModel.of(base.columns, np.concatenate([table, base.dense_weights.astype(np.float64)]), base.bias + moved[-1])


def adapt_sequence_model(
    base: SequenceModel, columns: np.ndarray, kinds: np.ndarray, rows: np.ndarray, replayed: np.ndarray, settings: Adapting
) -> SequenceModel:
    """Move the output weights.

    Args:
        base: what to start from.
        columns: shape (n, n_columns), see `context`.
        kinds: shape (n,).
        rows: the new paragraphs, none of them unlabelled.
        replayed: the paragraphs of which the model should say the same as before.
        settings: how.
    """
    from scipy.special import logsumexp

    if not len(rows):
        return base
    n_hidden, n_kinds = base.output_weights.shape
    both = np.concatenate([rows, replayed])
    # With an identity behind it the network gives its hidden layer.
    bare = replace(base, output_weights=np.eye(n_hidden), output_bias=np.zeros(n_hidden, np.float32))
    hidden = bare.logits(columns[both]).astype(np.float64)
    offset = base.logits(columns[both]).astype(np.float64)
    wanted = np.concatenate([np.eye(n_kinds)[kinds[rows]], softmax(offset[len(rows) :] / base.temperature)])
    weights = _weights(len(rows), len(replayed), settings)[:, None]

    def objective(moved: np.ndarray) -> tuple[float, np.ndarray]:
        table = moved.reshape(-1, n_kinds)
        scores = (offset + hidden @ table[:-1] + table[-1]) / base.temperature
        scores -= logsumexp(scores, axis=1, keepdims=True)
        loss = -(weights * wanted * scores).sum()
        slope = weights * (np.exp(scores) - wanted) / base.temperature
        gradient = np.concatenate([hidden.T @ slope, slope.sum(axis=0)[None]]) + settings.sequence_pull * table
        return float(loss + settings.sequence_pull / 2 * (table**2).sum()), gradient.ravel()

    moved = _minimised(objective, (n_hidden + 1) * n_kinds, settings).reshape(-1, n_kinds)
    output, bias = base.output_weights.astype(np.float64) + moved[:-1], base.output_bias + moved[-1]
    stored = replace(base, output_weights=output, output_bias=bias.astype(np.float32)).arrays("sequence")
    return SequenceModel.load("sequence", stored)  # rounded, and checked for exact sums


def _minimised(objective: Callable[[np.ndarray], tuple[float, np.ndarray]], n: int, settings: Adapting) -> np.ndarray:
    from scipy.optimize import minimize
    from threadpoolctl import threadpool_limits

    # Sums in one order on any machine. A limit that a caller set before SciPy was loaded does not hold for its BLAS.
    with threadpool_limits(1):
        found = minimize(objective, np.zeros(n), jac=True, method="L-BFGS-B", options={"maxiter": settings.iterations, "ftol": TOLERANCE})
    return np.asarray(found.x)


def _weights(n_new: int, n_replayed: int, settings: Adapting) -> np.ndarray:
    return np.concatenate([np.ones(n_new), np.full(n_replayed, settings.replay / max(n_replayed, 1))])


def _spread(rows: np.ndarray, most: int) -> np.ndarray:
    """Which paragraphs to replay: evenly spaced over all, so over all documents."""
    found = np.flatnonzero(rows)
    return found[np.unique(np.linspace(0, len(found) - 1, min(most, len(found))).astype(int))] if len(found) else found
