"""Models with random weights: what they say means nothing, how they say it must hold for any weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from cleaner.classify.context import count_columns
from cleaner.classify.linear import Columns
from cleaner.classify.model import PARAGRAPH, feature_settings, markup_model_columns
from cleaner.classify.page import count_page_columns
from cleaner.records import Scheme

N_HIDDEN = 24


@pytest.fixture(scope="session")
def arrays(scheme: Scheme) -> Mapping[str, np.ndarray]:
    """The arrays of a bundle."""
    rng, k = np.random.default_rng(0), len(scheme.kinds)
    return {
        **some_linear(PARAGRAPH, k, rng),
        **some_sequence("sequence", count_columns(scheme), k, rng),
    }


@pytest.fixture(scope="session")
def page_arrays(arrays: Mapping[str, np.ndarray], scheme: Scheme) -> Mapping[str, np.ndarray]:
    """The arrays of a bundle that knows web pages, too."""
    rng, k = np.random.default_rng(1), len(scheme.kinds)
    return {
        **arrays,
        **some_linear(markup_model_columns(k), k, rng),
        **some_sequence("page_sequence", count_page_columns(count_columns(scheme), k), k, rng),
    }


def some_linear(columns: Columns, k: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The arrays of a linear model. Few different rows: such tables pack well, and loading them takes no time."""
    name, groups = columns.name, columns.groups.items()
    return {
        **{f"{name}_{group}": np.tile(rng.integers(-127, 128, (64, k), np.int16), (1 << bits >> 6, 1)) for group, bits in groups},
        f"{name}_scale": np.array(0.01, np.float32),
        f"{name}_dense": rng.integers(-300, 301, (columns.n_dense, k), np.int16),
        f"{name}_bias": rng.normal(size=k).astype(np.float32),
    }


def some_sequence(name: str, n_columns: int, k: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """The arrays of a sequence model."""
    return {
        f"{name}_hidden": rng.integers(-200, 201, (n_columns, N_HIDDEN), np.int16),
        f"{name}_hidden_bias": rng.normal(size=N_HIDDEN).astype(np.float32),
        f"{name}_output": rng.integers(-200, 201, (N_HIDDEN, k), np.int16),
        f"{name}_output_bias": rng.normal(size=k).astype(np.float32),
        f"{name}_temperature": np.array(1.5, np.float32),
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
        "long_offset": -0.5,
    }


@pytest.fixture(scope="session")
def page_manifest(manifest: Mapping[str, Any]) -> Mapping[str, Any]:
    """The manifest of a bundle that knows web pages, too."""
    decisions = {"thresholds": [[0.0, 0.0], [0.02, 0.4], [0.5, 0.75]], "default_loss": 0.02, "long_offset": 0.0}
    return {**manifest, "page": {"label_weights": {"advertisement": 1.0, "article": 1.0, "boilerplate": 1.0}, **decisions}}
