"""Models with random weights: what they say means nothing, how they say it must hold for any weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from cleaner.classify.context import context
from cleaner.classify.layout import lay_out
from cleaner.classify.model import feature_settings
from cleaner.features.batch import extract
from cleaner.features.shape import NAMES
from cleaner.features.terms import GROUPS
from cleaner.records import Scheme
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan

N_HIDDEN = 24


@pytest.fixture(scope="session")
def arrays(scheme: Scheme) -> Mapping[str, np.ndarray]:
    """The arrays of a bundle."""
    rng, k = np.random.default_rng(0), len(scheme.kinds)
    scanned = scan(["One."])
    paragraphs = segment(scanned)
    layout = lay_out(scanned, paragraphs, extract(scanned, paragraphs))
    n_columns = context(np.full((1, k), 1 / k, np.float32), layout, scheme).shape[1]
    return {
        # Few different rows: such tables pack well, and loading them takes no time.
        **{f"paragraph_{group.name}": np.tile(rng.integers(-127, 128, (64, k), np.int8), (1 << group.bits >> 6, 1)) for group in GROUPS},
        "paragraph_scales": np.linspace(0.01, 0.02, len(GROUPS), dtype=np.float32),
        "paragraph_shape": rng.integers(-300, 301, (len(NAMES), k), np.int16),
        "paragraph_bias": rng.normal(size=k).astype(np.float32),
        "sequence_hidden": rng.integers(-200, 201, (n_columns, N_HIDDEN), np.int16),
        "sequence_hidden_bias": rng.normal(size=N_HIDDEN).astype(np.float32),
        "sequence_output": rng.integers(-200, 201, (N_HIDDEN, k), np.int16),
        "sequence_output_bias": rng.normal(size=k).astype(np.float32),
        "sequence_temperature": np.array(1.5, np.float32),
    }


@pytest.fixture(scope="session")
def manifest(scheme: Scheme) -> Mapping[str, Any]:
    """The manifest of a bundle, as far as inference reads it."""
    return {
        "kinds": {kind: label.value for kind, label in zip(scheme.kinds, scheme.labels, strict=True)},
        "features": feature_settings(),
        "label_weights": {"advertisement": 1.25, "article": 1.0, "boilerplate": 1.0},
        "thresholds": [[0.0, 0.0], [0.01, 0.25], [0.5, 0.75]],
        "default_loss": 0.01,
    }
