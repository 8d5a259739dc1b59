"""Plans: every document gets a place, and none costs another."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.errors import ConfigError
from cleaner.formats import packing_named
from cleaner.runs.plan import Plan, Task, make_plan

NAMES = st.lists(st.sampled_from(["a", "b", "a.txt"]), min_size=1, max_size=3)
ENDINGS = st.sampled_from([".txt", ".md", ".jsonl", ".txt.gz", ".jsonl.zst"])


@pytest.fixture(autouse=True)
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("docs/a.txt", "docs/a.md", "docs/sub/b.txt.gz", "rows.jsonl", "note.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")


def plan(*inputs: str, output: str | None = None, to: str | None = None, label: bool = False, removed: str | None = None) -> Plan:
    return make_plan(Task(inputs, output, write_as=packing_named(to) if to else None, label=label, removed=removed))


def targets(plan: Plan) -> list[str | None]:
    return [job.target for job in plan.jobs]


def test_a_single_text_goes_to_standard_output_without_a_header() -> None:
    single = plan("note.txt")
    assert targets(single) == [None]
    assert not single.with_headers
    assert single.errors is None


def test_several_texts_on_standard_output_have_headers() -> None:
    assert plan("docs").with_headers
    assert not plan("docs", to="jsonl").with_headers


def test_standard_output_is_not_compressed_unless_asked() -> None:
    assert [job.packing.ending for job in plan("docs/sub/b.txt.gz").jobs] == [".txt"]


def test_a_folder_is_mirrored_with_its_formats() -> None:
    assert targets(plan("docs", output="out")) == ["out/a.md", "out/a.txt", "out/sub/b.txt.gz"]


def test_places_that_would_collide_keep_their_whole_names() -> None:
    assert targets(plan("docs", output="out", to="jsonl")) == ["out/a.md.jsonl", "out/a.txt.jsonl", "out/sub/b.jsonl"]


@pytest.mark.parametrize(
    ("output", "target"),
    [("new.txt", "new.txt"), ("new", "new"), ("new/", "new/note.txt"), ("docs", "docs/note.txt"), ("new.jsonl.gz", "new.jsonl.gz")],
)
def test_one_input_goes_to_a_file_or_into_a_folder(output: str, target: str) -> None:
    assert targets(plan("note.txt", output=output)) == [target]


def test_the_ending_of_the_output_is_its_format_unless_another_is_asked_for() -> None:
    assert plan("note.txt", output="new.jsonl").jobs[0].packing.format.name == "jsonl"
    assert plan("note.txt", output="new.md", to="jsonl").jobs[0].packing.format.name == "jsonl"


def test_several_inputs_fit_one_file_of_records() -> None:
    assert set(targets(plan("docs", "rows.jsonl", output="all.jsonl"))) == {"all.jsonl"}


def test_labels_become_records_of_the_same_compression() -> None:
    assert targets(plan("docs", output="out", label=True)) == ["out/a.md.jsonl", "out/a.txt.jsonl", "out/sub/b.jsonl.gz"]


def test_an_output_folder_inside_the_input_is_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "docs/out").mkdir()
    (tmp_path / "docs/out/a.txt").touch()
    assert len(plan("docs", output="docs/out").jobs) == 3


@pytest.mark.parametrize(
    ("task", "words"),
    [
        (Task(("note.txt",), "note.txt"), "is an input"),
        (Task(("docs",), "docs"), "is an input"),
        (Task(("note.txt",), "new.txt", removed="note.txt"), "is an input"),
        (Task(("note.txt",), "new.txt", removed="./new.txt"), "two results"),
        (Task(("docs",), "note.txt"), "a text file holds one document, there are 3"),
        (Task(("docs",), "all.txt"), "a text file holds one document, there are 3"),
        (Task(("rows.jsonl",), "new.txt"), "txt holds one document"),
        (Task(("rows.jsonl",), write_as=packing_named("txt")), "standard output: txt holds one document"),
        (Task(("note.txt",), "new.txt", label=True), "no room for verdicts"),
        (Task(("note.txt", "rows.jsonl")), "cannot share standard output"),
    ],
)
def test_what_would_lose_something_is_refused(task: Task, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        make_plan(task)


def test_an_input_under_another_name_is_still_an_input(tmp_path: Path) -> None:
    (tmp_path / "alias.txt").symlink_to("note.txt")
    with pytest.raises(ConfigError, match="is an input"):
        plan("note.txt", output="alias.txt")


@pytest.mark.parametrize(("output", "errors"), [("out/", "out.errors.jsonl"), ("x/out", "x/out.errors.jsonl"), (".", "{}.errors.jsonl")])
def test_errors_lie_beside_the_output(tmp_path: Path, output: str, errors: str) -> None:
    assert plan("docs", output=output).errors == errors.format(tmp_path)


def test_a_device_is_written_to_as_it_is() -> None:
    device = plan("docs", output=os.devnull)
    assert set(targets(device)) == {os.devnull}
    assert device.errors is None


@given(st.lists(st.tuples(NAMES, ENDINGS), min_size=1, max_size=6), st.sampled_from(["jsonl", "jsonl.gz"]))
def test_trees_are_mirrored_and_no_two_documents_share_a_target(files: list[tuple[list[str], str]], to: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for parts, ending in files:
            path = Path(folder, "in", *(f"{part}.d" for part in parts[:-1]), parts[-1] + ending)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        places = sorted(str(path.relative_to(f"{folder}/in")) for path in Path(folder, "in").rglob("*") if path.is_file())
        assert (
            sorted(os.path.relpath(str(target), f"{folder}/out") for target in targets(plan(f"{folder}/in", output=f"{folder}/out")))
            == places
        )
        with suppress(ConfigError):  # refusing loses nothing either
            assert len(set(targets(plan(f"{folder}/in", output=f"{folder}/out", to=to)))) == len(places)
