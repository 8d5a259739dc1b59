"""Kills batch runs at random moments, lets them go on, and compares what they leave with an uninterrupted run, byte by byte.

python scripts/kill_runs.py                 50 kills, with 1 and 2 jobs in turn
python scripts/kill_runs.py --kills 10      fewer
"""

from __future__ import annotations

import gzip
import hashlib
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer
import zstandard
from pyarrow import parquet

from cleaner.train.gold import read_gold, read_scheme

ROOT = Path(__file__).parent.parent
# The command as people run it, but with small chunks and a state after each, so that there is much to go wrong.
COMMAND = """
import functools
import cleaner.cli.options as options
import cleaner.runs.state as state
options.Reading = functools.partial(options.Reading, block_bytes=100_000)
state.CHECKPOINT_SECONDS = 0.0
from cleaner.cli import main
main()
"""
OPTIONS = ("clean", "in", "-o", "out", "--removed", "removed.jsonl", "--report", "report.html", "--marker", "[{n}]", "-q")


def fill(folder: Path, n_documents: int) -> None:
    """Documents in every format that is written, some of them damaged."""
    scheme = read_scheme(ROOT / "seeds" / "labels.toml")
    texts = [read_gold(path, scheme).text for path in sorted((ROOT / "seeds" / "written").glob("*/*.gold"))]
    many = list(itertools.islice(itertools.cycle(texts), n_documents))
    rows = [json.dumps({"id": f"d{i}", "text": text}) + "\n" + "damaged\n" * (i % 500 == 7) for i, text in enumerate(many)]
    data = "".join(rows).encode()
    (folder / "a.jsonl").write_bytes(data)
    (folder / "b.jsonl.gz").write_bytes(gzip.compress(data)[:-50])
    (folder / "c.jsonl.zst").write_bytes(zstandard.compress(data))
    parquet.write_table(pa.table({"text": many, "n": range(len(many))}), folder / "d.parquet", row_group_size=200)
    for i, text in enumerate(texts[:200]):
        (folder / f"e{i:03}.txt").write_text(text)


def start(folder: Path, jobs: int) -> subprocess.Popen[bytes]:
    """Begin a run, or go on with one."""
    command = [sys.executable, "-c", COMMAND, *OPTIONS, "--jobs", str(jobs), "--resume"]
    return subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT)})


def digests(folder: Path) -> dict[str, str]:
    """What a run left, the time it took apart."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or folder / "in" in path.parents:
            continue
        data = path.read_bytes()
        if path.name == "report.json":
            report = json.loads(data)
            report["counts"].pop("seconds")
            data = json.dumps(report).encode()
        elif path.name == "report.html":
            data = data.partition(b"<h2>Labels")[2]
        found[str(path.relative_to(folder))] = hashlib.sha256(data).hexdigest()
    return found


def main(
    kills: Annotated[int, typer.Option(help="How many.")] = 50,
    documents: Annotated[int, typer.Option(help="Documents in each of four large files.")] = 400,
    seed: Annotated[int, typer.Option(help="Of the moments.")] = 0,
) -> None:
    """Kill, go on, compare."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        whole, killed = Path(name, "whole"), Path(name, "killed")
        (whole / "in").mkdir(parents=True)
        fill(whole / "in", documents)
        begin = time.monotonic()
        if start(whole, 1).wait() != 3:
            raise SystemExit("the uninterrupted run failed")
        seconds = time.monotonic() - begin
        expected = digests(whole)
        n_kills = n_runs = n_resumed = 0
        while n_kills < kills:
            shutil.rmtree(killed, ignore_errors=True)
            shutil.copytree(whole / "in", killed / "in", copy_function=shutil.copy2)
            jobs, code = 1 + n_runs % 2, None
            while code is None:
                n_resumed += (killed / "out.state.json").exists()
                process = start(killed, jobs)
                try:
                    code = process.wait(chance.uniform(0.2, 0.6) * seconds if n_kills < kills else None)
                except subprocess.TimeoutExpired:
                    process.send_signal(signal.SIGKILL)
                    process.wait()
                    n_kills += 1
            n_runs += 1
            found = digests(killed)
            if code != 3 or found != expected:
                differing = [path for path in sorted({*found, *expected}) if found.get(path) != expected.get(path)]
                raise SystemExit(f"after {n_kills} kills: exit code {code}, other bytes in {differing}")
            print(f"{n_kills} kills, {n_runs} runs complete, gone on {n_resumed} times: all bytes the same", flush=True)


if __name__ == "__main__":
    typer.run(main)
