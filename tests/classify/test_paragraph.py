"""The paragraph model: what is stored is what is loaded, and rows do not depend on each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given

from cleaner.classify.paragraph import SHAPE_STEP, ParagraphModel
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


def assert_equal(one: ParagraphModel, other: ParagraphModel) -> None:
    for field in fields(ParagraphModel):
        for a, b in zip(getattr(one, field.name), getattr(other, field.name), strict=True):
            assert np.array_equal(a, b)
    assert one.shape_weights.dtype == other.shape_weights.dtype


@pytest.fixture(scope="module")
def model(arrays: Arrays) -> ParagraphModel:
    return ParagraphModel.load(arrays)


def test_storing_is_the_inverse_of_loading(model: ParagraphModel, arrays: Arrays) -> None:
    stored = model.arrays()
    for name, array in stored.items():
        assert array.dtype == arrays[name].dtype
        assert np.array_equal(array, arrays[name])
    assert_equal(ParagraphModel.load(stored), model)


def test_fitted_weights_are_rounded_once() -> None:
    rng = np.random.default_rng(1)
    n_columns = sum(1 << group.bits for group in GROUPS) + len(NAMES)
    weights, bias = rng.normal(size=(n_columns, 2)), rng.normal(size=2)
    model = ParagraphModel.of(weights, bias)
    stored = model.arrays()
    assert_equal(ParagraphModel.load(stored), model)
    at = 0
    for group, table, scale in zip(GROUPS, model.tables, model.scales, strict=True):
        part = weights[at : at + (1 << group.bits)]
        at += 1 << group.bits
        assert np.abs(table * scale - part).max() <= scale * 0.501  # half a step, and the rounding of the scale itself
        assert np.abs(table).max() == 127
    assert np.abs(model.shape_weights - weights[at:]).max() <= SHAPE_STEP / 2


def test_a_group_without_weights_is_stored_as_zeros() -> None:
    n_columns = sum(1 << group.bits for group in GROUPS) + len(NAMES)
    model = ParagraphModel.of(np.zeros((n_columns, 1)), np.ones(1))
    assert model.logits(features("The harbour froze.")).tolist() == [[1.0]]


@given(documents())
def test_rows_do_not_depend_on_the_batch(model: ParagraphModel, batch: list[str]) -> None:
    batch = [text for text in batch if text.split()]
    if batch:
        assert np.array_equal(model.logits(features(*batch)), np.concatenate([model.logits(features(text)) for text in batch]))


def test_rows_of_many_paragraphs_are_those_of_single_ones(model: ParagraphModel) -> None:
    lines = [f"{PROSE[i % 4][: 5 + 7 * i]} {i}" for i in range(300)]
    assert np.array_equal(model.logits(features("\n\n".join(lines))), np.concatenate([model.logits(features(line)) for line in lines]))


def test_a_score_is_the_sum_of_its_parts(model: ParagraphModel) -> None:
    found = features("The harbour froze.")
    expected = found.shape[0].astype(np.float64) @ model.shape_weights + model.bias
    for terms, table, scale in zip(found.terms, model.tables, model.scales, strict=True):
        expected += table[terms.columns].sum(axis=0) * float(scale) / len(terms.columns) ** 0.5
    assert np.allclose(model.logits(found)[0], expected, rtol=1e-5, atol=1e-5)  # single precision


@pytest.mark.parametrize("name", ["paragraph_word", "paragraph_scales", "paragraph_shape", "paragraph_bias"])
def test_a_missing_array_is_refused(arrays: Arrays, name: str) -> None:
    with pytest.raises(KeyError, match=name):
        ParagraphModel.load({key: array for key, array in arrays.items() if key != name})


@pytest.mark.parametrize("name", ["paragraph_word", "paragraph_whole", "paragraph_scales", "paragraph_shape", "paragraph_bias"])
def test_an_array_of_another_shape_is_refused(arrays: Arrays, name: str) -> None:
    with pytest.raises(ValueError, match="paragraph_"):
        ParagraphModel.load({**arrays, name: arrays[name][:-1]})
