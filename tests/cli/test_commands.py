"""The commands as a whole: help, documentation, start and end of the process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import Result

from cleaner.cli import app

ROOT = Path(__file__).parents[2]
# The command line in a process of its own, the fake engine behind it.
PROGRAM = """
import sys
from tests.fakes import FakePipeline
sys.modules["cleaner.pipeline"] = FakePipeline("cleaner.pipeline")
from cleaner.cli import main
main()
"""
# What a plain run has no use for.
SLOW = ("rich", "zstandard", "charset_normalizer", "gzip", "multiprocessing", "cleaner.cli.explanation", "cleaner.runs.page")


def commands(command: Any, path: str = "cleaner") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - typer hides the class
    """All commands with what one types to call them."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{path} {name}")
    if not hasattr(command, "commands"):
        yield path, command


COMMANDS = dict(commands(typer.main.get_command(app)))


def start(*arguments: str, cwd: Path, program: str = PROGRAM) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.Popen(command, cwd=cwd, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_and_option_has_help(path: str) -> None:
    assert COMMANDS[path].help
    assert [parameter.name for parameter in COMMANDS[path].params if parameter.name != "help" and not parameter.help] == []


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_stands_in_the_readme(path: str) -> None:
    assert path in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", COMMANDS)
def test_help_is_printed_without_an_engine(cleaner: Callable[..., Result], path: str) -> None:
    assert cleaner(*path.split()[1:], "--help").exit_code == 0


def test_models_are_listed_and_shown(cleaner: Callable[..., Result]) -> None:
    assert cleaner("models", "list").stdout == "default\nforums\n"
    assert cleaner("models", "show").stdout == "# The card of default\n"
    assert cleaner("models", "show", "forums").stdout == "# The card of forums\n"


def test_the_version_is_printed(cleaner: Callable[..., Result]) -> None:
    assert cleaner("--version").stdout == f"cleaner {metadata.version('cleaner')}\n"


def test_a_plain_run_loads_nothing_slow(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("Story")
    program = PROGRAM.replace("main()", f"try: main()\nexcept SystemExit: print([name for name in {SLOW} if name in sys.modules])")
    done = start("clean", "note.txt", cwd=tmp_path, program=program)
    assert done.communicate()[0] == b"Story[]\n"


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"text": "Story"}\n' * 50_000)
    with start("clean", "in.jsonl", cwd=tmp_path) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 141


def test_an_interruption_leaves_nothing_behind(tmp_path: Path) -> None:
    process = start("clean", "-", "--from", "jsonl", "-o", "out.jsonl", cwd=tmp_path)
    assert process.stdin is not None
    process.stdin.write(b'{"text": "Story"}\n')
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while not list(tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate()
    assert (process.returncode, list(tmp_path.iterdir())) == (130, [])
    assert stderr == b"cleaner: interrupted; complete results stay, half-written ones are gone\n"
