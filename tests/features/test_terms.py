"""Terms: which character ranges each group takes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given

from cleaner.features import terms
from cleaner.features.hashing import RangeHashes
from cleaner.features.terms import GROUPS, Ranges
from cleaner.text.paragraphs import Paragraphs, segment
from cleaner.text.scan import Scan, scan
from tests.strategies import documents

TEXT = "The harbour froze.\nIt is 9 °C!!!"


def taken(ranges: Callable[[Scan, Paragraphs], Ranges], *batch: str) -> list[list[str]]:
    scanned = scan(batch)
    found = ranges(scanned, segment(scanned))
    pieces = [scanned.text[start:end] for start, end in zip(found.starts.tolist(), found.ends.tolist(), strict=True)]
    return [pieces[start:end] for start, end in zip(found.bounds.tolist(), found.bounds[1:].tolist(), strict=False)]


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        (terms.words, [["The", "harbour", "froze", "."], ["It", "is", "9", "°", "C", "!!!"]]),
        (terms.pairs, [["The", "The harbour", "harbour froze", "froze."], ["It", "It is", "is 9", "9 °", "°C", "C!!!"]]),
        (terms.prefixes, [["The", "harb", "froz", "."], ["It", "is", "9", "°", "C", "!!!"]]),
        (terms.suffixes, [["The", "our", "oze", "."], ["It", "is", "9", "°", "C", "!!!"]]),
        (terms.wholes, [["The harbour froze."], ["It is 9 °C!!!"]]),
    ],
)
def test_terms_of_each_group(ranges: Callable[[Scan, Paragraphs], Ranges], expected: list[list[str]]) -> None:
    assert taken(ranges, TEXT) == expected


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
@given(batch=documents())
def test_every_paragraph_has_a_term(group: terms.Group, batch: list[str]) -> None:
    assert all(taken(group.ranges, *batch))


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
@given(batch=documents())
def test_a_batch_gives_the_terms_of_its_documents(group: terms.Group, batch: list[str]) -> None:
    assert taken(group.ranges, *batch) == [row for text in batch for row in taken(group.ranges, text)]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_columns_are_the_high_bits_of_the_hash(group: terms.Group) -> None:
    scanned = scan([TEXT])
    ranges, hashes = group.ranges(scanned, segment(scanned)), RangeHashes.of(scanned.folded)
    expected = [value * 2**group.bits // 2**32 for value in hashes(ranges.starts, ranges.ends).tolist()]
    assert terms.columns(group, ranges, hashes).tolist() == expected


def test_groups_have_different_names() -> None:
    assert len({group.name for group in GROUPS}) == len(GROUPS)


def test_no_text_has_no_terms() -> None:
    for group in GROUPS:
        assert taken(group.ranges) == taken(group.ranges, "", "\n ") == []
        assert isinstance(group.ranges(scan([]), segment(scan([]))).bounds, np.ndarray)
