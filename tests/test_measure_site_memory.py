"""What site memory counts, and the sites that are made to measure it on."""

from __future__ import annotations

import numpy as np

from cleaner.train.webpages import Webpage
from scripts.measure_site_memory import Document, evidence, fit_update, join, recurring, removed, updated


def document(site: str, *keys: str, gold: tuple[int, ...] = (), article: float = 0.5) -> Document:
    """A document whose paragraphs have one word each."""
    words = np.ones(len(keys), np.int64)
    index = {key: i for i, key in enumerate(keys)}
    page = Webpage(site, site, "article", words, tuple(np.array([index[key]]) for key in keys), (), (), keys)
    return Document(site, "article", keys, np.full(len(keys), article), np.array(gold or [0] * len(keys)), words, page)


def test_a_paragraph_is_counted_on_the_other_documents_of_its_site() -> None:
    site = [document("a", "menu", "one", "one"), document("a", "menu", "two"), document("a", "two", "three")]
    elsewhere = [document("b", "menu") for _ in range(3)]
    assert [own.recurs.tolist() for own in recurring(site + elsewhere)] == [[1, 0, 0], [1, 1], [1, 0], [2], [2], [2]]


def test_sites_of_two_documents_are_left_out() -> None:
    assert recurring([document("a", "menu"), document("a", "menu")]) == []


def test_only_so_many_other_documents_are_seen() -> None:
    found = recurring([document("a", "menu") for _ in range(5)], seen=2)
    assert [(own.recurs.tolist(), own.seen) for own in found] == [([2], 2)] * 5


def test_blank_paragraphs_recur_nowhere() -> None:
    assert [own.recurs.tolist() for own in recurring([document("a", "") for _ in range(3)])] == [[0]] * 3


def test_what_stands_nowhere_else_keeps_its_probability() -> None:
    site = recurring([document("a", "menu", text, gold=(0, 1), article=0.4) for text in ("one", "two", "three")])
    beta = fit_update(site)
    article = updated(site[0], beta).article
    assert article[0] < 0.4
    assert np.isclose(article[1], 0.4)
    assert not evidence(site[0])[1].any()


def test_a_made_page_has_the_guests_content_between_the_hosts_furniture() -> None:
    host = document("a", "menu", "old", "footer", gold=(0, 1, 0))
    guest = document("b", "header", "new", "caption", "end", "legal", gold=(0, 1, 0, 1, 0))
    made = join(host, guest)
    assert made.page is not None
    assert made.page.texts == ("menu", "new", "caption", "end", "footer")
    assert made.gold.tolist() == [0, 1, 0, 1, 0]
    assert made.recurs.tolist() == [49, 0, 0, 0, 49]
    assert [words.tolist() for words in made.page.words] == [[5], [1], [2], [3], [5]]


def test_noise_is_counted_at_the_threshold_that_keeps_the_article() -> None:
    lines = document("a", "one", "two", "three", "four", gold=(1, 1, 0, 0))
    scored = Document(lines.site, lines.kind, lines.keys, np.array([0.9, 0.4, 0.3, 0.6]), lines.gold, lines.words)
    assert removed([scored], 1.0) == 0.5
    assert removed([scored], 0.5) == 1.0
