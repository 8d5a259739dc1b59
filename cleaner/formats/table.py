"""CSV: a record a row under one header; the delimiter is that of the header, and other columns keep their values."""

from __future__ import annotations

import codecs
import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from cleaner.errors import DocumentError
from cleaner.formats.document import Block, Document, Entry, Reading
from cleaner.formats.jsonl import HTML_FIELD, URL_FIELD, no_column, row
from cleaner.formats.streams import READ_ERRORS
from cleaner.records import Metadata, Page, Paragraph
from cleaner.text.decode import decode

DELIMITERS = ",;\t|"
PARAGRAPHS = "paragraphs"


@dataclass(frozen=True, slots=True)
class Header:
    """The first row of a table.

    Attributes:
        names: its columns.
        delimiter: what stands between them.
        end: what ends a line.
    """

    names: tuple[str, ...]
    delimiter: str
    end: str

    def column(self, name: str) -> int | None:
        """Where a column stands, the first of its name; None for no such column."""
        return self.names.index(name) if name in self.names else None

    def line(self, values: Sequence[str]) -> str:
        """A row as it is written."""
        out = io.StringIO()
        csv.writer(out, delimiter=self.delimiter, lineterminator=self.end).writerow(values)
        return out.getvalue()


class _Lines:
    """The lines of a stream for the csv module, a character a byte; what was read since `take` is kept and bounded."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self._taken: list[bytes] = []
        self._size = 0
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._stream.readline(self._limit + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self._taken.append(line)
        self._size += len(line)
        if self._size > self._limit:
            while line and not line.endswith(b"\n"):
                line = self._stream.readline(self._limit)
            raise csv.Error(f"a row of more than {self._limit} bytes")
        return line.decode("latin-1")

    def take(self) -> bytes:
        """The bytes read since the last time."""
        data = b"".join(self._taken)
        self._taken, self._size = [], 0
        return data


def split(stream: BinaryIO, name: str, reading: Reading) -> Iterator[Block]:
    """Cut a table between rows, by the csv module's own idea of where a row ends.

    Raises:
        READ_ERRORS: the file is damaged; what came before has been handed on.
    """
    _allow_fields_of(reading)
    lines = _Lines(stream, reading.max_document_bytes)
    try:
        first = next(lines, "")
    except csv.Error as error:
        yield Block(b"", problems=(DocumentError(f"{name}:1", f"not a CSV header: {error}; is this CSV?"),))
        return
    head = lines.take()
    if not head:
        return
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        problem = "CSV in UTF-16; convert it to UTF-8, for instance with 'iconv -f UTF-16 -t UTF-8'"
        yield Block(b"", problems=(DocumentError(name, problem),))
        return
    reader = csv.reader(lines, delimiter=_delimiter(first), strict=True)
    pieces: list[bytes] = []
    begin, size, is_first = 2, 0, True
    while True:
        at = lines.number + 1
        problems: tuple[DocumentError, ...] = ()
        try:
            if next(reader, None) is None:
                break
            pieces.append(lines.take())
            size += len(pieces[-1])
        except csv.Error as error:
            lines.take()
            problems = (_broken(name, at, lines.number, error, reading),)
        except READ_ERRORS:
            yield Block(b"".join(pieces), begin, head)
            raise
        if problems or size >= reading.block_bytes or reading.is_live:
            yield Block(b"".join(pieces), begin, head, problems=problems)
            pieces, size, begin, is_first = [], 0, lines.number + 1, False
    if pieces or is_first:
        yield Block(b"".join(pieces), begin, head)


def _broken(name: str, first: int, last: int, error: csv.Error, reading: Reading) -> DocumentError:
    """The error for the lines that a damaged row took."""
    problem = f"a row of more than {reading.limit}" if "more than" in str(error) or "limit" in str(error) else f"not a CSV row: {error}"
    if last > first:
        problem += f"; lines {first} to {last} are left out, since a quote in the first of them is never closed"
    return DocumentError(f"{name}:{first}", problem)


def parse(block: Block, name: str, reading: Reading) -> Iterator[Entry]:
    """Read the rows of a block.

    Yields:
        The document of each row, or the reason why it has none. Rows without an id are named after the stream and their line.
    """
    if not block.head:
        return
    _allow_fields_of(reading)
    header = header_of(block)
    text, page = header.column(reading.text_field), header.column(HTML_FIELD)
    id_, url = header.column(reading.id_field), header.column(URL_FIELD)
    if text is None and page is None:
        columns = ", ".join(map(repr, header.names[:8]))
        if block.first == 2:
            yield DocumentError(name, f"{no_column(reading)}; here are {columns}")
        return
    data = decode(block.data).text
    reader = csv.reader(io.StringIO(data, newline=""), delimiter=header.delimiter, strict=True)
    at = block.first
    for values in reader:
        where, at = f"{name}:{at}", block.first + reader.line_num
        if not values:
            continue
        found = _cell(values, text)
        content: str | Page | None = found
        if found is None and page is not None and (markup := _cell(values, page)) is not None:
            content = Page(markup, _cell(values, url) or None)
        if content is None:
            yield DocumentError(where, f"a row of {len(values)} columns under a header of {len(header.names)}: it has no text")
            continue
        fields = dict(zip(header.names, values, strict=False))
        record, address = Row(header, values, text), _cell(values, url) or None
        yield Document(_cell(values, id_) or where, content, record, fields, reading.text_field, address)


def _cell(values: Sequence[str], column: int | None) -> str | None:
    return values[column] if column is not None and column < len(values) else None


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it was read: its header, its values and the column of its text, None where it has only a page."""

    header: Header
    values: Sequence[str]
    text: int | None


