"""Fitting: the same data and seed give the same weights, and what weighs nothing does not train."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cleaner.classify.sequence import SequenceModel
from cleaner.records import Scheme
from cleaner.train.dataset import Dataset, build_dataset
from cleaner.train.fit import alone_probabilities, calibrate, context_columns, fit_paragraph_model, fit_sequence_model, paragraph_weights
from cleaner.train.gold import UNLABELLED, Gold, make_gold
from tests.train.conftest import TINY


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return all(np.array_equal(array, other[name]) for name, array in one.items())


def test_examples_never_train(dataset: Dataset) -> None:
    weights = paragraph_weights(dataset, TINY)
    corpora = np.array([gold.corpus for gold in dataset.documents])[dataset.document]
    assert set(weights[corpora == "examples"].tolist()) == {0.0}
    assert set(weights[corpora == "posts"].tolist()) == {TINY.posts_weight}


def test_weights_of_pages_and_leftovers(small_tables: None, scheme: Scheme) -> None:
    def gold(name: str, corpus: str, kind: str | None = "article") -> Gold:
        return make_gold(name, ["One"], [(kind, kind)], scheme, corpus=corpus, site="example.com")

    leftovers = [gold(f"p/{i}", "leftovers") for i in range(6)]
    found = build_dataset([gold("p", "pages"), gold("q", "pages", None), gold("r", "extra"), *leftovers, gold("q/1", "leftovers")])
    weights = paragraph_weights(found, replace(TINY, leftovers_a_page=4, leftovers_weight=0.25)).tolist()
    assert weights[:3] == [1.0, 0.0, 1.0]
    assert sorted(weights[3:9]) == [0.0, 0.0, *[0.25] * 4]
    assert weights[9] == 0.25
    assert found.kinds[1] == UNLABELLED


def test_fitting_twice_gives_the_same_weights(dataset: Dataset, scheme: Scheme) -> None:
    weights = paragraph_weights(dataset, TINY)
    first, second = (fit_paragraph_model(dataset, weights, TINY) for _ in range(2))
    assert same(first.arrays(), second.arrays())
    columns = context_columns(dataset, alone_probabilities(first, dataset), scheme)
    one, other = (fit_sequence_model(columns, dataset.kinds, weights, TINY) for _ in range(2))
    assert same(one.arrays(), other.arrays())
    assert not same(one.arrays(), fit_sequence_model(columns, dataset.kinds, weights, replace(TINY, random_state=1)).arrays())


def test_paragraphs_of_weight_zero_do_not_matter(dataset: Dataset) -> None:
    weights = np.where(dataset.folds == 0, 0, paragraph_weights(dataset, TINY))
    kinds = np.where(dataset.folds == 0, 0, dataset.kinds)
    assert (kinds != dataset.kinds).any()
    changed = fit_paragraph_model(replace(dataset, kinds=kinds), weights, TINY)
    assert same(fit_paragraph_model(dataset, weights, TINY).arrays(), changed.arrays())


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_calibration_finds_the_temperature(temperature: float) -> None:
    # Three of four rows have the first kind: at odds of 3 the stated probability is true.
    logits = np.tile(np.log([[3.0, 1.0]]) * temperature, (4, 1))
    model = SequenceModel(np.eye(2), np.zeros(2), np.eye(2), np.zeros(2))
    found = calibrate(model, logits, np.array([0, 0, 0, 1]), np.ones(4))
    assert found.temperature == pytest.approx(temperature, rel=1e-3)  # where the search stops
    assert calibrate(model, logits, np.array([0, 0, 0, 1]), np.array([1, 1, 1, 0])).temperature < temperature * 0.8
