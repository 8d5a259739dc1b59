"""`cleaner clean` and `cleaner label`: output, messages and exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

TEXT = "Story one.\n\nBuy now.\n\nCopyright us.\n"
Cleaner = Callable[..., Result]


def test_a_text_is_cleaned_to_standard_output(cleaner: Cleaner) -> None:
    Path("note.txt").write_text(TEXT)
    result = cleaner("clean", "note.txt")
    assert (result.exit_code, result.stdout) == (0, "Story one.\n")


def test_the_summary_tells_what_was_dropped(cleaner: Cleaner) -> None:
    Path("note.txt").write_text(TEXT)
    first, *rest = cleaner("clean", "note.txt").stderr.splitlines()
    assert first.startswith("1 document cleaned in ")
    assert rest == ["dropped 2 of 3 paragraphs: legal 1, promotion 1", "kept 10 of 31 characters (32.3%)"]


def test_quiet_says_nothing(cleaner: Cleaner) -> None:
    Path("note.txt").write_text(TEXT)
    assert cleaner("clean", "note.txt", "--quiet").stderr == ""


def test_verbose_tells_about_files(cleaner: Cleaner) -> None:
    Path("note.txt").write_bytes("Grüße".encode("cp1252"))
    stderr = cleaner("clean", "note.txt", "-v").stderr
    assert "note.txt: reading as .txt\nnote.txt: read as cp1252, 0 places unreadable\n" in stderr


def test_standard_input_is_read(cleaner: Cleaner) -> None:
    assert cleaner("clean", "-", "-q", stdin=TEXT).stdout == "Story one.\n"
    assert cleaner("clean", "-", "-q", "--from", "jsonl", stdin='{"text": "Buy"}\n').stdout == '{"text": ""}\n'


@pytest.mark.parametrize("options", [("--keep", "legal,promotion"), ("--keep", "legal", "--keep", "advertisement")])
def test_kinds_can_be_kept(cleaner: Cleaner, options: tuple[str, ...]) -> None:
    Path("note.txt").write_text(TEXT)
    assert cleaner("clean", "note.txt", *options).stdout == TEXT


def test_kinds_can_be_dropped_and_marked(cleaner: Cleaner) -> None:
    Path("note.txt").write_text(TEXT)
    result = cleaner("clean", "note.txt", "--keep", "boilerplate", "--drop", "legal", "--marker", "[{kinds}]")
    assert result.stdout == "Story one.\n\n[promotion, legal]\n"


def test_dropped_paragraphs_go_to_a_file(cleaner: Cleaner) -> None:
    Path("note.txt").write_text(TEXT)
    cleaner("clean", "note.txt", "--removed", "removed.jsonl")
    assert [json.loads(row)["kind"] for row in Path("removed.jsonl").read_text().splitlines()] == ["promotion", "legal"]


def test_label_writes_verdicts_beside_the_text(cleaner: Cleaner) -> None:
    Path("note.txt").write_text(TEXT)
    result = cleaner("label", "note.txt")
    row = json.loads(result.stdout)
    assert (row["id"], row["text"], len(row["paragraphs"])) == ("note.txt", TEXT, 3)
    assert "3 paragraphs: article 1, legal 1, promotion 1" in result.stderr


def test_skipped_documents_end_with_exit_code_3_and_their_reasons(cleaner: Cleaner) -> None:
    Path("in.jsonl").write_text('{"text": "Hello"}\nbad\n')
    to_stdout = cleaner("clean", "in.jsonl", "--quiet")
    assert to_stdout.exit_code == 3
    assert to_stdout.stderr.startswith("in.jsonl:2: not a JSON object")
    to_file = cleaner("clean", "in.jsonl", "-o", "out.jsonl")
    assert to_file.exit_code == 3
    assert "1 skipped (see out.jsonl.errors.jsonl)" in to_file.stderr
    assert Path("out.jsonl.errors.jsonl").exists()


def test_files_passed_over_are_told(cleaner: Cleaner) -> None:
    Path("in").mkdir()
    Path("in/photo.jpg").touch()
    result = cleaner("clean", "in", "-o", "out")
    assert result.exit_code == 0
    assert "1 file of unknown format passed over" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "exit_code", "message"),
    [
        (("clean", "gone.txt"), 2, "cleaner: gone.txt: no such file or folder\n"),
        (
            ("clean", "note.txt", "-o", "note.txt"),
            2,
            "cleaner: note.txt: is an input, and inputs are never overwritten; name another output\n",
        ),
        (
            ("clean", "note.txt", "--to", "docx"),
            2,
            "cleaner: 'docx' is not a format; known are txt, md, html, htm, jsonl, ",
        ),
        (("clean", "note.txt", "--keep", "spam"), 2, "cleaner: 'spam' is neither a label nor a kind of this model; "),
        (("clean", "note.txt", "--max-article-loss", "2"), 2, "cleaner: max_article_loss: got 2.0; "),
        (("clean", "note.txt", "--model", "mine"), 1, "cleaner: mine: no such model; "),
        (("clean", "note.txt", "-o", "note.txt/out.txt"), 1, "cleaner: note.txt/out.txt: cannot be written: "),
    ],
)
def test_what_goes_wrong_is_one_line_and_an_exit_code(cleaner: Cleaner, arguments: tuple[str, ...], exit_code: int, message: str) -> None:
    Path("note.txt").write_text(TEXT)
    result = cleaner(*arguments)
    assert (result.exit_code, result.stdout) == (exit_code, "")
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("arguments", [("clean",), ("clean", "a.txt", "--no-such"), ("frobnicate",)])
def test_wrong_usage_ends_with_exit_code_2(cleaner: Cleaner, arguments: tuple[str, ...]) -> None:
    assert cleaner(*arguments).exit_code == 2


def test_metadata_need_records(cleaner: Callable[..., Result]) -> None:
    Path("page.html").write_text("<p>Story one.")
    result = cleaner("clean", "page.html", "--metadata")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "cleaner: standard output: txt has no room for metadata; add --to jsonl\n"
