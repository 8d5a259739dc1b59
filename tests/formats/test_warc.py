"""WARC and WET: pages and texts come out, damage costs the record that has it."""

from __future__ import annotations

import gzip
import io
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.errors import DocumentError
from cleaner.formats import Document, Entry, Reading
from cleaner.formats.jsonl import Writer
from cleaner.formats.warc import parse, split
from cleaner.records import Page

PAGE = b"<p>Hello"
URL = "http://a.example/x"


def record(kind: str, body: bytes, content_type: str, length: int | None = None) -> bytes:
    n = len(body) if length is None else length
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:1>\r\nWARC-Target-URI: {URL}\r\nWARC-Date: 2024-05-06T07:08:09Z\r\n"
    return head.encode() + f"Content-Type: {content_type}\r\nContent-Length: {n}\r\n\r\n".encode() + body + b"\r\n\r\n"


def response(body: bytes = PAGE, headers: str = "Content-Type: text/html; charset=utf-8", status: str = "200 OK") -> bytes:
    return record("response", f"HTTP/1.1 {status}\r\n{headers}\r\n\r\n".encode() + body, "application/http; msgtype=response")


def text(body: bytes = b"Hello") -> bytes:
    return record("conversion", body, "text/plain")


def entries(data: bytes, **options: Any) -> list[Entry]:  # noqa: ANN401 - fields of `Reading`
    reading = Reading(**options)
    return [entry for block in split(io.BytesIO(data), "in", reading) for entry in (*parse(block, "in", reading), *block.problems)]


def seen(data: bytes, **options: Any) -> list[object]:  # noqa: ANN401 - fields of `Reading`
    return [entry.content if isinstance(entry, Document) else str(entry) for entry in entries(data, **options)]


def test_pages_come_with_their_address_and_texts_as_they_are() -> None:
    assert seen(response() + text(b"One\n\nTwo")) == [Page("<p>Hello", URL), "One\n\nTwo"]


def test_a_document_becomes_a_record() -> None:
    (entry,) = entries(text())
    assert isinstance(entry, Document)
    out = io.BytesIO()
    Writer(out).write(entry, "Hi")
    assert out.getvalue() == b'{"id": "<urn:uuid:1>", "url": "http://a.example/x", "date": "2024-05-06T07:08:09Z", "text": "Hi"}\n'


@pytest.mark.parametrize(
    ("headers", "body", "expected"),
    [
        ("Content-Type: text/html; charset=latin-1", b"<p>\xe9", "<p>é"),
        ("Content-Type: text/html; charset=utf-8", b"<p>\xe9", b"<p>\xe9"),
        ("Content-Type: text/html; charset=klingon", b"<p>", b"<p>"),
        ("Content-Type: text/html", b"<p>\xe9", b"<p>\xe9"),
        ("Content-Type: TEXT/HTML\r\nContent-Encoding: gzip", gzip.compress(PAGE), PAGE),
        ("Content-Type: application/xhtml+xml\r\nTransfer-Encoding: chunked", b"3\r\n<p>\r\n0\r\n\r\n", b"<p>"),
    ],
)
def test_what_the_server_says_is_taken_into_account(headers: str, body: bytes, expected: str | bytes) -> None:
    assert seen(response(body, headers)) == [Page(expected, URL)]


@pytest.mark.parametrize(
    "data",
    [
        record("warcinfo", b"x", "application/warc-fields"),
        record("request", b"GET / HTTP/1.1\r\n\r\n", "application/http; msgtype=request"),
        response(b"\x89PNG", "Content-Type: image/png"),
        response(b"<p>gone", status="404 Not Found"),
        b"",
        b"\r\n\r\n",
    ],
)
def test_what_is_no_document_is_passed_over(data: bytes) -> None:
    assert seen(data + response()) == [Page("<p>Hello", URL)]


@pytest.mark.parametrize(
    ("damage", "problem"),
    [
        (b"garbage\r\nmore\r\n", "in:2: no WARC record begins here: b'garbage\\r\\n'; skipped to the next"),
        (text().replace(b"Length: 5", b"Length: x"), "in:2: a record without a usable Content-Length: b'x'; skipped to the next"),
        (text().replace(b"Content-Length: 5\r\n", b""), "in:2: a record without a usable Content-Length: b''; skipped to the next"),
        (text(b"x" * 100), "in:2: a record of more than 90 bytes; raise --max-document-bytes"),
        (b"WARC/1.0\r\n" + b"A: b\r\n" * 20_000, "in:2: a record whose header has more than 64 KiB; skipped to the next"),
    ],
)
def test_a_damaged_record_costs_no_other(damage: bytes, problem: str) -> None:
    assert seen(text(b"one") + damage + text(b"two"), max_document_bytes=90) == ["one", problem, "two"]


def test_a_page_whose_compression_is_damaged_is_named() -> None:
    found = seen(response(b"no zip", "Content-Type: text/html\r\nContent-Encoding: gzip") + text())
    assert str(found[0]).startswith("in:1: the record cannot be read: Gzip decompression error")
    assert found[1] == "Hello"


def test_a_page_that_unpacks_to_more_than_the_limit_is_named() -> None:
    bomb = response(gzip.compress(b"x" * 100_000), "Content-Type: text/html\r\nContent-Encoding: gzip")
    assert seen(bomb + text(), max_document_bytes=1000) == [
        "in:1: a document of more than 1,000 bytes once unpacked; raise --max-document-bytes",
        "Hello",
    ]


@pytest.mark.parametrize("n", [1, 20, 80])
def test_a_file_cut_short_gives_what_it_has_and_names_the_rest(n: int) -> None:
    found = seen((text(b"one") + response())[: -n - 4])
    assert found[0] == "one"
    assert str(found[1]).startswith("in:2: the file ends in the middle of this record")


def test_a_length_that_lies_takes_the_file_and_says_so() -> None:
    long = record("conversion", b"abc", "text/plain", length=10**6)
    (problem,) = seen(long + text())
    assert str(problem).startswith("in:1: the file ends in the middle of this record, ")


@given(st.lists(st.sampled_from([response(), text(), b"junk\n", text(b"")]), max_size=8), st.integers(1, 3000))
def test_blocks_of_any_size_hold_the_same_records(parts: list[bytes], n: int) -> None:
    data = b"".join(parts)
    assert seen(data, block_bytes=n) == seen(data)
    assert sum(isinstance(entry, Document) for entry in entries(data)) == sum(part != b"junk\n" for part in parts)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_exception(data: bytes) -> None:
    for prefix in (b"", b"WARC/1.0\r\n", b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 200\r\n\r\nHTTP/1.1 200 OK\r\n"):
        assert all(isinstance(entry, Document | DocumentError) for entry in entries(prefix + data))


def test_records_before_damage_in_the_file_are_handed_on() -> None:
    whole = gzip.compress(text(b"One")) + gzip.compress(text(b"Two"))
    cut = gzip.compress(text(b"Three"))[:-20]
    with gzip.open(io.BytesIO(whole + cut)) as stream:
        blocks = split(cast(BinaryIO, stream), "in", Reading())
        assert [entry.content for entry in parse(next(blocks), "in", Reading()) if isinstance(entry, Document)] == ["One", "Two"]
        with pytest.raises(EOFError):
            next(blocks)
