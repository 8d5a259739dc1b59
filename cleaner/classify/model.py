"""A model ready for use: both passes, the label scheme and the thresholds of one bundle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cleaner.classify.bundle import Bundle
from cleaner.classify.context import context, count_columns
from cleaner.classify.layout import lay_out
from cleaner.classify.paragraph import ParagraphModel
from cleaner.classify.sequence import SequenceModel
from cleaner.errors import BundleError
from cleaner.features.batch import Features
from cleaner.features.shape import NAMES
from cleaner.features.terms import GROUPS
from cleaner.records import Label, Scheme
from cleaner.text.paragraphs import Paragraphs
from cleaner.text.scan import Scan


def feature_settings() -> dict[str, Any]:
    """What this version computes; a bundle fitted on something else is refused."""
    return {"groups": {group.name: group.bits for group in GROUPS}, "shape": list(NAMES)}


@dataclass(frozen=True, slots=True)
class Model:
    """The two passes of a bundle and what their outputs mean.

    Attributes:
        scheme: the kinds that the columns stand for.
        paragraph: the first pass, each paragraph alone.
        sequence: the second pass, over the whole document.
        label_weights: see `decide_kinds`.
        curve: see `threshold_for`.
        default_loss: share of article words that the default threshold may lose.
    """

    scheme: Scheme
    paragraph: ParagraphModel
    sequence: SequenceModel
    label_weights: dict[str, float]
    curve: Sequence[tuple[float, float]]
    default_loss: float

    @classmethod
    def of(cls, bundle: Bundle) -> Model:
        """Build the model from a verified bundle.

        Raises:
            BundleError: it was fitted on other features, or its parts do not fit each other.
        """
        manifest = bundle.manifest
        if manifest.get("features") != feature_settings():
            raise BundleError(f"{bundle.path}: fitted on other features than this version computes; build it again or install its version")
        try:
            scheme = Scheme(tuple(manifest["kinds"]), tuple(map(Label, manifest["kinds"].values())))
            paragraph, sequence = ParagraphModel.load(bundle.arrays), SequenceModel.load(bundle.arrays)
            if not len(scheme.kinds) == len(paragraph.bias) == len(sequence.output_bias):
                raise ValueError(f"{len(scheme.kinds)} kinds, {len(paragraph.bias)} and {len(sequence.output_bias)} outputs")
            if len(sequence.hidden_weights) != (n_columns := count_columns(scheme)):
                raise ValueError(f"{len(sequence.hidden_weights)} context columns, expected {n_columns}")
            curve = [(float(loss), float(threshold)) for loss, threshold in manifest["thresholds"]]
            if not curve:
                raise ValueError("no thresholds")
            weights = {label.value: float(manifest["label_weights"][label.value]) for label in Label}
            return cls(scheme, paragraph, sequence, weights, curve, float(manifest["default_loss"]))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BundleError(f"{bundle.path}: parts are missing or do not fit each other ({error}); build the model again") from error

    def alone(self, features: Features) -> np.ndarray:
        """Probabilities of each paragraph by itself, shape (n, k), float32, rows sum to 1."""
        return normalised(self.paragraph.logits(features))

    def probabilities(self, scan: Scan, paragraphs: Paragraphs, features: Features, alone: np.ndarray) -> np.ndarray:
        """Calibrated probabilities from the whole documents, shape (n, k), float32, rows sum to 1."""
        return self.sequence.probabilities(context(alone, lay_out(scan, paragraphs, features), self.scheme))


def normalised(logits: np.ndarray) -> np.ndarray:
    """One-against-rest scores as probabilities: logistic, each row over its sum.

    Args:
        logits: shape (n, k).

    Returns:
        Shape (n, k), float32.
    """
    each = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return (each / each.sum(axis=1, keepdims=True)).astype(np.float32)
