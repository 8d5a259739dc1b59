"""Prodigy: a JSON row a document, as `spans.manual` and `db-out` write it.

Source:
    https://prodi.gy/docs/api-interfaces#spans_manual.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cleaner.errors import GoldError
from cleaner.formats.jsonl import encode
from cleaner.labels.files import rows
from cleaner.labels.jsonl import label
from cleaner.labels.record import LabelledDocument

_ID, _PAGE = "document", "page"


def read(path: Path) -> Iterator[tuple[str, Any]]:
    """The tasks in the project's own form; what was rejected or ignored counts as skipped."""
    for where, task in rows(path):
        if not isinstance(task, Mapping):
            raise GoldError(f"{where}: not an object; export with 'prodigy db-out'")
        meta, spans = task.get("meta") or {}, task.get("spans") or []
        if not isinstance(meta, Mapping) or not isinstance(spans, list) or not all(isinstance(span, Mapping) for span in spans):
            raise GoldError(f"{where}: 'meta' is no object or 'spans' no list of objects; export with 'prodigy db-out'")
        said = {"by": task.get("_annotator_id"), "at": _time(task.get("_timestamp"))}
        labels = [
            {**said, **{name: span[name] for name in ("start", "end", "by", "at") if name in span}, "name": span.get("label")}
            for span in spans
        ]
        facts = {name: value for name, value in meta.items() if name != _ID}
        page = {"html": task[_PAGE]} if _PAGE in task else {}
        row = {**facts, **page, "text": task.get("text"), "id": meta.get(_ID, task.get("id")), "labels": labels}
        yield where, {**row, "skipped": task.get("answer", "accept") != "accept"}


def _time(value: object) -> str | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        return datetime.fromtimestamp(value, UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return None  # no year that a calendar has


def write(documents: Iterable[LabelledDocument]) -> bytes:
    """The tasks to import."""
    return b"".join(f"{encode(_task(document))}\n".encode() for document in documents)


def _task(document: LabelledDocument) -> dict[str, Any]:
    spans = []
    for answer in document.answers:
        said = {name: value for name, value in label(answer).items() if name not in {"label", "kind"}}
        spans.append({**said, "label": answer.name})
    page = {} if document.html is None else {_PAGE: document.html}
    task: dict[str, Any] = {"text": document.text, "meta": {**document.fields, **document.facts, _ID: document.id}, **page, "spans": spans}
    return {**task, "answer": "ignore" if document.is_skipped else "accept"}
