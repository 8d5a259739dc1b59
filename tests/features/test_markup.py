"""Markup facts: what the elements around a paragraph say, the same alone and in a batch."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.features.markup import BITS, FACTS, LEVELS, MAX_INHERITED, Markup, describe
from cleaner.features.shape import STEP
from cleaner.html.blocks import render
from cleaner.html.parse import parse

PAGES = (
    "<nav><ul><li><a href=/>Home</a><li><a href=/news>News</a></ul></nav><main><h1>Ferry</h1><p>It left at <b>six</b>.</p></main>",
    "<p>one",
    "<div class=post><p>a</p></div><div class=post><p>b</p></div><div class=post><p>c</p></div><p hidden>d</p>",
    "<table><tr><td>1<td>2<tr><td>3</table><ul><li>x<li>y</ul><blockquote><p>Home</p></blockquote>",
    "<section><h2 class='a b7' id=top>T</h2><p>T</p><a href='http://other.example/x/y'>out</a></section>",
)


def markup(html: str, host: str = "") -> Markup:
    return describe([render(parse(html))], [host])


def fact(found: Markup, name: str) -> list[float]:
    return [float(value) for value in found.facts[:, FACTS.index(name)]]


def test_shares_and_places_are_told() -> None:
    found = markup(PAGES[0])
    assert fact(found, "link_share") == [1, 1, 0, 0]
    assert fact(found, "is_item") == [1, 1, 0, 0]
    assert fact(found, "is_heading") == [0, 0, 1, 0]
    assert fact(found, "in_nav") == [1, 1, 0, 0]
    assert fact(found, "in_main") == [0, 0, 1, 1]
    assert fact(found, "bold_share") == [0, 0, 0, pytest.approx(3 / 15, abs=STEP / 2)]


def test_rows_hidden_and_repeated_paragraphs_are_told() -> None:
    assert fact(markup(PAGES[2]), "is_hidden") == [0, 0, 0, 1]
    assert fact(markup(PAGES[3]), "is_row") == [1, 1, 0, 0, 0]
    assert fact(markup(PAGES[4]), "is_repeat") == [0, 1, 0]


def test_paragraphs_in_like_places_are_alike() -> None:
    alike = markup(PAGES[2]).alike.tolist()
    assert alike[0] == alike[1] == alike[2] != alike[3]


def test_containers_grow_outwards() -> None:
    found = markup(PAGES[0])
    assert found.begins[0].tolist() == [0, 0, 2, 2]
    assert found.stops[0].tolist() == [2, 2, 4, 4]
    assert (np.diff(found.begins, axis=0) <= 0).all()
    assert (np.diff(found.stops, axis=0) >= 0).all()
    assert found.begins[-1].tolist() == [0] * 4
    assert found.stops[-1].tolist() == [4] * 4


def test_links_that_leave_the_site_have_other_terms() -> None:
    inside, outside = markup(PAGES[4], "other.example"), markup(PAGES[4], "here.example")
    assert inside.columns[: inside.bounds[2]].tolist() == outside.columns[: outside.bounds[2]].tolist()
    assert inside.columns[inside.bounds[2] :].tolist() != outside.columns[outside.bounds[2] :].tolist()


@pytest.mark.parametrize("address", ["http://[broken", "mailto:a@b.example", "#", "", "x" * 10_000, "//", "javascript:void(0)"])
def test_any_address_has_terms(address: str) -> None:
    assert len(markup(f'<p><a href="{address}">x</a>').columns)


@pytest.mark.parametrize("html", PAGES)
def test_numbers_are_on_the_grid_and_terms_within_their_columns(html: str) -> None:
    found = markup(html)
    n = len(found.alike)
    assert found.facts.shape == (n, len(FACTS))
    assert found.begins.shape == found.stops.shape == (LEVELS, n)
    assert np.array_equal(found.facts / STEP, np.rint(found.facts / STEP))
    assert (np.diff(found.bounds) >= 1).all()
    assert found.columns.min() >= 0
    assert found.columns.max() < 1 << BITS
    assert ((found.begins <= np.arange(n)) & (np.arange(n) < found.stops)).all()


@given(st.lists(st.sampled_from(PAGES), min_size=1, max_size=5))
def test_a_page_is_described_the_same_in_any_batch(batch: list[str]) -> None:
    joined = describe([render(parse(html)) for html in batch], [""] * len(batch))
    at = 0
    for part in map(markup, batch):
        own = slice(at, at + len(part.alike))
        assert np.array_equal(joined.facts[own], part.facts)
        assert np.array_equal(joined.begins[:, own] - at, part.begins)
        assert np.array_equal(joined.stops[:, own] - at, part.stops)
        assert np.array_equal(joined.alike[own] - at, part.alike)
        first, last = joined.bounds[at], joined.bounds[own.stop]
        assert np.array_equal(joined.columns[first:last], part.columns)
        at = own.stop


def terms(html: str, number: int = 0) -> list[int]:
    found = markup(html)
    return sorted(found.columns[found.bounds[number] : found.bounds[number + 1]].tolist())


def test_what_stands_around_an_element_twice_counts_once() -> None:
    once, twice = "<section><div><b><p>x", "<section><section><div><b><p>x"
    assert len(terms(once)) == len(terms(twice))


def test_numbers_in_names_do_not_matter() -> None:
    assert terms("<p class=post-12 id=p7>x") == terms("<p class=post-98 id=p1>x") != terms("<p class=post id=p>x")


def test_how_near_an_element_is_matters() -> None:
    assert terms("<nav><ul><li>x") != terms("<ul><nav><li>x")


def test_terms_from_around_are_bounded() -> None:
    letters = "abcdefghij"
    deep = "".join(f"<div class='{' '.join(f'c{a}{b}{c}' for c in letters[:8])}'>" for a in letters for b in letters)
    assert MAX_INHERITED < len(terms(f"{deep}x")) < MAX_INHERITED + 200


def test_paragraphs_can_be_left_out() -> None:
    found = markup(PAGES[2]).at(np.array([0, 3, 6, 9]), np.array([0, 6, 10]))
    assert found.facts.tolist() == markup(PAGES[2]).facts[[0, 2, 3]].tolist()
    assert found.stops[-1].tolist() == [3, 3, 3]
    assert found.alike.tolist() == [0, 0, 2]


def test_an_empty_page_has_no_facts() -> None:
    found = markup("")
    assert found.facts.shape == (0, len(FACTS))
    assert found.bounds.tolist() == [0]
