"""JSON Lines: what is not the text comes back byte for byte."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any, BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.errors import DocumentError
from cleaner.formats import Document, Entry, Reading
from cleaner.formats.jsonl import Writer, parse, split
from cleaner.records import Label, Page, Paragraph

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
PARAGRAPH = Paragraph(0, 2, Label.ARTICLE, "article", 0.9, "words")
ROW = {"start": 0, "end": 2, "label": "article", "kind": "article", "score": 0.9, "reason": "words"}


def read(stream: BinaryIO, reading: Reading) -> list[Entry]:
    return [entry for block in split(stream, "in", reading) for entry in (*parse(block, "in", reading), *block.problems)]


def entries(data: bytes, **settings: Any) -> list[Entry]:  # noqa: ANN401 - fields of `Reading`
    return read(io.BytesIO(data), Reading(**settings))


def problem(data: bytes) -> str:
    (entry,) = entries(data)
    assert isinstance(entry, DocumentError)
    return entry.problem


def rewritten(line: bytes, text: str, paragraphs: Sequence[Paragraph] | None = None) -> bytes:
    (entry,) = entries(line)
    assert isinstance(entry, Document)
    stream = io.BytesIO()
    Writer(stream).write(entry, text, paragraphs)
    return stream.getvalue()


def in_pieces(data: bytes, n: int) -> BinaryIO:
    class Slow(io.BytesIO):
        def read1(self, _size: int | None = -1, /) -> bytes:
            return super().read1(n)

    return cast(BinaryIO, Slow(data))


@given(st.dictionaries(st.text(max_size=8), JSON, max_size=5), st.text(), st.text(), st.booleans())
def test_fields_come_back_equal_and_in_order(fields: dict[str, object], text: str, cleaned: str, ascii_only: bool) -> None:
    record = {**fields, "text": text}
    line = json.dumps(record, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass" if ascii_only else "replace")
    before = json.loads(line)
    after = json.loads(rewritten(line, cleaned))
    assert after == {**before, "text": cleaned}
    assert list(after) == list(before)


@pytest.mark.parametrize(
    "rest",
    [
        '"n": 1e400',
        '"n":' + "9" * 5000,
        '"n": 1.10, "m": -0.0, "k": 1E5',
        '"s": "\\ud800 \\u00e9 \\/"',
        '"a": 1, "a": 2',
        '"deep": {"text": "not this one"}',
        '"nan": NaN',
        '"tab": "a\tb"',
    ],
)
def test_what_json_would_alter_comes_back_byte_for_byte(rest: str) -> None:
    before, after = f'{{ {rest} , "text" :"old"}}'.encode(), f'{{ {rest} , "text" :"new"}}\n'.encode()
    assert rewritten(before, "new") == after


def test_bytes_that_are_not_utf_8_pass_through_and_read_as_replaced() -> None:
    line = b'{"by": "Andr\xe9", "text": "caf\xe9"}'
    (entry,) = entries(line)
    assert isinstance(entry, Document)
    assert entry.content == "caf\ufffd"
    assert rewritten(line, entry.content) == line + b"\n"
    assert rewritten(line, "x") == b'{"by": "Andr\xe9", "text": "x"}\n'


def test_half_a_surrogate_pair_in_the_text_survives() -> None:
    line = b'{"text": "a \\ud800 b", "e": "\xc3\xa9"}'
    assert json.loads(rewritten(line, "a \ud800"))["text"] == "a \ud800"


@pytest.mark.parametrize(("line", "written"), [(b'{"text": "\\u00e9"}', b"\\u00fc"), ('{"text": "é"}'.encode(), "ü".encode())])
def test_a_record_in_ascii_stays_in_ascii(line: bytes, written: bytes) -> None:
    assert written in rewritten(line, "ü")


def test_verdicts_are_added_at_the_end_or_replace_older_ones() -> None:
    assert json.loads(rewritten(b'{"text": "Hi", "z": 1}', "Hi", [PARAGRAPH])) == {"text": "Hi", "z": 1, "paragraphs": [ROW]}
    assert list(json.loads(rewritten(b'{"paragraphs": [], "text": "Hi"}', "Hi", [PARAGRAPH]))) == ["paragraphs", "text"]


def test_a_document_of_another_format_becomes_a_record() -> None:
    stream = io.BytesIO()
    Writer(stream).write(Document("a.txt", "Grüße"), "Grüße", [PARAGRAPH])
    assert json.loads(stream.getvalue()) == {"id": "a.txt", "text": "Grüße", "paragraphs": [ROW]}


def test_documents_are_named_by_id_or_line() -> None:
    found = entries(b'{"id": "one", "text": ""}\n\n{"id": 2, "text": ""}\r\n{"text": ""}')
    assert [entry.id for entry in found if isinstance(entry, Document)] == ["one", "2", "in:4"]


def test_a_mark_at_the_start_does_no_harm() -> None:
    assert isinstance(entries(b'\xef\xbb\xbf{"text": "a"}\n')[0], Document)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"broken", "not a JSON object"),
        (b"[1]", "not a JSON object"),
        (b'{"text": "a"', "not a JSON object"),
        (b'{"text": "a",}', "not a JSON object"),
        (b'{"text" "a"}', "not a JSON object"),
        (b'{1: "a"}', "not a JSON object"),
        (b'{"text": "a"} x', "extra data"),
        (b'{"text": ' + b"[" * 100_000, "not a JSON object"),
        (b'{"title": "<p>"}', "no 'text' and no 'html' in it; name the field of its text with --text-field"),
        (b'{"text": 17}', "not a string: 17"),
        (b'{"text": null}', "'text' is empty"),
        (b'{"html": 3}', "'html' is not a string: 3"),
        ('{"text": "a"}\n'.encode("utf-16"), "UTF-16"),
    ],
)
def test_a_line_without_a_document_says_why(line: bytes, words: str) -> None:
    assert words in problem(line)


def test_one_bad_line_does_not_touch_its_neighbours() -> None:
    kinds = [type(entry) for entry in entries(b'{"text": "a"}\nbad\n{"text": "b"}\n')]
    assert kinds == [Document, DocumentError, Document]


@pytest.mark.parametrize("n", [1, 7, 1000])
def test_the_size_of_reads_does_not_matter(n: int) -> None:
    data = b'{"text": "a"}\n\nbad\n{"text": "b"}'
    found = read(in_pieces(data, n), Reading(block_bytes=n))
    assert [entry.id if isinstance(entry, Document) else entry.document for entry in found] == ["in:1", "in:3", "in:4"]


def test_a_line_over_the_limit_is_skipped_without_being_held() -> None:
    data = b'{"text": "a"}\n{"text": "' + b"x" * 2**22 + b'"}\n{"text": "b"}\n'
    reading = Reading(max_document_bytes=2**20, block_bytes=2**16)
    blocks = list(split(io.BytesIO(data), "in", reading))
    assert max(len(block.data) for block in blocks) < 2**20 + 2**17
    found = [entry for block in blocks for entry in parse(block, "in", reading)]
    assert [isinstance(entry, Document) for entry in found] == [True, False, True]
    assert str(found[1]).startswith("in:2: a line of more than 1 MiB; ")


@given(st.lists(st.sampled_from([b'{"text": "a"}', b"", b"bad", b"\r"]), max_size=12), st.integers(1, 40))
def test_blocks_of_any_size_hold_the_same_lines(lines: list[bytes], n: int) -> None:
    data = b"\n".join(lines)
    assert list(map(str, entries(data, block_bytes=n))) == list(map(str, entries(data)))


def test_fields_have_the_names_that_they_are_given() -> None:
    line = b'{"body": "Hi", "key": "k1", "text": "other"}'
    (entry,) = entries(line, text_field="body", id_field="key")
    assert isinstance(entry, Document)
    assert (entry.id, entry.content) == ("k1", "Hi")
    stream = io.BytesIO()
    Writer(stream).write(entry, "Ho")
    assert stream.getvalue() == b'{"body": "Ho", "key": "k1", "text": "other"}\n'


def test_a_record_with_a_page_keeps_it_and_gets_a_text() -> None:
    line = b'{"html": "<p>Hi</p>", "url": "http://a.example/", "n": 1}'
    (entry,) = entries(line)
    assert isinstance(entry, Document)
    assert entry.content == Page("<p>Hi</p>", "http://a.example/")
    assert rewritten(line, "Hi") == b'{"html": "<p>Hi</p>", "url": "http://a.example/", "n": 1, "text": "Hi"}\n'


@pytest.mark.parametrize("line", [b'{"html": "<p>", "text": "a"}', b'{"text": "a"}'])
def test_a_text_comes_before_a_page(line: bytes) -> None:
    (entry,) = entries(line)
    assert isinstance(entry, Document)
    assert entry.content == "a"


def test_a_text_that_is_null_leaves_the_page() -> None:
    (entry,) = entries(b'{"html": "<p>", "text": null}')
    assert isinstance(entry, Document)
    assert entry.content == Page("<p>")
