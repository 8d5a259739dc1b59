"""A linear model over hashed terms and dense columns: both first passes, that over text and that over markup."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cleaner.classify.grid import exact_dtype
from cleaner.features.batch import Terms

WEIGHT_LIMIT = 511  # steps; the sum of a token's weights in all groups then fits 16 bits
DENSE_STEP = 1 / 256


@dataclass(frozen=True, slots=True)
class Columns:
    """What a linear model looks at.

    Attributes:
        name: what its arrays in a bundle begin with.
        groups: names of the term groups and their bits: a group has `2 ** bits` columns.
        n_dense: dense columns behind those of the groups.
        dense_limit: largest absolute value of a dense column.
        dense_step: every dense value is a multiple of it.
    """

    name: str
    groups: Mapping[str, int]
    n_dense: int
    dense_limit: float
    dense_step: float


@dataclass(frozen=True, slots=True)
class LinearModel:
    """A fitted linear model with k outputs.

    Attributes:
        columns: what it looks at.
        tables: a group: shape (2 ** bits, k), int16, weights in steps of `scale`.
        scale: what one step is worth.
        dense_weights: shape (n_dense, k), multiples of `DENSE_STEP`.
        bias: shape (k,), float32.
    """

    columns: Columns
    tables: Sequence[np.ndarray]
    scale: float
    dense_weights: np.ndarray
    bias: np.ndarray

    def logits(self, terms: Sequence[Terms], dense: np.ndarray) -> np.ndarray:
        """Score of every output, each paragraph alone.

        A group's terms count as their sum over the square root of their number.

        Args:
            terms: the n paragraphs' terms of each group.
            dense: shape (n, n_dense).

        Returns:
            Shape (n, k), float32.
        """
        total = (dense.astype(self.dense_weights.dtype, copy=False) @ self.dense_weights).astype(np.float32) + self.bias
        waiting = list(zip(terms, self.tables, strict=True))
        while waiting:
            # Groups with a term a token share their bounds: added up token by token, they are reduced once. Bounds that are
            # merely equal do not count: whether they are depends on the batch, and so would the rounding.
            bounds = waiting[0][0].bounds
            alike = [pair for pair in waiting if pair[0].bounds is bounds]
            waiting = [pair for pair in waiting if pair[0].bounds is not bounds]
            weights = alike[0][1].take(alike[0][0].columns, axis=0)
            for group, table in alike[1:]:
                weights += table.take(group.columns, axis=0)
            sums = np.add.reduceat(weights, bounds[:-1], axis=0, dtype=np.int32)
            total += sums * (np.float32(self.scale) / np.sqrt(np.diff(bounds).astype(np.float32)))[:, None]
        return total

    @classmethod
    def of(cls, columns: Columns, weights: np.ndarray, bias: np.ndarray) -> LinearModel:
        """Round fitted weights to what a bundle stores.

        Args:
            columns: what the model looks at.
            weights: shape (n_columns, k): the columns of all groups, in order, then the dense ones.
            bias: shape (k,).
        """
        n_terms = sum(1 << bits for bits in columns.groups.values())
        scale = max(float(np.abs(weights[:n_terms]).max()), 1e-6) / WEIGHT_LIMIT
        arrays: dict[str, np.ndarray] = {
            f"{columns.name}_scale": np.array(scale, np.float32),
            f"{columns.name}_dense": np.rint(weights[n_terms:] / DENSE_STEP).astype(np.int16),
            f"{columns.name}_bias": bias.astype(np.float32),
        }
        at = 0
        for group, bits in columns.groups.items():
            arrays[f"{columns.name}_{group}"] = np.rint(weights[at : at + (1 << bits)] / scale).astype(np.int16)
            at += 1 << bits
        return cls.load(columns, arrays)

    @classmethod
    def load(cls, columns: Columns, arrays: Mapping[str, np.ndarray]) -> LinearModel:
        """Take the model from a bundle's arrays.

        Raises:
            KeyError: an array is missing.
            ValueError: an array has another shape, or weights that would not add exactly.
        """
        dense, bias = arrays[f"{columns.name}_dense"].astype(np.float64) * DENSE_STEP, arrays[f"{columns.name}_bias"]
        tables = []
        for group, bits in columns.groups.items():
            table = arrays[f"{columns.name}_{group}"]
            if table.shape != (1 << bits, len(bias)):
                raise ValueError(f"{columns.name}_{group}: shape {table.shape}, expected {(1 << bits, len(bias))}")
            if np.abs(table).max(initial=0) > WEIGHT_LIMIT:
                raise ValueError(f"{columns.name}_{group}: weights of more than {WEIGHT_LIMIT} steps")
            tables.append(table.astype(np.int16))
        if dense.shape != (columns.n_dense, len(bias)):
            raise ValueError(f"{columns.name}_dense: shape {dense.shape}, expected {(columns.n_dense, len(bias))}")
        dtype = exact_dtype(dense, columns.dense_limit, columns.dense_step * DENSE_STEP)
        return cls(columns, tables, float(arrays[f"{columns.name}_scale"]), dense.astype(dtype), bias.astype(np.float32))

    def arrays(self) -> dict[str, np.ndarray]:
        """What a bundle stores; `load` is its inverse."""
        name = self.columns.name
        return {
            **{f"{name}_{group}": table for group, table in zip(self.columns.groups, self.tables, strict=True)},
            f"{name}_scale": np.array(self.scale, np.float32),
            f"{name}_dense": np.rint(self.dense_weights / DENSE_STEP).astype(np.int16),
            f"{name}_bias": self.bias,
        }


def normalised(logits: np.ndarray) -> np.ndarray:
    """One-against-rest scores as probabilities: logistic, each row over its sum.

    Args:
        logits: shape (n, k).

    Returns:
        Shape (n, k), float32.
    """
    each = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return (each / each.sum(axis=1, keepdims=True)).astype(np.float32)
