"""What ends a whole run: a full disk, a target that cannot be written, an input that goes away. Nothing half-written stays."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import pytest

from cleaner.errors import CleanerError
from cleaner.formats import Reading
from cleaner.records import Page, Result
from cleaner.runs import RunReport, Settings, Task, make_plan, run
from cleaner.runs import state as states
from tests.fakes import FakeCleaner

ROOT = Path(__file__).parents[2]
NOBODY = 65534
# The command line with the fake engine, small chunks and a state after each.
PROGRAM = """
import functools, sys
from tests.fakes import FakePipeline
sys.modules["cleaner.pipeline"] = FakePipeline("cleaner.pipeline")
import cleaner.cli.options as options
import cleaner.runs.state as state
state.CHECKPOINT_SECONDS = float(sys.argv.pop(1))
options.Reading = functools.partial(options.Reading, block_bytes=3000)
from cleaner.cli import main
main()
"""
ROWS = "".join(json.dumps({"id": str(i), "text": f"Story {i}.\n\nBuy now.\n\nMore story."}) + "\n" for i in range(2000))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    Path("in/a.jsonl").write_text(ROWS)
    return tmp_path


def clean(engine: FakeCleaner | None = None, **settings: object) -> RunReport:
    return run(engine or FakeCleaner(), make_plan(Task(("in",), "out", settings=Settings(**settings))))  # type: ignore[arg-type]


def command(*arguments: str, checkpoint_s: float, prepare: Callable[[], None] | None = None) -> tuple[int, str]:
    """Exit code and messages of the program."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(checkpoint_s), "clean", "in", *arguments, "-q"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        preexec_fn=prepare,
        check=False,
    )
    return done.returncode, done.stderr.decode()


def no_room_beyond(n_bytes: int) -> None:
    """Let files grow no further: what the system then answers comes from the same place as that of a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))


def left() -> list[str]:
    return sorted(str(path.relative_to(Path.cwd())) for path in Path.cwd().rglob("*") if path.is_file() and path.parent.name != "in")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_disk_without_room_stops_a_run_and_leaves_what_was_there_before(jobs: str) -> None:
    Path("out").mkdir()
    Path("out/a.jsonl").write_text("Before")
    code, message = command("-o", "out", "--jobs", jobs, checkpoint_s=1e9, prepare=partial(no_room_beyond, 20_000))
    assert (code, message) == (1, "cleaner: out/a.jsonl: cannot be written: File too large; make room or name another output\n")
    assert left() == ["out/a.jsonl"]
    assert Path("out/a.jsonl").read_text() == "Before"


def test_a_run_that_found_no_room_goes_on_when_there_is_some() -> None:
    clean()
    expected = Path("out/a.jsonl").read_bytes()
    Path("out/a.jsonl").unlink()
    code, message = command("-o", "out", checkpoint_s=0, prepare=partial(no_room_beyond, 20_000))
    assert code == 1
    assert message == (
        "cleaner: out/a.jsonl: cannot be written: File too large; make room or name another output; "
        "what was done is kept, the same command with --resume goes on\n"
    )
    assert not Path("out/a.jsonl").exists()
    assert command("-o", "out", "--resume", checkpoint_s=0) == (0, "")
    assert Path("out/a.jsonl").read_bytes() == expected
    assert left() == ["out/a.jsonl"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_device_is_told_in_one_line() -> None:
    code, message = command("-o", "/dev/full", checkpoint_s=0)
    assert (code, message) == (1, "cleaner: /dev/full: cannot be written: No space left on device; make room or name another output\n")


@pytest.fixture
def without_rights(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that this process may read and not write, even where the tests run as root."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        (place / "in").mkdir()
        (place / "in/a.txt").write_text("Good")
        (place / "out").mkdir(mode=0o555)
        monkeypatch.chdir(place)
        is_root = os.geteuid() == 0
        if is_root:
            os.seteuid(NOBODY)
        try:
            yield place
        finally:
            if is_root:
                os.seteuid(0)


@pytest.mark.usefixtures("without_rights")
def test_a_target_that_may_not_be_written_stops_the_run() -> None:
    with pytest.raises(CleanerError, match=r"^out/a.txt: cannot be written: Permission denied; make room or name another output$"):
        clean()
    assert left() == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a file system that nobody can write to")
def test_a_file_system_that_cannot_be_written_stops_the_run() -> None:
    code, message = command("-o", "/proc/cleaner/out.jsonl", checkpoint_s=0)
    assert code == 1
    assert message.startswith("cleaner: /proc/cleaner/out.jsonl: cannot be written: ")
    assert message.count("\n") == 1


def test_an_output_that_cannot_be_made_stops_the_run() -> None:
    Path("file").touch()
    code, message = command("-o", "file/out", checkpoint_s=0)
    assert (code, message) == (1, "cleaner: file/out/a.jsonl: cannot be written: Not a directory; make room or name another output\n")


class Vanishing(FakeCleaner):
    """Takes an input away while it judges the one before."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = Path(path)

    def clean_many(self, texts: Iterable[str | Page]) -> Iterator[Result]:
        self._path.unlink(missing_ok=True)
        return super().clean_many(texts)


@pytest.mark.parametrize("checkpoint_s", [0.0, 1e9])
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_input_that_goes_away_stops_the_run_which_goes_on_when_it_is_back(
    checkpoint_s: float, n_jobs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "CHECKPOINT_SECONDS", checkpoint_s)
    Path("in/b.jsonl").write_text(ROWS)
    status = Path("in/b.jsonl").stat()
    small = Reading(block_bytes=3000)
    with pytest.raises(
        CleanerError, match=r"^in/b.jsonl: it was there when the run began and is gone: .*; put it back"
    ):
        clean(Vanishing("in/b.jsonl"), n_jobs=n_jobs, reading=small)
    assert not Path("out/b.jsonl").exists()
    assert Path("out.state.json").exists() == (checkpoint_s == 0)
    Path("in/b.jsonl").write_text(ROWS)
    os.utime("in/b.jsonl", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert clean(n_jobs=n_jobs, reading=small, resume=True).cleaned == 4000
    assert Path("out/b.jsonl").read_bytes() == Path("out/a.jsonl").read_bytes()
    assert left() == ["out/a.jsonl", "out/b.jsonl"]
