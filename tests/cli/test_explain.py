"""`cleaner explain`: why each paragraph is kept or dropped."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import Result

from cleaner.cli.explanation import HEAD_CHARS, TAIL_CHARS, printable, shortened, show
from cleaner.errors import DocumentError
from cleaner.runs.inputs import find
from tests.fakes import FakeCleaner

EXPLAINED = """\
note.txt: 2 paragraphs, 1 dropped

  1  keep  article  1.00
     Story one.
     because: first word +1.50
     or else: legal 0.10

  2  drop  advertisement/promotion  1.00
     Buy now.
     because: first word +1.50
     alone it would be article; its neighbours decided
     or else: legal 0.10
"""


def shown(width: int = 80, **options: bool) -> str:
    file = io.StringIO()
    text = "Story one.\n\nBuy now."
    show("note.txt", FakeCleaner().explain(text), Console(file=file, width=width, **options))  # type: ignore[arg-type]
    return file.getvalue()


def test_a_document_is_explained_paragraph_by_paragraph(cleaner: Callable[..., Result]) -> None:
    Path("note.txt").write_text("Story one.\n\nBuy now.")
    result = cleaner("explain", "note.txt")
    assert (result.exit_code, result.stdout) == (0, EXPLAINED)


def test_a_document_that_cannot_be_read_is_named(cleaner: Callable[..., Result]) -> None:
    Path("in.jsonl").write_text('bad\n{"id": "x", "text": "Buy"}\n')
    result = cleaner("explain", "in.jsonl", "--keep", "promotion")
    assert result.exit_code == 3
    assert result.stderr.startswith("cleaner: in.jsonl:1: ")
    assert result.stdout.startswith("x: 1 paragraph, 0 dropped")


def test_a_folder_without_documents_is_wrong_usage(cleaner: Callable[..., Result]) -> None:
    Path("empty").mkdir()
    result = cleaner("explain", "empty")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("cleaner: empty: nothing here to explain; known formats are ")


def test_what_could_not_be_found_is_named(cleaner: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    Path("note.txt").write_text("Story one.")
    problem = DocumentError("locked", "the folder cannot be read: Permission denied")
    monkeypatch.setattr("cleaner.cli.explain.find", lambda inputs, read_as: replace(find(inputs, read_as), problems=[problem]))
    result = cleaner("explain", "note.txt")
    assert (result.exit_code, result.stderr) == (3, "cleaner: locked: the folder cannot be read: Permission denied\n")
    assert result.stdout.startswith("note.txt: 1 paragraph, ")


def test_a_terminal_gets_colour_and_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;31mdrop" in shown(force_terminal=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "31m" not in shown(force_terminal=True)
    assert "\x1b" not in shown()


def test_lines_fit_the_terminal() -> None:
    assert max(map(len, shown(width=40).splitlines())) <= 40


def test_a_long_paragraph_loses_its_middle() -> None:
    text = "a" * 1000 + "b" * 1000
    assert shortened(text) == f"{'a' * HEAD_CHARS} […] {'b' * TAIL_CHARS}"
    assert shortened("short  one\n") == "short one"


def test_nothing_that_a_terminal_obeys_gets_through() -> None:
    assert printable("a\x1b[2Jb\u202ec\x9b\tz") == "a\ufffd[2Jb\ufffdc\ufffd z"
