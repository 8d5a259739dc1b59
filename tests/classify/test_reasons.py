"""Reasons: the terms that spoke for a kind."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given

from cleaner.classify.linear import LinearModel
from cleaner.classify.model import PARAGRAPH
from cleaner.classify.reasons import MAX_TERM_CHARS, MAX_TERMS, strongest_terms
from cleaner.features.batch import extract
from cleaner.features.hashing import RangeHashes
from cleaner.features.terms import GROUPS
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from tests.strategies import documents


def reasons(model: LinearModel, *batch: str, kind: int = 0) -> list[list[tuple[str, float]]]:
    scanned = scan(batch)
    features = extract(scanned, segment(scanned))
    return strongest_terms(scanned, features, model, np.full(len(features.words), kind))


def model_of(arrays: Mapping[str, np.ndarray], group: str, weights: Mapping[str, int]) -> LinearModel:
    """A model of two kinds in which only some terms of one group speak, for the first kind."""
    zeros = {name: np.zeros_like(array[..., :2]) for name, array in arrays.items() if name.startswith("paragraph_") and array.ndim}
    bits = next(one.bits for one in GROUPS if one.name == group)
    for term, weight in weights.items():
        hashes = RangeHashes.of(scan([term]).folded)(np.array([0]), np.array([len(term)]))
        zeros[f"paragraph_{group}"][hashes >> np.uint32(32 - bits), 0] = weight
    return LinearModel.load(PARAGRAPH, {**zeros, "paragraph_scale": np.array(1, np.float32)})


def test_a_term_weighs_what_it_adds_over_the_other_kinds(arrays: Mapping[str, np.ndarray]) -> None:
    model = model_of(arrays, "word", {"boat": 8, "ice": 20, "not": -5})
    assert reasons(model, "boat and ice not") == [[("ice", 10.0), ("boat", 4.0)]]  # four words: divided by two


def test_terms_of_other_kinds_do_not_speak(arrays: Mapping[str, np.ndarray]) -> None:
    model = model_of(arrays, "word", {"boat": 8, "not": -5})
    assert reasons(model, "boat and ice not", kind=1) == [[("not", 2.5)]]


def test_equal_terms_count_together(arrays: Mapping[str, np.ndarray]) -> None:
    assert reasons(model_of(arrays, "word", {"ice": 20}), "ice Ice water ice") == [[("ice", 30.0)]]


@pytest.mark.parametrize(("group", "term"), [("prefix", "harb"), ("suffix", "our")])
def test_prefixes_and_suffixes_are_shown_as_their_token(arrays: Mapping[str, np.ndarray], group: str, term: str) -> None:
    assert reasons(model_of(arrays, group, {term: 9}), "Harbour") == [[("Harbour", 9.0)]]


def test_pairs_are_shown_with_both_tokens(arrays: Mapping[str, np.ndarray]) -> None:
    assert reasons(model_of(arrays, "pair", {"the ice": 9}), "on the ice here") == [[("the ice", 4.5)]]


def test_whole_paragraphs_speak(arrays: Mapping[str, np.ndarray]) -> None:
    assert reasons(model_of(arrays, "whole", {"read more": 9}), "Read more") == [[("Read more", 9.0)]]


def test_nothing_speaks_without_weights(arrays: Mapping[str, np.ndarray]) -> None:
    assert reasons(model_of(arrays, "word", {}), "boat\nice") == [[], []]


def test_no_text_has_no_reasons(arrays: Mapping[str, np.ndarray]) -> None:
    assert reasons(LinearModel.load(PARAGRAPH, arrays), "", "\n") == []


@given(documents())
def test_reasons_are_few_positive_strongest_first_and_from_the_text(arrays: Mapping[str, np.ndarray], batch: list[str]) -> None:
    scanned = scan(batch)
    paragraphs = segment(scanned)
    found = reasons(LinearModel.load(PARAGRAPH, arrays), *batch)
    assert len(found) == len(paragraphs.starts)
    for terms, start, end in zip(found, paragraphs.starts.tolist(), paragraphs.ends.tolist(), strict=True):
        weights = [weight for _, weight in terms]
        assert len(terms) <= MAX_TERMS
        assert all(weight > 0 for weight in weights)
        assert weights == sorted(weights, reverse=True)
        text = " ".join(scanned.text[start:end].split())
        assert all(term in text and len(term) <= MAX_TERM_CHARS for term, _ in terms)


@given(documents())
def test_reasons_of_a_batch_are_those_of_its_documents(arrays: Mapping[str, np.ndarray], batch: list[str]) -> None:
    model = LinearModel.load(PARAGRAPH, arrays)
    assert reasons(model, *batch) == [row for text in batch for row in reasons(model, text)]
