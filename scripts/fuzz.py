"""Feeds the readers with made and mutated inputs and counts them: whatever comes in, documents or errors come out.

    python scripts/fuzz.py                       20,000 inputs a reader
    python scripts/fuzz.py --inputs 100000       more
    python scripts/fuzz.py --atheris warc        one reader under atheris, guided by coverage (pip install atheris)
    python scripts/fuzz.py --atheris warc --seconds 600         for ten minutes rather than one

An input is a failure when a reader raises, takes longer than a second of the processor (atheris: 20 on the clock), or when a block or an
error breaks its promise. Failures are written to the folder that --found names; what is found becomes a case in
tests/formats/test_found.py.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType
from typing import Annotated

import pyarrow as pa
import typer
import zstandard
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from pyarrow import parquet

from cleaner.errors import DocumentError
from cleaner.formats import FORMATS, Document, Reading
from cleaner.formats.streams import READ_ERRORS, decompressed
from cleaner.records import Page

MAX_SECONDS, HANG_SECONDS = 1.0, 20
READERS = ("txt", "html", "jsonl", "jsonl.gz", "jsonl.zst", "csv", "parquet", "warc", "wet", "warc.gz")
HURTS = (b"\0", b'"', b"\n", b"\r\n", b"\xff\xfe", b"\xed\xa0\x80", b"99999999999", b"-1", b"{", b"WARC/1.0\r\n")
LIMITS = Reading(max_document_bytes=4096, block_bytes=512)


def read(name: str, data: bytes) -> int:
    """Read an input to its end.

    Returns:
        How many documents it holds.

    Raises:
        AssertionError: what came out is neither a document nor an error for people.
    """
    ending, _, compression = name.partition(".")
    row, n_documents = FORMATS[ending], 0
    try:
        for block in row.split(decompressed(io.BytesIO(data), compression or None), "in", LIMITS):
            assert len(block.data) <= 4 * LIMITS.max_document_bytes or ending == "parquet", "a block without bound"
            for entry in (*row.parse(block, "in", LIMITS), *block.problems):
                if isinstance(entry, DocumentError):
                    assert entry.problem, "an error without a word"
                    assert "\n" not in entry.problem, "an error of several lines"
                    continue
                assert isinstance(entry, Document)
                assert isinstance(entry.id, str)
                assert isinstance(entry.content, str | Page)
                n_documents += 1
    except READ_ERRORS:
        pass  # a run names the file for these
    return n_documents


def seeds(name: str) -> list[bytes]:
    """Sound inputs of a format, to be damaged."""
    page = b"<html><body><p>Hello there</p></body></html>"
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(page, mtime=0)
    warc = b"".join(
        b"WARC/1.0\r\nWARC-Type: %s\r\nWARC-Target-URI: http://a.example/\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n"
        % (kind, content_type, len(body), body)
        for kind, content_type, body in (
            (b"response", b"application/http; msgtype=response", http),
            (b"conversion", b"text/plain", "Grüße\n\nBuy".encode()),
        )
    )
    jsonl = '{"id": "a", "text": "Grüße \\u00e9 \\ud800", "n": 1e400}\n{"html": "<p>x", "url": "u", "d": {"a": [1, null]}}\n'.encode() * 3
    table = io.BytesIO()
    parquet.write_table(pa.table({"id": ["a", "b"], "text": ["one", None], "n": [1, 2], "tags": [["x"], []]}), table)
    return {
        "txt": ["Grüße\r\n".encode(), "Grüße".encode("utf-16"), "Grüße".encode("cp1252")],
        "html": [page],
        "jsonl": [jsonl],
        "jsonl.gz": [gzip.compress(jsonl, mtime=0), gzip.compress(jsonl, mtime=0) * 2],
        "jsonl.zst": [zstandard.compress(jsonl), zstandard.compress(jsonl) * 2],
        "csv": [b'id;text\r\na;"x ""y""\r\nz"\r\n', b"text,n\none,1\ntwo,2\n"],
        "parquet": [table.getvalue()],
        "warc": [warc],
        "wet": [warc],
        "warc.gz": [gzip.compress(warc, mtime=0) + gzip.compress(warc, mtime=0)],
    }[name]


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The bytes with some of them changed, cut, doubled, moved or replaced by what often hurts."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        end = min(len(changed), at + chance.choice((1, 1, 2, 8, 64)))
        what = chance.randrange(6)
        if what == 0 and at < len(changed):
            changed[at] ^= 1 << chance.randrange(8)
        elif what == 1:
            del changed[at:end]
        elif what == 2:
            changed[at:at] = changed[at:end] * chance.randint(1, 5)
        elif what == 3:
            changed[at:at] = chance.randbytes(chance.randint(1, 8))
        elif what == 4:
            changed[at:end] = chance.choice(HURTS)
        else:
            del changed[at:]
    return bytes(changed)


def check(name: str, data: bytes, found: Path) -> None:
    """Read an input and keep it where that fails."""
    begin = time.process_time()  # a busy machine is no fault of the input
    try:
        read(name, data)
        seconds = time.process_time() - begin
        if seconds > MAX_SECONDS:
            raise AssertionError(f"it took {seconds:.1f} s")
    except Exception as error:
        found.mkdir(parents=True, exist_ok=True)
        path = found / f"{hashlib.sha256(data).hexdigest()[:12]}.{name}"
        path.write_bytes(data)
        print(f"{path}: {type(error).__name__}: {error}", flush=True)


def with_hypothesis(name: str, n: int, number: int, each: Callable[[bytes], None]) -> None:
    """Inputs that hypothesis makes: any bytes, and sound parts in any order between them."""
    parts = [part for whole in seeds(name) for part in (whole, whole[: len(whole) // 2], whole[len(whole) // 2 :])]
    piece = st.binary(max_size=40) | st.sampled_from(parts)

    @seed(number)
    @settings(max_examples=n, deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    @given(st.lists(piece, max_size=6).map(b"".join))
    def run(data: bytes) -> None:
        each(data)

    run()


def with_atheris(name: str, seconds: int, found: Path) -> None:
    """Inputs that coverage guides; libFuzzer ends the process, and counts them."""
    import atheris

    sound = Path(tempfile.mkdtemp())
    for i, data in enumerate(seeds(name)):
        (sound / str(i)).write_bytes(data)
    found.mkdir(parents=True, exist_ok=True)
    limits = (f"-max_total_time={seconds}", f"-timeout={HANG_SECONDS}", "-max_len=8192", "-rss_limit_mb=2048")
    for function in _functions_of_ours():
        atheris.instrument_func(function)

    def one(data: bytes) -> None:
        read(name, data)

    atheris.Setup([sys.argv[0], str(sound), *limits, f"-artifact_prefix={found}/{name}."], one)
    atheris.Fuzz()


def _functions_of_ours() -> Iterator[FunctionType]:
    """The functions whose branches count: of the readers and of what decodes texts."""
    for name, module in list(sys.modules.items()):
        if name.startswith(("cleaner.formats", "cleaner.text")):
            for thing in vars(module).values():
                members = vars(thing).values() if isinstance(thing, type) else (thing,)
                yield from (one for one in members if isinstance(one, FunctionType) and one.__module__ == name)


def main(
    inputs: Annotated[int, typer.Option(help="Inputs for each reader.")] = 20_000,
    readers: Annotated[str, typer.Option(help="Readers, separated by commas.")] = ",".join(READERS),
    number: Annotated[int, typer.Option("--seed", help="Of the random numbers.")] = 0,
    found: Annotated[Path, typer.Option(help="Where failures go.")] = Path("found"),
    atheris: Annotated[str | None, typer.Option(help="Run this reader under atheris instead.")] = None,
    seconds: Annotated[int, typer.Option(help="How long atheris goes on.")] = 60,
) -> None:
    """Make inputs, read them, count."""
    if atheris is not None:
        with_atheris(atheris, seconds, found)
    total, begin = 0, time.perf_counter()
    for name in readers.split(","):
        n = 0
        chance = random.Random(f"{name} {number}")

        def each(data: bytes, name: str = name) -> None:
            nonlocal n
            n += 1
            check(name, data, found)

        with_hypothesis(name, inputs // 10, number, each)
        whole = seeds(name)
        while n < inputs:
            each(mutated(chance.choice(whole), chance))
        total += n
        print(f"{name}: {n:,} inputs", flush=True)
    n_found = sum(1 for _ in found.glob("*")) if found.exists() else 0
    print(f"{total:,} inputs in {time.perf_counter() - begin:.0f} s, {n_found} failures")
    raise typer.Exit(1 if n_found else 0)


if __name__ == "__main__":
    typer.run(main)
