"""Metadata: what a page says of itself."""

from __future__ import annotations

import pytest

from cleaner.html.metadata import extract_with_trafilatura, metadata_of
from cleaner.records import Metadata, Page

HTML = """<!DOCTYPE html><html lang="pt-BR"><head><title>O barco</title>
<meta property="og:title" content="O barco volta">
<meta name="author" content="Ana Luz">
<meta property="article:published_time" content="2021-05-06T10:00:00Z"></head>
<body><article><h1>O barco volta</h1>
<p>O barco volta ao porto na segunda-feira, depois de onze dias de vento, com todos a bordo.</p></article></body>"""


def test_title_author_date_and_language() -> None:
    assert metadata_of(Page(HTML)) == Metadata("O barco volta", "Ana Luz", "2021-05-06", "pt-br")


def test_bytes_are_decoded_first() -> None:
    assert metadata_of(Page(HTML.replace("Luz", "Conceição").encode())).author == "Ana Conceição"


@pytest.mark.parametrize("html", ["", b"", "plain", b"\xff\xfe\x00", "<html lang=>", "<p>"])
def test_a_page_that_says_nothing_gives_nothing(html: str | bytes) -> None:
    found = metadata_of(Page(html))
    assert (found.author, found.date, found.language) == (None, None, None)


def test_trafilatura_gives_its_text_or_nothing() -> None:
    assert "onze dias de vento" in extract_with_trafilatura(Page(HTML))
    assert extract_with_trafilatura(Page("")) == ""
