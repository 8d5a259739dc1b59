"""Linear models: what is stored is what is loaded, and rows do not depend on each other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given

from cleaner.classify.linear import DENSE_STEP, WEIGHT_LIMIT, LinearModel
from cleaner.classify.model import PARAGRAPH
from cleaner.features.batch import Features, extract
from cleaner.features.shape import NAMES
from cleaner.features.terms import GROUPS
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from tests.strategies import PROSE, documents

Arrays = Mapping[str, np.ndarray]


def features(*batch: str) -> Features:
    scanned = scan(batch)
    return extract(scanned, segment(scanned))


def logits(model: LinearModel, *batch: str) -> np.ndarray:
    found = features(*batch)
    return model.logits(found.terms, found.shape)


def assert_equal(one: LinearModel, other: LinearModel) -> None:
    for a, b in zip(one.tables, other.tables, strict=True):
        assert np.array_equal(a, b)
    assert (one.columns, one.scale) == (other.columns, other.scale)
    assert np.array_equal(one.dense_weights, other.dense_weights)
    assert np.array_equal(one.bias, other.bias)
    assert one.dense_weights.dtype == other.dense_weights.dtype


@pytest.fixture(scope="module")
def model(arrays: Arrays) -> LinearModel:
    return LinearModel.load(PARAGRAPH, arrays)


def test_storing_is_the_inverse_of_loading(model: LinearModel, arrays: Arrays) -> None:
    stored = model.arrays()
    for name, array in stored.items():
        assert array.dtype == arrays[name].dtype
        assert np.array_equal(array, arrays[name])
    assert_equal(LinearModel.load(PARAGRAPH, stored), model)


def test_fitted_weights_are_rounded_once() -> None:
    rng = np.random.default_rng(1)
    n_columns = sum(1 << group.bits for group in GROUPS) + len(NAMES)
    weights, bias = rng.normal(size=(n_columns, 2)), rng.normal(size=2)
    model = LinearModel.of(PARAGRAPH, weights, bias)
    stored = model.arrays()
    assert_equal(LinearModel.load(PARAGRAPH, stored), model)
    at = 0
    for group, table in zip(GROUPS, model.tables, strict=True):
        part = weights[at : at + (1 << group.bits)]
        at += 1 << group.bits
        assert np.abs(table * model.scale - part).max() <= model.scale * 0.501  # half a step, and the rounding of the scale itself
    assert max(np.abs(table).max() for table in model.tables) == WEIGHT_LIMIT
    assert np.abs(model.dense_weights - weights[at:]).max() <= DENSE_STEP / 2


def test_a_group_without_weights_is_stored_as_zeros() -> None:
    n_columns = sum(1 << group.bits for group in GROUPS) + len(NAMES)
    model = LinearModel.of(PARAGRAPH, np.zeros((n_columns, 1)), np.ones(1))
    assert logits(model, "The harbour froze.").tolist() == [[1.0]]


@given(documents())
def test_rows_do_not_depend_on_the_batch(model: LinearModel, batch: list[str]) -> None:
    batch = [text for text in batch if text.split()]
    if batch:
        assert np.array_equal(logits(model, *batch), np.concatenate([logits(model, text) for text in batch]))


def test_rows_of_many_paragraphs_are_those_of_single_ones(model: LinearModel) -> None:
    lines = [f"{PROSE[i % 4][: 5 + 7 * i]} {i}" for i in range(300)]
    assert np.array_equal(logits(model, "\n\n".join(lines)), np.concatenate([logits(model, line) for line in lines]))


def test_a_score_is_the_sum_of_its_parts(model: LinearModel) -> None:
    found = features("The harbour froze.")
    expected = found.shape[0].astype(np.float64) @ model.dense_weights + model.bias
    for terms, table in zip(found.terms, model.tables, strict=True):
        expected += table[terms.columns].sum(axis=0) * model.scale / len(terms.columns) ** 0.5
    assert np.allclose(logits(model, "The harbour froze.")[0], expected, rtol=1e-5, atol=1e-5)  # single precision


@pytest.mark.parametrize("name", ["paragraph_word", "paragraph_scale", "paragraph_dense", "paragraph_bias"])
def test_a_missing_array_is_refused(arrays: Arrays, name: str) -> None:
    with pytest.raises(KeyError, match=name):
        LinearModel.load(PARAGRAPH, {key: array for key, array in arrays.items() if key != name})


@pytest.mark.parametrize("name", ["paragraph_word", "paragraph_whole", "paragraph_dense", "paragraph_bias"])
def test_an_array_of_another_shape_is_refused(arrays: Arrays, name: str) -> None:
    with pytest.raises(ValueError, match="paragraph_"):
        LinearModel.load(PARAGRAPH, {**arrays, name: arrays[name][:-1]})


def test_weights_that_would_not_add_exactly_are_refused(arrays: Arrays) -> None:
    heavy = arrays["paragraph_word"].copy()
    heavy[0, 0] = -WEIGHT_LIMIT - 1
    with pytest.raises(ValueError, match="paragraph_word: weights of more than 511 steps"):
        LinearModel.load(PARAGRAPH, {**arrays, "paragraph_word": heavy})
