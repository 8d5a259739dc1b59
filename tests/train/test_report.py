"""The report: figures by hand, one page that needs nothing else, in which nothing from a document is markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from cleaner.records import Label, Scheme
from cleaner.train.compare import Judged, compare
from cleaner.train.evaluate import Lines
from cleaner.train.gold import Gold
from cleaner.train.labelled import Labelled
from cleaner.train.report import render, summary, write_report

SCHEME = Scheme(("article", "legal", "promotion"), (Label.ARTICLE, Label.BOILERPLATE, Label.ADVERTISEMENT))
LABEL_OF = np.array([1, 2, 0])
EVIL = '</td><script src="http://evil.example/x.js">alert(1)</script><img src=x onerror=alert(1)>'


def labelled(text: str = "one two", name: str = "d", n: int = 2) -> Labelled:
    one = np.array([0, 0])
    gold = [Gold(f"{name}{i}", "labels", f"s{i}", name, "", f"{text}\n{text}", one, one + len(text), one, one) for i in range(n)]
    return Labelled(gold, [np.ones(2, bool)] * n, 0)


def judged(name: str, kinds: list[int], keep: list[bool]) -> Judged:
    """Two lines a document, of 4 and 1 words: an article and a promotion."""
    n = len(kinds)
    gold = np.array([0, 2] * (n // 2))
    own = np.array(kinds)
    words, document = np.array([4, 1] * (n // 2)), np.repeat(np.arange(n // 2), 2)
    sure = np.full(n, 0.8)
    return Judged(name, Lines(LABEL_OF[gold], LABEL_OF[gold], gold, own, LABEL_OF[own], sure, sure, np.array(keep), words, document), 0.5)


def test_figures_by_hand() -> None:
    data = compare(labelled(), [judged("m", [0, 2, 0, 0], [True, False, False, True])], SCHEME)
    figures = {name: value["value"] for name, value in data["models"][0]["figures"].items()}
    assert figures["article_words_kept"] == 0.5
    assert figures["noise_words_removed"] == 0.5
    assert figures["article f1"] == 0.8
    assert figures["advertisement f1"] == pytest.approx(2 / 3, abs=1e-4)
    assert data["models"][0]["confusion"] == [[1, 1, 0], [0, 2, 0], [0, 0, 0]]
    assert data["models"][0]["kind_confusion"] == [[2, 0, 0], [0, 0, 0], [1, 0, 1]]
    assert data["models"][0]["mistakes"][0]["dropped"]
    assert data["paired"] is None


def test_what_nobody_said_and_no_model_gave_counts_for_nothing() -> None:
    data = compare(labelled(), [judged("m", [0, 2, 0, 2], [True, False, True, False])], SCHEME)
    figures = data["models"][0]["figures"]
    assert figures["macro_f1"] == {"value": 1.0, "interval": [1.0, 1.0]}
    assert figures["boilerplate f1"] == figures["kind legal f1"] == {"value": None, "interval": None}
    page = render(data)
    assert "<td>boilerplate F1</td><td>–</td>" in page
    assert "NaN" not in json.dumps(data)


def test_kinds_that_were_not_known_are_not_confused() -> None:
    documents = labelled()
    some = Labelled(documents.documents, [np.array([True, False])] * 2, 0)
    data = compare(some, [judged("m", [0, 2, 0, 0], [True, False, False, True])], SCHEME)
    assert np.sum(data["models"][0]["kind_confusion"]) == 2
    assert np.sum(data["models"][0]["confusion"]) == 4


def test_differences_are_of_the_same_draws() -> None:
    one = judged("a", [0, 2, 0, 0], [True, False, True, True])
    data = compare(labelled(), [one, one], SCHEME)
    said = [row for row in data["paired"]["differences"].values() if row["value"] is not None]
    assert said
    assert all(row == {"value": 0.0, "interval": [0.0, 0.0]} for row in said)


class Tags(HTMLParser):
    """Collects elements and checks that they nest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)


def test_the_page_needs_no_network_and_nothing_in_it_is_markup() -> None:
    data = compare(
        labelled(EVIL, EVIL), [judged(EVIL, [0, 0, 2, 2], [True] * 2 + [False] * 2), judged("b", [0, 2] * 2, [True, False] * 2)], SCHEME
    )
    page = render(data, EVIL)
    tags = Tags(page)
    assert tags.open == []
    assert not {"script", "link", "img", "iframe", "a"} & set(tags.names)
    assert not {"src", "href", "style", "onerror"} & tags.attributes
    assert "default-src 'none'" in page
    assert "prefers-color-scheme: dark" in page
    assert re.search(r"&lt;script", page)


def test_page_and_data_lie_side_by_side(tmp_path: Path) -> None:
    data = compare(labelled(), [judged("m", [0, 2, 0, 0], [True, False, True, True])], SCHEME)
    beside = write_report(tmp_path / "r.html", data)
    assert json.loads(beside.read_text()) == json.loads(json.dumps(data))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.html", "r.json"]
    assert summary(data).startswith("4 labelled paragraphs, 2 documents, 2 sites\nm  macro F1 ")
