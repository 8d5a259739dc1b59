"""Non-blank lines, the breaks between them and their indents."""

from __future__ import annotations

import pytest
from hypothesis import given

from cleaner.text.lines import find_lines
from cleaner.text.scan import scan
from tests.strategies import documents


def rows(*batch: str) -> list[tuple[int, str, int, int]]:
    """Document, text, gap and indent of each line."""
    scanned = scan(batch)
    found = find_lines(scanned)
    starts, ends = scanned.starts[found.first], scanned.ends[found.last - 1]
    columns = (found.documents, starts, ends, found.gap, found.indent)
    return [(d, scanned.text[start:end], gap, indent) for d, start, end, gap, indent in zip(*(c.tolist() for c in columns), strict=True)]


@given(documents())
def test_lines_are_those_of_splitlines(batch: list[str]) -> None:
    expected = [(i, line.strip()) for i, text in enumerate(batch) for line in text.splitlines() if line.strip()]
    assert [row[:2] for row in rows(*batch)] == expected


@given(documents())
def test_indent_counts_the_blanks_in_front(batch: list[str]) -> None:
    expected = [len(line) - len(line.lstrip()) for text in batch for line in text.splitlines() if line.strip()]
    assert [row[3] for row in rows(*batch)] == expected


@given(documents())
def test_gap_counts_the_breaks_since_the_line_before(batch: list[str]) -> None:
    expected = []
    for text in batch:
        numbers = [number for number, line in enumerate(text.splitlines()) if line.strip()]
        expected += [number - before for number, before in zip(numbers, numbers[:1] + numbers, strict=False)]
    assert [row[2] for row in rows(*batch)] == expected


@pytest.mark.parametrize("separator", ["\n", "\r", "\r\n", "\u2028", "\x85", "\x0c"])
def test_every_line_separator_is_one_break(separator: str) -> None:
    assert rows(f"one{separator}\ttwo") == [(0, "one", 0, 0), (0, "two", 1, 1)]


def test_a_document_opens_with_gap_zero() -> None:
    assert rows("\n\n one", "", "\n\n\n  two") == [(0, "one", 0, 1), (2, "two", 0, 2)]


def test_no_text_has_no_lines() -> None:
    assert rows() == rows("", " \n\t") == []
