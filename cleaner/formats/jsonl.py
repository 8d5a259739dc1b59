"""JSON Lines: a record a line, whose other fields come back byte for byte because nothing else is ever written anew."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from cleaner.errors import DocumentError
from cleaner.formats import document as limits
from cleaner.formats.document import Document, Entry
from cleaner.records import Paragraph

READ_BYTES = 2**20  # one read; few enough documents to answer a live stream, enough to be worth a batch

# Numbers stay text: 1e400 and integers of a million digits are somebody else's, and only strings are looked at here.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, strict=False)
_BLANK = re.compile(r"[ \t\r\n]*")
_BROKEN = re.compile("[\udc80-\udcff]")  # what surrogateescape makes of bytes that are not UTF-8


@dataclass(frozen=True, slots=True)
class Member:
    """One field of a record: its value and where the value stands in the line."""

    value: Any
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Line:
    """A record as it was read.

    Attributes:
        source: the line without its end.
        members: the fields by name; of two with one name the last, as every JSON reader has it.
        end: where the closing brace stands.
        errors: how to encode the line again: `strict`, or `surrogateescape` where it was not UTF-8.
    """

    source: str
    members: Mapping[str, Member]
    end: int
    errors: str

    def replaced(self, fields: Mapping[str, str]) -> bytes:
        """The line with the JSON of some fields replaced or, where it has none of the name, added at the end.

        Args:
            fields: name → JSON.

        Returns:
            The bytes of the line, with a line feed.
        """
        added = "".join(f", {json.dumps(name)}: {value}" for name, value in fields.items() if name not in self.members)
        pieces: list[str] = []
        at = 0
        for name in sorted(fields.keys() & self.members.keys(), key=lambda name: self.members[name].start):
            pieces += [self.source[at : self.members[name].start], fields[name]]
            at = self.members[name].end
        pieces += [self.source[at : self.end], added if self.members else added[2:], self.source[self.end :], "\n"]
        return "".join(pieces).encode("utf-8", self.errors)


def read(stream: BinaryIO, name: str) -> Iterator[list[Entry]]:
    """Read records with a `text`.

    Args:
        stream: decompressed bytes.
        name: what messages call the stream; records without an `id` are named after it and their line.

    Yields:
        The documents of the lines that one read brought, and the reason for each line that has none.
    """
    first = 1
    for block in _blocks(stream):
        if first == 1 and block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            yield [DocumentError(name, "JSON Lines in UTF-16; convert it to UTF-8, for instance with 'iconv -f UTF-16 -t UTF-8'")]
            return
        lines = block.split(b"\n")
        yield [_entry(line, f"{name}:{number}") for number, line in enumerate(lines, first) if line.strip()]
        first += len(lines) - 1


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    """Whole lines as they arrive; of a line over the limit only as much as shows that it is."""
    pieces: list[bytes] = []
    size = 0
    while chunk := stream.read1(READ_BYTES):  # type: ignore[attr-defined]
        head, feed, tail = chunk.rpartition(b"\n")
        if feed:
            yield b"".join([*pieces, head, feed])
            pieces, size = [], 0
        if size <= limits.MAX_DOCUMENT_BYTES:
            pieces.append(tail)
            size += len(tail)
    if size:
        yield b"".join(pieces)


def _entry(raw: bytes, where: str) -> Entry:
    """The document of one line, or why there is none."""
    if len(raw) > limits.MAX_DOCUMENT_BYTES:
        return DocumentError(where, f"a line of more than {limits.MAX_DOCUMENT_BYTES >> 20} MiB; is this JSON Lines?")
    try:
        line = _parse(raw.removeprefix(b"\xef\xbb\xbf").strip())
    except (ValueError, RecursionError) as error:
        return DocumentError(where, f"not a JSON object: {error}")
    if (text := line.members.get("text")) is None:
        return DocumentError(where, "the record has no 'text'; its text has to stand in a field of that name")
    if not isinstance(text.value, str) or line.source[text.start] != '"':
        return DocumentError(where, f"'text' is not a string: {line.source[text.start : text.end][:40]}")
    return Document(_id(line) or where, _BROKEN.sub("\ufffd", text.value) if line.errors != "strict" else text.value, line)


def _id(line: Line) -> str:
    member = line.members.get("id")
    return member.value if member is not None and isinstance(member.value, str) else ""


def _parse(raw: bytes) -> Line:
    """Find the fields of a record.

    Raises:
        ValueError: this is not a JSON object.
        RecursionError: it is nested too deeply.
    """
    errors = "strict"
    try:
        source = raw.decode()
    except UnicodeDecodeError:
        errors = "surrogateescape"
        source = raw.decode("utf-8", errors)
    members: dict[str, Member] = {}
    at = _after(source, 0, "{")
    while source[at : at + 1] != "}":
        start = _after(source, at, "," if members else "")
        if not source.startswith('"', start):
            raise ValueError(f"expected a name in quotes at column {start + 1}")
        name, at = _DECODER.raw_decode(source, start)
        start = _after(source, at, ":")
        value, end = _DECODER.raw_decode(source, start)
        members[name] = Member(value, start, end)
        at = _after(source, end, "")
    if at + 1 != len(source):
        raise ValueError(f"extra data at column {at + 2}")
    return Line(source, members, at, errors)


def _after(source: str, at: int, mark: str) -> int:
    """Where the next token begins after blanks, a mark and blanks.

    Raises:
        ValueError: something else stands in the place of the mark.
    """
    at = _end_of_blanks(source, at)
    if not source.startswith(mark, at):
        raise ValueError(f"expected {mark!r} at column {at + 1}")
    return _end_of_blanks(source, at + len(mark))


def _end_of_blanks(source: str, at: int) -> int:
    match = _BLANK.match(source, at)
    return match.end() if match is not None else at


class Writer:
    """Writes a record a line; what was read as a record keeps its other fields as they stood."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, document: Document, text: str, paragraphs: Sequence[Paragraph] | None = None) -> None:
        """Write the record with its new text and, where given, its `paragraphs`."""
        verdicts = {} if paragraphs is None else {"paragraphs": [row(paragraph) for paragraph in paragraphs]}
        line = document.record
        if not isinstance(line, Line):
            self._stream.write(f"{encode({'id': document.id, 'text': text, **verdicts})}\n".encode())
            return
        plain = line.source.isascii()  # what keeps to ASCII still does afterwards
        fields = {name: encode(value, plain) for name, value in verdicts.items()}
        if text != document.text:
            fields["text"] = encode(text, plain)
        self._stream.write(line.replaced(fields))

    def finish(self) -> None:
        """Nothing is left to write."""


def encode(value: object, ascii_only: bool = False) -> str:
    r"""The JSON of a value: readable, unless it has to be ASCII or holds half a surrogate pair.

    Example:
        >>> encode({"text": "Grüße"}), encode("\ud800")
        ('{"text": "Grüße"}', '"\\ud800"')
    """
    written = json.dumps(value, ensure_ascii=ascii_only)
    try:
        written.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return written


def row(paragraph: Paragraph) -> dict[str, object]:
    """A verdict as it stands in `paragraphs`."""
    return {
        "start": paragraph.start,
        "end": paragraph.end,
        "label": paragraph.label.value,
        "kind": paragraph.kind,
        "score": paragraph.score,
        "reason": paragraph.reason,
    }
