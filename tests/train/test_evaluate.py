"""Figures, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.records import Scheme
from cleaner.train.evaluate import (
    CURVE_LOSSES,
    Lines,
    advertisement_weight,
    calibration_error,
    f1_scores,
    interval,
    long_offset,
    loss_curve,
    macro_f1,
    report,
    threshold_at,
    words_kept,
)

AD, ARTICLE, REST = range(3)


def lines_of(gold: list[int], labels: list[int], **columns: list[float]) -> Lines:
    n = len(gold)
    defaults = {"words": [1] * n, "article": [0.5] * n, "correct": [0.5] * n, "document": [0] * n}
    arrays = {name: np.array(values) for name, values in {**defaults, **columns}.items()}
    truth, found = np.array(gold, int), np.array(labels, int)
    return Lines(gold=truth, other=truth, gold_kinds=truth, kinds=found, labels=found, keep=found == ARTICLE, **arrays)


MIXED = lines_of([AD, AD, ARTICLE, ARTICLE, ARTICLE, REST], [AD, ARTICLE, ARTICLE, ARTICLE, REST, REST], words=[5, 15, 60, 30, 10, 20])


def test_f1() -> None:
    precision, recall, f1 = f1_scores(MIXED.gold, MIXED.labels, 3)
    assert precision == pytest.approx([1, 2 / 3, 1 / 2])
    assert recall == pytest.approx([1 / 2, 2 / 3, 1])
    assert f1 == pytest.approx([2 / 3, 2 / 3, 2 / 3])
    assert macro_f1(MIXED) == pytest.approx(2 / 3)


def test_f1_of_a_class_that_never_occurs_is_zero() -> None:
    assert [scores.tolist() for scores in f1_scores(np.array([0]), np.array([0]), 2)] == [[1, 0]] * 3


def test_words_kept_and_removed() -> None:
    assert words_kept(MIXED) == pytest.approx((90 / 100, 25 / 40))


def test_words_kept_without_lines() -> None:
    assert words_kept(lines_of([], [])) == (0.0, 0.0)


def test_calibration_error() -> None:
    # Bins of 1/15: 0.95 and 0.99 share one, 0.5 is alone, 1.0 falls into the last.
    lines = lines_of([0, 0, 0, 0], [0, 1, 0, 0], correct=[0.95, 0.99, 0.5, 1.0])
    assert calibration_error(lines) == pytest.approx((abs(2 - 2.94) + abs(1 - 0.5)) / 4)


def test_sure_and_right_is_calibrated() -> None:
    assert calibration_error(lines_of([0, 1], [0, 1], correct=[1.0, 1.0])) == 0.0


@pytest.mark.parametrize(
    ("loss", "threshold"), [(0, 0.1), (0.05, 0.1), (0.1, 0.2), (0.15, 0.2), (0.2, 0.5), (0.59, 0.5), (0.6, 0.9), (0.99, 0.9)]
)
def test_the_highest_threshold_for_a_loss(loss: float, threshold: float) -> None:
    assert threshold_at(loss, np.array([0.5, 0.1, 0.9, 0.2]), np.array([40, 10, 40, 10])) == threshold


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.2, 0.3, 0.5, 0.8, 1.0]), st.integers(1, 50)), min_size=1), st.floats(0, 0.99))
def test_no_threshold_loses_more_and_none_higher_loses_as_little(pairs: list[tuple[float, int]], loss: float) -> None:
    article, words = np.array([p for p, _ in pairs]), np.array([n for _, n in pairs])
    threshold = threshold_at(loss, article, words)
    assert words[article < threshold].sum() / words.sum() <= loss
    assert words[article <= threshold].sum() / words.sum() > loss


def test_the_most_careful_group_sets_the_curve() -> None:
    sure = lines_of([ARTICLE] * 4, [ARTICLE] * 4, article=[0.6, 0.7, 0.8, 0.9])
    unsure = lines_of([ARTICLE] * 4 + [REST], [ARTICLE] * 5, article=[0.1, 0.2, 0.85, 0.9, 0.001])
    curve = loss_curve([sure, unsure])
    assert [loss for loss, _ in curve] == [0.0, *CURVE_LOSSES]
    assert (curve[0], dict(curve)[0.2], dict(curve)[0.3], dict(curve)[0.5]) == ((0.0, 0.0), 0.1, 0.2, 0.8)


def test_the_curve_keeps_its_promise() -> None:
    lines = lines_of([ARTICLE] * 2, [ARTICLE] * 2, article=[0.123456, 0.9])
    assert dict(loss_curve([lines]))[0.01] <= 0.123456


def test_the_weight_of_advertisement_with_the_best_mean_f1() -> None:
    by_label = np.array([[0.4, 0.5, 0.1], [0.3, 0.6, 0.1], [0.1, 0.1, 0.8]])
    assert advertisement_weight([(np.array([AD, ARTICLE, REST]), by_label)]) == 1.3  # the first of the grid above 0.5 / 0.4
    assert advertisement_weight([(np.array([ARTICLE, ARTICLE, REST]), by_label)]) == 0.8  # all below 1.25 are right: the first


def test_the_interval_of_one_site_is_a_point() -> None:
    assert interval(MIXED, np.zeros(6, int), macro_f1) == (0.6667, 0.6667)


def test_the_interval_draws_whole_sites_and_always_the_same() -> None:
    lines = lines_of([ARTICLE] * 4, [ARTICLE, ARTICLE, REST, REST])
    share = interval(lines, np.array([7, 7, 3, 3]), lambda drawn: float((drawn.labels == drawn.gold).mean()))
    assert share == (0.0, 1.0)
    sites = np.arange(6)
    assert interval(MIXED, sites, macro_f1) == interval(MIXED, sites, macro_f1)
    assert interval(MIXED, sites, macro_f1) != interval(MIXED, sites, macro_f1, random_state=1)


def test_a_mask_takes_rows_of_every_column() -> None:
    rest = MIXED.where(MIXED.gold == REST)
    assert (rest.words.tolist(), rest.labels.tolist(), rest.keep.tolist()) == ([20], [REST], [False])


def test_the_report(scheme: Scheme) -> None:
    lines = replace(MIXED, document=np.array([0, 0, 0, 4, 4, 4]))
    found = report(lines, scheme)
    assert {name: found[name] for name in ("documents", "lines", "macro_f1", "article_words_kept", "noise_words_removed")} == {
        "documents": 2,
        "lines": 6,
        "macro_f1": 0.6667,
        "article_words_kept": 0.9,
        "noise_words_removed": 0.625,
    }
    assert found["labels"]["article"] == {"precision": 0.6667, "recall": 0.6667, "f1": 0.6667}
    assert list(found["kinds_f1"]) == list(scheme.kinds)


def test_long_documents_get_the_offset_that_makes_them_lose_as_much() -> None:
    shares = [0.1, 0.5, 0.9, 0.5, 0.8, 0.9]
    lines = lines_of([ARTICLE] * 6, [ARTICLE] * 6, article=shares)
    offset = long_offset([(lines, np.array([False] * 3 + [True] * 3))], 0.34)  # one line of three may go
    assert offset == pytest.approx(np.log(0.5 / 0.5) - np.log(0.8 / 0.2), abs=1e-3)


def test_a_length_with_few_article_words_does_not_speak() -> None:
    lines = lines_of([ARTICLE] * 3, [ARTICLE] * 3, article=[0.1, 0.5, 0.9], words=[100, 100, 1])
    assert long_offset([(lines, np.array([False, False, True]))], 0.01) == 0.0
