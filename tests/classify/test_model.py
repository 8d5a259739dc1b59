"""A bundle becomes a model only if its parts fit this version and each other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.classify.bundle import Bundle
from cleaner.classify.linear import normalised
from cleaner.classify.model import Model, feature_settings
from cleaner.errors import BundleError
from cleaner.features.batch import extract
from cleaner.records import Label, Scheme
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from tests.strategies import documents

Arrays = Mapping[str, np.ndarray]
Manifest = Mapping[str, Any]
PATH = Path("models/mine")
MISFIT = r"^models/mine: parts are missing or do not fit each other \(.*\); build the model again$"
OTHER_FEATURES = "^models/mine: fitted on other features than this version computes; build it again or install its version$"


def model_of(manifest: Manifest, arrays: Arrays) -> Model:
    return Model.of(Bundle(PATH, manifest, arrays))


def test_a_model_has_the_facts_of_its_manifest(manifest: Manifest, arrays: Arrays, scheme: Scheme) -> None:
    model = model_of(manifest, arrays)
    assert model.scheme == scheme
    assert model.decisions.curve == [(0.0, 0.0), (0.01, 0.25), (0.5, 0.75)]
    assert model.decisions.label_weights == {"advertisement": 1.25, "article": 1.0, "boilerplate": 1.0}
    assert model.decisions.default_loss == 0.01
    assert model.decisions.long_offset == -0.5
    assert model.page is None


def test_a_model_of_pages_has_decisions_of_its_own(page_manifest: Manifest, page_arrays: Arrays) -> None:
    page = model_of(page_manifest, page_arrays).page
    assert page is not None
    assert page.decisions.curve == [(0.0, 0.0), (0.02, 0.4), (0.5, 0.75)]
    assert page.decisions.default_loss == 0.02


@pytest.mark.parametrize("missing", ["markup_term", "markup_dense", "page_sequence_hidden", "page_sequence_temperature"])
def test_a_model_of_pages_needs_its_arrays(page_manifest: Manifest, page_arrays: Arrays, missing: str) -> None:
    with pytest.raises(BundleError, match=MISFIT):
        model_of(page_manifest, {name: array for name, array in page_arrays.items() if name != missing})


def test_a_markup_model_of_other_facts_is_refused(page_manifest: Manifest, page_arrays: Arrays) -> None:
    with pytest.raises(BundleError, match=MISFIT):
        model_of(page_manifest, {**page_arrays, "page_sequence_hidden": page_arrays["page_sequence_hidden"][:-1]})


@pytest.mark.parametrize("missing", ["kinds", "label_weights", "thresholds", "default_loss", "long_offset"])
def test_a_missing_fact_is_refused(manifest: Manifest, arrays: Arrays, missing: str) -> None:
    with pytest.raises(BundleError, match=MISFIT):
        model_of({key: value for key, value in manifest.items() if key != missing}, arrays)


@pytest.mark.parametrize(
    "facts",
    [
        {"kinds": {"article": "article"}},
        {"kinds": {"article": "noise"}},
        {"kinds": ["article"]},
        {"kinds": None},
        {"label_weights": {"article": 1.0}},
        {"thresholds": [[0.0, 0.0, 0.0]]},
        {"thresholds": []},
        {"thresholds": [["a", "b"]]},
        {"default_loss": "much"},
        {"default_loss": None},
        {"default_loss": float("nan")},
        {"thresholds": [[0.0, float("nan")]]},
        {"long_offset": "much"},
        {"long_offset": float("nan")},
        {"long_offset": 1000},
    ],
    ids=str,
)
def test_a_wrong_fact_is_refused(manifest: Manifest, arrays: Arrays, facts: Manifest) -> None:
    with pytest.raises(BundleError, match=MISFIT):
        model_of({**manifest, **facts}, arrays)


@pytest.mark.parametrize("name", ["groups", "shape"])
def test_features_of_another_version_are_refused(manifest: Manifest, arrays: Arrays, name: str) -> None:
    settings = feature_settings()
    other = {**settings, name: {"word": 12} if name == "groups" else settings["shape"][:-1]}
    with pytest.raises(BundleError, match=OTHER_FEATURES):
        model_of({**manifest, "features": other}, arrays)


def test_a_manifest_without_features_is_refused(manifest: Manifest, arrays: Arrays) -> None:
    with pytest.raises(BundleError, match=OTHER_FEATURES):
        model_of({key: value for key, value in manifest.items() if key != "features"}, arrays)


def test_every_array_is_needed(manifest: Manifest, arrays: Arrays) -> None:
    for missing in arrays:
        with pytest.raises(BundleError, match=MISFIT):
            model_of(manifest, {name: array for name, array in arrays.items() if name != missing})


@pytest.mark.parametrize("change", [lambda array: array[None], lambda array: array[:-1] if array.ndim else array.repeat(2)])
def test_every_array_needs_its_shape(manifest: Manifest, arrays: Arrays, change: Any) -> None:  # noqa: ANN401 - a function of an array
    for name in sorted(arrays.keys() - {"sequence_hidden", "sequence_temperature", "paragraph_scale"}):
        with pytest.raises(BundleError, match=MISFIT):
            model_of(manifest, {**arrays, name: change(arrays[name])})


def test_hidden_weights_for_other_columns_are_refused(manifest: Manifest, arrays: Arrays) -> None:
    with pytest.raises(BundleError, match=MISFIT):
        model_of(manifest, {**arrays, "sequence_hidden": arrays["sequence_hidden"][:-1]})


def test_a_kind_more_than_outputs_is_refused(manifest: Manifest, arrays: Arrays) -> None:
    with pytest.raises(BundleError, match="10 kinds, 9 and 9 outputs"):
        model_of({**manifest, "kinds": {**manifest["kinds"], "zebra": "article"}}, arrays)


@given(batch=documents())
def test_rows_do_not_depend_on_the_batch(manifest: Manifest, arrays: Arrays, batch: list[str]) -> None:
    model = model_of(manifest, arrays)

    def judge(*texts: str) -> tuple[np.ndarray, np.ndarray]:
        scanned = scan(texts)
        paragraphs = segment(scanned)
        features = extract(scanned, paragraphs)
        alone = model.alone(features)
        return alone, model.probabilities(scanned, paragraphs, features)

    batch = [text for text in batch if text.split()]
    if batch:
        for whole, parts in zip(judge(*batch), zip(*map(judge, batch), strict=True), strict=True):
            assert np.array_equal(whole, np.concatenate(parts))
            assert whole.dtype == np.float32
            assert (np.abs(whole.sum(axis=1) - 1) < 1e-5).all()  # single precision


@given(st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_normalising_works_row_by_row(seed: int, n: int) -> None:
    logits = (np.random.default_rng(seed).normal(size=(n, len(Label))) * 20).astype(np.float32)
    assert np.array_equal(normalised(logits), np.concatenate([normalised(row[None]) for row in logits]))


def test_normalised_scores_are_shares_of_their_logistic() -> None:
    assert normalised(np.array([[0.0, 0.0], [1e9, -1e9]], np.float32)) == pytest.approx(np.array([[0.5, 0.5], [1.0, 0.0]]), abs=1e-6)
