"""JSON Lines: a record a line, whose other fields come back byte for byte because nothing else is ever written anew."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, NamedTuple

from cleaner.errors import DocumentError
from cleaner.formats.document import Block, Document, Entry, Reading
from cleaner.formats.streams import arrivals
from cleaner.records import Metadata, Page, Paragraph

HTML_FIELD, URL_FIELD = "html", "url"

# Numbers stay text: 1e400 and integers of a million digits are somebody else's, and only strings are looked at here.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, strict=False)
_BLANK = re.compile(r"[ \t\r\n]*")
# A name as nearly all are, in quotes and without escapes, and what stands around it up to its value.
_FIRST, _NEXT = (re.compile(rf'[ \t\r\n]*{mark}[ \t\r\n]*"([^"\\]*)"[ \t\r\n]*:[ \t\r\n]*') for mark in (r"\{", ","))
_RARE_CONTROLS = bytes(n for n in range(32) if chr(n) not in "\n\r\t")
_ESCAPES = ((b"\\", rb"\\"), (b'"', rb"\""), (b"\n", rb"\n"), (b"\r", rb"\r"), (b"\t", rb"\t"))
_BROKEN = re.compile("[\udc80-\udcff]")  # what surrogateescape makes of bytes that are not UTF-8


class Member(NamedTuple):
    """One field of a record: its value and where the value stands in the line; a tuple, since there are many of them."""

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

    def has(self, name: str) -> bool:
        """Whether a field is there and not null."""
        return name in self.members and self.members[name].value is not None

    def string(self, name: str) -> str | None:
        """The value of a field that is a string, broken bytes replaced; else None."""
        member = self.members.get(name)
        if member is None or not isinstance(member.value, str) or self.source[member.start] != '"':
            return None
        return member.value if self.errors == "strict" else _BROKEN.sub("\ufffd", member.value)

    def replaced(self, fields: Mapping[str, bytes]) -> bytes:
        """The line with the JSON of some fields replaced or, where it has none of the name, added at the end.

        Args:
            fields: name → JSON.

        Returns:
            The bytes of the line, with a line feed.
        """
        added = b"".join(b", %b: %b" % (json.dumps(name).encode(), value) for name, value in fields.items() if name not in self.members)
        pieces: list[bytes] = []
        at = 0
        for name in sorted(fields.keys() & self.members.keys(), key=lambda name: self.members[name].start):
            pieces += [self._bytes(at, self.members[name].start), fields[name]]
            at = self.members[name].end
        pieces += [self._bytes(at, self.end), added if self.members else added[2:], self._bytes(self.end, len(self.source)), b"\n"]
        return b"".join(pieces)

    def _bytes(self, start: int, end: int) -> bytes:
        return self.source[start:end].encode("utf-8", self.errors)


def split(stream: BinaryIO, name: str, reading: Reading) -> Iterator[Block]:
    """Cut a stream between lines; of a line over the limit only as much is kept as shows that it is."""
    first = 1
    pieces: list[bytes] = []
    size = 0
    for arrived in arrivals(stream, reading.block_bytes, reading.is_live):
        if first == 1 and not size and arrived.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            problem = "JSON Lines in UTF-16; convert it to UTF-8, for instance with 'iconv -f UTF-16 -t UTF-8'"
            yield Block(b"", problems=(DocumentError(name, problem),))
            return
        head, feed, tail = arrived.rpartition(b"\n")
        if feed:
            data = b"".join([*pieces, head, feed])
            yield Block(data, first)
            first += data.count(b"\n")
            pieces, size = [], 0
        if size <= reading.max_document_bytes:
            pieces.append(tail)
            size += len(tail)
    if size:
        yield Block(b"".join(pieces), first)


def parse(block: Block, name: str, reading: Reading) -> Iterator[Entry]:
    """Read the records of a block.

    Yields:
        The document of each line that is not blank, or the reason why it has none. Records without an id are named after
        the stream and their line.
    """
    for number, line in enumerate(block.data.split(b"\n"), block.first):
        if line.strip():
            yield entry(line, f"{name}:{number}", reading)


def entry(raw: bytes, where: str, reading: Reading) -> Entry:
    """The document of one record, or why there is none.

    Args:
        raw: its JSON.
        where: what messages call it, and its name if it has no id.
        reading: fields and limits.
    """
    if len(raw) > reading.max_document_bytes:
        return DocumentError(where, f"a line of more than {reading.limit}; is this JSON Lines? If so, raise --max-document-bytes")
    try:
        line = _parse(raw.removeprefix(b"\xef\xbb\xbf").strip())
    except (ValueError, RecursionError) as error:
        return DocumentError(where, f"not a JSON object: {error}")
    field = next((name for name in (reading.text_field, HTML_FIELD) if line.has(name)), None)
    if field is None:
        is_null = reading.text_field in line.members
        return DocumentError(where, f"{reading.text_field!r} is empty (null)" if is_null else no_column(reading))
    value = line.string(field)
    if value is None:
        member = line.members[field]
        return DocumentError(where, f"{field!r} is not a string: {line.source[member.start : member.end][:40]}")
    url = line.string(URL_FIELD)
    content = value if field == reading.text_field else Page(value, url)
    id_ = line.members.get(reading.id_field)
    name = id_.value if id_ is not None and isinstance(id_.value, str) else ""  # numbers are strings here, too
    return Document(name or where, content, line, text_field=reading.text_field, url=url)


def no_column(reading: Reading) -> str:
    """What is wrong with a record that has neither a text nor a page."""
    return f"no {reading.text_field!r} and no {HTML_FIELD!r} in it; name the field of its text with --text-field"


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
    at, field = 0, _FIRST.match(source)
    while field is not None:
        start = field.end()
        value, at = _DECODER.raw_decode(source, start)
        members[field[1]] = Member(value, start, at)
        field = _NEXT.match(source, at)
    # What is left is the end of the record, or something unusual, or a mistake to be named.
    at = _end_of_blanks(source, at) if members else _after(source, 0, "{")
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
    if source[at : at + 1] > " ":
        return at
    match = _BLANK.match(source, at)
    return match.end() if match is not None else at


class Writer:
    """Writes a record a line; what was read as a record keeps its other fields as they stood."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def write(self, document: Document, text: str, paragraphs: Sequence[Paragraph] | None = None, metadata: Metadata | None = None) -> None:
        """Write the record with its new text and, where given, its `paragraphs`."""
        verdicts: dict[str, object] = {} if paragraphs is None else {"paragraphs": [row(paragraph) for paragraph in paragraphs]}
        if metadata is not None:
            verdicts["metadata"] = asdict(metadata)
        line = document.record
        if not isinstance(line, Line):
            fields = {**document.fields, document.text_field: text, **verdicts}
            record = fields if "id" in fields else {"id": document.id, **fields}
            self._stream.write(f"{encode(record)}\n".encode())
            return
        plain = line.source.isascii()  # what keeps to ASCII still does afterwards
        fields = {} if text == document.content else {document.text_field: quoted(text, plain)}
        fields |= {name: encode(value, plain).encode() for name, value in verdicts.items()}
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


def quoted(text: str, ascii_only: bool = False) -> bytes:
    r"""The bytes that `encode` gives for a string, four times faster for long ones.

    Example:
        >>> quoted('a "b"\n')
        b'"a \\"b\\"\\n"'
    """
    try:
        data = text.encode("ascii" if ascii_only else "utf-8")
    except UnicodeEncodeError:
        return json.dumps(text).encode()
    if len(data.translate(None, _RARE_CONTROLS)) < len(data):
        return encode(text).encode()
    for character, escape in _ESCAPES:
        data = data.replace(character, escape)
    return b'"%b"' % data


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
