"""JSON-LD: the prose that a page gives to machines."""

from __future__ import annotations

import json

import pytest

from cleaner.html.page import render_page
from cleaner.html.structured import MIN_WORDS, bodies
from cleaner.records import Page

PROSE = "The ferry to the outer islands left at six as it had done every weekday since the bridge was closed, and nobody on the quay looked"


def page(value: object, body: str = "") -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script><body>{body}</body>'


@pytest.mark.parametrize("name", ["articleBody", "text", "reviewBody", "description"])
def test_prose_is_found_wherever_it_lies(name: str) -> None:
    assert list(bodies([json.dumps({"@graph": [{"@type": "WebSite"}, {"deep": {name: PROSE}}]})])) == [PROSE]


def test_markup_becomes_lines() -> None:
    assert [" ".join(line.split()) for line in next(bodies([json.dumps({"text": f"<p>{PROSE}</p><p>Fish &amp; chips</p>"})])).split("\n")][
        :2
    ] == [PROSE, "Fish & chips"]


def test_short_texts_and_repeats_are_left_out() -> None:
    short = " ".join(["word"] * (MIN_WORDS - 1))
    assert list(bodies([json.dumps([{"text": short}, {"text": PROSE}, {"description": PROSE}])])) == [PROSE]


@pytest.mark.parametrize("block", ["", "{", "[" * 100_000, "nonsense", "null", '"text"', '{"text": null}', '{"text": ' + "9" * 5000 + "}"])
def test_what_is_no_json_says_nothing(block: str) -> None:
    assert list(bodies([block])) == []


def test_what_the_page_shows_is_not_repeated() -> None:
    assert render_page(Page(page({"text": PROSE}, f"<p>{PROSE}</p>"))).text == PROSE


def test_what_the_page_does_not_show_comes_last() -> None:
    rendered = render_page(Page(page({"text": PROSE}, "<h1>Ferry</h1>")))
    assert rendered.text == f"Ferry\n\n{PROSE}"
    assert [block.is_structured for block in rendered.blocks.blocks] == [False, True]
