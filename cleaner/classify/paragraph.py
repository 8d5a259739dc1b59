"""The paragraph model: kind probabilities of each paragraph alone, a linear model over hashed terms and shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cleaner.classify.grid import exact_dtype
from cleaner.features import shape
from cleaner.features.batch import Features
from cleaner.features.terms import GROUPS

WEIGHT_LIMIT = 127  # weights of terms are stored as signed bytes
SHAPE_STEP = 1 / 256


@dataclass(frozen=True, slots=True)
class ParagraphModel:
    """A fitted paragraph model with k outputs.

    Attributes:
        tables: a group: shape (2 ** bits, k), int16, weights in steps of the group's scale.
        scales: shape (n_groups,), float32.
        shape_weights: shape (len(shape.NAMES), k), multiples of `SHAPE_STEP`.
        bias: shape (k,), float32.
    """

    tables: Sequence[np.ndarray]
    scales: np.ndarray
    shape_weights: np.ndarray
    bias: np.ndarray

    def logits(self, features: Features) -> np.ndarray:
        """Score of every output, each paragraph alone.

        A group's terms count as their sum over the square root of their number.

        Returns:
            Shape (n, k), float32.
        """
        total = (features.shape.astype(self.shape_weights.dtype) @ self.shape_weights).astype(np.float32) + self.bias
        for terms, table, scale in zip(features.terms, self.tables, self.scales, strict=True):
            sums = np.add.reduceat(table.take(terms.columns, axis=0), terms.ranges.bounds[:-1], axis=0, dtype=np.int32)
            total += sums * (scale / np.sqrt(terms.counts().astype(np.float32)))[:, None]
        return total

    @classmethod
    def of(cls, weights: np.ndarray, bias: np.ndarray) -> ParagraphModel:
        """Round fitted weights to what a bundle stores.

        Args:
            weights: shape (n_columns, k): the columns of all groups, in order, then those of the shape.
            bias: shape (k,).
        """
        tables, scales, at = [], [], 0
        for group in GROUPS:
            part = weights[at : at + (1 << group.bits)]
            at += 1 << group.bits
            scale = max(float(np.abs(part).max()), 1e-6) / WEIGHT_LIMIT
            tables.append(np.rint(part / scale).astype(np.int8))
            scales.append(scale)
        return cls.load(
            {
                **{f"paragraph_{group.name}": table for group, table in zip(GROUPS, tables, strict=True)},
                "paragraph_scales": np.array(scales, np.float32),
                "paragraph_shape": np.rint(weights[at:] / SHAPE_STEP).astype(np.int16),
                "paragraph_bias": bias.astype(np.float32),
            }
        )

    @classmethod
    def load(cls, arrays: Mapping[str, np.ndarray]) -> ParagraphModel:
        """Take the model from a bundle's arrays.

        Raises:
            KeyError: an array is missing.
            ValueError: an array has another shape.
        """
        shape_weights = arrays["paragraph_shape"].astype(np.float64) * SHAPE_STEP
        tables = [arrays[f"paragraph_{group.name}"] for group in GROUPS]
        n_outputs = len(arrays["paragraph_bias"])
        for group, table in zip(GROUPS, tables, strict=True):
            if table.shape != (1 << group.bits, n_outputs):
                raise ValueError(f"paragraph_{group.name}: shape {table.shape}, expected {(1 << group.bits, n_outputs)}")
        if shape_weights.shape != (len(shape.NAMES), n_outputs) or arrays["paragraph_scales"].shape != (len(GROUPS),):
            raise ValueError("paragraph_shape or paragraph_scales: not the columns that this version computes")
        dtype = exact_dtype(shape_weights, 4.0, shape.STEP * SHAPE_STEP)
        # Sums of signed bytes widen to 32 bits; storing the tables wider than a byte makes the gathers faster.
        return cls(
            [table.astype(np.int16) for table in tables],
            arrays["paragraph_scales"].astype(np.float32),
            shape_weights.astype(dtype),
            arrays["paragraph_bias"].astype(np.float32),
        )

    def arrays(self) -> dict[str, np.ndarray]:
        """What a bundle stores; `load` is its inverse."""
        return {
            **{f"paragraph_{group.name}": table.astype(np.int8) for group, table in zip(GROUPS, self.tables, strict=True)},
            "paragraph_scales": self.scales,
            "paragraph_shape": np.rint(self.shape_weights / SHAPE_STEP).astype(np.int16),
            "paragraph_bias": self.bias,
        }
