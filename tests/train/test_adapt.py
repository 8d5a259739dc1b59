"""Adapting: what is new gets likelier, what is replayed stays, and the same data give the same weights."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cleaner.classify.model import Decisions
from cleaner.records import Label, Scheme
from cleaner.train.adapt import Adapter, Adapting, Losses, Passes, adapt, move_thresholds
from cleaner.train.dataset import Dataset, build_dataset
from cleaner.train.fit import context_columns, fit_paragraph_model, fit_sequence_model, linear_scores, paragraph_weights
from cleaner.train.gold import Gold
from tests.train.conftest import TINY

CURVE = [(0.0, 0.0), (0.01, 0.2)]
DECISIONS = Decisions({label.value: 1.0 for label in Label}, CURVE, 0.01)


@pytest.fixture(scope="module")
def dataset(documents: list[Gold]) -> Dataset:
    return build_dataset(documents)


@pytest.fixture(scope="module")
def base(dataset: Dataset, scheme: Scheme) -> Passes:
    weights, n_kinds = paragraph_weights(dataset, TINY), len(scheme.kinds)
    paragraph = fit_paragraph_model(dataset, weights, TINY, n_kinds)
    columns = context_columns(dataset, linear_scores(paragraph, dataset.matrix), scheme)
    return Passes(paragraph, fit_sequence_model(columns, dataset.kinds, weights, TINY.networks, n_kinds))


def relabelled(dataset: Dataset, scheme: Scheme) -> tuple[Dataset, np.ndarray]:
    """The first five documents, all of it said to be legal: something that no base has learnt."""
    is_new = dataset.document < 5
    return replace(dataset, kinds=np.where(is_new, scheme.kinds.index("legal"), dataset.kinds)), is_new


def test_new_labels_get_likelier(dataset: Dataset, scheme: Scheme, base: Passes) -> None:
    part, is_new = relabelled(dataset, scheme)
    adapted = adapt(Adapter(base, part, is_new, ~is_new, scheme, Adapting()), DECISIONS)
    legal = scheme.kinds.index("legal")
    before, after = base.probabilities(dataset, scheme), adapted.passes.probabilities(dataset, scheme)
    assert (after[is_new, legal] > before[is_new, legal]).all()


def test_replaying_more_keeps_more_of_what_was_there(dataset: Dataset, scheme: Scheme, base: Passes) -> None:
    part, is_new = relabelled(dataset, scheme)
    before, moved = base.probabilities(dataset, scheme), []
    for replay in (0.0, 100_000.0):
        passes = Adapter(base, part, is_new, ~is_new, scheme, Adapting(replay=replay)).passes()
        moved.append(float(np.abs(passes.probabilities(dataset, scheme) - before)[~is_new].mean()))
    assert moved[1] < moved[0] / 2


def test_the_same_data_give_the_same_weights(dataset: Dataset, scheme: Scheme, base: Passes) -> None:
    part, is_new = relabelled(dataset, scheme)
    one, two = (Adapter(base, part, is_new, ~is_new, scheme, Adapting()).passes() for _ in range(2))
    for name, array in one.paragraph.arrays().items():
        assert np.array_equal(array, two.paragraph.arrays()[name])
    for name, array in one.sequence.arrays("s").items():
        assert np.array_equal(array, two.sequence.arrays("s")[name])


def test_without_labels_nothing_moves(dataset: Dataset, scheme: Scheme, base: Passes) -> None:
    nothing = np.zeros(len(dataset.kinds), bool)
    passes = Adapter(base, dataset, nothing, ~nothing, scheme, Adapting()).passes()
    assert passes.sequence is base.sequence
    assert passes.paragraph is base.paragraph


def test_labels_of_one_site_are_not_said_to_be_held_out(dataset: Dataset, scheme: Scheme, base: Passes) -> None:
    is_new = dataset.document == 0
    adapted = adapt(Adapter(base, dataset, is_new, ~is_new, scheme, Adapting()), DECISIONS)
    assert not adapted.is_held_out
    assert adapted.passes.sequence is base.sequence


def test_a_document_is_judged_without_its_own_labels(dataset: Dataset, scheme: Scheme, base: Passes) -> None:
    part, is_new = relabelled(dataset, scheme)
    adapter = Adapter(base, part, is_new, ~is_new, scheme, Adapting())
    changed = adapter.part == adapter.parts[0]
    other = replace(part, kinds=np.where(is_new & changed, scheme.kinds.index(Label.ARTICLE.value), part.kinds))
    held = adapter.parts[0]
    one, two = adapter.passes(held), Adapter(base, other, is_new, ~is_new, scheme, Adapting()).passes(held)
    assert np.array_equal(one.probabilities(part, scheme), two.probabilities(part, scheme))


def test_thresholds_lose_no_more_of_what_is_replayed_than_before() -> None:
    before, words = np.array([0.1, 0.3, 0.9, 0.9]), np.full(4, 10)
    after = np.array([0.05, 0.1, 0.9, 0.9])
    curve = move_thresholds(CURVE, [Losses(before, after, words, is_new=False)])
    assert curve[0] == (0.0, 0.0)
    assert curve[1] == (0.01, 0.1)


def test_thresholds_stay_where_there_is_nothing_to_lose() -> None:
    nothing = np.zeros(0)
    assert move_thresholds(CURVE, [Losses(nothing, nothing, nothing, is_new=True)]) == CURVE
