"""Plain text: a stream is a document."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest

from cleaner.errors import DocumentError
from cleaner.formats import Block, Document, Entry, Reading
from cleaner.formats.plain import Stored, Writer, parse, parse_page, split
from cleaner.records import Page


def entries(data: bytes, reading: Reading | None = None, parser: Callable[[Block, str, Reading], Iterator[Entry]] = parse) -> list[Entry]:
    reading = reading or Reading()
    return [entry for block in split(io.BytesIO(data), "a.txt", reading) for entry in parser(block, "a.txt", reading)]


def test_a_stream_is_one_document_named_after_it() -> None:
    assert entries("Grüße\r\n".encode()) == [Document("a.txt", "Grüße\r\n")]


def test_an_empty_stream_is_an_empty_document() -> None:
    assert entries(b"") == [Document("a.txt", "")]


@pytest.mark.parametrize("parser", [parse, parse_page])
def test_a_stream_over_the_limit_is_refused(parser: Callable[[Block, str, Reading], Iterator[Entry]]) -> None:
    (entry,) = entries(b"x" * 11, Reading(max_document_bytes=10), parser)
    assert isinstance(entry, DocumentError)
    assert "more than 10 bytes" in entry.problem


@pytest.mark.parametrize(
    ("data", "stored"),
    [
        ("Grüße".encode("cp1252"), Stored("cp1252", b"", True)),
        ("Grüße".encode("utf-8-sig"), Stored("utf-8", b"\xef\xbb\xbf", True)),
        ("Grüße und mehr".encode("utf-16"), Stored("utf-16-le", b"\xff\xfe", True)),
        ("Größen, Grüße, Füße ".encode() + b"\xff", Stored("utf-8", b"", False)),
    ],
)
def test_what_utf_8_would_not_give_back_is_remembered(data: bytes, stored: Stored) -> None:
    (entry,) = entries(data)
    assert isinstance(entry, Document)
    assert entry.record == stored


def test_a_page_is_left_as_bytes_for_the_engine() -> None:
    assert entries(b"<p>\xe9", parser=parse_page) == [Document("a.txt", Page(b"<p>\xe9"))]


@pytest.mark.parametrize(("text", "data"), [("Grüße\r\n", "Grüße\r\n".encode()), ("half \ud800", b"half ?")])
def test_text_is_written_as_utf_8(text: str, data: bytes) -> None:
    stream = io.BytesIO()
    Writer(stream).write(Document("a", ""), text)
    assert stream.getvalue() == data
