"""WARC and WET: the web pages of a crawl as documents, and the texts that a crawl's own extractor made of them.

The framing is read here, so that a damaged record costs itself and no other; fastwarc reads what a record holds.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from typing import BinaryIO

from cleaner.errors import CleanerError, DocumentError
from cleaner.formats.document import Block, Document, Entry, Reading
from cleaner.formats.streams import READ_ERRORS
from cleaner.records import Page
from cleaner.text.binary import looks_binary
from cleaner.text.decode import decode

logger = logging.getLogger(__name__)

MAX_HEAD_BYTES = 2**16  # of a record's own header; real ones have a kilobyte
SKIP_BYTES = 2**20
RECORD_TYPES = (b"response", b"resource", b"conversion")  # the others hold no document: requests, metadata, revisits
PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_VERSION = b"WARC/"
_FIELD = re.compile(rb"(?im)^(content-length|warc-type)[ \t]*:[ \t]*(.*?)[ \t]*\r?$")


def split(stream: BinaryIO, name: str, reading: Reading) -> Iterator[Block]:
    """Cut a crawl between records; those that can hold no document stay out.

    Raises:
        READ_ERRORS: the file is damaged; what came before has been handed on.
    """
    pieces: list[bytes] = []
    ends: list[int] = []
    first = number = size = 0
    line = b""
    try:
        while line := line or stream.readline(MAX_HEAD_BYTES):
            if not line.strip():
                line = b""
                continue
            number += 1
            record, problem = b"", None
            try:
                record, line = _record(line, stream, reading), b""
            except _Damaged as damage:
                problem = DocumentError(f"{name}:{number}", f"{damage.problem}{'; skipped to the next' * damage.is_lost}")
                line = _resync(stream) if damage.is_lost else b""
            if record:
                first = first if ends else number
                pieces += [number.to_bytes(8, "big"), record]
                size += 8 + len(record)
                ends.append(size)
            if problem or size >= reading.block_bytes or (reading.is_live and ends):
                yield Block(b"".join(pieces), first or number, ends=tuple(ends), problems=(problem,) if problem else ())
                pieces, ends, size = [], [], 0
    except READ_ERRORS:
        if ends:
            yield Block(b"".join(pieces), first, ends=tuple(ends))
        raise
    if ends:
        yield Block(b"".join(pieces), first, ends=tuple(ends))


class _Damaged(Exception):  # noqa: N818 - private, and a reason rather than an error
    """A record that gives no document.

    Attributes:
        problem: what is wrong with it.
        is_lost: whether its end is unknown, so that the next record has to be searched.
    """

    def __init__(self, problem: str, is_lost: bool = False) -> None:
        super().__init__(problem)
        self.problem = problem
        self.is_lost = is_lost


def _record(line: bytes, stream: BinaryIO, reading: Reading) -> bytes:
    """Read one record, given its first line; empty where it holds no document.

    Raises:
        _Damaged: it cannot be read, or is too large.
    """
    if not line.startswith(_VERSION):
        raise _Damaged(f"no WARC record begins here: {line[:40]!r}", is_lost=True)
    head = _head(line, stream)
    fields = {key.lower(): value for key, value in _FIELD.findall(head)}
    length = fields.get(b"content-length", b"")
    if not (length.isdigit() and len(length) < 19):
        raise _Damaged(f"a record without a usable Content-Length: {length[:40]!r}", is_lost=True)
    n_bytes = int(length)
    is_wanted = fields.get(b"warc-type", b"").lower() in RECORD_TYPES
    is_too_large = n_bytes > reading.max_document_bytes
    payload = stream.read(n_bytes) if is_wanted and not is_too_large else b""
    n_missing = n_bytes - len(payload) if payload or not n_bytes else _skip(stream, n_bytes)
    if is_wanted and is_too_large:
        raise _Damaged(f"a record of more than {reading.limit}; raise --max-document-bytes")
    if n_missing:
        raise _Damaged(f"the file ends in the middle of this record, {n_missing:,} of {n_bytes:,} bytes are missing")
    return b"".join([head, b"\r\n", payload, b"\r\n\r\n"]) if is_wanted else b""


def _head(line: bytes, stream: BinaryIO) -> bytes:
    """The header of a record, given its first line.

    Raises:
        _Damaged: it does not end.
    """
    lines, size = [line], len(line)
    while (line := stream.readline(MAX_HEAD_BYTES)).strip():
        lines.append(line)
        size += len(line)
        if size > MAX_HEAD_BYTES:
            raise _Damaged(f"a record whose header has more than {MAX_HEAD_BYTES >> 10} KiB", is_lost=True)
    if not line:
        raise _Damaged("the file ends in the middle of this record's header")
    return b"".join(lines)


def _skip(stream: BinaryIO, n_bytes: int) -> int:
    """Read over some bytes; how many of them are not there."""
    while n_bytes and (piece := stream.read(min(n_bytes, SKIP_BYTES))):
        n_bytes -= len(piece)
    return n_bytes


def _resync(stream: BinaryIO) -> bytes:
    """The next line that begins a record, empty at the end of the stream."""
    while line := stream.readline(MAX_HEAD_BYTES):
        if line.startswith(_VERSION):
            break
    return line


def parse(block: Block, name: str, reading: Reading) -> Iterator[Entry]:
    """Read the records of a block.

    Yields:
        The document of each page or text, or the reason why it has none. Images and other media, and pages that a server
        refused, are no documents.
    """
    start = 0
    for end in block.ends:
        number = int.from_bytes(block.data[start : start + 8], "big")
        where = f"{name}:{number}"
        try:
            entry = _document(block.data[start + 8 : end], where, reading)
        except (OSError, ValueError) as error:
            entry = DocumentError(where, f"the record cannot be read: {' '.join(str(error).split())[:200]}")
        if entry is not None:
            yield entry
        start = end


def _document(data: bytes, where: str, reading: Reading) -> Entry | None:
    """The document of one record, None where it holds something else.

    Raises:
        CleanerError: the library that reads it is not installed.
        OSError: its compression or transfer encoding is damaged.
        ValueError: its header is damaged.
    """
    try:
        from fastwarc import ArchiveIterator
    except ImportError as error:
        raise CleanerError('fastwarc is not installed, and WARC needs it; pip install "cleaner[formats]"') from error
    record = next(iter(ArchiveIterator(io.BytesIO(data), parse_http=True, auto_decode="all")), None)
    if record is None:
        return DocumentError(where, "the record cannot be read: no header of a kind that WARC knows")
    is_text = (record.headers.get("WARC-Type") or "").lower() == "conversion"
    status = record.http_headers.status_code if record.http_headers is not None else None
    if status is not None and not 200 <= status < 300:
        return None
    kind = record.http_content_type if record.is_http else (record.headers.get("Content-Type") or "").partition(";")[0].strip()
    kind = (kind or "").lower()
    if not is_text and kind not in PAGE_TYPES and kind != "text/plain":
        return None
    payload = record.reader.read(reading.max_document_bytes + 1)
    if len(payload) > reading.max_document_bytes:
        return DocumentError(where, f"a document of more than {reading.limit} once unpacked; raise --max-document-bytes")
    if (problem := looks_binary(payload)) is not None:
        return DocumentError(where, f"it calls itself {kind}, but {problem}" if kind else problem)
    url = (record.headers.get("WARC-Target-URI") or "").strip("<> ") or None
    fields = {"id": record.record_id or where, "url": url, "date": record.headers.get("WARC-Date") or None}
    content = decode(payload).text if is_text or kind == "text/plain" else _page(payload, record.http_charset, url)
    return Document(str(fields["id"]), content, None, fields, reading.text_field, url)


def _page(payload: bytes, charset: str | None, url: str | None) -> Page:
    """The page; what the server says of its encoding counts before what it says itself, where that is true."""
    if charset:
        try:
            return Page(payload.decode(charset), url)
        except (LookupError, ValueError):
            logger.debug("%s: not in the encoding %r that its server names", url, charset)
    return Page(payload, url)
