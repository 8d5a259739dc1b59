"""The shape of a paragraph: lengths, shares, beginnings and ends."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given

from cleaner.features.shape import NAMES, STEP, logarithm, shape, word_counts
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from tests.strategies import documents


def table(*batch: str) -> np.ndarray:
    scanned = scan(batch)
    return shape(scanned, segment(scanned))


def row(text: str) -> dict[str, float]:
    (values,) = table(text).tolist()
    return dict(zip(NAMES, values, strict=True))


def words(*batch: str) -> list[int]:
    scanned = scan(batch)
    found: list[int] = word_counts(scanned, segment(scanned)).tolist()
    return found


def quarter_log(count: int) -> float:
    return round(math.log1p(count) / 4 / STEP) * STEP


@given(documents())
def test_shares_are_in_0_to_1(batch: list[str]) -> None:
    shares = table(*batch)[:, [i for i, name in enumerate(NAMES) if "_share_" in name]]
    assert ((shares >= 0) & (shares <= 1)).all()


@given(documents())
def test_shares_of_all_classes_add_up_to_1(batch: list[str]) -> None:
    for unit in ("token", "char"):
        shares = table(*batch)[:, [i for i, name in enumerate(NAMES) if name.startswith(f"{unit}_share_")]]
        assert (np.abs(shares.sum(axis=1) - 1) <= shares.shape[1] * STEP / 2).all()  # each is rounded to the grid


@given(documents())
def test_beginnings_and_ends_are_flags(batch: list[str]) -> None:
    flags = table(*batch)[:, [i for i, name in enumerate(NAMES) if name.startswith(("opens_", "ends_"))]]
    assert np.isin(flags, [0, 1]).all()


@given(documents())
def test_every_value_is_a_multiple_of_the_step(batch: list[str]) -> None:
    values = table(*batch)
    assert values.dtype == np.float32
    assert (values / STEP == np.rint(values / STEP)).all()


@given(documents())
def test_a_batch_gives_the_rows_of_its_documents(batch: list[str]) -> None:
    assert table(*batch).tolist() == [values for text in batch for values in table(text).tolist()]


@given(documents())
def test_word_counts_of_a_batch_are_those_of_its_documents(batch: list[str]) -> None:
    assert words(*batch) == [count for text in batch for count in words(text)]


def test_counts() -> None:
    found = row("• The 12 boats cost 3,50 €: 19 NATO!")
    expected = {"chars": 36, "words": 8, "tokens": 13, "marks": 4, "digits": 4, "symbols": 1, "capitals": 2}
    assert {name: found[f"log_{name}"] for name in expected} == {name: quarter_log(count) for name, count in expected.items()}


def test_mean_word_length_is_in_tens_of_characters() -> None:
    assert row("harbours frozen")["mean_word_chars"] == round(7 / 10 / STEP) * STEP


def test_shares() -> None:
    found = row("Ice, ice 22 港")
    assert found["token_share_digit"] == round(1 / 5 / STEP) * STEP
    assert found["char_share_digit"] == round(2 / 10 / STEP) * STEP
    assert found["char_share_lower"] == round(3 / 10 / STEP) * STEP  # a token belongs to the class of its first character
    assert found["token_share_single"] == round(1 / 5 / STEP) * STEP


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("The end.", {"ends_.", "opens_upper"}),
        ("what now?", {"ends_?", "opens_lower"}),
        ("• a list:", {"ends_:", "opens_•", "opens_punctuation"}),
        ("“Quoted”", {'ends_"', 'opens_"', "opens_punctuation"}),
        ("19 boats", {"opens_0", "opens_digit"}),
        ("© nobody…", {"ends_…", "opens_©", "opens_symbol"}),
        ("港湾", set()),
    ],
)
def test_how_paragraphs_begin_and_end(text: str, flags: set[str]) -> None:
    assert {name for name, value in row(text).items() if name.startswith(("opens_", "ends_")) and value} == flags


@pytest.mark.parametrize(("text", "n"), [("The harbour froze.", 3), ("港湾 7", 3), ("!!! €", 0), ("it's", 2)])
def test_word_counts(text: str, n: int) -> None:
    assert words(text) == [n]


@pytest.mark.parametrize("count", [0, 1, 2, 63, 4_095])
def test_logarithm(count: int) -> None:
    assert logarithm(np.array([count])).tolist() == [quarter_log(count)]


@pytest.mark.parametrize("count", [4_096, 10**9])
def test_logarithm_ends_with_its_table(count: int) -> None:
    assert logarithm(np.array([count])).tolist() == logarithm(np.array([4_095])).tolist()


def test_no_text_has_no_rows() -> None:
    assert table().shape == table("", " \n").shape == (0, len(NAMES))
    assert words() == []


def test_names_differ() -> None:
    assert len(set(NAMES)) == len(NAMES)
