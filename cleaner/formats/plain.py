"""Plain text and Markdown: the whole stream is one document."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from cleaner.errors import DocumentError
from cleaner.formats import document as limits
from cleaner.formats.document import Document, Entry
from cleaner.records import Paragraph
from cleaner.text.decode import decode

logger = logging.getLogger(__name__)


def read(stream: BinaryIO, name: str) -> Iterator[list[Entry]]:
    """Read a stream as one document, whatever its encoding.

    Args:
        stream: decompressed bytes.
        name: what messages call the stream; the id of the document.

    Yields:
        One list with the document, or with the reason why there is none.
    """
    data = stream.read(limits.MAX_DOCUMENT_BYTES + 1)
    if len(data) > limits.MAX_DOCUMENT_BYTES:
        problem = f"one document of more than {limits.MAX_DOCUMENT_BYTES >> 20} MiB; split it, or give its documents as lines of a .jsonl"
        yield [DocumentError(name, problem)]
        return
    decoded = decode(data)
    if decoded.encoding != "utf-8" or decoded.n_replaced:
        logger.info("%s: read as %s, %d places unreadable", name, decoded.encoding, decoded.n_replaced)
    yield [Document(name, decoded.text)]


class Writer:
    """Writes the text of a document as UTF-8 and nothing else: a text file has no place for more."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, document: Document, text: str, paragraphs: Sequence[Paragraph] | None = None) -> None:
        """Write the text; verdicts are left out."""
        self._stream.write(text.encode("utf-8", "replace"))

    def finish(self) -> None:
        """Nothing is left to write."""
