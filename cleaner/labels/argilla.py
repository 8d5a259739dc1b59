"""Argilla: an array of records as `dataset.records.to_json` of Argilla 2 writes them, answers to a span question.

Source:
    `Record.to_dict` and `Response` of the package argilla 2.8.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cleaner.errors import GoldError
from cleaner.labels.files import rows
from cleaner.labels.record import LabelledDocument

QUESTION = "label"
_USERS = uuid.uuid5(uuid.NAMESPACE_DNS, "cleaner")  # Argilla names users by UUID: the same person gets the same one every time


def read(path: Path) -> Iterator[tuple[str, Any]]:
    """The records in the project's own form: of several responses the last that was submitted."""
    for where, record in rows(path):
        fields, metadata, responses = (_part(record, name, where) for name in ("fields", "metadata", "responses"))
        given = [one for some in responses.values() if isinstance(some, list) for one in some if isinstance(one, Mapping)]
        spans = [one for one in given if isinstance(one.get("value"), list)]
        states = [_status(one, record) for one in spans]
        submitted = [one for one, status in zip(spans, states, strict=True) if status == "submitted"]
        labels = [_label(span, f"{where}: label {n}") for n, span in enumerate(submitted[-1]["value"], 1)] if submitted else []
        skipped = not submitted and "discarded" in states
        yield where, {**metadata, "text": fields.get("text"), "id": record.get("id"), "labels": labels, "skipped": skipped}


def _status(response: Mapping[str, Any], record: Mapping[str, Any]) -> object:
    """What became of a response; Argilla's own export only says whether the record has enough submitted ones."""
    return response.get("status") or ("submitted" if record.get("status", "completed") == "completed" else "draft")


def _part(record: object, name: str, where: str) -> Mapping[str, Any]:
    part = (record.get(name) or {}) if isinstance(record, Mapping) else None
    if not isinstance(part, Mapping):
        raise GoldError(f"{where}: no {name!r} in it; export with 'dataset.records.to_json(path)'")
    return part


def _label(span: object, where: str) -> dict[str, Any]:
    if not isinstance(span, Mapping):
        raise GoldError(f"{where}: not an object of 'start', 'end' and 'label'; ask a span question")
    return {"start": span.get("start"), "end": span.get("end"), "name": span.get("label")}


def write(documents: Iterable[LabelledDocument]) -> bytes:
    """The records to import; metadata holds single values only, so a page's markup and when an answer was given stay behind."""
    return json.dumps([_record(document) for document in documents], indent=1).encode()


def _record(document: LabelledDocument) -> dict[str, Any]:
    said = [{"start": answer.start, "end": answer.end, "label": answer.name} for answer in document.answers]
    by = next((answer.by for answer in reversed(document.answers) if answer.by), "")
    status = "discarded" if document.is_skipped else "submitted"
    response = {"value": said, "user_id": str(uuid.uuid5(_USERS, by)), "status": status}
    is_done = bool(said) or document.is_skipped
    scalars = {
        name: value for name, value in document.fields.items() if isinstance(value, str | int | float) and not isinstance(value, bool)
    }
    return {
        "id": document.id,
        "fields": {"text": document.text},
        "metadata": {**scalars, **document.facts},
        "suggestions": {},
        "responses": {QUESTION: [response]} if is_done else {},
        "vectors": {},
        "status": "completed" if is_done else "pending",
    }
