"""datatrove, two tasks in two processes: the command line's results, metadata kept, exclusions written, documents counted."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
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

ROOT = Path(__file__).parents[2]
KILLED_ONCE = """
import os, signal, sys
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from cleaner.stages.datatrove import ParagraphCleaner

class KilledOnce(ParagraphCleaner):
    def _row(self, document):
        if document.id == "d100" and not os.path.exists("killed"):
            open("killed", "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        return super()._row(document)

if __name__ == "__main__":
    pipeline = [JsonlReader("in"), KilledOnce(), JsonlWriter("out", compression=None)]
    LocalPipelineExecutor(pipeline, tasks=2, workers=2, logging_dir="logs").run()
"""
pytestmark = pytest.mark.filterwarnings("ignore")  # datatrove's own


def run(rows: Rows, folder: Path, stage: Stage, html: bool = False) -> tuple[Rows, Rows, dict[str, Any]]:
    """What a pipeline of two tasks writes, what it excludes and what it counts."""
    write(rows, folder / "in", html)
    step = ParagraphCleaner(stage, html, exclusion_writer=JsonlWriter(str(folder / "excluded"), compression=None))
    pipeline = [JsonlReader(str(folder / "in")), step, JsonlWriter(str(folder / "out"), compression=None)]
    LocalPipelineExecutor(pipeline, tasks=2, workers=2, logging_dir=str(folder / "logs")).run()
    stats = next(entry["stats"] for entry in json.loads((folder / "logs" / "stats.json").read_text()) if "Paragraph" in entry["name"])
    assert len(list((folder / "out").glob("*.jsonl"))) == 2
    return list(lines(folder / "out")), list(lines(folder / "excluded")), stats


def write(rows: Rows, folder: Path, html: bool = False) -> None:
    """Documents as two files, one a task."""
    folder.mkdir()
    field = "html" if html else "text"
    written = [{"id": row["id"], "text": row[field], "url": row["url"], "weight": row["weight"]} for row in rows]
    for part in range(2):
        (folder / f"{part}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in written[part::2]), "utf-8")


def lines(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.glob("*.jsonl")):
        yield from map(json.loads, path.read_text("utf-8").splitlines())


@pytest.mark.parametrize("html", [False, True], ids=["texts", "pages"])
def test_texts_are_those_of_the_command_line(documents: Rows, cleaned: dict[str, str], tmp_path: Path, html: bool) -> None:
    """Its writer leaves out fields that are empty."""
    rows = [row for row in documents if (row["html"] is not None) == html]
    written, excluded, stats = run(rows, tmp_path, Stage(), html)
    assert {row["id"]: row.get("text", "") for row in written} == {row["id"]: cleaned[row["id"]] for row in rows}
    assert {row["id"]: row["metadata"]["weight"] for row in written} == {row["id"]: row["weight"] for row in rows}
    assert stats["total"] == len(rows)
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


def test_a_killed_worker_costs_its_task_a_second_run(documents: Rows, cleaned: dict[str, str], tmp_path: Path) -> None:
    """The local executor waits for a dead worker, so somebody has to end it; a second run repeats what is not complete."""
    rows = [row for row in documents if row["text"] is not None]
    write(rows, tmp_path / "in")
    (tmp_path / "job.py").write_text(KILLED_ONCE)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    job = {"args": [sys.executable, "job.py"], "cwd": tmp_path, "env": environment, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(**job, start_new_session=True) as first:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and not (tmp_path / "killed").exists():
            time.sleep(0.05)
        os.killpg(first.pid, signal.SIGKILL)
    assert (tmp_path / "killed").exists()
    subprocess.run(**job, check=True, timeout=120)
    assert {row["id"]: row.get("text", "") for row in lines(tmp_path / "out")} == {row["id"]: cleaned[row["id"]] for row in rows}
