"""What a report gathers: bounded, mergeable, and the same however the documents were cut into chunks."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.formats import Document
from cleaner.runs.summary import N_BINS, Counts, Summary, digest, site_of
from tests.fakes import FakeCleaner

TEXTS = ("Story.\n\nBuy 1 now.", "Buy 2  NOW.", "Copyright us.\n\nCopyright us.", "Story.", "")


def gathered(texts: list[str], first: int = 0) -> Summary:
    summary = Summary()
    for i, text in enumerate(texts, first):
        summary.add(Document(f"d{i}", text, url=f"https://www.site{len(text)}.example/{i}"), FakeCleaner().clean(text))
    return summary


@given(st.lists(st.sampled_from(TEXTS), max_size=12), st.integers(0, 12))
def test_chunks_add_up_to_the_whole(texts: list[str], cut: int) -> None:
    whole, summary = Summary(), Summary()
    whole.merge(gathered(texts))
    summary.merge(gathered(texts[:cut]))
    summary.merge(gathered(texts[cut:], len(texts[:cut])))
    assert summary == whole


@given(st.lists(st.sampled_from(TEXTS), max_size=8))
def test_a_file_gives_back_what_was_gathered(texts: list[str]) -> None:
    summary = Summary()
    summary.merge(gathered(texts))
    assert Summary.from_json(json.loads(json.dumps(summary.to_json()))) == summary


def test_texts_that_differ_in_case_blanks_and_digits_are_one() -> None:
    assert digest("Page 12 of  90\n") == digest("page 31 OF 10")
    assert digest("Page one") != digest("Page two")


def test_dropped_texts_are_counted_with_an_example() -> None:
    (key, row), *_ = gathered(["Buy 1 now.", "Story.", "Buy 2  NOW."]).texts.largest(5)
    assert key == digest("Buy 1 now.")
    assert row == [2, 21, "promotion", "Buy 1 now.", "d0"]


def test_scores_are_counted_by_label_and_verdict() -> None:
    kept, dropped = gathered(["Story.\n\nBuy now."]).scores["article"]
    assert (kept[N_BINS - 1], sum(kept), sum(dropped)) == (1, 1, 0)


@given(st.lists(st.integers(0, 30), max_size=300))
def test_a_full_table_never_counts_too_much_nor_short_by_more_than_it_says(keys: list[int]) -> None:
    counts, most = Counts(5), 0
    for key in keys:
        later = Counts(5)
        later.add(str(key), 1, "text")
        counts.merge(later)
        most = max(most, len(counts.rows))
    assert most <= 10
    for key in set(keys):
        row = counts.rows.get(str(key), [0])
        assert keys.count(key) - counts.floor <= row[0] <= keys.count(key)


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.Example.com:80/a?b", "example.com"),
        ("http://x.example", "x.example"),
        (None, "(no address)"),
        ("nonsense", "(no address)"),
        ("http://[", "(no address)"),
    ],
)
def test_a_site_is_the_host_of_an_address(url: str | None, site: str) -> None:
    assert site_of(url) == site
