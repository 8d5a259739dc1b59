"""Arrow: a record batch in, the same rows out; every other adapter calls this one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cleaner.errors import ConfigError
from cleaner.formats.jsonl import HTML_FIELD, URL_FIELD, row
from cleaner.formats.parquet import PARAGRAPHS, entries, values, verdict_type
from cleaner.records import Result
from cleaner.stages.extras import extra
from cleaner.stages.stage import PLAIN, Stage

with extra("arrow"):
    import pyarrow as pa

REMOVED = "removed"


def clean_batch(batch: pa.RecordBatch, stage: Stage = PLAIN) -> pa.RecordBatch:
    """Clean the documents of a batch.

    Args:
        batch: n rows with a column of texts (a string type), of pages (`html`: strings, or bytes in the encoding that they name), or
            both; a row with a text is a text. All other columns keep their buffers: nothing of them is copied.
        stage: what to do.

    Returns:
        The same n rows in the same order, their columns those of `output_schema`. A row that fails keeps its text and says why in
        the column `error`.

    Raises:
        BundleError: the model cannot be used.
        ConfigError: a setting is wrong, or the batch has no column to read.

    Example:
        >>> import pyarrow as pa
        >>> batch = pa.RecordBatch.from_pydict({"id": [1, 2], "text": ["The harbour froze over in January.", None]})
        >>> clean_batch(batch).to_pydict()["text"]
        ['The harbour froze over in January.', None]
        >>> clean_batch(batch).to_pydict()["error"]
        [None, "'text' is empty (null)"]
    """
    schema = output_schema(batch.schema, stage)
    texts: list[str | None] = []
    problems: list[str | None] = []
    verdicts: dict[str, list[Any]] = {name: [] for name in _added(stage) if name != stage.error_field}
    for i, result in enumerate(stage.judge(entries(batch, "row", 0, stage.reading))):
        if isinstance(result, Result):
            texts.append(result.source if stage.label else result.text)
            problems.append(None)
        else:  # its own text stays
            texts.append(values(batch.slice(i, 1), stage.text_field)[0])
            problems.append(result.problem)
        for name, column in verdicts.items():
            column.append(_VERDICTS[name](result) if isinstance(result, Result) else None)
    columns = {**verdicts, stage.text_field: texts, stage.error_field: problems}
    arrays = [_array(columns[field.name], field.type) if field.name in columns else batch.column(i) for i, field in enumerate(schema)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def clean_table(table: pa.Table, stage: Stage = PLAIN) -> pa.Table:
    """Clean the documents of a table, batch by batch; see `clean_batch`."""
    schema = output_schema(table.schema, stage)
    return pa.Table.from_batches([clean_batch(batch, stage) for batch in table.to_batches()], schema)


def output_schema(schema: pa.Schema, stage: Stage = PLAIN) -> pa.Schema:
    """The columns that `clean_batch` gives for batches of a schema.

    Args:
        schema: of the batches.
        stage: what will be done.

    Returns:
        The schema with the text column, a string where it was none, and behind all others those of `paragraphs`, `removed` and
        `error` that are asked for. Columns of these names are replaced.

    Raises:
        ConfigError: there is no column to read, or the text column is not one of strings.
    """
    field = stage.text_field
    if field not in schema.names and HTML_FIELD not in schema.names:
        here = ", ".join(map(repr, schema.names[:8]))
        raise ConfigError(f"no column {field!r} and no {HTML_FIELD!r}; name the column of texts with text_field; here are {here}")
    if repeated := {name for name in schema.names if schema.names.count(name) > 1} & {field, HTML_FIELD, *_added(stage)}:
        raise ConfigError(f"several columns are named {sorted(repeated)[0]!r}; rename all but one")
    types = {field: _text_type(schema.field(field).type, field) if field in schema.names else pa.string(), **_added(stage)}
    for name, kind in types.items():
        new = pa.field(name, kind)
        schema = schema.set(schema.get_field_index(name), new) if name in schema.names else schema.append(new)
    return schema


def clean_rows(rows: Iterable[Mapping[str, Any]], stage: Stage = PLAIN) -> list[dict[str, Any]]:
    """Clean documents that are Python objects, a few at a time: what `clean_batch` does, for engines that know no Arrow.

    Args:
        rows: of `text`, or of `html` and perhaps `url`.
        stage: what to do.

    Returns:
        A row each: `text`, the columns that were asked for, and `error`, None where nothing is wrong.

    Example:
        >>> clean_rows([{"text": "The harbour froze over in January."}])
        [{'text': 'The harbour froze over in January.', 'error': None}]
    """
    rows = list(rows)
    pages = [row.get(HTML_FIELD) for row in rows]
    columns = {
        stage.text_field: _array([row.get(stage.text_field) for row in rows], pa.string()),
        HTML_FIELD: _array([page.encode("utf-8", "replace") if isinstance(page, str) else page for page in pages], pa.binary())
        if any(isinstance(page, bytes) for page in pages)
        else _array(pages, pa.string()),
        URL_FIELD: _array([row.get(URL_FIELD) for row in rows], pa.string()),
    }
    wanted = [stage.text_field, *_added(stage)]
    return clean_batch(pa.RecordBatch.from_pydict(columns), stage).select(wanted).to_pylist()


def _added(stage: Stage) -> dict[str, pa.DataType]:
    """The columns that a stage adds, with their types."""
    verdicts = verdict_type()
    removed = pa.list_(pa.struct([*verdicts.value_type, ("text", pa.string())]))
    added = {PARAGRAPHS: verdicts} if stage.label else {}
    return added | ({REMOVED: removed} if stage.removed else {}) | {stage.error_field: pa.string()}


def _text_type(kind: pa.DataType, name: str) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _text_type(kind.value_type, name)
    if pa.types.is_null(kind):
        return pa.string()
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        raise ConfigError(f"column {name!r}: got {kind}, expected strings; decode it, or name another column with text_field")
    return kind


def _paragraphs(result: Result) -> list[dict[str, Any]]:
    return [row(paragraph) for paragraph in result.paragraphs]


def _removed(result: Result) -> list[dict[str, Any]]:
    dropped = () if result.verdicts.keep.all() else result.removed  # reasons are costly, and most documents have nothing to give one for
    return [{**row(paragraph), "text": result.source[paragraph.start : paragraph.end]} for paragraph in dropped]


_VERDICTS = {PARAGRAPHS: _paragraphs, REMOVED: _removed}


def _array(column: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """Values as a column; half surrogate pairs, which Arrow cannot hold, become question marks, so that spans still fit."""
    try:
        return pa.array(column, kind)
    except UnicodeEncodeError:
        return pa.array([_encodable(value) for value in column], kind)


def _encodable(value: Any) -> Any:  # noqa: ANN401 - a string, or whatever holds some
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_encodable(inner) for inner in value]
    return {name: _encodable(inner) for name, inner in value.items()} if isinstance(value, dict) else value
