"""Suggesting: unsure first, nothing twice, nothing that has been labelled."""

from __future__ import annotations

import numpy as np

from cleaner.records import Label, Result, Scheme, Verdicts
from cleaner.train.suggest import spread, suggest, uncertainties

SCHEME = Scheme(("article", "legal", "promotion"), (Label.ARTICLE, Label.BOILERPLATE, Label.ADVERTISEMENT))


def result(lines: list[str], article: list[float]) -> Result:
    text = "\n".join(lines)
    ends = np.cumsum([len(line) + 1 for line in lines]) - 1
    starts = ends - [len(line) for line in lines]
    probabilities = np.array([[p, 1 - p, 0.0] for p in article], np.float32)
    kinds = probabilities.argmax(axis=1)
    return Result(text, text, Verdicts(starts, ends, kinds, probabilities, kinds == 0, SCHEME, lambda: [""] * len(lines)))


def test_the_unsurest_paragraph_comes_first() -> None:
    found = suggest([("a", result(["sure story", "who knows"], [0.99, 0.5])), ("b", result(["half half"], [0.7]))], 2)
    assert [(one.document, one.text) for one in found] == [("a", "who knows"), ("b", "half half")]
    assert (found[0].start, found[0].end, found[0].uncertainty) == (11, 20, 1.0)


def test_the_same_words_are_suggested_once() -> None:
    found = suggest([(name, result(["Subscribe to our letter"], [0.5])) for name in "abc"], 3)
    assert len(found) == 1


def test_what_has_an_answer_is_not_asked_again() -> None:
    found = suggest([("a", result(["one thing", "another matter"], [0.5, 0.6]))], 2, labelled=[("a", 0)])
    assert [one.text for one in found] == ["another matter"]


def test_no_document_gives_no_suggestion() -> None:
    assert suggest([], 5) == []


def test_uncertainty_is_that_of_labels() -> None:
    rows = np.array([[1, 0, 0], [0.5, 0.5, 0], [0.5, 0.25, 0.25]], np.float32)
    assert uncertainties(rows, SCHEME).tolist() == [0.0, 1.0, 0.75]


def test_other_documents_come_before_a_second_paragraph_of_the_same() -> None:
    chosen = spread(["alpha", "beta", "gamma"], np.array([0.9, 0.8, 0.7]), ["a", "a", "b"], 3)
    assert chosen == [0, 2, 1]
