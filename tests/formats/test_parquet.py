"""Parquet: columns other than the text come back as they were, and memory holds a batch."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from cleaner.errors import DocumentError
from cleaner.formats import Document, Entry, Reading
from cleaner.formats.jsonl import Writer as JsonWriter
from cleaner.formats.parquet import Writer, head, pack, parse, split
from cleaner.records import Label, Page, Paragraph

PARAGRAPH = Paragraph(0, 2, Label.ARTICLE, "article", 0.9, "words")
RICH = pa.table(
    {
        "id": ["a", "b", "c"],
        "text": pa.array(["one", "two", "three"], pa.large_string()),
        "when": pa.array([1, None, 3], pa.timestamp("us", "UTC")),
        "tags": [["x"], [], None],
        "deep": [{"a": 1, "b": [2]}, None, {"a": 3, "b": []}],
        "raw": [b"\xff", b"", None],
        "kind": pa.array(["k", "k", "l"]).dictionary_encode(),
    }
).replace_schema_metadata({"made": "by hand"})


def packed(table: pa.Table, **options: Any) -> bytes:  # noqa: ANN401 - of pyarrow
    out = io.BytesIO()
    parquet.write_table(table, out, **options)
    return out.getvalue()


def entries(data: bytes, **options: Any) -> list[Entry]:  # noqa: ANN401 - fields of `Reading`
    reading = Reading(**options)
    return [entry for block in split(io.BytesIO(data), "in", reading) for entry in (*parse(block, "in", reading), *block.problems)]


def rewritten(data: bytes, folder: Path, change: str | None = None, verdicts: bool = False, **options: Any) -> pa.Table:  # noqa: ANN401
    """The table with other texts, by way of blocks and an unfinished file."""
    reading = Reading(**options)
    with open(folder / "unfinished", "wb") as out:
        for number, block in enumerate(split(io.BytesIO(data), "in", reading)):
            if not number:
                out.write(head(block, reading, verdicts))
            writer = Writer(out)
            for entry in parse(block, "in", reading):
                if isinstance(entry, Document):
                    writer.write(entry, str(entry.content) if change is None else change, [PARAGRAPH] if verdicts else None)
            writer.finish()
    with open(folder / "whole", "wb") as stream:
        pack(str(folder / "unfinished"), stream)
    return parquet.read_table(folder / "whole")


def test_every_other_column_comes_back(tmp_path: Path) -> None:
    found = rewritten(packed(RICH), tmp_path, "new")
    assert found.drop_columns("text").equals(RICH.drop_columns("text"))
    assert found.column("text").to_pylist() == ["new"] * 3
    assert found.schema.equals(parquet.read_table(io.BytesIO(packed(RICH))).schema, check_metadata=True)


@settings(max_examples=20)
@given(n=st.integers(0, 60), group=st.integers(1, 20), size=st.integers(1, 2000))
def test_groups_and_batches_of_any_size_hold_the_same_rows(tmp_path_factory: pytest.TempPathFactory, n: int, group: int, size: int) -> None:
    table = pa.table({"text": pa.array([f"text {i}" for i in range(n)], pa.string()), "n": pa.array(range(n), pa.int64())})
    folder = tmp_path_factory.mktemp("parquet")
    assert rewritten(packed(table, row_group_size=group), folder, block_bytes=size).equals(table)


def test_rows_without_a_document_are_left_out_and_named(tmp_path: Path) -> None:
    data = packed(pa.table({"text": ["a", None, "c"], "n": [1, 2, 3]}))
    assert [str(entry) for entry in entries(data) if isinstance(entry, DocumentError)] == ["in:2: 'text' is empty (null)"]
    assert rewritten(data, tmp_path).to_pydict() == {"text": ["a", "c"], "n": [1, 3]}


def test_verdicts_are_a_list_of_structs(tmp_path: Path) -> None:
    found = rewritten(packed(RICH), tmp_path, verdicts=True)
    assert found.column("paragraphs").to_pylist()[0] == [
        {"start": 0, "end": 2, "label": "article", "kind": "article", "score": 0.9, "reason": "words"}
    ]


def test_a_page_gets_a_text_beside_it(tmp_path: Path) -> None:
    data = packed(pa.table({"html": ["<p>Hi"], "url": ["http://a.example/"]}))
    (entry,) = entries(data)
    assert isinstance(entry, Document)
    assert entry.content == Page("<p>Hi", "http://a.example/")
    assert rewritten(data, tmp_path, "Hi").to_pydict() == {"html": ["<p>Hi"], "url": ["http://a.example/"], "text": ["Hi"]}


def test_other_formats_get_the_whole_row() -> None:
    entry = entries(packed(RICH))[0]
    assert isinstance(entry, Document)
    out = io.BytesIO()
    JsonWriter(out).write(entry, "new")
    assert out.getvalue().decode() == (
        '{"id": "a", "text": "new", "when": "1970-01-01 00:00:00.000001+00:00", "tags": ["x"], '
        '"deep": {"a": 1, "b": [2]}, "raw": "\ufffd", "kind": "k"}\n'
    )


def test_documents_are_named_by_id_or_row() -> None:
    found = entries(packed(pa.table({"text": ["a", "b"], "id": ["k1", None]})), block_bytes=1)
    assert [entry.id for entry in found if isinstance(entry, Document)] == ["k1", "in:2"]


@pytest.mark.parametrize(
    ("table", "problem"),
    [
        (pa.table({"a": [1]}), "in: no 'text' and no 'html' in it; name the field of its text with --text-field; here are 'a'"),
        (pa.table({"text": [1]}), "in:1: 'text' is not a string: 1"),
    ],
)
def test_a_table_without_texts_says_so(table: pa.Table, problem: str) -> None:
    assert [str(entry) for entry in entries(packed(table))] == [problem]


@pytest.mark.parametrize("data", [b"", b"no such thing", packed(RICH)[:-20], packed(RICH)[:200] + packed(RICH)[300:]])
def test_a_damaged_file_is_named(data: bytes) -> None:
    found = entries(data)
    assert isinstance(found[-1], DocumentError)
    assert str(found[-1]).startswith("in: not readable as Parquet: ")


def test_a_document_over_the_limit_is_named() -> None:
    found = entries(packed(pa.table({"text": ["a" * 20, "b"]})), max_document_bytes=10)
    assert isinstance(found[0], DocumentError)
    assert isinstance(found[1], Document)
