"""Every code point has one class and one folded form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from cleaner.text.characters import BMP, LINE_BREAKS, Class, class_table, code_points, fold_table
from tests.strategies import texts

EVERYTHING = "".join(map(chr, range(BMP)))


def class_of(character: str) -> Class:
    return Class(class_table()[ord(character)])


def folded(character: str) -> str:
    return chr(fold_table()[ord(character)])


def test_blank_is_what_python_calls_space() -> None:
    assert [c for c in EVERYTHING if class_of(c) <= Class.BREAK] == [c for c in EVERYTHING if c.isspace()]


def test_line_breaks_are_those_of_splitlines() -> None:
    assert [c for c in EVERYTHING if class_of(c) is Class.BREAK] == [c for c in EVERYTHING if len(f"a{c}b".splitlines()) > 1]
    assert sorted(LINE_BREAKS) == [c for c in EVERYTHING if class_of(c) is Class.BREAK]


@pytest.mark.parametrize(
    ("characters", "expected"),
    [
        ("aßłпη", Class.LOWER),
        ("AŁПΗǅ", Class.UPPER),
        ("אमم한ʰ\u0301\u200d\u00ad\ufeff", Class.LETTER),
        ("7٣Ⅷ½²", Class.DIGIT),
        ("港がカก", Class.SINGLE),
        (".,!?…“»—-•।、", Class.PUNCTUATION),
        ("€+|>►©\0\ue000\ufffd", Class.SYMBOL),
        ("\ud800\udfff\uffff\u0378", Class.SYMBOL),  # surrogates and unassigned points
        ("\t \xa0\u2003\u3000", Class.BLANK),
    ],
)
def test_classes(characters: str, expected: Class) -> None:
    assert {class_of(c) for c in characters} == {expected}


def test_folding_lowers_letters() -> None:
    assert "".join(map(folded, "ÄŁЖΩÉabcß港")) == "ałжωé".replace("a", "ä", 1) + "abcß港"


@pytest.mark.parametrize(
    ("variants", "plain"), [("‘’‚‛`´'", "'"), ('“”„‟«»"', '"'), ("‐‑‒–—―\u2212-", "-"), ("0179٣", "0"), ("\t\n\r\xa0\u2028 ", " ")]
)
def test_variants_fold_to_one_form(variants: str, plain: str) -> None:
    assert {folded(c) for c in variants} == {plain}


def test_folding_twice_is_folding_once() -> None:
    table = fold_table()
    assert (table[table] == table).all()


def test_capitals_whose_lower_form_is_longer_stay() -> None:
    assert folded("İ") == "İ"


@given(texts())
def test_one_code_point_a_character(text: str) -> None:
    points = code_points(text)
    assert points.dtype == np.uint16
    assert len(points) == len(text)
    assert all(point == ord(c) for point, c in zip(points.tolist(), text, strict=True) if ord(c) < BMP)


@pytest.mark.parametrize("character", ["𠮷", "𪚥", "\U0003134a"])
def test_rare_ideographs_stay_ideographs(character: str) -> None:
    assert class_table()[code_points(character)].tolist() == [Class.SINGLE]


@pytest.mark.parametrize("character", ["🙂", "𝒜", "\U0010ffff"])
def test_other_astral_characters_are_symbols(character: str) -> None:
    assert class_table()[code_points(character)].tolist() == [Class.SYMBOL]


def test_astral_characters_keep_their_identity() -> None:
    assert len(set(code_points("🙂🙃🚀🇵🇱").tolist())) == 5
