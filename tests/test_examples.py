"""The five examples: the shipped model labels their paragraphs right, but for those that are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleaner import Cleaner
from cleaner.records import Scheme
from cleaner.train.gold import Gold, read_gold, read_scheme

SEEDS = Path(__file__).parent.parent / "seeds"
# Paragraphs that the shipped model gets wrong: name of the example and number of the paragraph, from 0.
KNOWN_WRONG: set[tuple[str, int]] = {
    ("000_c4feaf096cc4c9be", 13),  # a call to fill out a questionnaire, one line between a pitch and a contact
    ("000_c4feaf096cc4c9be", 14),  # that contact
    ("000_c4feaf096cc4c9be", 16),  # a recruiter's pitch right behind them
    ("001_99562bc037440fc9", 24),  # an invitation to call, at the end of a block of contact details
    ("001_99562bc037440fc9", 25),  # an address of a social network in the same block
    ("004_115d8324070f7fae", 11),  # a share prompt of three words
}


def read_examples() -> list[Gold]:
    scheme = read_scheme(SEEDS / "labels.toml")
    return [read_gold(path, scheme, "examples") for path in sorted((SEEDS / "examples").glob("*.gold"))]


EXAMPLES = read_examples()
CASES = [
    pytest.param(
        gold,
        number,
        id=f"{gold.name[:3]}-{number}",
        marks=[pytest.mark.xfail(strict=True, reason="the shipped model errs here")] if (gold.name, number) in KNOWN_WRONG else [],
    )
    for gold in EXAMPLES
    for number in range(len(gold.kinds))
]


@pytest.fixture(scope="module")
def found(cleaner: Cleaner) -> dict[str, list[tuple[int, int, str]]]:
    """Span and label of each paragraph, by example."""
    return {gold.name: [(p.start, p.end, p.label.value) for p in cleaner.clean(gold.text).paragraphs] for gold in EXAMPLES}


def test_there_are_five_examples() -> None:
    assert len(EXAMPLES) == 5
    assert {name for name, _ in KNOWN_WRONG} <= {gold.name for gold in EXAMPLES}


@pytest.mark.parametrize("gold", EXAMPLES, ids=lambda gold: gold.name[:3])
def test_labels_and_text_belong_together(gold: Gold) -> None:
    assert gold.text == (SEEDS / "examples" / f"{gold.name}.txt").read_bytes().decode("utf-8")


@pytest.mark.parametrize("gold", EXAMPLES, ids=lambda gold: gold.name[:3])
def test_paragraphs_are_the_labelled_lines(gold: Gold, found: dict[str, list[tuple[int, int, str]]]) -> None:
    assert [row[:2] for row in found[gold.name]] == list(zip(gold.starts.tolist(), gold.ends.tolist(), strict=True))


@pytest.mark.parametrize(("gold", "number"), CASES)
def test_the_label_is_right(gold: Gold, number: int, scheme: Scheme, found: dict[str, list[tuple[int, int, str]]]) -> None:
    right = {scheme.labels[kinds[number]].value for kinds in (gold.kinds, gold.others)}
    assert found[gold.name][number][2] in right
