"""Plain text: a stream is a document."""

from __future__ import annotations

import io

import pytest

from cleaner.errors import DocumentError
from cleaner.formats import Document, document
from cleaner.formats.plain import Writer, read


def test_a_stream_is_one_document_named_after_it() -> None:
    assert list(read(io.BytesIO("Grüße\r\n".encode("cp1252")), "a.txt")) == [[Document("a.txt", "Grüße\r\n")]]


def test_an_empty_stream_is_an_empty_document() -> None:
    assert list(read(io.BytesIO(b""), "a.txt")) == [[Document("a.txt", "")]]


def test_a_stream_over_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document, "MAX_DOCUMENT_BYTES", 10)
    ((entry,),) = read(io.BytesIO(b"x" * 11), "a.txt")
    assert isinstance(entry, DocumentError)


@pytest.mark.parametrize(("text", "data"), [("Grüße\r\n", "Grüße\r\n".encode()), ("half \ud800", b"half ?")])
def test_text_is_written_as_utf_8(text: str, data: bytes) -> None:
    stream = io.BytesIO()
    Writer(stream).write(Document("a", ""), text)
    assert stream.getvalue() == data
