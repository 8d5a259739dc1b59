"""Sums on the grid are exact in any order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.classify.grid import FLOAT32_LIMIT, FLOAT64_LIMIT, exact_dtype, snap, softmax

STEP, LIMIT = 1 / 64, 32.0
VALUES = st.lists(st.floats(-100, 100, width=32), min_size=1, max_size=60)


@given(VALUES)
def test_snapped_values_are_near_and_on_the_grid(values: list[float]) -> None:
    snapped = snap(np.array(values), STEP, LIMIT)
    assert snapped.dtype == np.float32
    assert (snapped / STEP == np.rint(snapped / STEP)).all()
    assert (np.abs(snapped - np.clip(values, -LIMIT, LIMIT)) <= STEP / 2).all()


@given(VALUES, st.randoms(use_true_random=False))
def test_sums_of_snapped_values_are_equal_in_any_order(values: list[float], random: st.randoms) -> None:
    snapped = snap(np.array(values), STEP, LIMIT).tolist()
    shuffled = random.sample(snapped, len(snapped))
    assert np.float32(0) + sum(map(np.float32, snapped)) == np.float32(0) + sum(map(np.float32, shuffled))


@given(st.integers(0, 2**32 - 1))
def test_products_are_equal_in_any_order(seed: int) -> None:
    rng = np.random.default_rng(seed)
    inputs = snap(rng.normal(size=(3, 200)), STEP, 2.0)
    weights = snap(rng.normal(size=(200, 4)), 1 / 256, 4.0)
    dtype = exact_dtype(weights, 2.0, STEP / 256)
    order = rng.permutation(200)
    whole = inputs.astype(dtype) @ weights.astype(dtype)
    assert np.array_equal(whole, inputs[:, order].astype(dtype) @ weights[order].astype(dtype))
    assert np.array_equal(whole, inputs.astype(np.float64) @ weights.astype(np.float64))


@pytest.mark.parametrize(
    ("largest", "dtype"), [(0, np.float32), (FLOAT32_LIMIT - 1, np.float32), (FLOAT32_LIMIT, np.float64), (FLOAT64_LIMIT / 2, np.float64)]
)
def test_the_narrowest_exact_type_is_taken(largest: float, dtype: type) -> None:
    assert exact_dtype(np.array([[largest], [0.0]]), 1.0, 1.0) is dtype


def test_limits_and_steps_count() -> None:
    weights = np.full((2, 1), FLOAT32_LIMIT / 16)  # adds up to an eighth of the limit
    assert exact_dtype(weights, 4.0, 1.0) is np.float32
    assert exact_dtype(weights, 8.0, 1.0) is np.float64
    assert exact_dtype(weights, 4.0, 0.5) is np.float64


def test_the_heaviest_output_decides_and_signs_do_not_cancel() -> None:
    assert exact_dtype(np.array([[1.0, FLOAT32_LIMIT / 2], [1.0, -FLOAT32_LIMIT / 2]]), 1.0, 1.0) is np.float64


def test_weights_beyond_double_precision_are_refused() -> None:
    with pytest.raises(ValueError, match="not exact in double precision"):
        exact_dtype(np.array([[FLOAT64_LIMIT]]), 1.0, 1.0)


def test_no_weights_need_no_width() -> None:
    assert exact_dtype(np.zeros((0, 3)), 1.0, 1.0) is np.float32


@given(st.integers(0, 2**32 - 1), st.integers(1, 40))
def test_softmax_works_row_by_row(seed: int, n: int) -> None:
    logits = np.random.default_rng(seed).normal(size=(n, 9)).astype(np.float32) * 10
    whole = softmax(logits)
    assert np.array_equal(whole, np.concatenate([softmax(row[None]) for row in logits]))
    assert whole.dtype == np.float32
    assert (np.abs(whole.sum(axis=1) - 1) < 1e-6).all()  # single precision


def test_softmax_of_huge_scores_is_finite() -> None:
    assert softmax(np.array([[1e4, 0.0], [-1e4, -1e4]], np.float32)).tolist() == [[1.0, 0.0], [0.5, 0.5]]