def header_of(block: Block) -> Header:
    """The header that a block's stream begins with."""
    line = decode(block.head).text
    delimiter = _delimiter(line)
    end = "\r\n" if line.endswith("\r\n") else "\n"
    try:
        names = next(csv.reader([line.rstrip("\r\n")], delimiter=delimiter), [])
    except csv.Error:
        names = []
    return Header(tuple(names), delimiter, end)


def _delimiter(line: str) -> str:
    """The likeliest delimiter of a header: the most frequent, the comma where all are as rare."""
    bare = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=bare.count)


def _allow_fields_of(reading: Reading) -> None:
    csv.field_size_limit(max(reading.max_document_bytes, 1 << 17))


def head(block: Block, reading: Reading, with_paragraphs: bool) -> bytes:
    """The header of the result: that of the input, with columns for what is added."""
    if not block.head:
        return b""
    header = header_of(block)
    names = [*header.names]
    if header.column(reading.text_field) is None:
        names.append(reading.text_field)
    if with_paragraphs and header.column(PARAGRAPHS) is None:
        names.append(PARAGRAPHS)
    return header.line(names).encode()


class Writer:
    """Writes a row a document, under the header that `head` gives."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, document: Document, text: str, paragraphs: Sequence[Paragraph] | None = None, metadata: Metadata | None = None) -> None:
        """Write the row with its new text and, where given, its `paragraphs` as JSON."""
        read = document.record
        if not isinstance(read, Row):
            raise TypeError(f"{document.id}: a row of CSV can only be written where one was read")
        values = [*read.values]
        width = len(read.header.names)
        if read.text is not None:
            values[read.text] = text
        else:
            values += [""] * (width - len(values))
            values.insert(width, text)
        if paragraphs is not None:
            verdicts = json.dumps([row(paragraph) for paragraph in paragraphs], ensure_ascii=False)
            column = read.header.column(PARAGRAPHS)
            values += [""] * (max(width + (read.text is None), (column or 0) + 1) - len(values))
            if column is None:
                values.insert(width + (read.text is None), verdicts)
            else:
                values[column] = verdicts
        self._stream.write(read.header.line(values).encode("utf-8", "replace"))

    def finish(self) -> None:
        """Nothing is left to write."""
