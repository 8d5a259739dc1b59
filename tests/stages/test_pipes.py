"""The command line as a coprocess: a line out for each line in, before the next one is sent."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.stages.conftest import Rows

ROOT = Path(__file__).parents[2]
SECONDS = 60  # for an answer, on a busy machine
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes cannot be waited for on Windows")


def start(command: str) -> subprocess.Popen[bytes]:
    """The command, reading records from a pipe and writing into another."""
    program = ["-c", "from cleaner.cli import main; main()", command, "-", "--from", "jsonl"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, *program], env=environment, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def ask(process: subprocess.Popen[bytes], row: dict[str, Any]) -> dict[str, Any]:
    """Send a record and wait for its answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(row).encode() + b"\n")
    answer = b""
    while not answer.endswith(b"\n"):
        assert select.select([process.stdout], [], [], SECONDS)[0], f"no answer to {row['id']}"
        piece = process.stdout.read(2**20)
        assert piece, "the program has ended"
        answer += piece
    return json.loads(answer)


def test_each_line_is_labelled_before_the_next_is_sent(documents: Rows, labelled: dict[str, tuple[str, Rows]]) -> None:
    with start("label") as process:
        for document in documents:
            row = ask(process, document)
            assert (row["id"], row["text"], row["paragraphs"]) == (document["id"], *labelled[document["id"]])
        process.stdin.close()
        assert process.wait(SECONDS) == 0


def test_each_line_is_cleaned_before_the_next_is_sent(documents: Rows, cleaned: dict[str, str]) -> None:
    with start("clean") as process:
        for document in documents[:50]:
            assert ask(process, document)["text"] == cleaned[document["id"]]
        process.stdin.close()
        assert process.wait(SECONDS) == 0
