"""A desk with documents that a fake engine judges."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cleaner.formats import Document
from cleaner.records import Page
from cleaner.review.desk import Desk
from cleaner.review.store import Store
from tests.fakes import SCHEME, FakeCleaner

STORY = "Story one.\n\nBuy now.\nStory two.\n\nCopyright us."
LEFT, NIGHT = Document("left.txt", STORY), Document("night.txt", "Story at night.\nBuy sleep.")
PAGE = Document(
    "page",
    Page(b"<meta charset='latin1'><p>Stra\xdfe eins.</p><p>Buy now.</p>", "https://sandholm.example/a"),
    url="https://sandholm.example/a",
)


def desk_of(path: Path, documents: Iterable[Document] = (LEFT, NIGHT), by: str | None = None) -> Desk:
    """A desk over a file of labels."""
    return Desk(documents, FakeCleaner(), Store(path, SCHEME), SCHEME, by)
