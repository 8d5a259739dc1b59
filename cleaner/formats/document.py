"""What readers yield and writers take: documents, and the limits that keep one of them from filling the memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from cleaner.errors import DocumentError
from cleaner.records import Paragraph

MAX_DOCUMENT_BYTES = 64 * 2**20  # longer ones are dumps rather than articles, and judging one takes 60 times its size in memory


@dataclass(frozen=True, slots=True)
class Document:
    """One document as it was read.

    Attributes:
        id: what messages and rows call it: its own id, or where it was read.
        text: its text, unchanged.
        record: what the writer of the same format needs to give the rest of the record back; None where there is no rest.
    """

    id: str
    text: str
    record: object | None = None


Entry = Document | DocumentError


class Writer(Protocol):
    """Writes documents to a binary stream that somebody else opens and closes."""

    def write(self, document: Document, text: str, paragraphs: Sequence[Paragraph] | None = None) -> None:
        """Write one document.

        Args:
            document: the document as it was read.
            text: the text to write in the place of its own.
            paragraphs: verdicts to write beside the text; None writes none.
        """

    def finish(self) -> None:
        """Write what a format has at its end."""


class Reader(Protocol):
    """Reads the documents of one binary stream."""

    def __call__(self, stream: BinaryIO, name: str) -> Iterator[list[Entry]]:
        """Read documents as they arrive.

        Args:
            stream: decompressed bytes; only read as far as the documents asked for.
            name: what messages call the stream, for instance its path.

        Yields:
            What one read brought: documents, and an error for each one that has to be skipped.
        """
