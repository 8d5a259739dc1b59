"""The sequence model: several networks as one, on the grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.classify import context
from cleaner.classify.sequence import BLOCK_ROWS, WEIGHT_STEP, SequenceModel

Arrays = Mapping[str, np.ndarray]
Network = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def some_columns(n: int, n_columns: int, seed: int = 0) -> np.ndarray:
    """Columns as `context` gives them: whole steps."""
    limit = int(context.LIMIT / context.STEP)
    return np.random.default_rng(seed).integers(-limit, limit + 1, (n, n_columns)).astype(np.float32)


def some_network(seed: int, n_columns: int = 5, n_hidden: int = 4, k: int = 3) -> Network:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_columns, n_hidden)), rng.normal(size=n_hidden), rng.normal(size=(n_hidden, k)), rng.normal(size=k)


def assert_equal(one: SequenceModel, other: SequenceModel) -> None:
    for field in fields(SequenceModel):
        a, b = np.asarray(getattr(one, field.name)), np.asarray(getattr(other, field.name))
        assert np.array_equal(a, b)
        assert a.dtype == b.dtype


@pytest.fixture(scope="module")
def model(arrays: Arrays) -> SequenceModel:
    return SequenceModel.load("sequence", arrays)


def test_storing_is_the_inverse_of_loading(model: SequenceModel, arrays: Arrays) -> None:
    stored = model.arrays("sequence")
    for name, array in stored.items():
        assert array.dtype == arrays[name].dtype
        assert np.array_equal(array, arrays[name])
    assert_equal(SequenceModel.load("sequence", stored), model)


def test_joined_networks_come_back_equal() -> None:
    model = SequenceModel.of([some_network(1), some_network(2)])
    assert_equal(SequenceModel.load("sequence", model.arrays("sequence")), model)


def test_the_temperature_comes_back() -> None:
    model = replace(SequenceModel.of([some_network(1)]), temperature=1.25)
    assert SequenceModel.load("sequence", model.arrays("sequence")).temperature == 1.25


def test_joined_networks_average_their_outputs() -> None:
    networks, columns = [some_network(1), some_network(2)], some_columns(50, 5)
    outputs = [np.maximum(columns * context.STEP @ hidden + bias, 0) @ output + rest for hidden, bias, output, rest in networks]
    # Weights are rounded to half a step, inputs reach 2, hidden values 32.
    tolerance = WEIGHT_STEP / 2 * (5 * 2 * 4 * 3 + 8 * 32)
    assert np.abs(SequenceModel.of(networks).logits(columns) - np.mean(outputs, axis=0)).max() < tolerance


@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_rows_do_not_depend_on_the_batch(model: SequenceModel, seed: int, n: int) -> None:
    columns = some_columns(n, len(model.hidden_weights), seed)
    assert np.array_equal(model.probabilities(columns), np.concatenate([model.probabilities(row[None]) for row in columns]))


@pytest.mark.parametrize("n", [BLOCK_ROWS - 1, BLOCK_ROWS, BLOCK_ROWS + 1])
def test_rows_do_not_depend_on_the_block(model: SequenceModel, n: int) -> None:
    columns = some_columns(n, len(model.hidden_weights))
    whole = model.probabilities(columns)
    for i in (0, 1, n // 2, n - 2, n - 1):
        assert np.array_equal(whole[i : i + 1], model.probabilities(columns[i : i + 1]))
    assert np.array_equal(whole, np.concatenate([model.probabilities(part) for part in np.array_split(columns, 7)]))


def test_the_layout_of_the_columns_in_memory_does_not_matter(model: SequenceModel) -> None:
    columns = some_columns(100, len(model.hidden_weights))
    assert np.array_equal(model.logits(columns), model.logits(np.asfortranarray(columns)))


def test_probabilities_are_those_of_the_temperature(model: SequenceModel) -> None:
    columns = some_columns(20, len(model.hidden_weights))
    shares = np.exp(model.logits(columns).astype(np.float64) / 1.5)
    assert np.allclose(model.probabilities(columns), shares / shares.sum(axis=1, keepdims=True), atol=1e-5)  # single precision


def test_no_rows_give_no_rows(model: SequenceModel) -> None:
    assert model.logits(some_columns(0, len(model.hidden_weights))).shape == (0, len(model.output_bias))


@pytest.mark.parametrize("name", [f"sequence_{name}" for name in ("hidden", "hidden_bias", "output", "output_bias", "temperature")])
def test_a_missing_array_is_refused(arrays: Arrays, name: str) -> None:
    with pytest.raises(KeyError, match=name):
        SequenceModel.load("sequence", {key: array for key, array in arrays.items() if key != name})


@pytest.mark.parametrize("name", ["sequence_hidden_bias", "sequence_output", "sequence_output_bias"])
def test_an_array_of_another_shape_is_refused(arrays: Arrays, name: str) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        SequenceModel.load("sequence", {**arrays, name: arrays[name][:-1]})


@pytest.mark.parametrize("temperature", [0.0, -1.0])
def test_a_temperature_that_is_not_positive_is_refused(arrays: Arrays, temperature: float) -> None:
    with pytest.raises(ValueError, match="expected a positive number"):
        SequenceModel.load("sequence", {**arrays, "sequence_temperature": np.array(temperature)})
