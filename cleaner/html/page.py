"""A page, read: its paragraphs as plain text, and what they were in the markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from cleaner.html.blocks import Blocks, render
from cleaner.html.markdown import to_markdown
from cleaner.html.parse import parse
from cleaner.records import Metadata, Page


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page as its readers see it.

    Attributes:
        page: the page as it was given.
        blocks: its paragraphs and the elements around them.
        text: the paragraphs as plain text.
        starts: where each paragraph begins in the text, ascending.
    """

    page: Page
    blocks: Blocks
    text: str
    starts: list[int]

    def metadata(self) -> Metadata:
        """What the page says of itself."""
        from cleaner.html.metadata import metadata_of  # trafilatura takes a second to load

        return metadata_of(self.page)

    def markdown(self, keep: Sequence[bool]) -> str:
        """The kept paragraphs as Markdown."""
        return to_markdown(self.blocks, keep)

    @property
    def host(self) -> str:
        """The host name of the page's address, lower case; empty where it has none."""
        return host_of(self.page.url)


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """A page of which only a text is known.

    Attributes:
        page: the page as it was given.
        text: its text.
    """

    page: Page
    text: str

    def metadata(self) -> Metadata:
        """What the page says of itself."""
        from cleaner.html.metadata import metadata_of

        return metadata_of(self.page)

    def markdown(self, keep: Sequence[bool]) -> None:
        """Nothing: a text has no markup left."""


def extract_page(page: Page) -> ExtractedPage:
    """Let trafilatura turn a page into text."""
    from cleaner.html.metadata import extract_with_trafilatura

    return ExtractedPage(page, extract_with_trafilatura(page))


def render_page(page: Page) -> RenderedPage:
    """Parse and render a page."""
    blocks = render(parse(page.html))
    text, starts = blocks.text()
    return RenderedPage(page, blocks, text, starts)


def host_of(url: str | None) -> str:
    """The host name of an address, lower case; empty where it has none or is none."""
    try:
        return urlsplit(url or "").hostname or ""
    except ValueError:
        return ""
