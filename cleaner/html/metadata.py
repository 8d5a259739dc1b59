"""Title, author, date and language of a page, and the text that trafilatura extracts: the only module that knows it."""

from __future__ import annotations

import re

from cleaner.html.parse import decode_page
from cleaner.records import Metadata, Page

_LANGUAGE = re.compile(r"<html[^>]{0,2000}?\slang\s{0,9}=\s{0,9}[\"']?([a-zA-Z]{2,3}(?:-[a-zA-Z0-9]{2,8})?)", re.I)


def metadata_of(page: Page) -> Metadata:
    """What a page says of itself; a field is None where it says nothing."""
    from trafilatura.metadata import extract_metadata

    html = decode_page(page.html)
    language = _LANGUAGE.search(html, 0, 10_000)
    try:
        found = extract_metadata(html, default_url=page.url)
    except Exception:  # of many types, for want of guards in its depths: broken pages are data
        found = None
    return Metadata(
        title=getattr(found, "title", None) or None,
        author=getattr(found, "author", None) or None,
        date=getattr(found, "date", None) or None,
        language=language[1].lower() if language else None,
    )


def extract_with_trafilatura(page: Page) -> str:
    """The main text of a page as trafilatura sees it, comments included; empty where it sees none."""
    from trafilatura import extract

    try:
        return extract(decode_page(page.html), url=page.url, include_comments=True) or ""
    except Exception:  # as above
        return ""
