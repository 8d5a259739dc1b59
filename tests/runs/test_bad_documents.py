"""Everything that can be wrong with an input: named with its place and reason, and the run goes on."""

from __future__ import annotations

import gzip
import json
import os
import signal
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
import zstandard

from cleaner.errors import CleanerError
from cleaner.formats import Reading, streams
from cleaner.records import Page, Result
from cleaner.runs import RunReport, Settings, Task, make_plan, run
from tests.fakes import FakeCleaner

GOOD = b'{"text": "Good"}\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    return tmp_path


def clean(engine: FakeCleaner | None = None, *, to: str = "out", settings: Settings | None = None) -> RunReport:
    return run(engine or FakeCleaner(), make_plan(Task(("in",), to, settings=settings or Settings())))


def problems() -> list[tuple[str, str]]:
    return [(row["document"], row["problem"]) for row in map(json.loads, Path("out.errors.jsonl").read_text().splitlines())]


def warc(body: bytes, length: int | None = None) -> bytes:
    n = len(body) if length is None else length
    return b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n" % (n, body)


@pytest.mark.parametrize(
    ("name", "data", "document", "problem"),
    [
        ("a.jsonl", GOOD + b"{bad}\n", "in/a.jsonl:2", "not a JSON object: expected a name in quotes at column 2"),
        ("a.jsonl", GOOD + b"[1]\n", "in/a.jsonl:2", "not a JSON object: expected '{' at column 1"),
        ("a.jsonl", GOOD + b'{"a": 1}\n', "in/a.jsonl:2", "no 'text' and no 'html' in it; name the field of its text with --text-field"),
        ("a.jsonl", GOOD + b'{"text": 1}\n', "in/a.jsonl:2", "'text' is not a string: 1"),
        (
            "a.jsonl",
            GOOD + b'{"text": "' + b"x" * 2000 + b'"}\n',
            "in/a.jsonl:2",
            "a line of more than 1,000 bytes; is this JSON Lines? If so, raise --max-document-bytes",
        ),
        (
            "a.txt",
            b"x" * 2000,
            "in/a.txt",
            "one document of more than 1,000 bytes; give its documents as lines of a .jsonl, or raise --max-document-bytes",
        ),
        ("a.html", b"x" * 2000, "in/a.html", "one page of more than 1,000 bytes; raise --max-document-bytes"),
        (
            "a.jsonl.gz",
            gzip.compress(GOOD)[:-9],
            "in/a.jsonl.gz",
            "cannot be read to its end: Compressed file ended before the end-of-stream marker was reached",
        ),
        ("a.jsonl.gz", GOOD, "in/a.jsonl.gz", "cannot be read to its end: Not a gzipped file (b'{\"')"),
        (
            "a.jsonl.zst",
            zstandard.compress(GOOD)[:-3],
            "in/a.jsonl.zst",
            "cannot be read to its end: the compressed data ends in the middle",
        ),
        (
            "a.warc",
            warc(b"Good") + warc(b"cut", 100)[:-4],
            "in/a.warc:2",
            "the file ends in the middle of this record, 97 of 100 bytes are missing",
        ),
        (
            "a.wet.gz",
            gzip.compress(warc(b"Good")) + gzip.compress(warc(b"cut"))[:-12],
            "in/a.wet.gz",
            "cannot be read to its end: Compressed file ended before the end-of-stream marker was reached",
        ),
        ("a.csv", b'n,text\n1,Good\n2,"bad" x\n', "in/a.csv:3", "not a CSV row: ',' expected after '\"'"),
        ("a.parquet", b"PAR1 and so on", "in/a.parquet", "not readable as Parquet: Parquet magic bytes not found in footer."),
    ],
)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_it_is_named_and_the_run_goes_on(name: str, data: bytes, document: str, problem: str, n_jobs: int) -> None:
    Path("in", name).write_bytes(data)
    Path("in/z.txt").write_text("Good")
    report = clean(settings=Settings(Reading(max_document_bytes=1000), n_jobs=n_jobs))
    assert report.skipped == 1
    ((found, reason),) = problems()
    assert (found, reason[: len(problem)]) == (document, problem)
    assert Path("out/z.txt").read_text() == "Good"
    result = next(iter(set(Path("out").iterdir()) - {Path("out/z.txt")}), None)
    assert result is None or result.stat().st_size


