"""Speed and memory of batch runs, whole processes from start to end, on documents made of those in seeds/.

    python scripts/bench_runs.py                          100 MB of JSON Lines, with 1 and 2 jobs
    python scripts/bench_runs.py --size-mb 1000           more of them
    python scripts/bench_runs.py --memory-mb 5000         also the peak memory on that many
    python scripts/bench_runs.py --line-mb 1000           also one line of that size
    python scripts/bench_runs.py --compressed             also .jsonl.gz and .jsonl.zst, in and out

Beside each time stands that of a plain copy in Python, read and written in pieces of 1 MiB. Memory is that of the run and all its
processes together: the sum of their proportional shares (PSS), so that pages they share count once, sampled 20 times a second.
"""

from __future__ import annotations

import gzip
import itertools
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
import zstandard

from cleaner.train.gold import read_gold, read_scheme

ROOT = Path(__file__).parent.parent
COMMAND = "from cleaner.cli import main\nif __name__ == '__main__': main()"
SAMPLE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Run:
    """One run: seconds from start to end, and peak memory of all its processes in bytes."""

    seconds: float
    peak: int


def texts() -> list[str]:
    """The written documents."""
    scheme = read_scheme(ROOT / "seeds" / "labels.toml")
    return [read_gold(path, scheme).text for path in sorted((ROOT / "seeds" / "written").glob("*/*.gold"))]


def lines(n_bytes: int) -> Iterator[bytes]:
    """Records that together have about so many bytes; no two have the same first paragraph."""
    size = 0
    for i, text in enumerate(itertools.cycle(texts())):
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


def clean(source: Path, target: Path, *options: str) -> Run:
    """One run of the program as people run it."""
    target.unlink(missing_ok=True)
    begin, peak = time.perf_counter(), 0
    command = [sys.executable, "-c", COMMAND, "clean", str(source), "-o", str(target), "-q", *options]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(ROOT)}) as process:
        while process.poll() is None:
            peak = max(peak, memory(process.pid))
            time.sleep(SAMPLE_SECONDS)
    seconds = time.perf_counter() - begin
    if process.returncode not in (0, 3):
        raise SystemExit(f"the run ended with {process.returncode}")
    return Run(seconds, peak)


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


def speed(source: Path, folder: Path, n_bytes: int, jobs: list[int]) -> None:
    """Print the speed on one file with several numbers of jobs, and that of a copy."""
    plain = copy(source, folder / "copy")
    first = None
    for n in jobs:
        run = clean(source, folder / f"out{''.join(source.suffixes)}", "--jobs", str(n))
        first = first or run.seconds
        figures = (f"{run.seconds:.1f}", f"{n_bytes / run.seconds / 1e6:.1f}", f"{first / run.seconds:.2f}")
        row(source.name, n, *figures, f"{plain:.2f}", f"{run.seconds / plain:.0f}", f"{run.peak / 1e6:.0f}")


def main(
    size_mb: Annotated[int, typer.Option(help="Megabytes of documents for the speed.")] = 100,
    memory_mb: Annotated[int, typer.Option(help="Megabytes of documents for the memory; 0 for none.")] = 0,
    line_mb: Annotated[int, typer.Option(help="Megabytes of a single line; 0 for none.")] = 0,
    jobs: Annotated[str, typer.Option(help="Numbers of jobs.")] = "1,2",
    compressed: Annotated[bool, typer.Option(help="Whether to measure compressed files too.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where to put the files, three times their size.")] = None,
) -> None:
    """Measure and print."""
    numbers = [int(n) for n in jobs.split(",")]
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} before\n")
    row("file", "jobs", "seconds", "MB/s", "times 1 job", "copy, s", "times a copy", "peak MB")
    row(*["---"] * 8)
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        documents = place / "documents.jsonl"
        with open(documents, "wb") as file:
            file.writelines(lines(size_mb * 10**6))
        n_bytes = documents.stat().st_size
        speed(documents, place, n_bytes, numbers)
        if compressed:
            with open(documents, "rb") as read, gzip.open(place / "documents.jsonl.gz", "wb", 6) as packed:
                shutil.copyfileobj(read, packed, 2**20)
            with open(documents, "rb") as read, zstandard.open(place / "documents.jsonl.zst", "wb") as frame:
                shutil.copyfileobj(read, frame, 2**20)
            for ending in ("gz", "zst"):
                speed(place / f"documents.jsonl.{ending}", place, n_bytes, numbers)
        documents.unlink()
        if memory_mb:
            big = place / "big.jsonl"
            with open(big, "wb") as file:
                file.writelines(lines(memory_mb * 10**6))
            speed(big, place, big.stat().st_size, numbers[-1:])
            big.unlink()
        if line_mb:
            line = place / "line.jsonl"
            with open(line, "wb") as file:
                file.write(b'{"text": "')
                for _ in range(line_mb):
                    file.write(b"All one line. " * 71429)
                file.write(b'"}\n{"text": "And a short one."}\n')
            speed(line, place, line.stat().st_size, numbers[-1:])


if __name__ == "__main__":
    typer.run(main)
