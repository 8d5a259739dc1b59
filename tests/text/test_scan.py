"""Tokens and line breaks of a batch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given

from cleaner.text.characters import Class
from cleaner.text.scan import Scan, scan
from tests.strategies import documents, texts


def tokens(text: str) -> list[str]:
    scanned = scan([text])
    return [scanned.text[start:end] for start, end in zip(scanned.starts.tolist(), scanned.ends.tolist(), strict=True)]


def n_breaks(text: str) -> int:
    return len(scan([text]).breaks) - 1  # the joining one


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The boats, 19 of them", ["The", "boats", ",", "19", "of", "them"]),
        ("B2B it's", ["B2B", "it", "'", "s"]),
        ("no!!! -- ...", ["no", "!!!", "--", "..."]),
        ("?!", ["?", "!"]),
        ("“’‘", ["“", "’‘"]),
        ("港湾の船", ["港", "湾", "の", "船"]),
        ("港a湾", ["港", "a", "湾"]),
        ("🙂🙂🙃", ["🙂🙂", "🙃"]),
        ("e\u0301te\u0301", ["e\u0301te\u0301"]),
        ("\ud800\0", ["\ud800", "\0"]),
        ("", []),
        (" \t\n\u2028\u3000", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@given(texts())
def test_tokens_cover_every_character_that_is_not_blank(text: str) -> None:
    assert "".join(tokens(text)) == "".join(text.split())


@given(texts())
def test_tokens_are_ordered_and_disjoint(text: str) -> None:
    scanned = scan([text])
    assert (scanned.starts < scanned.ends).all()
    assert (scanned.ends[:-1] <= scanned.starts[1:]).all()


@given(texts())
def test_breaks_are_those_of_splitlines(text: str) -> None:
    assert n_breaks(text) == len(f"{text}.".splitlines()) - 1 - text.endswith("\r")


@pytest.mark.parametrize(("text", "n"), [("a\r\nb", 1), ("a\n\rb", 2), ("a\r\rb", 2), ("a\u2028b\x85c", 2), ("a\tb", 0)])
def test_break_counts(text: str, n: int) -> None:
    assert n_breaks(text) == n


@given(documents())
def test_a_batch_scans_as_its_documents_do(batch: list[str]) -> None:
    whole = scan(batch)
    assert whole.text == "".join(f"{text}\n" for text in batch)
    joined = [whole.text[start : end - 1] for start, end in zip(whole.bounds.tolist(), whole.bounds[1:].tolist(), strict=False)]
    assert joined == batch
    alone = [scan([text]) for text in batch]

    def shifted(name: str) -> np.ndarray:
        return np.concatenate([np.zeros(0, int), *(getattr(one, name) + at for one, at in zip(alone, whole.bounds.tolist(), strict=False))])

    for name in ("breaks", "starts", "ends"):
        assert np.array_equal(getattr(whole, name), shifted(name))
    assert whole.classes.tolist() == [c for one in alone for c in one.classes.tolist()]
    assert whole.folded.tolist() == [c for one in alone for c in one.folded.tolist()]


def test_no_document_gives_an_empty_scan() -> None:
    empty = scan([])
    assert isinstance(empty, Scan)
    assert (empty.text, empty.bounds.tolist(), len(empty.breaks), len(empty.starts)) == ("", [0], 0, 0)


def test_a_token_has_the_class_of_its_first_character() -> None:
    assert scan(["Harbour h2 2h , 港"]).classes.tolist() == [Class.UPPER, Class.LOWER, Class.DIGIT, Class.PUNCTUATION, Class.SINGLE]
