"""Parquet: batches of rows; columns other than the text are never touched, only carried.

Between processes and in the unfinished result batches are Arrow streams, one after the other; `pack` makes a Parquet file
of them, since such a file can neither be written in parts nor be continued.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from cleaner.errors import CleanerError, DocumentError
from cleaner.formats.document import Block, Document, Entry, Reading
from cleaner.formats.jsonl import HTML_FIELD, URL_FIELD, no_column, row
from cleaner.records import Metadata, Page, Paragraph

if TYPE_CHECKING:
    import pyarrow as pa

MAX_BATCH_ROWS = 2**14
GROUP_BYTES = 2**26  # of a row group of the result: large enough to compress well, small enough to hold
PARAGRAPHS = "paragraphs"


def split(stream: BinaryIO, name: str, reading: Reading) -> Iterator[Block]:
    """Cut a table into batches of rows, in the order of its row groups."""
    pq = _parquet()
    import pyarrow as pa

    try:
        file = pq.ParquetFile(stream, pre_buffer=False)
        metadata = file.metadata
        _ = file.schema_arrow.names
        n_rows = metadata.num_rows
        done = 0
        if not n_rows:
            yield Block(_stream_of(pa.Table.from_batches([], file.schema_arrow)), 1)
        for group in range(metadata.num_row_groups):
            n_bytes, n = metadata.row_group(group).total_byte_size, metadata.row_group(group).num_rows
            size = max(1, min(MAX_BATCH_ROWS, n * reading.block_bytes // max(1, n_bytes)))
            for batch in file.iter_batches(batch_size=size, row_groups=[group]):
                first, done = done + 1, done + batch.num_rows
                yield Block(_stream_of(pa.Table.from_batches([batch])), first, share=done / max(done, n_rows))
    except (pa.ArrowException, OSError, UnicodeError) as error:  # names of columns are decoded as they are asked for
        yield Block(b"", problems=(DocumentError(name, f"not readable as Parquet: {_first_line(error)}"),))


def _parquet() -> Any:  # noqa: ANN401 - a module
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise CleanerError('pyarrow is not installed, and Parquet needs it; pip install "cleaner[formats]"') from error
    return parquet


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _stream_of(table: pa.Table) -> bytes:
    """A table as an Arrow stream."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _table_of(data: bytes) -> pa.Table:
    import pyarrow as pa

    with pa.ipc.open_stream(data) as reader:
        return reader.read_all()


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A row as it was read: where it stands in which table."""

    table: Any
    index: int


def parse(block: Block, name: str, reading: Reading) -> Iterator[Entry]:
    """Read the rows of a batch.

    Yields:
        The document of each row, or the reason why it has none. Rows without an id are named after the stream and their number.
    """
    if not block.data:
        return
    table = _table_of(block.data)
    names = table.column_names
    if reading.text_field not in names and HTML_FIELD not in names:
        if block.first == 1:
            columns = ", ".join(map(repr, names[:8]))
            yield DocumentError(name, f"{no_column(reading)}; here are {columns}")
        return
    yield from entries(table, name, block.first, reading)


def entries(table: pa.Table | pa.RecordBatch, name: str, first: int, reading: Reading) -> Iterator[Entry]:
    """The document of each row of a table, or the reason why it has none.

    Args:
        table: the rows, with a column of texts, of pages, or both.
        name: what messages call the table.
        first: number of its first row.
        reading: fields and limits.
    """
    texts, pages, ids, urls = (values(table, column) for column in (reading.text_field, HTML_FIELD, reading.id_field, URL_FIELD))
    for i in range(table.num_rows):
        where = f"{name}:{first + i}"
        url = urls[i] if isinstance(urls[i], str) else None
        field = reading.text_field if texts[i] is not None else HTML_FIELD
        value = texts[i] if texts[i] is not None else pages[i]
        if not isinstance(value, str | bytes) or (isinstance(value, bytes) and field != HTML_FIELD):
            said = "is empty (null)" if value is None else f"is not a string: {str(value)[:40]}"
            yield DocumentError(where, f"{reading.text_field!r} {said}")
        elif len(value) > reading.max_document_bytes:
            yield DocumentError(where, f"a document of more than {reading.limit}; raise --max-document-bytes")
        else:
            content = Page(value, url) if field == HTML_FIELD else str(value)
            id_ = ids[i] if isinstance(ids[i], str | int) and not isinstance(ids[i], bool) else None
            yield Document(where if id_ in (None, "") else str(id_), content, Row(table, i), _Fields(table, i), reading.text_field, url)


def values(table: pa.Table | pa.RecordBatch, name: str) -> list[Any]:
    """A column as Python objects, None where there is no such column; bytes that are no text are replaced."""
    import pyarrow as pa

    if name not in table.column_names:
        return [None] * table.num_rows
    column = table.column(table.column_names.index(name))
    try:
        return column.to_pylist()
    except (UnicodeDecodeError, pa.ArrowInvalid):  # a string column of bytes that are none
        return [None if value is None else value.decode("utf-8", "replace") for value in column.cast(pa.binary()).to_pylist()]


class _Fields(Mapping[str, Any]):
    """A row as a mapping; its values are read only when a writer of another format asks."""

    def __init__(self, table: pa.Table | pa.RecordBatch, index: int) -> None:
        self._table, self._index = table, index

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - whatever a column holds
        return _plain(values(self._table.slice(self._index, 1), name)[0])

    def __iter__(self) -> Iterator[str]:
        return iter(self._table.column_names)

    def __len__(self) -> int:
        return len(self._table.column_names)


def _plain(value: object) -> object:
    """A value as JSON has it."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def head(block: Block, reading: Reading, with_paragraphs: bool) -> bytes:
    """A table without rows: what the result is if nothing follows."""
    if not block.data:
        return b""
    table = _table_of(block.data).slice(0, 0)
    if reading.text_field not in table.column_names and HTML_FIELD not in table.column_names:
        return b""
    return _stream_of(_rewritten(table, [], reading.text_field, [], [] if with_paragraphs else None))


