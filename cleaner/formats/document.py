"""What splitters, readers and writers hand to each other: blocks of a stream, documents, and the limits on both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol

from cleaner.errors import DocumentError
from cleaner.records import Metadata, Page, Paragraph

MAX_DOCUMENT_BYTES = 64 * 2**20  # longer ones are dumps rather than articles, and judging one takes 60 times its size in memory
BLOCK_BYTES = 2**21  # worth the way to another process and a few batches there; small beside the program itself


@dataclass(frozen=True, slots=True)
class Reading:
    """How inputs are read.

    Attributes:
        text_field: the field or column of a record that holds its text.
        id_field: the field or column that holds its name.
        max_document_bytes: larger documents are skipped with a reason.
        block_bytes: how much of a stream is handed on at a time, where documents allow.
        is_live: hand on whatever arrives, since somebody may be waiting for it.
    """

    text_field: str = "text"
    id_field: str = "id"
    max_document_bytes: int = MAX_DOCUMENT_BYTES
    block_bytes: int = BLOCK_BYTES
    is_live: bool = False

    @property
    def limit(self) -> str:
        """The limit on documents in words."""
        n = self.max_document_bytes
        return f"{n >> 20} MiB" if n % 2**20 == 0 and n else f"{n:,} bytes"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a stream that can be parsed by itself, in any process.

    Attributes:
        data: its bytes; what they are is between a format's `split` and `parse`.
        first: number of its first record or line, from 1.
        head: what the whole stream shares, for instance the header of a table.
        ends: where its records end in `data`, for formats whose records do not tell.
        problems: what the splitter had to leave out, to be told after the documents.
        share: how much of the stream has been read with this block, 0 to 1; None where the stream's own position tells.
    """

    data: bytes
    first: int = 1
    head: bytes = b""
    ends: tuple[int, ...] = ()
    problems: tuple[DocumentError, ...] = ()
    share: float | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One document as it was read.

    Attributes:
        id: what messages and rows call it: its own id, or where it was read.
        content: its text, unchanged, or its page.
        record: what the writer of the same format needs to give the rest of the record back; None where there is no rest.
        fields: the record for writers of other formats, in order; empty where there is none.
        text_field: the field that holds the text, or will.
        url: where it was found on the web, if the record says so.
    """

    id: str
    content: str | Page
    record: object | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    text_field: str = "text"
    url: str | None = None


Entry = Document | DocumentError


class Writer(Protocol):
    """Writes documents to a binary stream that somebody else opens and closes."""

    def write(self, document: Document, text: str, paragraphs: Sequence[Paragraph] | None = None, metadata: Metadata | None = None) -> None:
        """Write one document.

        Args:
            document: the document as it was read.
            text: the text to write in the place of its own; for a page, the text in the place of none.
            paragraphs: verdicts to write beside the text; None writes none.
            metadata: what a page says of itself, for formats with room for it; None writes none.
        """

    def finish(self) -> None:
        """Write what the documents so far still need; more may follow, in a stream that is joined to this one."""


class Splitter(Protocol):
    """Cuts a binary stream into blocks; quick, since one process does it for all."""

    def __call__(self, stream: BinaryIO, name: str, reading: Reading) -> Iterator[Block]:
        """Cut a stream.

        Args:
            stream: decompressed bytes; only read as far as the blocks asked for.
            name: what messages call the stream, for instance its path.
            reading: fields and limits.

        Yields:
            Its blocks in order: always the same ones for the same bytes, unless the stream is live.
        """


class Parser(Protocol):
    """Finds the documents of one block."""

    def __call__(self, block: Block, name: str, reading: Reading) -> Iterable[Entry]:
        """Parse a block: its documents in order, and an error for each one that has to be skipped."""


class Head(Protocol):
    """Makes what a result begins with, before its first document."""

    def __call__(self, block: Block, reading: Reading, with_paragraphs: bool) -> bytes:
        """The beginning of the result for a stream whose first block this is."""
