"""What the adapters cost beside `Cleaner.clean_many`: `python scripts/bench_stages.py [arrow spark ray datatrove datasets]`."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from cleaner import Cleaner
from cleaner.runs.threads import one_thread
from cleaner.stages.arrow import clean_batch
from cleaner.stages.stage import Stage
from cleaner.train.gold import read_gold, read_scheme

SEEDS = Path(__file__).parents[1] / "seeds"
N_DOCUMENTS = 20_000
ROUNDS = 5
BATCH_ROWS = 1000


def texts() -> list[str]:
    """The written documents, over and over, no two the same."""
    scheme = read_scheme(SEEDS / "labels.toml")
    written = [read_gold(path, scheme).text for path in sorted((SEEDS / "written").glob("*/*.gold"))]
    return [f"{number}. {written[number % len(written)]}" for number in range(N_DOCUMENTS)]


def seconds(work: Callable[[], Any]) -> float:
    """How long something takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def by_arrow(table: pa.Table, stage: Stage) -> None:
    """In this process."""
    for batch in table.to_batches(BATCH_ROWS):
        clean_batch(batch, stage)


def by_spark(path: str, out: str) -> Iterator[Callable[[], Any]]:
    """On two cores of this machine: first the start, then the work, once cold and once warm."""
    from pyspark.sql import SparkSession

    from cleaner.stages.spark import clean_dataframe

    session: Any = None

    def start() -> None:
        nonlocal session
        session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()

    def work() -> None:
        clean_dataframe(session.read.parquet(path).repartition(8)).write.mode("overwrite").parquet(out)

    yield start
    yield work
    yield work
    session.stop()


def by_ray(path: str, out: str) -> Iterator[Callable[[], Any]]:
    """With two actors on this machine."""
    import ray

    from cleaner.stages.ray import CleanBatches

    def work() -> None:
        ray.data.read_parquet(path, override_num_blocks=8).map_batches(CleanBatches, **CleanBatches.options(actors=2)).write_parquet(out)

    yield lambda: ray.init(num_cpus=2, include_dashboard=False, object_store_memory=2**28, logging_level="ERROR")
    yield work
    yield work
    ray.shutdown()


def main() -> None:
    """Measure and print."""
    wanted = sys.argv[1:] or ["arrow"]
    documents = texts()
    n_mb = sum(len(text.encode()) for text in documents) / 1e6
    table = pa.table({"id": list(range(len(documents))), "text": documents})
    cleaner, stage = Cleaner.load(), Stage()
    stage.load()
    print(f"{len(documents):,} documents, {n_mb:.1f} MB; the best of {ROUNDS} rounds, in turns")
    plain, through = [], []
    with one_thread():
        for _ in range(ROUNDS):
            plain.append(seconds(lambda: [result.text for result in cleaner.clean_many(documents)]))
            through.append(seconds(lambda: by_arrow(table, stage)))
    print(f"clean_many   {min(plain):6.2f} s  {n_mb / min(plain):5.1f} MB/s")
    print(f"clean_batch  {min(through):6.2f} s  {n_mb / min(through):5.1f} MB/s  {min(through) / min(plain) - 1:+.1%}")
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/in.parquet"
        parquet.write_table(table, path)
        for name, steps in (("spark", by_spark), ("ray", by_ray)):
            if name in wanted:
                taken = [seconds(step) for step in steps(path, f"{folder}/{name}")]
                start, first, second = taken
                print(f"{name:<11}  start {start:.1f} s, first run {first:.1f} s, second {second:.1f} s: {n_mb / second:.1f} MB/s")


if __name__ == "__main__":
    main()
