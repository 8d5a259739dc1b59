"""Plain text, Markdown and single web pages: the whole stream is one document."""

from __future__ import annotations

import codecs
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from cleaner.errors import DocumentError
from cleaner.formats.document import Block, Document, Entry, Reading
from cleaner.records import Metadata, Page, Paragraph
from cleaner.text.binary import looks_binary
from cleaner.text.decode import decode

logger = logging.getLogger(__name__)
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class Stored:
    """How the bytes of a text differ from its UTF-8; a text without this is its UTF-8.

    Attributes:
        encoding: the codec that read it.
        mark: the byte order mark in front of it.
        is_exact: whether codec and mark give the same bytes again.
    """

    encoding: str
    mark: bytes
    is_exact: bool


def split(stream: BinaryIO, name: str, reading: Reading) -> Iterator[Block]:
    """One block, however long the stream: of one over the limit, as much as shows that it is."""
    yield Block(stream.read(reading.max_document_bytes + 1))


def parse(block: Block, name: str, reading: Reading) -> Iterator[Entry]:
    """Read a block as one text, whatever its encoding.

    Yields:
        The document, named after its stream, or the reason why there is none.
    """
    problem = looks_binary(block.data)
    if len(block.data) > reading.max_document_bytes:
        problem = f"one document of more than {reading.limit}; give its documents as lines of a .jsonl, or raise --max-document-bytes"
    if problem is not None:
        yield DocumentError(name, problem)
        return
    decoded = decode(block.data)
    if decoded.encoding == "utf-8" and not decoded.n_replaced and not block.data.startswith(codecs.BOM_UTF8):
        yield Document(name, decoded.text)
        return
    logger.info("%s: read as %s, %d places unreadable", name, decoded.encoding, decoded.n_replaced)
    mark = next((mark for mark in _MARKS if block.data.startswith(mark)), b"")
    try:
        is_exact = mark + decoded.text.encode(decoded.encoding) == block.data
    except UnicodeError:
        is_exact = False
    yield Document(name, decoded.text, Stored(decoded.encoding, mark, is_exact))


def parse_page(block: Block, name: str, reading: Reading) -> Iterator[Entry]:
    """Read a block as one web page, its encoding for the engine to find.

    Yields:
        The document, named after its stream, or the reason why there is none.
    """
    if len(block.data) > reading.max_document_bytes:
        yield DocumentError(name, f"one page of more than {reading.limit}; raise --max-document-bytes")
    elif (problem := looks_binary(block.data)) is not None:
        yield DocumentError(name, problem)
    else:
        yield Document(name, Page(block.data))


class Writer:
    """Writes the text of a document as UTF-8 and nothing else: a text file has no place for more."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, document: Document, text: str, paragraphs: Sequence[Paragraph] | None = None, metadata: Metadata | None = None) -> None:
        """Write the text; verdicts are left out."""
        self._stream.write(text.encode("utf-8", "replace"))

    def finish(self) -> None:
        """Nothing is left to write."""
