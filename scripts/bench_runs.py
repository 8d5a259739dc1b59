"""Speed and memory of batch runs, whole processes from start to end.

    python scripts/bench_runs.py                          100 MB of JSON Lines, with 1 and 2 jobs
    python scripts/bench_runs.py --size-mb 1000           more of them
    python scripts/bench_runs.py --memory-mb 5000         also the peak memory on that many
    python scripts/bench_runs.py --line-mb 1000           also one line of that size
    python scripts/bench_runs.py --compressed             also .jsonl.gz and .jsonl.zst, in and out
    python scripts/bench_runs.py --parquet                also .parquet
    python scripts/bench_runs.py --data DIR               on other documents (DIR or $CLEANER_DATA; see CONTRIBUTING.md)

The documents are those in seeds/: posts, newsletters and the like, full of short lines, which is the slowest of all to judge. With
`--data` they are whole web pages as text and what extractors leave of such pages, in the shuffled order of one corpus; `--texts` picks
one of the two, or posts. They are repeated until there is enough, each time under another number and address.

Beside each time stands that of a plain copy in Python, read and written in pieces of 1 MiB. Processor seconds are those of the run and
all its processes; on a busy machine they say more than the others. Memory is that of all of them together: the sum of their
proportional shares (PSS), so that pages they share count once, sampled 4 times a second, and 20 times for `--memory-mb` and `--line-mb`.
"""

from __future__ import annotations

import gzip
import itertools
import json
import os
import platform
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
import zstandard

from cleaner.train.build import read_documents

