"""Records: the scheme, verdicts as columns, and results that build paragraphs when asked."""

from __future__ import annotations

import numpy as np
import pytest

from cleaner.records import Label, Paragraph, Result, Scheme, Verdicts

SCHEME = Scheme(("article", "legal", "promotion", "related"), (Label.ARTICLE, Label.BOILERPLATE, Label.ADVERTISEMENT, Label.BOILERPLATE))
TEXT = "One\n\nRead more\nBuy"
PROBABILITIES = [[0.75, 0.125, 0.0625, 0.0625], [0.2, 0.3, 0.1, 0.4], [0.1, 0.123456, 0.7, 0.076544]]


class Reasons:
    """Counts how often somebody asks."""

    def __init__(self) -> None:
        self.n_asked = 0

    def __call__(self) -> list[str]:
        self.n_asked += 1
        return ["because", "of", "it"]


def result(explain: Reasons | None = None) -> Result:
    columns = (np.array(values) for values in ([0, 5, 15], [3, 14, 18], [0, 3, 2]))
    verdicts = Verdicts(*columns, np.array(PROBABILITIES, np.float32), np.array([True, False, False]), SCHEME, explain or Reasons())
    return Result(TEXT, "One", verdicts)


def test_labels_are_in_alphabetical_order() -> None:
    assert list(Label) == sorted(Label)
    assert [str(label) for label in Label] == ["advertisement", "article", "boilerplate"]


@pytest.mark.parametrize(("name", "columns"), [("article", {0}), ("boilerplate", {1, 3}), ("related", {3}), ("spam", set()), ("", set())])
def test_a_name_stands_for_columns(name: str, columns: set[int]) -> None:
    assert SCHEME.columns(name) == columns


def test_a_label_includes_the_kind_of_its_name() -> None:
    scheme = Scheme(("article", "essay"), (Label.ARTICLE, Label.ARTICLE))
    assert scheme.columns("article") == {0, 1}


def test_the_score_of_a_label_is_the_sum_over_its_kinds() -> None:
    assert result().verdicts.label_scores() == pytest.approx([0.75, 0.7, 0.7], abs=1e-6)  # single precision


def test_a_score_is_at_most_1() -> None:
    # Nine roundings up can make a sum larger than 1.
    scheme = Scheme(SCHEME.kinds, (Label.ARTICLE,) * 4)
    verdicts = Verdicts(*(np.zeros(1, int),) * 3, np.full((1, 4), 0.2500001, np.float32), np.ones(1, bool), scheme, list)
    assert verdicts.label_scores().tolist() == [1.0]


def test_paragraphs_say_what_the_columns_say() -> None:
    assert result().paragraphs == (
        Paragraph(0, 3, Label.ARTICLE, "article", 0.75, "because"),
        Paragraph(5, 14, Label.BOILERPLATE, "related", 0.7, "of"),
        Paragraph(15, 18, Label.ADVERTISEMENT, "promotion", 0.7, "it"),
    )


def test_spans_slice_back() -> None:
    found = result()
    assert [found.source[p.start : p.end] for p in found.paragraphs] == ["One", "Read more", "Buy"]


def test_removed_are_those_not_kept() -> None:
    assert [paragraph.kind for paragraph in result().removed] == ["related", "promotion"]


def test_reasons_are_asked_for_once_and_only_when_needed() -> None:
    reasons = Reasons()
    found = result(reasons)
    assert (found.text, repr(found), reasons.n_asked) == ("One", "Result(1 of 3 paragraphs kept, 3 of 18 characters)", 0)
    assert found.paragraphs is found.paragraphs
    assert len(found.removed) == 2
    assert reasons.n_asked == 1


def test_scores_are_rounded_to_four_digits() -> None:
    verdicts = result().verdicts
    thirds = Verdicts(verdicts.starts, verdicts.ends, verdicts.kinds, np.full((3, 4), 1 / 3, np.float32), verdicts.keep, SCHEME, Reasons())
    assert [paragraph.score for paragraph in Result(TEXT, "", thirds).paragraphs] == [0.3333, 0.6667, 0.3333]


def test_no_paragraphs() -> None:
    nothing = Verdicts(*(np.zeros(0, int),) * 3, np.zeros((0, 4), np.float32), np.zeros(0, bool), SCHEME, list)
    assert Result("", "", nothing).paragraphs == Result("", "", nothing).removed == ()
