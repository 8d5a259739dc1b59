"""Sidecars: the same rows as the documents, spans instead of texts."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from cleaner.errors import ConfigError
from cleaner.formats import packing_named
from cleaner.runs import Task, make_plan
from tests.cli.conftest import cleaner as cleaner  # noqa: PLC0414 - the fixture

DOCUMENTS = '{"id": "a", "text": "Story.\\n\\nBuy now."}\nbad\n{"text": "Buy"}\n'


def test_rows_stand_side_by_side_with_the_documents(cleaner: Callable[..., Result]) -> None:
    Path("documents").mkdir()
    Path("documents/part.jsonl.gz").write_bytes(gzip.compress(DOCUMENTS.encode()))
    assert cleaner("label", "documents", "-o", "attributes", "--sidecar").exit_code == 3
    rows = [json.loads(line) for line in gzip.decompress(Path("attributes/part.jsonl.gz").read_bytes()).splitlines()]
    assert rows == [
        {"id": "a", "attributes": {"cleaner__kind__article": [[0, 6, 1.0]], "cleaner__kind__promotion": [[8, 16, 1.0]]}},
        {"id": "documents/part.jsonl.gz:2", "attributes": {}},
        {"id": "documents/part.jsonl.gz:3", "attributes": {"cleaner__kind__promotion": [[0, 3, 1.0]]}},
    ]


@pytest.mark.usefixtures("cleaner")
def test_a_sidecar_is_json_lines_whatever_the_documents_are() -> None:
    Path("in").mkdir()
    for name in ("a.txt", "b.csv", "c.parquet", "d.jsonl.zst", "e.html"):
        Path("in", name).touch()
    plan = make_plan(Task(("in",), "out", label=True, sidecar=True))
    assert [job.target for job in plan.jobs] == ["out/a.jsonl", "out/b.jsonl", "out/c.jsonl", "out/d.jsonl.zst", "out/e.jsonl"]
    with pytest.raises(ConfigError, match="--sidecar writes JSON Lines, not csv"):
        make_plan(Task(("in",), "out", write_as=packing_named("csv"), label=True, sidecar=True))
