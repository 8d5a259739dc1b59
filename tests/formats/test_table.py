"""CSV: values come back, whatever stands in them; damage costs the row that has it."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.errors import DocumentError
from cleaner.formats import Document, Entry, Reading
from cleaner.formats.table import Writer, head, parse, split
from cleaner.records import Label, Page, Paragraph

PARAGRAPH = Paragraph(0, 2, Label.ARTICLE, "article", 0.9, "words")
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12) | st.sampled_from(['"', "a,b", "a\nb", ";", "'"])


def entries(data: bytes, **settings: Any) -> list[Entry]:  # noqa: ANN401 - fields of `Reading`
    reading = Reading(**settings)
    return [entry for block in split(io.BytesIO(data), "in", reading) for entry in (*parse(block, "in", reading), *block.problems)]


def problems(data: bytes, **settings: Any) -> list[str]:  # noqa: ANN401 - fields of `Reading`
    return [str(entry) for entry in entries(data, **settings) if isinstance(entry, DocumentError)]


def rewritten(data: bytes, change: str | None = None, with_paragraphs: bool = False, **settings: Any) -> bytes:  # noqa: ANN401
    """The table with other texts, by way of blocks."""
    reading, out = Reading(**settings), io.BytesIO()
    for number, block in enumerate(split(io.BytesIO(data), "in", reading)):
        if not number:
            out.write(head(block, reading, with_paragraphs))
        for entry in parse(block, "in", reading):
            if isinstance(entry, Document):
                text = str(entry.content) if change is None else change
                Writer(out).write(entry, text, [PARAGRAPH] if with_paragraphs else None)
    return out.getvalue()


def table(rows: list[list[str]], delimiter: str = ",") -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode()


def rows(data: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode(), newline=""), delimiter=delimiter))


@given(st.lists(st.tuples(VALUES, VALUES.filter(bool), VALUES), max_size=8), st.sampled_from(",;\t|"), st.integers(1, 60))
def test_values_come_back_from_blocks_of_any_size(values: list[tuple[str, str, str]], delimiter: str, n: int) -> None:
    data = table([["a", "text", "b"], *map(list, values)], delimiter)
    assert rows(rewritten(data, block_bytes=n), delimiter) == rows(data, delimiter)


def test_only_the_text_changes() -> None:
    assert rewritten(b'n,text,m\n1,"old, ""one""",x\n2,old,"a\nb"\n', "new") == b'n,text,m\n1,new,x\n2,new,"a\nb"\n'


def test_the_delimiter_and_the_line_ends_stay() -> None:
    assert rewritten(b"n;text\r\n1;a,b\r\n") == b"n;text\r\n1;a,b\r\n"


def test_columns_are_added_for_verdicts_and_for_the_text_of_a_page() -> None:
    found = rows(rewritten(b"html,url\n<p>Hi,http://a.example/\n", "Hi", with_paragraphs=True))
    assert found[0] == ["html", "url", "text", "paragraphs"]
    assert found[1][:3] == ["<p>Hi", "http://a.example/", "Hi"]
    assert json.loads(found[1][3])[0]["kind"] == "article"


def test_verdicts_replace_older_ones() -> None:
    found = rows(rewritten(b"paragraphs,text\nold,Hi\n", with_paragraphs=True))
    assert found[0] == ["paragraphs", "text"]
    assert json.loads(found[1][0])[0]["end"] == 2


def test_a_page_comes_with_its_address() -> None:
    (entry,) = entries(b"url,html\nhttp://a.example/,<p>Hi\n")
    assert isinstance(entry, Document)
    assert entry.content == Page("<p>Hi", "http://a.example/")


def test_documents_are_named_by_id_or_line() -> None:
    found = entries(b'id,text\nk1,"a\nb"\n,c\n\n,d\n')
    assert [entry.id for entry in found if isinstance(entry, Document)] == ["k1", "in:4", "in:6"]


def test_columns_have_the_names_that_they_are_given() -> None:
    (entry,) = entries(b"key,body\nk1,Hi\n", text_field="body", id_field="key")
    assert isinstance(entry, Document)
    assert (entry.id, entry.content) == ("k1", "Hi")


def test_a_table_in_a_code_page_is_read() -> None:
    (entry,) = entries("text\nGrüße aus Köln\n".encode("cp1252"))
    assert isinstance(entry, Document)
    assert entry.content == "Grüße aus Köln"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"a,b\n1,2\n", ["in: no 'text' and no 'html' in it; name the field of its text with --text-field; here are 'a', 'b'"]),
        (b"n,text\n1\n2,b\n", ["in:2: a row of 1 columns under a header of 2: it has no text"]),
        (b'n,text\n1,"a"b"\n2,c\n', ["in:2: not a CSV row: ',' expected after '\"'"]),
        ("text\na\n".encode("utf-16"), ["in: CSV in UTF-16; convert it to UTF-8, for instance with 'iconv -f UTF-16 -t UTF-8'"]),
    ],
)
def test_what_has_no_document_says_why(data: bytes, expected: list[str]) -> None:
    assert problems(data) == expected


def test_a_quote_that_is_never_closed_names_the_lines_that_it_takes() -> None:
    (problem,) = problems(b'text\ngood\n"bad\nb\nc\n')
    assert problem.startswith("in:3: not a CSV row: unexpected end of data; lines 3 to 5 are left out")


def test_a_row_over_the_limit_costs_no_other() -> None:
    data = b"text\na\n" + b"x" * 500_000 + b"\nb\n"
    found = entries(data, max_document_bytes=200_000)
    assert [entry.content if isinstance(entry, Document) else None for entry in found] == ["a", None, "b"]
    assert str(found[1]) == "in:3: a row of more than 200,000 bytes"


def test_an_empty_file_holds_nothing() -> None:
    assert entries(b"") == []


class _Cut(io.BytesIO):
    """A file whose end cannot be read."""

    def readline(self, size: int | None = -1, /) -> bytes:
        line = super().readline(size)
        if not line:
            raise EOFError("cut short")
        return line


def test_rows_before_damage_in_the_file_are_handed_on() -> None:
    blocks = split(_Cut(table([["id", "text"], ["a", "One"], ["b", "Two"]])), "in", Reading())
    assert [entry.content for entry in parse(next(blocks), "in", Reading()) if isinstance(entry, Document)] == ["One", "Two"]
    with pytest.raises(EOFError):
        next(blocks)
