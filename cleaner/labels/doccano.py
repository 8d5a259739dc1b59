"""doccano: a JSON row a document of a project for sequence labelling.

Source:
    The exporters and importers of doccano 1.8, `backend/data_export/pipeline` and `backend/data_import/pipeline`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cleaner.errors import GoldError
from cleaner.formats.jsonl import encode
from cleaner.labels.files import rows
from cleaner.labels.record import LabelledDocument

_ID = "document"  # doccano numbers its examples itself, and keeps other columns as metadata
_OWN = frozenset({"id", "text", "label", "labels", "entities", "relations", "Comments", _ID})


def read(path: Path) -> Iterator[tuple[str, Any]]:
    """The examples in the project's own form."""
    for where, example in rows(path):
        if not isinstance(example, Mapping):
            raise GoldError(f"{where}: not an object; export the project as JSONL")
        spans: object = next((example[name] for name in ("label", "labels", "entities") if name in example), [])
        if not isinstance(spans, list):
            raise GoldError(f"{where}: labels are no list; export a project for sequence labelling as JSONL")
        labels = [_label(span, f"{where}: label {number}") for number, span in enumerate(spans, 1)]
        facts = {name: value for name, value in example.items() if name not in _OWN}
        yield where, {**facts, "text": example.get("text"), "id": example.get(_ID, example.get("id")), "labels": labels}


def _label(span: object, where: str) -> dict[str, Any]:
    if isinstance(span, Mapping):
        return {"start": span.get("start_offset"), "end": span.get("end_offset"), "name": span.get("label")}
    if not isinstance(span, list) or len(span) != 3:
        raise GoldError(f"{where}: not [start, end, label]; export a project for sequence labelling as JSONL")
    return dict(zip(("start", "end", "name"), span, strict=True))


def write(documents: Iterable[LabelledDocument]) -> bytes:
    """The examples to import; whose answer it was and when finds no place in them."""
    return b"".join(f"{encode(_example(document))}\n".encode() for document in documents)


def _example(document: LabelledDocument) -> dict[str, Any]:
    spans = [[answer.start, answer.end, answer.name] for answer in document.answers]
    skipped = {"skipped": True} if document.is_skipped else {}
    return {**document.fields, **document.facts, **skipped, _ID: document.id, "text": document.text, "label": spans}