ROOT = Path(__file__).parent.parent
COMMAND = "from cleaner.cli import main\nif __name__ == '__main__': main()"
SAMPLE_SECONDS, FINE_SAMPLE_SECONDS = 0.25, 0.05  # a look at three processes takes about a millisecond from them


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds from start to end, seconds of all processors, and peak memory of all its processes in bytes."""

    seconds: float
    processor_seconds: float
    peak: int


def texts(data: Path | None, corpora: Collection[str]) -> list[str]:
    """The documents of some corpora, shuffled; those in seeds/ where there are no others."""
    documents = [gold for gold in read_documents(ROOT / "seeds", data)[1] if gold.corpus in corpora]
    if not documents:
        raise SystemExit(f"no documents of {', '.join(corpora)}; pages and leftovers need --data")
    random.Random(0).shuffle(documents)
    return [gold.text for gold in documents]


def lines(documents: Sequence[str], n_bytes: int) -> Iterator[bytes]:
    """Records that together have about so many bytes; no two have the same first paragraph."""
    size = 0
    for i, text in enumerate(itertools.cycle(documents)):
        record = {"id": f"doc-{i}", "url": f"https://site{i % 1000}.example/{i}", "text": f"Number {i}\n\n{text}", "n": i}
        line = json.dumps(record, ensure_ascii=False).encode() + b"\n"
        size += len(line)
        yield line
        if size >= n_bytes:
            return


def memory(pid: int) -> int:
    """Memory of a process and its descendants, in bytes; what has just ended counts nothing."""
    total, pids = 0, [pid]
    while pids:
        one = pids.pop()
        try:
            rows = Path(f"/proc/{one}/smaps_rollup").read_text().splitlines()
            total += next(int(row.split()[1]) for row in rows if row.startswith("Pss:")) * 1024
            for task in os.listdir(f"/proc/{one}/task"):
                pids += map(int, Path(f"/proc/{one}/task/{task}/children").read_text().split())
        except (OSError, StopIteration):
            continue
    return total


def clean(source: Path, target: Path, every: float, *options: str) -> Run:
    """One run of the program as people run it; its memory is looked at every so many seconds."""
    target.unlink(missing_ok=True)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin, peak = time.perf_counter(), 0
    command = [sys.executable, "-c", COMMAND, "clean", str(source), "-o", str(target), "-q", *options]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        while True:
            peak = max(peak, memory(process.pid))
            with suppress(subprocess.TimeoutExpired):
                process.wait(every)
                break
    seconds = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in (0, 3):
        raise SystemExit(f"the run ended with {process.returncode}")
    return Run(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak)


def copy(source: Path, target: Path) -> float:
    """Seconds that a plain copy takes, decompressed where the source is compressed."""
    begin = time.perf_counter()
    opener = {".gz": gzip.open, ".zst": zstandard.open}.get(source.suffix, open)
    with opener(source, "rb") as read, open(target, "wb") as written:
        shutil.copyfileobj(read, written, 2**20)
    seconds = time.perf_counter() - begin
    target.unlink()
    return seconds


def row(*cells: object) -> None:
    """Print a row of a Markdown table."""
    print(f"| {' | '.join(map(str, cells))} |", flush=True)


def measure(source: Path, n_bytes: int, jobs: Sequence[int], every: float = SAMPLE_SECONDS) -> None:
    """Print the figures of one file with several numbers of jobs, and of a copy."""
    folder = source.parent
    plain = copy(source, folder / "copy")
    first = None
    for n in jobs:
        target = folder / f"out{''.join(source.suffixes)}"
        run = clean(source, target, every, "--jobs", str(n))
        target.unlink()
        first = first or run.seconds
        figures = (f"{run.seconds:.1f}", f"{n_bytes / run.seconds / 1e6:.1f}", f"{first / run.seconds:.2f}", f"{run.processor_seconds:.1f}")
        row(source.name, n, *figures, f"{plain:.2f}", f"{run.seconds / plain:.0f}", f"{run.peak / 1e6:.0f}")


def written(path: Path, documents: Sequence[str], size_mb: int) -> Path:
    """A file of records."""
    with open(path, "wb") as file:
        file.writelines(lines(documents, size_mb * 10**6))
    return path


def packed(source: Path, ending: str) -> Path:
    """The same records, compressed or as a table."""
    target = source.with_name(f"{source.name}.{ending}") if ending != "parquet" else source.with_suffix(".parquet")
    if ending == "parquet":
        import pyarrow as pa
        from pyarrow import parquet

        schema = pa.schema({"id": pa.string(), "url": pa.string(), "text": pa.string(), "n": pa.int64()})
        with open(source, "rb") as read, parquet.ParquetWriter(target, schema) as table:
            while group := list(itertools.islice(map(json.loads, read), 10_000)):
                table.write_table(pa.Table.from_pylist(group, schema))
        return target
    with open(source, "rb") as read, gzip.open(target, "wb", 6) if ending == "gz" else zstandard.open(target, "wb") as stream:
        shutil.copyfileobj(read, stream, 2**20)
    return target


def one_line(path: Path, size_mb: int) -> Path:
    """A file of one long line and a short one."""
    with open(path, "wb") as file:
        file.write(b'{"text": "')
        for _ in range(size_mb):
            file.write(b"All one line. " * 71429)
        file.write(b'"}\n{"text": "And a short one."}\n')
    return path


def main(  # noqa: PLR0913 - a parameter an option
    size_mb: Annotated[int, typer.Option(help="Megabytes of documents for the speed; 0 for none.")] = 100,
    memory_mb: Annotated[int, typer.Option(help="Megabytes of documents for the memory; 0 for none.")] = 0,
    line_mb: Annotated[int, typer.Option(help="Megabytes of a single line; 0 for none.")] = 0,
    jobs: Annotated[str, typer.Option(help="Numbers of jobs.")] = "1,2",
    compressed: Annotated[bool, typer.Option("--compressed", help="Measure compressed files too.")] = False,
    parquet: Annotated[bool, typer.Option("--parquet", help="Measure Parquet too.")] = False,
    data: Annotated[Path | None, typer.Option(envvar="CLEANER_DATA", help="Folder with labelled-pages.parquet and the rest.")] = None,
    texts_: Annotated[str | None, typer.Option("--texts", help="Corpora, of pages, leftovers and posts.")] = None,
    folder: Annotated[Path | None, typer.Option(help="Where to put the files, three times their size.")] = None,
) -> None:
    """Measure and print."""
    numbers = [int(n) for n in jobs.split(",")]
    corpora = tuple(texts_.split(",")) if texts_ else ("posts",) if data is None else ("pages", "leftovers")
    documents = texts(data, corpora)
    mean = sum(map(len, documents)) / len(documents)
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} before")
    print(f"{len(documents):,} documents of {' and '.join(corpora)}, repeated; {mean:,.0f} characters on average\n")
    row("file", "jobs", "seconds", "MB/s", "times 1 job", "processor s", "copy, s", "times a copy", "peak MB")
    row(*["---"] * 9)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        if size_mb:
            source = written(place / "documents.jsonl", documents, size_mb)
            n_bytes = source.stat().st_size
            measure(source, n_bytes, numbers)
            for ending in ("gz", "zst") * compressed + ("parquet",) * parquet:
                measure(packed(source, ending), n_bytes, numbers)
            source.unlink()
        if memory_mb:
            big = written(place / "big.jsonl", documents, memory_mb)
            measure(big, big.stat().st_size, numbers[-1:], FINE_SAMPLE_SECONDS)
            big.unlink()
        if line_mb:
            line = one_line(place / "line.jsonl", line_mb)
            measure(line, line.stat().st_size, numbers[-1:], FINE_SAMPLE_SECONDS)


if __name__ == "__main__":
    typer.run(main)
