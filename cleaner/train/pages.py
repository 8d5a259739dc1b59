"""Labels, kept as numbers, of pages whose texts are not ours to ship: they are rendered again from the data folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cleaner.errors import GoldError
from cleaner.records import Scheme
from cleaner.train.gold import Gold, make_gold, registrable, rows

DIGEST_CHARS = 16
SOURCES = ("wcxb-dev.parquet", "segments-dev.parquet")


def render(html: str | bytes) -> list[str]:
    """The non-empty lines of a whole page, as the labelled pages were made.

    Returns:
        Stripped lines, in reading order.
    """
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import detect_encoding
    from resiliparse.parse.html import HTMLTree

    tree = HTMLTree.parse(html) if isinstance(html, str) else HTMLTree.parse_from_bytes(html, detect_encoding(html))
    text = extract_plain_text(
        tree,
        preserve_formatting=True,
        main_content=False,
        list_bullets=True,
        alt_texts=False,
        links=False,
        form_fields=False,
        noscript=False,
    )
    return [line for line in map(str.strip, text.split("\n")) if line]


def read_labelled_pages(labels: Path, data: Path, scheme: Scheme) -> list[Gold]:
    """Pages labelled beside the data folder: labels from `seeds/pages/`, texts from the folder's HTML.

    Args:
        labels: JSONL with `id, first, lines, sha256` (of the labelled lines) and `runs`, pairs of kind and number of lines.
        data: folder with the pages' HTML, see `SOURCES`.
        scheme: the kinds.

    Raises:
        GoldError: a page is missing or renders to other lines than were labelled.
    """
    wanted = {row["id"]: row for row in map(json.loads, labels.read_text("utf-8").splitlines())}
    pages = {gold.name: gold for source in SOURCES for gold in _pages(source, data, wanted, scheme)}
    if missing := sorted(wanted.keys() - pages.keys()):
        raise GoldError(f"{labels}: {missing[0]} and {len(missing) - 1} more are not in {data}; give the folder that they were labelled from")
    return [pages[name] for name in sorted(pages)]


def _pages(source: str, data: Path, wanted: dict[str, Any], scheme: Scheme) -> Iterator[Gold]:
    for row in rows(data / source):
        label = wanted.get(row["id"])
        if label is None:
            continue
        lines = render(row["html"])[label["first"] : label["first"] + label["lines"]]
        if hashlib.sha256("\n".join(lines).encode()).hexdigest()[:DIGEST_CHARS] != label["sha256"]:
            raise GoldError(f"{label['id']}: renders to other lines than were labelled; use resiliparse 0.14 or newer and the same data")
        kinds = [(kind, kind) for kind, n in label["runs"] for _ in range(n)]
        site = registrable(urlsplit(row["url"]).hostname or row["url"])
        genre = row.get("page_type") or "article"
        yield make_gold(label["id"], lines, kinds, scheme, corpus="extra", site=site, genre=genre, language=row.get("language") or "")
