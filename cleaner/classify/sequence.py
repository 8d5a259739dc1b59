"""The sequence model: kind probabilities of each paragraph from the whole document, a wide network over its context."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cleaner.classify import context
from cleaner.classify.grid import exact_dtype, snap, softmax

WEIGHT_STEP = 1 / 256
WEIGHT_LIMIT = 127.0
HIDDEN_STEP = 1 / 64
HIDDEN_LIMIT = 32.0
BLOCK_ROWS = 2048  # rows that go through the network at a time: the hidden layer then stays in the cache


@dataclass(frozen=True, slots=True)
class SequenceModel:
    """A fitted sequence model: several small networks side by side, their outputs averaged.

    Attributes:
        hidden_weights: shape (n_columns, n_hidden), multiples of `WEIGHT_STEP * context.STEP`: columns count in whole steps.
        hidden_bias: shape (n_hidden,), float32.
        output_weights: shape (n_hidden, k), multiples of `WEIGHT_STEP`, the averaging included.
        output_bias: shape (k,), float32.
        temperature: divides the outputs; above 1 it makes the model less sure of itself.
    """

    hidden_weights: np.ndarray
    hidden_bias: np.ndarray
    output_weights: np.ndarray
    output_bias: np.ndarray
    temperature: float = 1.0

    def logits(self, columns: np.ndarray) -> np.ndarray:
        """Scores before calibration.

        Args:
            columns: shape (n, n_columns), what `context` returns.

        Returns:
            Shape (n, k), float32.
        """
        scores = np.empty((len(columns), len(self.output_bias)), np.float32)
        for begin in range(0, len(columns), BLOCK_ROWS):
            block = columns[begin : begin + BLOCK_ROWS].astype(self.hidden_weights.dtype, copy=False)
            hidden = (block @ self.hidden_weights).astype(np.float32) + self.hidden_bias
            hidden = snap(np.maximum(hidden, 0), HIDDEN_STEP, HIDDEN_LIMIT)
            output = hidden.astype(self.output_weights.dtype, copy=False) @ self.output_weights
            scores[begin : begin + BLOCK_ROWS] = output.astype(np.float32) + self.output_bias
        return scores

    def probabilities(self, columns: np.ndarray) -> np.ndarray:
        """Calibrated kind probabilities, shape (n, k), float32, rows sum to 1."""
        return softmax(self.logits(columns) / np.float32(self.temperature))

    @classmethod
    def of(cls, networks: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]]) -> SequenceModel:
        """Join fitted networks (hidden weights and bias, output weights and bias) into one that averages their outputs."""
        share = 1 / len(networks)
        return cls.load(
            "sequence",
            {
                "sequence_hidden": _steps(np.concatenate([network[0] for network in networks], axis=1)),
                "sequence_hidden_bias": np.concatenate([network[1] for network in networks]).astype(np.float32),
                "sequence_output": _steps(np.concatenate([network[2] for network in networks]) * share),
                "sequence_output_bias": (np.sum([network[3] for network in networks], axis=0) * share).astype(np.float32),
                "sequence_temperature": np.array(1.0, np.float32),
            },
        )

    @classmethod
    def load(cls, name: str, arrays: Mapping[str, np.ndarray]) -> SequenceModel:
        """Take the model from a bundle's arrays.

        Args:
            name: what the names of its arrays begin with.
            arrays: those of the bundle.

        Raises:
            KeyError: an array is missing.
            ValueError: shapes that do not fit each other, or weights that would not add exactly.
        """
        hidden = arrays[f"{name}_hidden"].astype(np.float64) * (WEIGHT_STEP * context.STEP)
        output = arrays[f"{name}_output"].astype(np.float64) * WEIGHT_STEP
        hidden_bias, output_bias = arrays[f"{name}_hidden_bias"], arrays[f"{name}_output_bias"]
        if hidden.ndim != 2 or output.shape != (hidden.shape[1], len(output_bias)) or hidden_bias.shape != (hidden.shape[1],):
            raise ValueError(f"{name}_hidden and {name}_output: shapes do not fit each other")
        temperature = float(arrays[f"{name}_temperature"])
        if not temperature > 0:
            raise ValueError(f"{name}_temperature: got {temperature}, expected a positive number")
        return cls(
            hidden.astype(exact_dtype(hidden, context.LIMIT / context.STEP, context.STEP * WEIGHT_STEP)),
            hidden_bias.astype(np.float32),
            output.astype(exact_dtype(output, HIDDEN_LIMIT, HIDDEN_STEP * WEIGHT_STEP)),
            output_bias.astype(np.float32),
            temperature,
        )

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        """What a bundle stores; `load` is its inverse."""
        return {
            f"{name}_hidden": _steps(self.hidden_weights / context.STEP),
            f"{name}_hidden_bias": self.hidden_bias,
            f"{name}_output": _steps(self.output_weights),
            f"{name}_output_bias": self.output_bias,
            f"{name}_temperature": np.array(self.temperature, np.float32),
        }


def _steps(weights: np.ndarray) -> np.ndarray:
    """Weights in whole steps, int16."""
    return np.rint(snap(weights, WEIGHT_STEP, WEIGHT_LIMIT) / WEIGHT_STEP).astype(np.int16)
