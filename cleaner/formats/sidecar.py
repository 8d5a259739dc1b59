"""Verdicts in a file of their own, as the Dolma toolkit keeps attributes: same path, same rows, the documents untouched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import BinaryIO

from cleaner.errors import DocumentError
from cleaner.formats.document import Document
from cleaner.formats.jsonl import encode
from cleaner.records import Metadata, Paragraph

PREFIX = "cleaner__kind__"


class Writer:
    """Writes a row a document: its id, and for each kind the spans `[start, end, score]` of its paragraphs."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, document: Document, text: str, paragraphs: Sequence[Paragraph] | None = None, metadata: Metadata | None = None) -> None:
        """Write the verdicts; the text stays where it is."""
        attributes: defaultdict[str, list[list[float]]] = defaultdict(list)
        for paragraph in paragraphs or ():
            attributes[PREFIX + paragraph.kind].append([paragraph.start, paragraph.end, paragraph.score])
        self._row(document.id, attributes)

    def skip(self, error: DocumentError) -> None:
        """Keep the place of a document that could not be read, so that rows still stand side by side."""
        self._row(error.document, {})

    def finish(self) -> None:
        """Nothing is left to write."""

    def _row(self, id_: str, attributes: object) -> None:
        self._stream.write(f"{encode({'id': id_, 'attributes': attributes})}\n".encode())
