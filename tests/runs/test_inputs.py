"""Inputs: files, folders, patterns and standard input."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cleaner.errors import ConfigError
from cleaner.formats import packing_named
from cleaner.runs.inputs import find


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("docs/b.txt", "docs/a.txt", "docs/sub/c.jsonl.gz", "docs/photo.jpg", "docs/.hidden.txt", "docs/.git/d.txt", "more/a.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def paths(*inputs: str) -> list[str]:
    return [source.path for source in find(inputs).sources]


def places(*inputs: str) -> list[str]:
    return [source.place for source in find(inputs).sources]


def test_a_folder_gives_its_files_in_order_without_hidden_ones() -> None:
    assert paths("docs") == ["docs/a.txt", "docs/b.txt", "docs/sub/c.jsonl.gz"]


def test_files_of_unknown_format_in_a_folder_are_counted() -> None:
    assert find(["docs"]).passed_over == 1


def test_a_pattern_gives_its_matches_in_order() -> None:
    assert paths("docs/*.txt", "**/*.gz") == ["docs/a.txt", "docs/b.txt", "docs/sub/c.jsonl.gz"]


def test_a_file_whose_name_looks_like_a_pattern_is_a_file() -> None:
    Path("docs/[x].txt").touch()
    assert paths("docs/[x].txt") == ["docs/[x].txt"]


def test_nothing_is_read_twice() -> None:
    assert paths("docs/a.txt", "docs", "./docs/b.txt") == ["docs/a.txt", "docs/b.txt", "docs/sub/c.jsonl.gz"]


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (["docs"], ["a.txt", "b.txt", "sub/c.jsonl.gz"]),
        (["docs/a.txt"], ["a.txt"]),
        (["docs/*.txt"], ["a.txt", "b.txt"]),
        (["d*/s*/*.gz"], ["docs/sub/c.jsonl.gz"]),
        (["docs/a.txt", "more"], ["docs/a.txt", "more/a.txt"]),
        (["docs", "-"], ["a.txt", "b.txt", "sub/c.jsonl.gz", "stdin.txt"]),
    ],
)
def test_places_are_below_the_folder_that_all_inputs_share(inputs: list[str], expected: list[str]) -> None:
    assert places(*inputs) == expected


def test_standard_input_is_text_unless_told_otherwise() -> None:
    assert find(["-"]).sources[0].packing.ending == ".txt"
    assert find(["-"], packing_named("jsonl")).sources[0].packing.ending == ".jsonl"


def test_a_format_that_is_named_overrules_endings_and_keeps_the_compression() -> None:
    Path("docs/log.gz").touch()
    assert [source.packing.ending for source in find(["docs/photo.jpg", "docs/log.gz"], packing_named("txt")).sources] == [
        ".txt",
        ".txt.gz",
    ]


def test_outputs_of_a_run_are_not_its_inputs() -> None:
    assert [source.path for source in find(["."], outputs=["docs", "more/a.txt"]).sources] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [("gone.txt", "no such file"), ("gone/*.txt", "matches nothing"), ("docs/photo.jpg", "unknown format; name one with --from")],
)
def test_an_input_that_cannot_be_one_is_refused(name: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        find([name])


def test_a_folder_that_cannot_be_read_is_a_problem_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    scan = os.scandir

    def locked(path: str) -> object:
        if str(path).endswith("sub"):
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", locked)
    found = find(["docs"])
    assert [source.path for source in found.sources] == ["docs/a.txt", "docs/b.txt"]
    assert [str(problem) for problem in found.problems] == ["docs/sub: the folder cannot be read: Permission denied"]
