"""Answers find their paragraphs, also where another tool cut the text elsewhere."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cleaner.labels import Answer, LabelledDocument, aligned, answered
from cleaner.records import Label
from tests.labels.strategies import labelled

TEXT = "Story one.\nStory two.\nBuy now."
SPANS = [(0, 10), (11, 21), (22, 30)]


def names(document: LabelledDocument) -> list[str | None]:
    return [answer and answer.name for answer in aligned(document, *zip(*SPANS, strict=True))]


def test_an_answer_counts_for_every_paragraph_of_which_it_covers_half() -> None:
    assert names(LabelledDocument("a", TEXT, (Answer(0, 16, Label.ARTICLE, "article"),))) == ["article", "article", None]
    assert names(LabelledDocument("a", TEXT, (Answer(0, 15, Label.ARTICLE, "article"),))) == ["article", None, None]


def test_of_two_answers_the_longer_counts() -> None:
    answers = (Answer(22, 27, Label.BOILERPLATE, "legal"), Answer(27, 30, Label.ADVERTISEMENT, "promotion"))
    assert names(LabelledDocument("a", TEXT, answers)) == [None, None, "legal"]


def test_a_skipped_document_has_no_answers() -> None:
    document = LabelledDocument("a", TEXT, (Answer(0, 10, Label.ARTICLE, "article"),), is_skipped=True)
    assert names(document) == [None, None, None]


def test_a_new_answer_replaces_its_part_of_a_long_one_only() -> None:
    document = LabelledDocument("a", TEXT, (Answer(0, 30, Label.ARTICLE, "article", "ann"),))
    changed = answered(document, SPANS, {1: None, 2: Answer(22, 30, Label.ADVERTISEMENT, "promotion")})
    assert changed.answers == (Answer(0, 10, Label.ARTICLE, "article", "ann"), Answer(22, 30, Label.ADVERTISEMENT, "promotion"))


@given(document=labelled(), data=st.data())
def test_changing_and_taking_back_gives_the_answers_as_they_were(document: LabelledDocument, data: st.DataObject) -> None:
    document = replace(document, is_skipped=False)
    spans = [(answer.start, answer.end) for answer in document.answers]
    if not spans:
        return
    i = data.draw(st.integers(0, len(spans) - 1))
    changed = answered(document, spans, {i: Answer(*spans[i], Label.BOILERPLATE, "legal")})
    assert aligned(changed, *zip(*spans, strict=True))[i] == Answer(*spans[i], Label.BOILERPLATE, "legal")
    assert answered(changed, spans, {i: document.answers[i]}) == document
    assert len(answered(document, spans, {i: None}).answers) == len(spans) - 1
