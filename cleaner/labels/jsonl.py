"""The project's own form: a row a document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cleaner.formats.jsonl import encode
from cleaner.labels.files import rows
from cleaner.labels.record import Answer, LabelledDocument


def read(path: Path) -> Iterator[tuple[str, Any]]:
    """The rows as they stand."""
    return rows(path)


def write(documents: Iterable[LabelledDocument]) -> bytes:
    """The rows of some documents."""
    return b"".join(map(line, documents))


def line(document: LabelledDocument) -> bytes:
    """The row of one document, with a line feed."""
    page = {} if document.html is None else {"html": document.html}
    skipped = {"skipped": True} if document.is_skipped else {}
    labels = [label(answer) for answer in document.answers]
    row = {"id": document.id, "text": document.text, **document.facts, **page, **skipped, **document.fields, "labels": labels}
    return f"{encode(row)}\n".encode()


def label(answer: Answer) -> dict[str, Any]:
    """An answer as it stands in `labels`."""
    row: dict[str, Any] = {"start": answer.start, "end": answer.end, "label": answer.label, "kind": answer.kind}
    return row | {name: value for name in ("by", "at") if (value := getattr(answer, name)) is not None}
