"""Decisions: the kind within the likeliest label, and what is kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.classify.decide import (
    LONG_PARAGRAPHS,
    MIN_CONTENT,
    decide_kinds,
    keep_scores,
    keep_something,
    membership,
    page_scores,
    threshold_for,
)
from cleaner.records import Label, Scheme

SMALL = Scheme(("article", "legal", "promotion", "related"), (Label.ARTICLE, Label.BOILERPLATE, Label.ADVERTISEMENT, Label.BOILERPLATE))
EVEN = dict.fromkeys(Label, 1.0)
CURVE = [(0.0, 0.0), (0.01, 0.2), (0.05, 0.6), (0.5, 0.9)]


def kind(*probabilities: float, **weights: float) -> str:
    (column,) = decide_kinds(np.array([probabilities], np.float32), SMALL, {**EVEN, **weights}).tolist()
    return SMALL.kinds[column]


def test_membership() -> None:
    assert membership(SMALL).tolist() == [[0, 1, 0], [0, 0, 1], [1, 0, 0], [0, 0, 1]]


def test_the_kinds_of_a_label_count_together() -> None:
    assert kind(0.4, 0.25, 0.05, 0.3) == "related"  # 0.55 boilerplate


def test_the_likeliest_kind_of_the_label_is_taken() -> None:
    assert kind(0.3, 0.4, 0.0, 0.3) == "legal"


def test_a_weight_finds_more_of_a_rare_label() -> None:
    assert kind(0.5, 0.0, 0.45, 0.05) == "article"
    assert kind(0.5, 0.0, 0.45, 0.05, advertisement=1.2) == "promotion"


def test_a_label_whose_kinds_are_all_impossible_can_be_weighted_up_to_nothing() -> None:
    assert kind(1.0, 0.0, 0.0, 0.0, boilerplate=100.0) == "article"


def test_no_rows_give_no_kinds() -> None:
    assert decide_kinds(np.zeros((0, 4), np.float32), SMALL, EVEN).tolist() == []


@given(st.integers(0, 2**32 - 1))
def test_near_ties_are_decided_alike_alone_and_in_a_batch(scheme: Scheme, seed: int) -> None:
    probabilities = np.random.default_rng(seed).dirichlet(np.full(len(scheme.kinds), 0.5), 40).astype(np.float32)
    belongs = membership(scheme)[:, list(Label).index(Label.BOILERPLATE)] > 0
    probabilities[:, scheme.kinds.index("article")] = probabilities[:, belongs].sum(axis=1)
    alone = np.concatenate([decide_kinds(row[None], scheme, EVEN) for row in probabilities])
    assert np.array_equal(decide_kinds(probabilities, scheme, EVEN), alone)


def scores(probabilities: np.ndarray, columns: frozenset[int], size: int = 1, offset: float = 0.0) -> np.ndarray:
    return keep_scores(probabilities, columns, np.full(len(probabilities), size), offset)


@pytest.mark.parametrize(("columns", "kept"), [({0}, [True, False, False]), ({0, 2}, [True, True, False]), ({0, 1, 2, 3}, [True] * 3)])
def test_what_is_surely_not_a_kept_kind_is_dropped(columns: set[int], kept: list[bool]) -> None:
    probabilities = np.array([[0.25, 0.75, 0, 0], [0.125, 0, 0.75, 0.125], [0, 0.125, 0.125, 0.75]], np.float32)
    assert (scores(probabilities, frozenset(columns)) >= 0.25).tolist() == kept


def test_sums_of_many_kept_kinds_are_the_same_alone_and_in_a_batch() -> None:
    probabilities = np.random.default_rng(0).dirichlet(np.ones(9), 200).astype(np.float32)
    columns = frozenset(range(8))
    for size in (1, LONG_PARAGRAPHS):
        alone = [scores(row[None], columns, size, -0.7)[0] for row in probabilities]
        assert scores(probabilities, columns, size, -0.7).tolist() == alone


def test_threshold_zero_keeps_everything() -> None:
    nothing = np.array([[0.0, 1.0, 0.0, 0.0]], np.float32)
    assert scores(nothing, frozenset({0}), LONG_PARAGRAPHS, -20.0).tolist() == [0.0]
    assert threshold_for(0.0, CURVE) == 0.0


def test_the_offset_moves_the_odds_in_long_documents_alone() -> None:
    even = np.array([[0.5, 0.5, 0, 0]] * 2, np.float32)
    sizes = np.array([LONG_PARAGRAPHS - 1, LONG_PARAGRAPHS])
    assert keep_scores(even, frozenset({0}), sizes, float(np.log(3))) == pytest.approx([0.5, 0.75])


@given(st.lists(st.floats(0, 1, width=32), min_size=2, max_size=20), st.floats(-20, 20))
def test_scores_rank_paragraphs_as_their_probabilities_do(shares: list[float], offset: float) -> None:
    table = np.array([[share, 1 - share] for share in sorted(shares)], np.float32)
    found = scores(table, frozenset({0}), LONG_PARAGRAPHS, offset)
    assert (np.diff(found) >= 0).all()
    assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize(("loss", "threshold"), [(0, 0), (0.01, 0.2), (0.03, 0.4), (0.05, 0.6), (0.5, 0.9)])
def test_thresholds_lie_on_the_curve(loss: float, threshold: float) -> None:
    assert threshold_for(loss, CURVE) == pytest.approx(threshold, abs=1e-12)


@given(st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_higher_loss_gives_no_lower_threshold(one: float, other: float) -> None:
    low, high = sorted([one, other])
    assert threshold_for(low, CURVE) <= threshold_for(high, CURVE)


def test_a_page_of_doubtful_content_gets_a_lower_threshold() -> None:
    probabilities, chars = np.array([1.0, 1.0, 0.5, 0.5]), np.full(4, 100)
    found = page_scores(probabilities, chars, np.array([0, 2, 4]))
    assert found == pytest.approx([1, 1, 0.5 / (2 / 3), 0.5 / (2 / 3)])  # all of the second page kept: precision 1/2, recall 1


@given(st.lists(st.floats(0, 1, width=32), min_size=1, max_size=30), st.integers(0, 2**32 - 1))
def test_a_page_is_scored_alike_alone_and_in_a_batch(shares: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    page, other = np.array(shares, np.float32), rng.random(7).astype(np.float32)
    chars = rng.integers(1, 500, len(page) + len(other))
    bounds = np.array([0, len(other), len(other) + len(page)])
    both = page_scores(np.concatenate([other, page]), chars, bounds)[len(other) :]
    assert both.tolist() == page_scores(page, chars[len(other) :], np.array([0, len(page)])).tolist()
    assert (np.diff(both[np.argsort(page, kind="stable")]) >= 0).all()
    assert ((both >= 0) & (both <= 1)).all()


@pytest.mark.parametrize(("shares", "kept"), [([0.3, 0.2, 0.1], [True, True, False]), ([MIN_CONTENT / 2] * 3, [False] * 3)])
def test_a_page_is_empty_only_if_nothing_on_it_looks_like_content(shares: list[float], kept: list[bool]) -> None:
    table = np.array(shares)[:, None]
    assert keep_something(np.zeros(3, bool), table, frozenset({0}), np.array([0, 3])).tolist() == kept
