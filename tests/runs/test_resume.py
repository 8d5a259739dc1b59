"""Unfinished runs: killed at any moment, they go on to the very same bytes."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard
from pyarrow import parquet

from cleaner.config import Config
from cleaner.errors import CleanerError, ConfigError
from cleaner.formats import Reading
from cleaner.records import Page, Result
from cleaner.runs import Plan, RunReport, Settings, Task, make_plan, run
from cleaner.runs import state as states
from cleaner.runs.outputs import unfinished_name
from tests.fakes import FakeCleaner

ROOT = Path(__file__).parents[2]
# The command line with the fake engine, a state after every chunk, and small chunks.
PROGRAM = """
import functools, sys, time
import tests.fakes
from tests.fakes import FakeCleaner, FakePipeline
sys.modules["cleaner.pipeline"] = FakePipeline("cleaner.pipeline")
import cleaner.cli.options as options
import cleaner.runs.state as state
state.CHECKPOINT_SECONDS = 0.0
options.Reading = functools.partial(options.Reading, block_bytes=3000)
from cleaner.cli import main
main()
"""
TASK = ("clean", "in", "-o", "out", "--removed", "removed.jsonl", "--report", "report.html", "-q")


def texts(n: int) -> list[str]:
    return [f"Story {i}.\n\nBuy number {i % 7} now.\n\n" + "More story. " * (i % 13) + "\n\nCopyright us.\n" for i in range(n)]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    return tmp_path


def fill(folder: Path) -> None:
    """Documents in every format that is written, some of them damaged."""
    lines = "".join(json.dumps({"id": str(i), "text": text}) + "\n" + "bad\n" * (i % 50 == 0) for i, text in enumerate(texts(300)))
    (folder / "a.jsonl").write_text(lines)
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(lines.encode())[:-20])
    (folder / "c.jsonl.zst").write_bytes(zstandard.ZstdCompressor().compress(lines.encode()))
    parquet.write_table(pa.table({"n": list(range(200)), "text": texts(200)}), folder / "d.parquet", row_group_size=30)
    (folder / "e.csv").write_text("n,text\n" + "".join(f'{i},"{text}"\n' for i, text in enumerate(texts(100))))
    for i, text in enumerate(texts(40)):
        (folder / f"f{i:02}.txt").write_text(text)


def contents(folder: Path) -> dict[str, bytes]:
    """All files but the inputs, the time that the run took left out of the report."""
    files = [path for path in folder.rglob("*") if path.is_file() and folder / "in" not in path.parents]
    found = {str(path.relative_to(folder)): path.read_bytes() for path in files}
    data = json.loads(found.pop("report.json"))
    data["counts"].pop("seconds")
    return {**found, "report.json": json.dumps(data).encode(), "report.html": found["report.html"].partition(b"<h2>Labels")[2]}


def start(*arguments: str, cwd: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, "-c", PROGRAM, *arguments], cwd=cwd, env=environment, stderr=subprocess.PIPE)


def ended(process: subprocess.Popen[bytes]) -> int:
    process.communicate()
    return process.returncode


def killed_after_progress(process: subprocess.Popen[bytes], state: Path, seconds: float) -> bool:
    """Kill a run some time after it has written a new state; False where it came to its end before."""
    before = state.stat().st_mtime_ns if state.exists() else 0
    while process.poll() is None and not (state.exists() and state.stat().st_mtime_ns > before):
        time.sleep(0.002)
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return True
    return False


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path: Path, jobs: str) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        (folder / "in").mkdir(parents=True)
    fill(whole / "in")
    shutil.copytree(whole / "in", killed / "in", dirs_exist_ok=True, copy_function=shutil.copy2)
    assert ended(start(*TASK, "--jobs", jobs, cwd=whole)) == 3
    chance = random.Random(int(jobs))
    resumed = [*TASK, "--jobs", jobs, "--resume"]
    kills = [killed_after_progress(start(*resumed, cwd=killed), killed / "out.state.json", chance.uniform(0, 0.2)) for _ in range(4)]
    assert kills[0]
    assert not all(kills) or ended(start(*resumed, cwd=killed)) == 3
    assert contents(killed) == contents(whole)
    assert not list(killed.rglob("*.part"))


def test_an_interrupted_run_says_how_to_go_on(tmp_path: Path) -> None:
    fill(tmp_path / "in")
    process = start(*TASK, cwd=tmp_path)
    deadline = time.monotonic() + 30
    while not (tmp_path / "out.state.json").exists() and time.monotonic() < deadline:
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate()
    assert process.returncode == 130
    assert stderr == b"cleaner: interrupted; what was done is kept, the same command with --resume goes on\n"
    assert ended(start(*TASK, "--resume", cwd=tmp_path)) == 3


class Dies(FakeCleaner):
    """Interrupts the run at a document that says so."""

    def clean_many(self, texts: Iterable[str | Page]) -> Iterator[Result]:
        for text in texts:
            if "Story 150." in str(text):
                raise KeyboardInterrupt
            yield self.clean(text)


def planned(*inputs: str, resume: bool | None = None, **options: str | None) -> Plan:
    settings = Settings(Reading(block_bytes=2000), resume=resume, engine={"model": "m1"})
    return make_plan(Task(inputs or ("in",), "out", settings=settings, **options))  # type: ignore[arg-type]


@pytest.fixture
def unfinished(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was interrupted half way."""
    monkeypatch.setattr(states, "CHECKPOINT_SECONDS", 0.0)
    Path("in/a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts(300)))
    with pytest.raises(KeyboardInterrupt):
        run(Dies(), planned())


def go_on(plan: Plan) -> RunReport:
    return run(FakeCleaner(), plan)


@pytest.mark.usefixtures("unfinished")
class TestUnfinished:
    """What can be done with an unfinished run."""

    def test_it_leaves_its_state_and_no_half_written_result(self) -> None:
        assert Path("out.state.json").exists()
        assert [path.name for path in Path("out").iterdir() if not path.name.startswith(".")] == []

    def test_it_goes_on(self) -> None:
        assert go_on(planned(resume=True)).cleaned == 300
        assert len(Path("out/a.jsonl").read_text().splitlines()) == 300
        assert sorted(path.name for path in Path().rglob("*") if path.is_file()) == ["a.jsonl", "a.jsonl"]

    def test_progress_tells_what_was_done_before_from_what_is_done_now(self) -> None:
        plan = planned(resume=True)
        before, now = list[int](), list[int]()
        run(FakeCleaner(), plan, lambda n_bytes, is_resumed=False: (before if is_resumed else now).append(n_bytes))
        assert sum(before) + sum(now) == plan.n_bytes()
        assert 0.3 < sum(before) / plan.n_bytes() < 0.6

    def test_it_is_not_lost_without_a_word(self) -> None:
        with pytest.raises(ConfigError, match="an unfinished run of this output; go on with --resume, or drop it with --no-resume"):
            go_on(planned())

    def test_it_can_be_dropped(self) -> None:
        assert go_on(planned(resume=False)).cleaned == 300
        assert sorted(path.name for path in Path().rglob("*") if path.is_file()) == ["a.jsonl", "a.jsonl"]

    def test_it_does_not_go_on_with_another_model(self) -> None:
        plan = planned(resume=True)
        with pytest.raises(ConfigError, match="cannot go on, the model changed since the unfinished run began; put that back, or"):
            go_on(replace(plan, settings=replace(plan.settings, engine={"model": "m2"})))

    def test_it_does_not_go_on_with_other_inputs(self) -> None:
        os.utime("in/a.jsonl", (1, 1))
        with pytest.raises(ConfigError, match="the inputs changed"):
            go_on(planned(resume=True))

    def test_it_does_not_go_on_with_other_options(self) -> None:
        with pytest.raises(ConfigError, match="the options changed"):
            go_on(planned(resume=True, removed="removed.jsonl"))

    def test_it_does_not_go_on_when_its_results_are_gone(self) -> None:
        next(Path("out").glob(".*.part")).unlink()
        with pytest.raises(CleanerError, match="the unfinished run left it, and it is gone; start over with --no-resume"):
            go_on(planned(resume=True))

    def test_it_does_not_go_on_from_a_damaged_state(self) -> None:
        Path("out.state.json").write_text("{")
        with pytest.raises(CleanerError, match="the state of the unfinished run cannot be read"):
            go_on(planned(resume=True))


def test_resuming_what_was_never_begun_begins() -> None:
    Path("in/a.txt").write_text("Story")
    assert go_on(planned(resume=True)).cleaned == 1


def test_what_cannot_be_repeated_cannot_be_resumed() -> None:
    with pytest.raises(ConfigError, match="--resume needs files to read and to write"):
        planned("-", resume=True)


def test_two_runs_do_not_write_the_same_file(tmp_path: Path) -> None:
    lock = "import sys, fcntl; file = open(sys.argv[1], 'ab'); fcntl.lockf(file, fcntl.LOCK_EX); print(flush=True); sys.stdin.read()"
    Path("in/a.txt").write_text("Story")
    name = unfinished_name(str(tmp_path / "out.txt"))
    command = [sys.executable, "-c", lock, name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(CleanerError, match="another run is writing it; wait for its end, or name another output"):
            run(FakeCleaner(), make_plan(Task(("in/a.txt",), "out.txt")))
        other.communicate()
    run(FakeCleaner(), make_plan(Task(("in/a.txt",), "out.txt")))
    assert Path("out.txt").read_text() == "Story"


@pytest.mark.parametrize("marker", [None, "[{n}]"])
def test_a_run_leaves_the_same_files_whatever_its_jobs(marker: str | None) -> None:
    fill(Path("in"))
    found = []
    for n_jobs in (1, 2):
        settings = Settings(Reading(block_bytes=3000), n_jobs=n_jobs, marker=marker)
        task = Task(("in",), "out", removed="removed.jsonl", report="report.html", settings=settings)
        run(FakeCleaner(Config(marker=marker)), make_plan(task))
        found.append(contents(Path()))
        shutil.rmtree("out")
    assert found[0] == found[1]
