"""Record batches: the command line's results, everything else untouched, failures in their rows."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner import Config, ConfigError
from cleaner.stages.stage import Stage
from tests.stages.conftest import Rows

pa = pytest.importorskip("pyarrow")
arrow = pytest.importorskip("cleaner.stages.arrow", exc_type=ImportError)


def batch_of(rows: Rows) -> Any:
    return pa.RecordBatch.from_pylist(rows)


def test_texts_are_those_of_the_command_line(documents: Rows, cleaned: dict[str, str]) -> None:
    rows = arrow.clean_batch(batch_of(documents)).to_pylist()
    assert {row["id"]: row["text"] for row in rows} == cleaned
    assert {row["error"] for row in rows} == {None}


def test_verdicts_are_those_of_the_command_line(documents: Rows, labelled: dict[str, tuple[str, Rows]]) -> None:
    rows = arrow.clean_batch(batch_of(documents), Stage(label=True)).to_pylist()
    assert {row["id"]: (row["text"], row["paragraphs"]) for row in rows} == labelled


def test_other_columns_are_neither_touched_nor_copied(documents: Rows) -> None:
    batch = batch_of(documents)
    result = arrow.clean_batch(batch)
    assert result.select(["id", "html", "url", "weight"]) == batch.select(["id", "html", "url", "weight"])
    for name in ("id", "html", "weight"):
        assert result.column(name).buffers()[-1].address == batch.column(name).buffers()[-1].address


def test_what_was_removed_lies_in_the_text(documents: Rows, labelled: dict[str, tuple[str, Rows]]) -> None:
    rows = arrow.clean_batch(batch_of(documents), Stage(removed=True)).to_pylist()
    removed = [(row["id"], paragraph) for row in rows for paragraph in row["removed"]]
    assert removed
    for id_, paragraph in removed:
        source, paragraphs = labelled[id_]
        text = paragraph.pop("text")
        assert (source[paragraph["start"] : paragraph["end"]], paragraph in paragraphs) == (text, True)


def test_a_poisoned_row_fails_alone(poisoned: Rows, cleaned: dict[str, str]) -> None:
    rows = arrow.clean_batch(batch_of(poisoned), Stage(label=True, removed=True)).to_pylist()
    assert [row["id"] for row in rows] == [row["id"] for row in poisoned]
    failed = rows.pop(7)
    assert [failed[name] for name in ("text", "paragraphs", "removed", "error")] == [None, None, None, "'text' is empty (null)"]
    assert {row["error"] for row in rows} == {None}


def test_a_row_that_is_too_long_keeps_its_text() -> None:
    rows = arrow.clean_batch(batch_of([{"text": "Short."}, {"text": "Much too long."}]), Stage(max_document_bytes=6)).to_pylist()
    assert (rows[0]["error"], rows[1]["text"]) == (None, "Much too long.")
    assert rows[1]["error"].startswith("a document of more than 6 bytes")


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int8(), pa.string()), pa.null()])
def test_the_schema_is_known_beforehand(kind: Any) -> None:
    text = pa.nulls(1) if pa.types.is_null(kind) else pa.array(["The harbour froze."]).cast(kind)
    batch = pa.RecordBatch.from_arrays([text], schema=pa.schema([("text", kind)], {"a": "b"}))
    stage = Stage(label=True, removed=True)
    assert arrow.clean_batch(batch, stage).schema.equals(arrow.output_schema(batch.schema, stage), check_metadata=True)
    assert arrow.clean_batch(batch.slice(0, 0), stage).schema == arrow.clean_batch(batch, stage).schema


def test_pages_may_be_bytes() -> None:
    page = "<html><head><meta charset='iso-8859-1'></head><body><p>Grüße aus dem Hafen, der zugefroren ist.</p></body></html>"
    batch = pa.RecordBatch.from_pydict({"html": [page.encode("iso-8859-1")]})
    assert arrow.clean_batch(batch).to_pydict()["text"] == ["Grüße aus dem Hafen, der zugefroren ist."]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"body": ["a"]}, "no column 'text' and no 'html'"),
        ({"text": [b"a"]}, "expected strings"),
        ({"text": [1]}, "expected strings"),
    ],
)
def test_a_batch_without_texts_is_refused(columns: dict[str, list[object]], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        arrow.clean_batch(pa.RecordBatch.from_pydict(columns))


def test_half_surrogate_pairs_become_question_marks() -> None:
    assert arrow.clean_rows([{"text": "A \ud800 harbour."}])[0]["text"] == "A ? harbour."
    assert arrow.clean_rows([{"html": "<p>A &#xD800; harbour, and more of it.</p>"}])[0]["error"] is None


@given(st.lists(st.none() | st.text(max_size=40), max_size=6), st.lists(st.booleans(), min_size=3, max_size=3))
def test_any_batch_gives_as_many_rows_and_the_same_in_parts(texts: list[str | None], flags: list[bool]) -> None:
    stage = Stage(config=Config(marker="[…]" if flags[0] else None), label=flags[1], removed=flags[2])
    rows = [{"text": text} for text in texts]
    whole = arrow.clean_rows(rows, stage)
    assert whole == [row for one in rows for row in arrow.clean_rows([one], stage)]
    assert [row["error"] is None for row in whole] == [text is not None for text in texts]


def test_settings_travel() -> None:
    stage = Stage(config=Config(keep=frozenset({"comment"})), label=True)
    assert pickle.loads(pickle.dumps(stage)) == stage