@pytest.mark.parametrize("data", [gzip.compress(b"\n" * 10**7), gzip.compress(b'{"text": "' + b" " * 10**7)])
def test_a_decompression_bomb_is_stopped_and_can_be_allowed(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MIN_BOMB_BYTES", 10**6)
    Path("in/a.jsonl.gz").write_bytes(data)
    clean()
    assert problems()[-1] == (
        "in/a.jsonl.gz",
        "cannot be read to its end: it expands more than 200-fold, as a decompression bomb does; if it is none, raise --max-expansion",
    )
    assert all("expands" not in problem for _, problem in problems()[:-1])
    clean(settings=Settings(max_expansion=10_000))
    assert not Path("out.errors.jsonl").exists() or "expands" not in Path("out.errors.jsonl").read_text()


@pytest.mark.parametrize("text", [b"\xff\xfe\xfd", b"caf\xe9", b"\x00" * 50, "\ud800".encode("utf-8", "surrogatepass")])
def test_broken_encodings_are_read_as_well_as_they_can_be(text: bytes) -> None:
    Path("in/a.txt").write_bytes(text)
    Path("in/b.jsonl").write_bytes(b'{"text": "' + text.replace(b"\0", b" ") + b'"}\n')
    assert clean().skipped == 0


class Slow(FakeCleaner):
    """Takes its time for a document that says so."""

    def clean_many(self, texts: Iterable[str | Page]) -> Iterator[Result]:
        for text in texts:
            if "slow" in str(text):
                time.sleep(60)
            if "stuck" in str(text):
                _stuck()
            if "fatal" in str(text):
                os.kill(os.getpid(), signal.SIGKILL)  # as systems do that run out of memory
            yield self.clean(text)


def _stuck() -> None:
    """Wait where no signal handler of Python's is run, as in a loop of a library in C."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    time.sleep(60)


def test_a_document_that_takes_too_long_is_named() -> None:
    Path("in/a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in ("one", "slow", "two")))
    for n_jobs in (1, 2):
        assert clean(Slow(), settings=Settings(n_jobs=n_jobs, max_seconds=0.2)).cleaned == 2
        assert problems() == [("in/a.jsonl:2", "judging it took more than 0.2 s; raise --max-document-seconds to wait for it")]
        assert Path("out/a.jsonl").read_text() == '{"text": "one"}\n{"text": "two"}\n'


@pytest.mark.parametrize("word", ["fatal", "stuck"])
def test_a_document_that_ends_or_blocks_a_process_is_named(word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cleaner.runs.timer.HARD_SECONDS", 0.1)
    texts = [f"text {i}" for i in range(40)]
    texts[7] = texts[23] = word
    Path("in/a.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    report = clean(Slow(), settings=Settings(Reading(block_bytes=100), n_jobs=2, max_seconds=0.2))
    assert (report.cleaned, report.skipped) == (38, 2)
    assert [document for document, _ in problems()] == ["in/a.jsonl:8", "in/a.jsonl:24"]
    assert all("the process that judged it died" in problem for _, problem in problems())
    assert len(Path("out/a.jsonl").read_text().splitlines()) == 38


def test_a_link_that_leads_out_is_not_followed(tmp_path: Path) -> None:
    Path("secret.txt").write_text("Secret")
    Path("in/a.txt").symlink_to(tmp_path / "secret.txt")
    Path("in/b.txt").write_text("Good")
    Path("in/c.txt").symlink_to("b.txt")
    Path("in/loop").symlink_to(tmp_path / "in")
    Path("in/self.txt").symlink_to("self.txt")
    clean()
    assert problems()[0] == ("in/a.txt", "a link that leads out of its folder is not followed; name its goal as an input")
    assert problems()[1][0] == "in/self.txt"
    assert sorted(path.name for path in Path("out").iterdir()) == ["b.txt", "c.txt"]


@pytest.mark.parametrize("name", ["../../evil", "/tmp/evil", "a\0b", "..", ""])
def test_names_from_records_never_name_files(name: str, tmp_path: Path) -> None:
    Path("in/a.jsonl").write_text(json.dumps({"id": name, "text": "Good"}) + "\n")
    clean()
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["a.jsonl", "a.jsonl"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the owner of everything may write everywhere")
def test_a_folder_that_cannot_be_written_stops_the_run() -> None:
    Path("in/a.txt").write_text("Good")
    Path("out").mkdir(mode=0o500)
    with pytest.raises(CleanerError, match=r"^out/a.txt: cannot be written: Permission denied"):
        clean()


def test_an_output_that_cannot_be_made_stops_the_run() -> None:
    Path("in/a.txt").write_text("Good")
    Path("file").touch()
    with pytest.raises(CleanerError, match=r"^file/out/a.txt: cannot be written: Not a directory; make room or name another output$"):
        clean(to="file/out")


class Full:
    """A file on a disk that is full."""

    def __init__(self, inner: object) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def write(self, _data: bytes) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_leaves_what_was_there_before(monkeypatch: pytest.MonkeyPatch) -> None:
    from cleaner.runs import outputs

    Path("in/a.txt").write_text("Good")
    Path("out").mkdir()
    Path("out/a.txt").write_text("Before")
    begin = outputs.PartFile.begin

    def full(self: outputs.PartFile) -> outputs.PartFile:
        begin(self)
        self._file = Full(self._file)  # type: ignore[assignment]
        return self

    monkeypatch.setattr(outputs.PartFile, "begin", full)
    with pytest.raises(CleanerError, match=r"^out/a.txt: cannot be written: No space left on device; make room or name another output$"):
        clean()
    assert [path.name for path in Path("out").iterdir()] == ["a.txt"]
    assert Path("out/a.txt").read_text() == "Before"


@pytest.mark.parametrize("step", ["split", "parse"])
def test_damage_that_nobody_thought_of_is_named(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from cleaner.formats import FORMATS

    def broken(*_: object) -> Iterator[object]:
        raise ZeroDivisionError("a bug")
        yield

    Path("in/a.jsonl").write_bytes(GOOD)
    Path("in/b.txt").write_text("Good")
    monkeypatch.setitem(FORMATS, "jsonl", replace(FORMATS["jsonl"], **{step: broken}))
    assert clean().cleaned == 1
    ((_, problem),) = problems()
    assert problem.endswith("ZeroDivisionError: a bug")


def test_a_missing_library_stops_the_run_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "fastwarc", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    monkeypatch.delattr("pyarrow.parquet", raising=False)
    for name, library in (("a.warc", "fastwarc"), ("a.parquet", "pyarrow")):
        Path("in", name).write_bytes(warc(b"Good"))
        with pytest.raises(CleanerError, match=rf'{library} is not installed, .* pip install "cleaner\[formats\]"'):
            clean()
        Path("in", name).unlink()
