"""Everything that can be wrong with an input: named with its place and reason, and the run goes on."""

from __future__ import annotations

import gzip
import io
import json
import os
import signal
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pytest
import zstandard
from pyarrow import parquet

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


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(200))


def warc(body: bytes, length: int | None = None) -> bytes:
    n = len(body) if length is None else length
    return b"WARC/1.0\r\nWARC-Type: conversion\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n" % (n, body)


def response(body: bytes, encoding: bytes = b"identity") -> bytes:
    """A page as a crawl holds it."""
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: %s\r\n\r\n%s" % (encoding, body)
    head = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\nContent-Length: %d\r\n\r\n"
    return head % len(http) + http + b"\r\n\r\n"


def columns(**columns: Sequence[object]) -> bytes:
    """A table as Parquet."""
    stream = io.BytesIO()
    parquet.write_table(pa.table(columns), stream)
    return stream.getvalue()


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
        ("a.jsonl", GOOD + b'{"text": null}\n', "in/a.jsonl:2", "'text' is empty (null)"),
        ("a.jsonl", GOOD + b'{"html": 5}\n', "in/a.jsonl:2", "'html' is not a string: 5"),
        ("a.jsonl", GOOD + b'{"text": "a"} {"text": "b"}\n', "in/a.jsonl:2", "not a JSON object: extra data at column 14"),
        (
            "a.jsonl",
            GOOD + b'{"text": "cut',
            "in/a.jsonl:2",
            "not a JSON object: Unterminated string starting at: line 1 column 10 (char 9)",
        ),
        ("a.jsonl", GOOD + b'{"text": ' + b"[" * 900, "in/a.jsonl:2", "not a JSON object: "),
        (
            "a.jsonl",
            GOOD.decode().encode("utf-16"),
            "in/a.jsonl",
            "JSON Lines in UTF-16; convert it to UTF-8, for instance with 'iconv -f UTF-16 -t UTF-8'",
        ),
        ("a.html", PNG, "in/a.html", "looks binary: a PNG image"),
        ("a.txt", b"%PDF-1.4\n1 0 obj\n", "in/a.txt", "looks binary: a PDF document"),
        ("a.md", bytes(range(256)) * 3, "in/a.md", "looks binary: 9% of its bytes are control characters"),
        ("a.txt.gz", gzip.compress(gzip.compress(b"Good")), "in/a.txt.gz", "looks binary: compressed by gzip; should its name end in .gz?"),
        ("a.warc", warc(b"Good") + response(PNG), "in/a.warc:2", "it calls itself text/html, but looks binary: a PNG image"),
        (
            "a.warc",
            warc(b"Good") + response(b"not gzip", b"gzip"),
            "in/a.warc:2",
            "the record cannot be read: Gzip decompression error: data error",
        ),
        (
            "a.warc",
            warc(b"Good") + b"WARC/1.0\r\nWARC-Type: response\r\n\r\n" + warc(b"Good"),
            "in/a.warc:2",
            "a record without a usable Content-Length: b''; skipped to the next",
        ),
        (
            "a.warc",
            warc(b"Good") + b"noise\n" * 3 + warc(b"Good"),
            "in/a.warc:2",
            "no WARC record begins here: b'noise\\n'; skipped to the next",
        ),
        ("a.warc", warc(b"Good") + warc(b"x" * 2000), "in/a.warc:2", "a record of more than 1,000 bytes; raise --max-document-bytes"),
        (
            "a.warc.gz",
            gzip.compress(warc(b"Good")) + b"damage" + gzip.compress(warc(b"Good")),
            "in/a.warc.gz",
            "cannot be read to its end: Not a gzipped file (b'da')",
        ),
        ("a.csv", b"id,text\n1,Good\n2\n", "in/a.csv:3", "a row of 1 columns under a header of 2: it has no text"),
        (
            "a.csv",
            b'id,text\n1,Good\n2,"never closed\n3,x\n',
            "in/a.csv:3",
            "not a CSV row: unexpected end of data; lines 3 to 4 are left out, since a quote in the first of them is never closed",
        ),
        ("a.csv", b"id,text\n1,Good\n2," + b"x" * 2000, "in/a.csv:3", "a row of more than 1,000 bytes"),
        (
            "a.csv",
            b"id,body\n1,x\n",
            "in/a.csv",
            "no 'text' and no 'html' in it; name the field of its text with --text-field; here are 'id', 'body'",
        ),
        ("a.parquet", columns(text=["Good", None]), "in/a.parquet:2", "'text' is empty (null)"),
        (
            "a.parquet",
            columns(text=["Good", "x" * 2000]),
            "in/a.parquet:2",
            "a document of more than 1,000 bytes; raise --max-document-bytes",
        ),
        ("a.parquet", columns(text=[1]), "in/a.parquet:1", "'text' is not a string: 1"),
        (
            "a.parquet",
            columns(n=[1]),
            "in/a.parquet",
            "no 'text' and no 'html' in it; name the field of its text with --text-field; here are 'n'",
        ),
        ("a.parquet", columns(text=["Good"])[:-20], "in/a.parquet", "not readable as Parquet: Parquet magic bytes not found in footer."),
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


@pytest.mark.parametrize("text", [b"\xff\xfe\xfd", b"caf\xe9", b"a\x00b" * 5, "\ud800".encode("utf-8", "surrogatepass")])
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
