"""A model ready for use: the passes over text and over pages, the label scheme and the thresholds of one bundle."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from cleaner.classify.bundle import Bundle
from cleaner.classify.context import LOGIT_LIMIT, context, count_columns
from cleaner.classify.decide import threshold_for
from cleaner.classify.layout import Layout, lay_out
from cleaner.classify.linear import Columns, LinearModel, normalised
from cleaner.classify.page import count_page_columns, markup_columns, page_context
from cleaner.classify.sequence import SequenceModel
from cleaner.errors import BundleError
from cleaner.features import markup as markups
from cleaner.features import shape
from cleaner.features.batch import Features, Terms
from cleaner.features.markup import Markup
from cleaner.features.terms import GROUPS
from cleaner.records import Label, Scheme
from cleaner.text.paragraphs import Paragraphs
from cleaner.text.scan import Scan

MAX_OFFSET = 20.0  # log odds beyond are certain
MAX_SHAPE = 4.0  # no shape column exceeds it
PARAGRAPH = Columns("paragraph", {group.name: group.bits for group in GROUPS}, len(shape.NAMES), MAX_SHAPE, shape.STEP)


def markup_model_columns(n_kinds: int) -> Columns:
    """What the markup model looks at: hashed markup, facts, and the scores of the paragraph model."""
    return Columns("markup", {"term": markups.BITS}, len(markups.FACTS) + n_kinds, LOGIT_LIMIT, shape.STEP)


def feature_settings() -> dict[str, Any]:
    """What this version computes; a bundle fitted on something else is refused."""
    return {
        "groups": dict(PARAGRAPH.groups),
        "shape": list(shape.NAMES),
        "markup": {"bits": markups.BITS, "places": list(markups.PLACES), "facts": list(markups.FACTS)},
    }


@dataclass(frozen=True, slots=True)
class Decisions:
    """How probabilities become verdicts.

    Attributes:
        label_weights: see `decide_kinds`.
        curve: see `threshold_for`.
        default_loss: share of article words that the default threshold may lose.
        long_offset: see `keep_scores`.
    """

    label_weights: Mapping[str, float]
    curve: Sequence[tuple[float, float]]
    default_loss: float
    long_offset: float = 0.0

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Decisions:
        """Read the decisions of a manifest.

        Raises:
            KeyError: one is missing.
            ValueError: one makes no sense.
        """
        curve = [(float(loss), float(threshold)) for loss, threshold in manifest["thresholds"]]
        if not curve or curve != sorted(curve) or [threshold for _, threshold in curve] != sorted(threshold for _, threshold in curve):
            raise ValueError("thresholds: expected pairs of loss and threshold, both ascending")
        default_loss = float(manifest["default_loss"])
        if not all(map(math.isfinite, (default_loss, *chain.from_iterable(curve)))):
            raise ValueError("thresholds, default_loss: expected finite numbers")
        weights = {label.value: float(manifest["label_weights"][label.value]) for label in Label}
        offset = float(manifest["long_offset"])
        if not math.isfinite(offset) or abs(offset) > MAX_OFFSET:
            raise ValueError(f"long_offset: got {offset}, expected a number between -{MAX_OFFSET} and {MAX_OFFSET}")
        return cls(weights, curve, default_loss, offset)

    @property
    def threshold(self) -> float:
        """The threshold at the default loss."""
        return threshold_for(self.default_loss, self.curve)

    def manifest(self) -> dict[str, Any]:
        """What a manifest says of the decisions; `of` is its inverse."""
        return {
            "label_weights": dict(self.label_weights),
            "thresholds": [list(pair) for pair in self.curve],
            "default_loss": self.default_loss,
            "long_offset": self.long_offset,
        }


@dataclass(frozen=True, slots=True)
class PageModel:
    """The passes over web pages, on top of the paragraph model.

    Attributes:
        markup: adds what the markup says of each paragraph alone.
        sequence: looks at the whole page.
        decisions: those for pages.
    """

    markup: LinearModel
    sequence: SequenceModel
    decisions: Decisions

    def probabilities(self, text_logits: np.ndarray, markup: Markup, layout: Layout, scheme: Scheme) -> np.ndarray:
        """Calibrated probabilities from the whole pages, shape (n, k), float32, rows sum to 1."""
        logits = self.markup.logits([Terms(markup.columns, markup.bounds)], markup_columns(text_logits, markup))
        return self.sequence.probabilities(page_context(text_logits, logits, layout, markup, scheme))


@dataclass(frozen=True, slots=True)
class Model:
    """The passes of a bundle and what their outputs mean.

    Attributes:
        scheme: the kinds that the columns stand for.
        paragraph: the first pass over text, each paragraph alone.
        sequence: the second pass, over the whole document.
        decisions: those for text.
        page: the passes over web pages; None in a bundle that was not trained on any.
    """

    scheme: Scheme
    paragraph: LinearModel
    sequence: SequenceModel
    decisions: Decisions
    page: PageModel | None

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
            n_columns, n_kinds = count_columns(scheme), len(scheme.kinds)
            paragraph = LinearModel.load(PARAGRAPH, bundle.arrays)
            sequence = SequenceModel.load("sequence", bundle.arrays)
            _check(paragraph, sequence, n_kinds, n_columns)
            page = None
            if "page" in manifest:
                markup = LinearModel.load(markup_model_columns(n_kinds), bundle.arrays)
                page_sequence = SequenceModel.load("page_sequence", bundle.arrays)
                _check(markup, page_sequence, n_kinds, count_page_columns(n_columns, n_kinds))
                page = PageModel(markup, page_sequence, Decisions.of(manifest["page"]))
            return cls(scheme, paragraph, sequence, Decisions.of(manifest), page)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise BundleError(f"{bundle.path}: parts are missing or do not fit each other ({error}); build the model again") from error

    def alone(self, features: Features) -> np.ndarray:
        """Probabilities of each paragraph by its text alone, shape (n, k), float32, rows sum to 1."""
        return normalised(self.paragraph.logits(features.terms, features.shape))

    def probabilities(self, scan: Scan, paragraphs: Paragraphs, features: Features, markup: Markup | None = None) -> np.ndarray:
        """Calibrated probabilities from the whole documents.

        Args:
            scan: the batch.
            paragraphs: its n paragraphs.
            features: of them.
            markup: of them, where the documents are web pages.

        Returns:
            Shape (n, k), float32, rows sum to 1.
        """
        layout = lay_out(scan, paragraphs, features)
        logits = self.paragraph.logits(features.terms, features.shape)
        if markup is None or self.page is None:
            return self.sequence.probabilities(context(logits, layout, self.scheme))
        return self.page.probabilities(logits, markup, layout, self.scheme)


def _check(first: LinearModel, second: SequenceModel, n_kinds: int, n_columns: int) -> None:
    """Refuse passes that do not fit each other.

    Raises:
        ValueError: other numbers of kinds or columns.
    """
    if not n_kinds == len(first.bias) == len(second.output_bias):
        raise ValueError(f"{n_kinds} kinds, {len(first.bias)} and {len(second.output_bias)} outputs")
    if len(second.hidden_weights) != n_columns:
        raise ValueError(f"{len(second.hidden_weights)} context columns, expected {n_columns}")
