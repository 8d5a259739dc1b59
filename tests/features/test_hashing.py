"""Hashes of ranges: the same for equal ranges, wherever they stand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.features.hashing import RangeHashes, mix
from cleaner.text.scan import scan
from tests.strategies import texts

BASE = 0x9E3779B1
MODULUS = 1 << 32


def plain_mix(value: int) -> int:
    value ^= value >> 16
    value = value * 0x85EBCA6B % MODULUS
    value ^= value >> 13
    value = value * 0xC2B2AE35 % MODULUS
    return value ^ (value >> 16)


def plain_hash(folded: list[int]) -> int:
    """The definition, in plain Python."""
    return plain_mix(sum((point + 1) * pow(BASE, position, MODULUS) for position, point in enumerate(folded)) % MODULUS)


def hashes_of(text: str, *ranges: tuple[int, int]) -> list[int]:
    starts, ends = np.array(ranges, np.int64).reshape(-1, 2).T
    found: list[int] = RangeHashes.of(scan([text]).folded)(starts, ends).tolist()
    return found


@given(texts(), st.data())
def test_hashes_are_those_of_the_definition(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert hashes_of(text, (start, end)) == [plain_hash(scan([text]).folded[start:end].tolist())]


@given(st.text(max_size=30), st.text(max_size=30), st.text(min_size=1, max_size=12))
def test_equal_ranges_have_equal_hashes_anywhere(before: str, after: str, term: str) -> None:
    text = before + term + after + term
    at = len(before), len(before + term + after)
    first, second, alone = *hashes_of(text, *((start, start + len(term)) for start in at)), *hashes_of(term, (0, len(term)))
    assert first == second == alone


@pytest.mark.parametrize("position", [1, 65_534, 65_535, 65_536, 65_537, 131_072, 400_000])
def test_position_does_not_matter_in_a_long_text(position: int) -> None:
    text = "x" * position + "harbour ice"
    assert hashes_of(text, (position, position + 7)) == [plain_hash(list(map(ord, "harbour")))]


@pytest.mark.parametrize(("one", "other"), [("ab", "ba"), ("a", "aa"), ("\0", "\0\0"), ("harbour", "harbor"), ("", "\0")])
def test_different_ranges_have_different_hashes(one: str, other: str) -> None:
    assert hashes_of(one, (0, len(one))) != hashes_of(other, (0, len(other)))


def test_letter_case_does_not_matter() -> None:
    assert hashes_of("Harbour hARBOUR", (0, 7)) == hashes_of("Harbour hARBOUR", (8, 15))


def test_all_bits_are_used() -> None:
    hashes = np.array(hashes_of("".join(map(chr, range(0x4E00, 0x4E00 + 4096))), *((i, i + 1) for i in range(4096))))
    shares = np.array([(hashes >> bit & 1).mean() for bit in range(32)])
    assert (np.abs(shares - 0.5) < 0.05).all()  # six standard deviations of a fair coin


@given(st.lists(st.integers(0, MODULUS - 1), max_size=8))
def test_mixing_is_murmurs(values: list[int]) -> None:
    assert mix(np.array(values, np.uint32)).tolist() == [plain_mix(value) for value in values]


def test_no_text_has_no_hashes() -> None:
    assert RangeHashes.of(np.zeros(0, np.uint16)).sums.tolist() == [0]
