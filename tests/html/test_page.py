"""A page, read: hosts of addresses, and results that do not depend on the batch."""

from __future__ import annotations

import pytest

from cleaner import Cleaner
from cleaner.html.page import host_of, render_page
from cleaner.records import Page
from tests.html.test_golden import NAMES, page


@pytest.mark.parametrize(
    ("url", "host"),
    [("https://www.Sandholm.example:8080/a?b", "www.sandholm.example"), ("/a", ""), (None, ""), ("http://[broken", ""), ("x" * 5000, "")],
)
def test_the_host_of_an_address(url: str | None, host: str) -> None:
    assert host_of(url) == host
    assert render_page(Page("", url)).host == host


def test_results_of_a_batch_are_those_of_its_pages(cleaner: Cleaner) -> None:
    documents: list[str | Page] = [page(NAMES[0]), "The harbour froze.", Page(""), *map(page, NAMES[1:6]), "", Page("<p>One.")]
    together = list(cleaner.clean_many(documents))
    alone = [next(cleaner.clean_many([document])) for document in documents]
    assert [(one.source, one.text) for one in together] == [(one.source, one.text) for one in alone]
    assert [one.verdicts.probabilities.tolist() for one in together] == [one.verdicts.probabilities.tolist() for one in alone]


def test_spans_of_a_page_index_into_its_source(cleaner: Cleaner) -> None:
    result = cleaner.clean(html=page("news_comments").html)
    ends = [0, *(paragraph.end for paragraph in result.paragraphs)]
    for end, paragraph in zip(ends, result.paragraphs, strict=False):
        assert not result.source[end : paragraph.start].split()
        assert result.source[paragraph.start : paragraph.end].strip() == result.source[paragraph.start : paragraph.end] != ""
    assert not result.source[ends[-1] :].split()
