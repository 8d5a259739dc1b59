"""datatrove, two tasks in two processes: the command line's results, metadata kept, exclusions written, documents counted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cleaner.stages.stage import Stage
from tests.stages.conftest import Rows

pytest.importorskip("datatrove", reason="datatrove is not installed: cleaner[datatrove]")
from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter

from cleaner.stages.datatrove import ParagraphCleaner

pytestmark = pytest.mark.filterwarnings("ignore")  # datatrove's own


def run(rows: Rows, folder: Path, stage: Stage, html: bool = False) -> tuple[Rows, Rows, dict[str, Any]]:
    """What a pipeline of two tasks writes, what it excludes and what it counts."""
    given = folder / "in"
    given.mkdir(parents=True)
    for part in range(2):
        field = "html" if html else "text"
        written = [{"id": row["id"], "text": row[field], "url": row["url"], "weight": row["weight"]} for row in rows]
        (given / f"{part}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in written[part::2]), "utf-8")
    step = ParagraphCleaner(stage, html, exclusion_writer=JsonlWriter(str(folder / "excluded"), compression=None))
    pipeline = [JsonlReader(str(given)), step, JsonlWriter(str(folder / "out"), compression=None)]
    LocalPipelineExecutor(pipeline, tasks=2, workers=2, logging_dir=str(folder / "logs")).run()
    stats = next(entry["stats"] for entry in json.loads((folder / "logs" / "stats.json").read_text()) if "Paragraph" in entry["name"])
    assert len(list((folder / "out").glob("*.jsonl"))) == 2
    return list(lines(folder / "out")), list(lines(folder / "excluded")), stats


def lines(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        yield from map(json.loads, path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("html", [False, True], ids=["texts", "pages"])
def test_texts_are_those_of_the_command_line(documents: Rows, cleaned: dict[str, str], tmp_path: Path, html: bool) -> None:
    rows = [row for row in documents if (row["html"] is not None) == html]
    written, excluded, stats = run(rows, tmp_path, Stage(), html)
    assert {row["id"]: row["text"] for row in written} == {row["id"]: cleaned[row["id"]] for row in rows}
    assert {row["id"]: row["metadata"]["weight"] for row in written} == {row["id"]: row["weight"] for row in rows}
    assert stats["total"]["total"] == len(rows)
    assert excluded
    assert all(row["text"] and row["metadata"]["removed"] for row in excluded)


def test_verdicts_are_those_of_the_command_line(documents: Rows, labelled: dict[str, tuple[str, Rows]]) -> None:
    texts = [Document(row["text"], row["id"]) for row in documents if row["text"] is not None]
    done = list(ParagraphCleaner(Stage(label=True)).run(texts))
    assert {row.id: (row.text, row.metadata["paragraphs"]) for row in done} == {row.id: labelled[row.id] for row in texts}


def test_a_poisoned_document_fails_alone() -> None:
    step = ParagraphCleaner()
    done = list(step.run([Document("One.", "1"), Document(None, "2", metadata={"a": 1}), Document("Two.", "3")]))
    assert [row.metadata for row in done] == [{}, {"a": 1, "error": "'text' is empty (null)"}, {}]
    assert step.stats["failed"].total == 1