def _rewritten(table: pa.Table, rows: Sequence[int], field: str, texts: Sequence[str], paragraphs: Sequence[Any] | None) -> pa.Table:
    """Some rows of a table with new texts and verdicts."""
    import pyarrow as pa

    names = table.column_names
    new = table.take(pa.array(rows, pa.int64()))
    kind = table.schema.field(field).type if field in names else pa.string()
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        kind = pa.string()
    values = pa.array([text.encode("utf-8", "replace").decode() for text in texts], kind)
    new = new.set_column(names.index(field), field, values) if field in names else new.append_column(field, values)
    if paragraphs is None:
        return new.replace_schema_metadata(table.schema.metadata)
    verdicts = pa.array(paragraphs, verdict_type())
    at = new.column_names.index(PARAGRAPHS) if PARAGRAPHS in new.column_names else None
    new = new.append_column(PARAGRAPHS, verdicts) if at is None else new.set_column(at, PARAGRAPHS, verdicts)
    return new.replace_schema_metadata(table.schema.metadata)


def verdict_type() -> pa.DataType:
    """The type of a column of verdicts: a list of paragraphs a row."""
    import pyarrow as pa

    span = [("start", pa.int64()), ("end", pa.int64()), ("label", pa.string()), ("kind", pa.string())]
    return pa.list_(pa.struct([*span, ("score", pa.float64()), ("reason", pa.string())]))


class Writer:
    """Collects the documents of one table and writes them as an Arrow stream."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._rows: list[tuple[Row, str, str, list[dict[str, object]] | None]] = []

    def write(self, document: Document, text: str, paragraphs: Sequence[Paragraph] | None = None, metadata: Metadata | None = None) -> None:
        """Take the row with its new text and, where given, its `paragraphs`."""
        read = document.record
        if not isinstance(read, Row):
            raise TypeError(f"{document.id}: a row of Parquet can only be written where one was read")
        if self._rows and self._rows[-1][0].table is not read.table:
            self.finish()
        verdicts = None if paragraphs is None else [row(paragraph) for paragraph in paragraphs]
        self._rows.append((read, document.text_field, text, verdicts))

    def finish(self) -> None:
        """Write what has been taken."""
        if not self._rows:
            return
        (first, field, _, verdicts), rows = self._rows[0], self._rows
        paragraphs = None if verdicts is None else [row[3] for row in rows]
        table = _rewritten(first.table, [row[0].index for row in rows], field, [row[2] for row in rows], paragraphs)
        self._stream.write(_stream_of(table))
        self._rows = []


def pack(unfinished: str, stream: BinaryIO) -> None:
    """Make a Parquet file of Arrow streams, a row group at a time.

    Args:
        unfinished: file of Arrow streams of one schema.
        stream: where the Parquet file goes.
    """
    pq = _parquet()
    import pyarrow as pa

    end = os.path.getsize(unfinished)
    waiting: list[Any] = []
    size = 0
    writer = None
    with open(unfinished, "rb") as file:
        try:
            while file.tell() < end:
                with pa.ipc.open_stream(file) as reader:
                    writer = writer or pq.ParquetWriter(stream, reader.schema)
                    for batch in reader:
                        waiting.append(batch)
                        size += batch.nbytes
                        if size >= GROUP_BYTES:
                            writer.write_table(pa.Table.from_batches(waiting))
                            waiting, size = [], 0
            if writer is not None and waiting:
                writer.write_table(pa.Table.from_batches(waiting))
        finally:
            if writer is not None:
                writer.close()
