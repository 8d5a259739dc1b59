"""Processes: they share the work, and end with the one that started them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cleaner.formats import Reading
from cleaner.runs import Settings, Task, make_plan
from cleaner.runs.chunks import chunks
from cleaner.runs.plan import Plan
from cleaner.runs.pool import AHEAD, through
from tests.fakes import FakeCleaner

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from tests.fakes import FakePipeline
sys.modules["cleaner.pipeline"] = FakePipeline("cleaner.pipeline")
from cleaner.cli import main
main()
"""


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plan:
    monkeypatch.chdir(tmp_path)
    Path("in.jsonl").write_text("".join(json.dumps({"text": f"text {i}"}) + "\n" for i in range(200)))
    return make_plan(Task(("in.jsonl",), "out.jsonl", settings=Settings(Reading(block_bytes=200), n_jobs=2)))


def test_results_come_in_order(plan: Plan) -> None:
    outcomes = list(through(FakeCleaner(), plan, chunks(plan)))
    data = b"".join(piece.data for _, done in outcomes for piece in done.pieces)
    assert [json.loads(line)["text"] for line in data.splitlines()] == [f"text {i}" for i in range(200)]


def test_only_a_few_chunks_are_read_ahead(plan: Plan) -> None:
    n_read = 0

    def counted() -> object:
        nonlocal n_read
        for chunk in chunks(plan):
            n_read += 1
            yield chunk

    for n_taken, _ in enumerate(through(FakeCleaner(), plan, counted()), 1):  # type: ignore[arg-type]
        assert n_read <= n_taken + AHEAD * 2


def children(pid: int) -> list[int]:
    """Processes that a process has started, whichever of its threads did."""
    try:
        return [int(child) for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]
    except OSError:
        return []


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a system that shows its processes")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 130), (signal.SIGKILL, -9)])
def test_an_end_of_the_run_is_an_end_of_its_processes(tmp_path: Path, number: int, code: int) -> None:
    command = [sys.executable, "-c", PROGRAM, "clean", "-", "--from", "jsonl", "-o", "out.jsonl", "--jobs", "2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin is not None
        line = json.dumps({"text": "Story " * 50}).encode() + b"\n"
        workers: list[int] = []
        deadline = time.monotonic() + 30
        process.stdin.write(line * 30_000)  # more than what is read ahead of the first result
        while len(workers := children(process.pid)) < 2 and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        _, stderr = process.communicate()
        assert (process.returncode, len(workers)) == (code, 2)
        assert number == signal.SIGKILL or stderr == b"cleaner: interrupted; complete results stay, half-written ones are gone\n"
        while any(map(is_running, workers)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not any(map(is_running, workers))
