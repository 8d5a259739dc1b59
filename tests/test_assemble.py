"""Assembly: what is kept stays verbatim and in order, what is dropped leaves nothing but a gap."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.assemble import assemble
from cleaner.records import Label, Scheme, Verdicts
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from tests.strategies import texts

SCHEME = Scheme(("article", "legal", "promotion"), (Label.ARTICLE, Label.BOILERPLATE, Label.ADVERTISEMENT))


def verdicts(spans: list[tuple[int, int]], keep: list[bool], kinds: list[int] | None = None) -> Verdicts:
    starts, ends = np.array(spans, np.int64).reshape(-1, 2).T
    columns = np.array([0 if kept else 1 for kept in keep] if kinds is None else kinds, np.int64)
    return Verdicts(starts, ends, columns, np.eye(3, dtype=np.float32)[columns], np.array(keep, bool), SCHEME, lambda: [])


def lines_without(text: str, *dropped: str, marker: str | None = None) -> str:
    """Drop the lines that begin with one of some words."""
    spans = [match.span() for match in re.finditer(r"\S[^\r\n]*", text)]
    return assemble(text, verdicts(spans, [not text[start:end].startswith(dropped) for start, end in spans]), marker)


def is_subsequence(short: str, long: str) -> bool:
    remaining = iter(long)
    return all(character in remaining for character in short)


@st.composite
def judged(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]], list[bool]]:
    text = draw(texts())
    paragraphs = segment(scan([text]))
    spans = list(zip(paragraphs.starts.tolist(), paragraphs.ends.tolist(), strict=True))
    return text, spans, draw(st.lists(st.booleans(), min_size=len(spans), max_size=len(spans)))


@given(judged())
def test_kept_text_is_a_subsequence(case: tuple[str, list[tuple[int, int]], list[bool]]) -> None:
    text, spans, keep = case
    assert is_subsequence(assemble(text, verdicts(spans, keep)), text)


@given(judged())
def test_what_is_not_blank_is_that_of_the_kept_paragraphs(case: tuple[str, list[tuple[int, int]], list[bool]]) -> None:
    text, spans, keep = case
    kept = [text[start:end] for (start, end), stays in zip(spans, keep, strict=True) if stays]
    cleaned = assemble(text, verdicts(spans, keep))
    assert "".join(cleaned.split()) == "".join("".join(kept).split())
    at = 0
    for paragraph in kept:
        at = cleaned.index(paragraph, at) + len(paragraph)


@given(judged())
def test_kept_paragraphs_are_never_joined_in_one_line(case: tuple[str, list[tuple[int, int]], list[bool]]) -> None:
    text, spans, keep = case
    cleaned = assemble(text, verdicts(spans, keep))
    kept = [line.strip() for (start, end), stays in zip(spans, keep, strict=True) if stays for line in text[start:end].splitlines()]
    assert [line.strip() for line in cleaned.splitlines() if line.strip()] == [line for line in kept if line]


@given(judged())
def test_a_run_that_is_dropped_leaves_one_marker(case: tuple[str, list[tuple[int, int]], list[bool]]) -> None:
    text, spans, keep = case
    runs = sum(not stays and (i == 0 or keep[i - 1]) for i, stays in enumerate(keep))
    assert assemble(text, verdicts(spans, keep), "<gone>").count("<gone>") == runs


@given(texts())
def test_nothing_dropped_leaves_the_text_unchanged(text: str) -> None:
    paragraphs = segment(scan([text]))
    spans = list(zip(paragraphs.starts.tolist(), paragraphs.ends.tolist(), strict=True))
    assert assemble(text, verdicts(spans, [True] * len(spans)), "<gone>") == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One\n\nTwo\n\nAd\n\nThree\n", "One\n\nTwo\n\nThree\n"),
        ("One\nAd\nTwo\n", "One\nTwo\n"),
        ("One\nAd\n\n\nTwo", "One\n\n\nTwo"),
        ("One\n\n\nAd\nTwo", "One\n\n\nTwo"),
        ("One\n\nAd\n\n\nAd\nTwo", "One\n\nTwo"),
        ("Ad\n\nOne\nTwo\n", "One\nTwo\n"),
        ("\n\nAd\n  One\nTwo\n", "  One\nTwo\n"),
        ("  One\nAd\nTwo\n", "  One\nTwo\n"),
        ("One\nTwo\n\nAd\n", "One\nTwo\n"),
        ("One\nTwo\n\nAd", "One\nTwo"),
        ("One\r\n\r\nAd\r\n\r\nTwo\r\n", "One\r\n\r\nTwo\r\n"),
        ("Ad\r\nOne\r\n", "One\r\n"),
        ("One\u2028Ad\u2028Two", "One\u2028Two"),
        ("One\rAd\r\rTwo\r", "One\r\rTwo\r"),
        ("Ad  \u2028One\u2028Two", "One\u2028Two"),
        ("Ad", ""),
        ("\n Ad\nAd\n", ""),
        ("", ""),
        (" \n ", " \n "),
    ],
)
def test_gaps(text: str, expected: str) -> None:
    paragraphs = segment(scan([text]))
    spans = list(zip(paragraphs.starts.tolist(), paragraphs.ends.tolist(), strict=True))
    keep = [text[start:end] != "Ad" for start, end in spans]
    assert assemble(text, verdicts(spans, keep)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One\n\nAd\n\nTwo\n", "One\n\n<1>\n\nTwo\n"),
        ("One\nAd\nAd\nTwo\n", "One\n<2>\nTwo\n"),
        ("Ad\n\nOne\n", "<1>\n\nOne\n"),
        ("One\n\nAd\n", "One\n\n<1>\n"),
        ("Ad\nAd\n", "<2>\n"),
        ("Ad\nOne\nAd\nTwo", "<1>\nOne\n<1>\nTwo"),
        ("One\r\nAd\r\nTwo", "One\r\n<1>\r\nTwo"),
    ],
)
def test_markers_stand_in_lines_of_their_own(text: str, expected: str) -> None:
    assert lines_without(text, "Ad", marker="<{n}>") == expected


def test_a_marker_names_the_kinds_in_order_and_once() -> None:
    text = "a\nb\nc\nd\ne"
    spans = [(i, i + 1) for i in range(0, 9, 2)]
    found = assemble(text, verdicts(spans, [True, False, False, False, True], [0, 2, 1, 2, 0]), "[{n}: {kinds}] {n} {other}")
    assert found == "a\n[3: promotion, legal] 3 {other}\ne"


def test_an_empty_marker_is_a_marker() -> None:
    assert lines_without("One\nAd\nTwo", "Ad", marker="") == "One\n\nTwo"


def test_braces_of_the_text_stay() -> None:
    assert lines_without("One {n}\nAd {kinds}\nTwo", "Ad", marker="-") == "One {n}\n-\nTwo"
