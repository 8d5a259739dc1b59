"""Arithmetic on a grid: sums that come out the same in any order.

Floating-point sums depend on their order, and a matrix product's order depends on the size of the batch. Values that
are whole multiples of a step, small enough, add without rounding: the result is exact whatever the order, so a
paragraph's verdict does not depend on its neighbours in the batch, the number of threads or the machine.
"""

from __future__ import annotations

import numpy as np

FLOAT32_LIMIT = 2.0**24
FLOAT64_LIMIT = 2.0**53


def snap(values: np.ndarray, step: float, limit: float) -> np.ndarray:
    """Round to multiples of a step, clipped to [-limit, limit].

    Args:
        values: any shape, float.
        step: a power of two.
        limit: a multiple of the step.

    Returns:
        Same shape, float32.
    """
    snapped = np.multiply(values, 1 / step, dtype=np.float64 if values.dtype == np.float64 else np.float32)
    np.rint(snapped, out=snapped)
    np.clip(snapped, -limit / step, limit / step, out=snapped)
    snapped *= step
    return snapped.astype(np.float32, copy=False)


def exact_dtype(weights: np.ndarray, input_limit: float, step: float) -> type[np.float32] | type[np.float64]:
    """The narrowest float in which inputs times weights are exact.

    Args:
        weights: shape (n_inputs, n_outputs), multiples of the weights' step.
        input_limit: largest absolute value of an input.
        step: product of the steps of inputs and weights.

    Raises:
        ValueError: not even double precision is wide enough.
    """
    largest = float(np.abs(weights.astype(np.float64)).sum(axis=0).max(initial=0.0)) * input_limit / step
    if largest < FLOAT32_LIMIT:
        return np.float32
    if largest < FLOAT64_LIMIT:
        return np.float64
    raise ValueError(f"weights: sums of up to {largest:.3g} steps are not exact in double precision")


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities of each row, shape (n, k), float32; computed row by row, so rows do not depend on each other."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shifted / shifted.sum(axis=1, keepdims=True)
