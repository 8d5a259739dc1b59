"""`cleaner review` and `cleaner labels`: what reaches the page, and files of labels in and out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from cleaner.labels import read_labels
from tests.fakes import SCHEME

ROW = {"id": "a", "text": "Story one.\nBuy now.", "labels": [{"start": 11, "end": 19, "kind": "promotion"}]}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The arguments of the server, which is not started."""
    calls: list[Any] = []

    def serve(desk: object, port: int, ready: Callable[[str], None], browser: bool) -> None:
        calls.extend((desk, port, browser))
        ready("http://127.0.0.1:5/#token")
        raise KeyboardInterrupt

    monkeypatch.setattr("cleaner.review.server.serve", serve)
    return calls


def test_documents_reach_the_page_and_the_address_is_printed(cleaner: Callable[..., Result], served: list[Any]) -> None:
    Path("docs").mkdir()
    Path("docs/a.txt").write_text("Story one.")
    Path("docs/b.jsonl").write_text('{"id": "b", "text": "Buy"}\nbad\n')
    Path("docs/labels.jsonl").write_text(json.dumps(ROW))
    result = cleaner("review", "docs", "--labels", "docs/labels.jsonl", "--no-browser", "--port", "5")
    assert (result.exit_code, result.stdout) == (0, "")
    assert [one["id"] for one in served[0].contents()["documents"]] == ["docs/a.txt", "b"]
    assert served[1:] == [5, False]
    assert "http://127.0.0.1:5/#token\nAnswers go to docs/labels.jsonl. Ctrl+C ends." in result.stderr
    assert "cleaner: docs/b.jsonl:2: not a JSON object" in result.stderr
    assert result.stderr.endswith("cleaner: review ended; every answer is saved\n")


def test_suggested_documents_come_alone_and_in_order(cleaner: Callable[..., Result], served: list[Any]) -> None:
    Path("docs").mkdir()
    for name in "abc":
        Path(f"docs/{name}.txt").write_text("Story one.")
    Path("next.jsonl").write_text("".join(json.dumps({"document": f"docs/{name}.txt", "start": 0}) + "\n" for name in "cac"))
    result = cleaner("review", "docs", "--suggested", "next.jsonl", "--no-browser")
    assert result.exit_code == 0
    assert [one["id"] for one in served[0].contents()["documents"]] == ["docs/c.txt", "docs/a.txt"]


def test_suggestions_that_name_no_document_are_refused(cleaner: Callable[..., Result], served: list[Any]) -> None:
    Path("a.txt").write_text("Story one.")
    Path("next.jsonl").write_text('{"document": "a.txt"}\n[1]\n{"document": 5}\n')
    result = cleaner("review", "a.txt", "--suggested", "next.jsonl")
    assert (result.exit_code, served) == (1, [])
    assert result.stderr.startswith("cleaner: next.jsonl:2: no 'document' in it")


def test_nothing_to_review_is_wrong_usage(cleaner: Callable[..., Result], served: list[Any]) -> None:
    Path("empty").mkdir()
    result = cleaner("review", "empty")
    assert (result.exit_code, served) == (2, [])
    assert result.stderr.startswith("cleaner: empty: nothing here to review; known formats are ")


def test_a_damaged_file_of_labels_ends_the_command_and_stays(cleaner: Callable[..., Result], served: list[Any]) -> None:
    Path("a.txt").write_text("Story one.")
    Path("labels.jsonl").write_text("notes")
    result = cleaner("review", "a.txt")
    assert (result.exit_code, served, Path("labels.jsonl").read_text()) == (1, [], "notes")
    assert result.stderr.startswith("cleaner: labels.jsonl:1: not JSON")


@pytest.mark.parametrize("form", ["jsonl", "csv", "label-studio", "prodigy", "doccano", "argilla"])
def test_labels_go_out_and_come_back(cleaner: Callable[..., Result], form: str) -> None:
    Path("in.jsonl").write_text(json.dumps(ROW))
    name = "out.csv" if form == "csv" else "out.json"
    assert cleaner("labels", "in.jsonl", "-o", name, "--to", form).stderr == f"1 documents with 1 labels written to {name}\n"
    assert cleaner("labels", name, "-o", "back.jsonl").exit_code == 0
    assert read_labels("back.jsonl", SCHEME) == read_labels("in.jsonl", SCHEME)


def test_one_document_in_two_files_of_labels_is_refused(cleaner: Callable[..., Result]) -> None:
    for name in ("one.jsonl", "two.jsonl"):
        Path(name).write_text(json.dumps(ROW))
    result = cleaner("labels", "one.jsonl", "two.jsonl", "-o", "out.jsonl")
    assert (result.exit_code, Path("out.jsonl").exists()) == (2, False)
    assert result.stderr == "cleaner: two.jsonl:1: 'a' stands at one.jsonl:1 already; name files of different documents\n"


def test_a_file_of_labels_is_never_written_over(cleaner: Callable[..., Result]) -> None:
    row = json.dumps(ROW)
    Path("labels.jsonl").write_text(row)
    result = cleaner("labels", "labels.jsonl", "-o", "./labels.jsonl", "--to", "doccano")
    assert (result.exit_code, Path("labels.jsonl").read_text()) == (2, row)
    assert "is an input, and inputs are never overwritten; name another output" in result.stderr
