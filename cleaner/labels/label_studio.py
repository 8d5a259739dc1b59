"""Label Studio: an array of tasks as its JSON export writes them, spans under the control tag `Labels`.

Source:
    https://labelstud.io/guide/export and /guide/task_format.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cleaner.errors import GoldError
from cleaner.labels.files import rows
from cleaner.labels.jsonl import label
from cleaner.labels.record import LabelledDocument

_ID = "document"  # Label Studio numbers its tasks itself, so ours travels among the data


def read(path: Path) -> Iterator[tuple[str, Any]]:
    """The tasks in the project's own form: of several annotations the last that was not cancelled."""
    for where, task in rows(path):
        data = task.get("data") if isinstance(task, Mapping) else None
        if not isinstance(data, Mapping):
            raise GoldError(f"{where}: no 'data' in it; export the project as JSON, not JSON-MIN")
        annotations = [one for one in _list(task, "annotations", where) if isinstance(one, Mapping)]
        done = [one for one in annotations if not one.get("was_cancelled")]
        labels = _labels(done[-1], data.get("text"), where) if done else []
        facts = {name: value for name, value in data.items() if name != _ID}
        yield (
            where,
            {**facts, "id": data.get(_ID, data.get("id", task.get("id"))), "skipped": bool(annotations) and not done, "labels": labels},
        )


def _labels(annotation: Mapping[str, Any], text: object, where: str) -> list[Any]:
    labels = []
    for number, region in enumerate(_list(annotation, "result", where), 1):
        if not isinstance(region, Mapping) or region.get("type", "labels") not in {"labels", "hypertextlabels"}:
            continue  # choices, relations and ratings are about something else
        value = region.get("value")
        if not isinstance(value, Mapping):
            raise GoldError(f"{where}: region {number} has no 'value'")
        names = value.get("labels", value.get("hypertextlabels"))
        if not isinstance(names, list) or len(names) != 1:
            raise GoldError(f"{where}: region {number} has not one label; give each paragraph one")
        meta = region.get("meta")
        start, end = _in_code_points(value, text, f"{where}: region {number}")
        labels.append({"start": start, "end": end, "name": names[0], **(meta if isinstance(meta, Mapping) else {})})
    return labels


def _in_code_points(value: Mapping[str, Any], text: object, where: str) -> tuple[Any, Any]:
    """The span of a region, which some versions of Label Studio count in UTF-16 units: the text it repeats tells.

    Raises:
        GoldError: by neither count is it the text there.
    """
    start, end, said = value.get("start"), value.get("end"), value.get("text")
    if not (isinstance(text, str) and isinstance(said, str) and isinstance(start, int) and isinstance(end, int)):
        return start, end
    if text[start:end] == said:
        return start, end
    units = text.encode("utf-16-le", "surrogatepass")
    before, inside = (
        units[a:b].decode("utf-16-le", "surrogatepass") for a, b in ((0, 2 * max(start, 0)), (2 * max(start, 0), 2 * max(end, 0)))
    )
    if inside == said:
        return len(before), len(before) + len(inside)
    raise GoldError(f"{where}: {said[:40]!r} does not stand at {start} of the text; was the text changed after it was labelled?")


def _list(row: Mapping[str, Any], name: str, where: str) -> list[Any]:
    value = row.get(name, [])
    if not isinstance(value, list):
        raise GoldError(f"{where}: {name!r} is no list; export the project as JSON")
    return value


def write(documents: Iterable[LabelledDocument]) -> bytes:
    """The tasks to import, each with its annotation."""
    return json.dumps([_task(document) for document in documents], indent=1).encode()


def _task(document: LabelledDocument) -> dict[str, Any]:
    page = {} if document.html is None else {"html": document.html}
    data = {**document.fields, **document.facts, **page, _ID: document.id, "text": document.text}
    result = []
    for number, answer in enumerate(document.answers):
        said = {"start": answer.start, "end": answer.end, "text": document.text[answer.start : answer.end], "labels": [answer.name]}
        meta = {name: value for name, value in label(answer).items() if name in {"by", "at"}}
        region = {"id": f"p{number}", "type": "labels", "from_name": "label", "to_name": "text", "value": said}
        result.append({**region, "meta": meta} if meta else region)
    annotation = {"was_cancelled": document.is_skipped, "result": result}
    return {"data": data, "annotations": [annotation] if result or document.is_skipped else []}
