"""Cross-fitting: no document is judged by a model that saw its site."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from cleaner.records import Scheme
from cleaner.train import crossfit
from cleaner.train.crossfit import DEFAULT_LOSS, cross_fit
from cleaner.train.dataset import N_FOLDS, Dataset
from cleaner.train.fit import Recipe, paragraph_weights
from tests.train.conftest import TINY


@dataclass
class Seen:
    """A model that knows nothing but the folds that it was fitted on."""

    folds: frozenset[int]
    held: int = -1
    temperature: float = 1.0

    def logits(self, columns: np.ndarray) -> np.ndarray:
        return np.tile(np.eye(9, dtype=np.float32)[self.held] * 9, (len(columns), 1))


@pytest.fixture
def sequence_inputs(monkeypatch: pytest.MonkeyPatch, dataset: Dataset) -> list[tuple[np.ndarray, np.ndarray]]:
    """Replace fitting by models that mark their outputs with the folds they saw; collect what sequence models get.

    Returns:
        For each sequence model: the weights that it trains with, and for each paragraph the folds, as bits, that the paragraph
        model behind its input saw.
    """
    collected: list[tuple[np.ndarray, np.ndarray]] = []

    def fit_paragraph(data: Dataset, weights: np.ndarray, _recipe: Recipe, n_kinds: int | None = None) -> Seen:
        return Seen(frozenset(data.folds[weights > 0].tolist()))

    def scores(model: Seen, matrix: csr_matrix) -> np.ndarray:
        return np.tile([[float(sum(1 << fold for fold in model.folds))] * 9], (matrix.shape[0], 1))

    def fit_sequence(columns: np.ndarray, _kinds: np.ndarray, weights: np.ndarray, _recipe: Recipe, n_kinds: int | None = None) -> Seen:
        collected.append((weights, columns[:, 0].astype(int)))
        seen = frozenset(dataset.folds[weights > 0].tolist())
        return Seen(seen, held=min(set(range(N_FOLDS)) - seen, default=8))

    monkeypatch.setattr(crossfit, "fit_paragraph_model", fit_paragraph)
    monkeypatch.setattr(crossfit, "linear_scores", scores)
    monkeypatch.setattr(crossfit, "context_columns", lambda _dataset, found, _scheme: found)
    monkeypatch.setattr(crossfit, "fit_sequence_model", fit_sequence)
    monkeypatch.setattr(crossfit, "replace", lambda record, **changes: SimpleNamespace(**{**vars(record), **changes})
                        if isinstance(record, Seen) else original(record, **changes))  # fmt: skip
    return collected


original = crossfit.replace


def test_every_fold_has_documents(dataset: Dataset) -> None:
    trains = paragraph_weights(dataset, TINY) > 0
    assert set(dataset.folds[trains].tolist()) == set(range(N_FOLDS))  # otherwise the tests below would prove nothing


def test_held_out_rows_come_from_models_that_did_not_see_them(
    dataset: Dataset, scheme: Scheme, sequence_inputs: list[tuple[np.ndarray, np.ndarray]]
) -> None:
    fitted = cross_fit(dataset, scheme, TINY)
    everything = (1 << N_FOLDS) - 1
    assert fitted.alone[:, 0].astype(int).tolist() == [everything - (1 << fold) for fold in dataset.folds.tolist()]
    assert fitted.probabilities.argmax(axis=1).tolist() == dataset.folds.tolist()  # judged by the model that was held from the fold


def test_sequence_models_train_on_paragraph_models_that_saw_neither_fold(
    dataset: Dataset, scheme: Scheme, sequence_inputs: list[tuple[np.ndarray, np.ndarray]]
) -> None:
    cross_fit(dataset, scheme, TINY)
    assert len(sequence_inputs) == N_FOLDS + 1
    for held, (weights, seen) in enumerate(sequence_inputs):
        assert not weights[dataset.folds == held].any()
        assert not (seen >> dataset.folds & 1).any()
        if held < N_FOLDS:
            assert not (seen >> held & 1).any()


def test_decisions_are_those_of_the_held_out_rows(dataset: Dataset, scheme: Scheme) -> None:
    fitted = cross_fit(dataset, scheme, TINY)
    assert fitted.sequence.temperature > 0
    assert fitted.decisions.threshold == dict(fitted.decisions.curve)[DEFAULT_LOSS]
    assert fitted.decisions.label_weights["article"] == fitted.decisions.label_weights["boilerplate"] == 1.0
    assert set(fitted.without) == {(), *((fold,) for fold in range(N_FOLDS)), *combinations(range(N_FOLDS), 2)}
    assert len(fitted.lines.gold) == len(dataset.line_kinds)
    assert (np.abs(fitted.probabilities.sum(axis=1) - 1) < 1e-5).all()  # single precision
