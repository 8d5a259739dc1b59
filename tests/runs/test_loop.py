"""Runs: real files in, real files out, whatever goes wrong in between."""

from __future__ import annotations

import gzip
import io
import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cleaner.config import Config
from cleaner.errors import CleanerError, ConfigError, DocumentError
from cleaner.formats import packing_named
from cleaner.records import Page, Result
from cleaner.runs import RunReport, Task, make_plan, run
from tests.fakes import FakeCleaner

TEXT = "Story one.\n\nBuy now.\n\nStory two.\n"
CLEAN = "Story one.\n\nStory two.\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    return tmp_path


def clean(*inputs: str, output: str | None = None, to: str | None = None, removed: str | None = None, label: bool = False) -> RunReport:
    return run(FakeCleaner(), make_plan(Task(inputs, output, None, packing_named(to) if to else None, removed, label)))


def rows(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def jsonl(*texts: str) -> str:
    return "".join(json.dumps({"text": text}) + "\n" for text in texts)


def names(path: str = ".") -> set[str]:
    return {str(found.relative_to(path)) for found in Path(path).rglob("*") if found.is_file()}


def test_a_tree_comes_out_as_it_went_in() -> None:
    Path("in/sub").mkdir()
    Path("in/a.txt").write_text(TEXT)
    Path("in/sub/b.txt.gz").write_bytes(gzip.compress(TEXT.encode()))
    Path("in/sub/c.jsonl").write_text(jsonl(*[TEXT] * 7))
    report = clean("in", output="out")
    assert names("out") == names("in")
    assert Path("out/a.txt").read_text() == CLEAN
    assert gzip.decompress(Path("out/sub/b.txt.gz").read_bytes()).decode() == CLEAN
    assert Path("out/sub/c.jsonl").read_text() == jsonl(*[CLEAN] * 7)
    assert (report.read, report.cleaned, report.skipped) == (9, 9, 0)


def test_the_report_counts_paragraphs_and_characters() -> None:
    Path("in/a.txt").write_text(TEXT)
    report = clean("in/a.txt", output="out.txt")
    assert report.paragraphs_by_label == {"article": 2, "advertisement": 1}
    assert report.paragraphs_by_kind == {"article": 2, "promotion": 1}
    assert report.dropped_by_kind == {"promotion": 1}
    assert (report.chars_read, report.chars_kept, report.chars_dropped) == (len(TEXT), 20, 8)


def test_cleaning_builds_no_paragraphs_unless_they_are_asked_for() -> None:
    Path("in/a.txt").write_text(TEXT)
    cleaner = FakeCleaner()
    run(cleaner, make_plan(Task(("in/a.txt",), "out.txt")))
    assert cleaner.n_explained == 0
    run(cleaner, make_plan(Task(("in/a.txt",), "out.txt", removed="removed.jsonl")))
    assert cleaner.n_explained == 1


def test_dropped_paragraphs_are_written_with_their_documents() -> None:
    Path("in/a.jsonl").write_text(jsonl("Hello", TEXT))
    clean("in/a.jsonl", output="out.jsonl", removed="removed.jsonl")
    (row,) = rows("removed.jsonl")
    assert row == {
        "document": "in/a.jsonl:2",
        "start": 12,
        "end": 20,
        "label": "advertisement",
        "kind": "promotion",
        "score": 1.0,
        "reason": "first word",
        "text": "Buy now.",
        "before": "\n\n",
        "after": "\n\n",
        "cleaned": [10, 12],
        "file": "out.jsonl",
        "row": 1,
    }


def test_the_file_of_dropped_paragraphs_is_there_even_if_empty() -> None:
    Path("in/a.txt").write_text("Hello")
    clean("in/a.txt", output="out.txt", removed="removed.jsonl")
    assert Path("removed.jsonl").read_bytes() == b""


def test_labels_lie_beside_the_whole_text() -> None:
    Path("in/a.txt").write_text(TEXT)
    clean("in", output="out", label=True)
    (row,) = rows("out/a.jsonl")
    assert row["text"] == TEXT
    assert [TEXT[paragraph["start"] : paragraph["end"]] for paragraph in row["paragraphs"]] == ["Story one.", "Buy now.", "Story two."]
    assert list(row["paragraphs"][0]) == ["start", "end", "label", "kind", "score", "reason"]


def test_skipped_documents_are_named_beside_the_output(caplog: pytest.LogCaptureFixture) -> None:
    Path("in/a.jsonl").write_text(jsonl("one") + "bad\n" + jsonl("two"))
    report = clean("in", output="out")
    assert (report.read, report.cleaned, report.skipped) == (3, 2, 1)
    (row,) = rows("out.errors.jsonl")
    assert row["document"] == "in/a.jsonl:2"
    assert Path("out/a.jsonl").read_text() == jsonl("one", "two")
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


@pytest.mark.parametrize("name", ["a" * 200, "字" * 75])
def test_long_names_do_not_get_in_each_others_way(name: str) -> None:
    Path("in.jsonl").write_text(jsonl(TEXT) + "{}\n")
    clean("in.jsonl", output=f"{name}.jsonl")
    assert Path(f"{name}.jsonl").read_text() == jsonl(CLEAN)
    assert [row["document"] for row in rows(f"{name}.jsonl.errors.jsonl")] == ["in.jsonl:2"]


def test_errors_of_a_run_before_do_not_stay() -> None:
    Path("in/a.jsonl").write_text("bad\n")
    clean("in", output="out")
    Path("in/a.jsonl").write_text(jsonl("good"))
    clean("in", output="out")
    assert not Path("out.errors.jsonl").exists()


def test_what_stands_before_a_damaged_end_is_kept() -> None:
    data = gzip.compress(jsonl(*(f"number {n} {n * 7919 % 1013}" for n in range(5000))).encode())
    Path("in/a.jsonl.gz").write_bytes(data[: len(data) // 2])
    report = clean("in", output="out")
    assert report.cleaned > 1000
    assert len(gzip.decompress(Path("out/a.jsonl.gz").read_bytes()).splitlines()) == report.cleaned
    assert rows("out.errors.jsonl")[0]["document"] == "in/a.jsonl.gz"


def test_a_text_cut_short_is_not_written() -> None:
    Path("in/a.txt.gz").write_bytes(gzip.compress(TEXT.encode())[:-9])
    assert clean("in", output="out").skipped == 1
    assert not Path("out").exists()


def test_a_file_that_vanishes_stops_the_run_and_leaves_nothing_half_written() -> None:
    Path("in/a.txt").write_text(TEXT)
    Path("in/b.txt").write_text(TEXT)
    plan = make_plan(Task(("in",), "out"))
    Path("in/a.txt").unlink()
    with pytest.raises(CleanerError, match=r"^in/a.txt: it was there when the run began and is gone: No such file"):
        run(FakeCleaner(), plan)
    assert names() == {"in/b.txt"}


def test_a_link_to_nothing_is_skipped() -> None:
    Path("in/a.txt").symlink_to("in/gone.txt")
    Path("in/b.txt").write_text(TEXT)
    report = clean("in", output="out")
    assert (report.cleaned, report.skipped) == (1, 1)
    assert rows("out.errors.jsonl") == [{"document": "in/a.txt", "problem": "cannot be read to its end: No such file or directory"}]


def test_an_input_without_documents_has_an_empty_counterpart() -> None:
    Path("in/a.jsonl").write_text("\n")
    Path("in/b.jsonl.gz").write_bytes(b"")
    clean("in", output="out")
    assert Path("out/a.jsonl").read_bytes() == b""
    assert gzip.decompress(Path("out/b.jsonl.gz").read_bytes()) == b""


def test_many_files_fit_one_file_of_records() -> None:
    for name in "abcde":
        Path(f"in/{name}.txt").write_text(name)
    Path("in/f.jsonl").touch()
    clean("in", output="all.jsonl")
    assert [row["id"] for row in rows("all.jsonl")] == [f"in/{name}.txt" for name in "abcde"]


def test_texts_on_standard_output_stand_under_their_names(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    Path("in/a.txt").write_text("one\n")
    Path("in/b.txt").write_text("two")
    Path("in/c.txt").write_text("three")
    clean("in")
    assert capfdbinary.readouterr().out == b"==> in/a.txt <==\none\n\n==> in/b.txt <==\ntwo\n\n==> in/c.txt <==\nthree"


class Explodes(FakeCleaner):
    """Fails at a document that says so."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self._error = error

    def clean_many(self, texts: Iterable[str | Page]) -> Iterator[Result]:
        for text in texts:
            if text == "two":
                raise self._error
            yield self.clean(text)


@pytest.mark.parametrize("error", [RuntimeError("a bug"), MemoryError(), RecursionError("too deep"), DocumentError("", "no")])
def test_what_a_document_does_to_the_engine_costs_that_document_alone(error: Exception) -> None:
    Path("in/b.jsonl").write_text(jsonl("one", "two", "three"))
    report = run(Explodes(error), make_plan(Task(("in",), "out")))
    assert (report.cleaned, report.skipped) == (2, 1)
    assert Path("out/b.jsonl").read_text() == jsonl("one", "three")
    (row,) = rows("out.errors.jsonl")
    assert row["document"] == "in/b.jsonl:2"
    assert row["problem"] in {f"cannot be judged: {type(error).__name__}: {error}", "no"}


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ConfigError("no such kind")])
def test_an_interrupted_run_leaves_whole_files_only(error: BaseException) -> None:
    Path("in/a.txt").write_text(TEXT)
    Path("in/b.jsonl").write_text(jsonl("one", "two"))
    Path("out").mkdir()
    Path("out/b.jsonl").write_text("as it was")
    with pytest.raises(type(error)):
        run(Explodes(error), make_plan(Task(("in",), "out", removed="removed.jsonl")))
    assert names() == {"in/a.txt", "in/b.jsonl", "out/b.jsonl"}
    assert Path("out/b.jsonl").read_text() == "as it was"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_in_one_line() -> None:
    Path("in/a.txt").write_text(TEXT)
    with pytest.raises(CleanerError, match=r"^/dev/full: cannot be written: No space left on device; .*$"):
        clean("in/a.txt", output="/dev/full")


def test_an_output_below_a_file_is_told_in_one_line() -> None:
    Path("in/a.txt").write_text(TEXT)
    with pytest.raises(CleanerError, match="cannot be written"):
        clean("in/a.txt", output="in/a.txt/b.txt")


def test_a_live_stream_is_answered_line_by_line(monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    answers: list[bytes] = []

    class Patient(io.BytesIO):
        """Sends a second line only once the first has been answered."""

        def read1(self, _size: int | None = -1, /) -> bytes:
            answers.append(capfdbinary.readouterr().out)
            return self.readline()

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(Patient(jsonl("one", "two").encode())))
    run(FakeCleaner(), make_plan(Task(("-",), read_as=packing_named("jsonl"))))
    assert answers == [b"", jsonl("one").encode(), jsonl("two").encode()]


def test_progress_ends_at_the_size_of_the_files() -> None:
    Path("in/a.txt").write_text(TEXT)
    Path("in/b.jsonl.gz").write_bytes(gzip.compress(jsonl("one", "two").encode()))
    plan, steps = make_plan(Task(("in",), "out")), list[int]()
    run(FakeCleaner(), plan, lambda n_bytes, is_resumed=False: steps.append(n_bytes))
    assert sum(steps) == plan.n_bytes()


def test_a_marker_is_written_where_something_was_dropped() -> None:
    Path("in/a.txt").write_text(TEXT)
    run(FakeCleaner(Config(marker="[{n}]")), make_plan(Task(("in/a.txt",), "out.txt")))
    assert Path("out.txt").read_text() == "Story one.\n\n[1]\n\nStory two.\n"
