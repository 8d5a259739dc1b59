"""What the adapters cost beside `Cleaner.clean_many`: `python scripts/bench_stages.py [--spark] [--ray] [--pages FILE]`.

Figures are processor seconds of all processes that take part, which other work on the machine hardly moves, and wall-clock seconds.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from cleaner import Cleaner
from cleaner.records import Page
from cleaner.runs.threads import one_thread
from cleaner.stages.arrow import clean_batch, clean_table
from cleaner.stages.stage import Stage
from cleaner.train.gold import read_gold, read_scheme

SEEDS = Path(__file__).parents[1] / "seeds"
N_DOCUMENTS = 20_000
N_PAGES = 500
ROUNDS = 5
PAGE_ROUNDS = 2
BATCH_ROWS = 10_000  # what Spark hands over at a time
N_BLOCKS = 8
Engine = Callable[[str, str], AbstractContextManager[tuple[Callable[[], Any], Callable[[], Any]]]]
TICKS = os.sysconf("SC_CLK_TCK")
METER_SECONDS = 0.1  # what a process uses after the last look before its end is not seen


def texts(n: int) -> list[str]:
    """The written documents, over and over, no two the same."""
    scheme = read_scheme(SEEDS / "labels.toml")
    written = [read_gold(path, scheme).text for path in sorted((SEEDS / "written").glob("*/*.gold"))]
    return [f"{number}. {written[number % len(written)]}" for number in range(n)]


class Meter(threading.Thread):
    """Watches what this process and all that came from it use, as /proc tells; those that have ended count with what was seen last."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._seen: dict[tuple[int, int], float] = {}  # by number and start of the process, since numbers come again
        self._lock = threading.Lock()

    def run(self) -> None:
        """Look again and again."""
        while True:
            self.seconds()
            time.sleep(METER_SECONDS)

    def seconds(self) -> float:
        """Processor seconds so far."""
        with self._lock:
            processes = {}
            for path in Path("/proc").glob("[0-9]*/stat"):
                with suppress(OSError):  # a process that has just ended
                    fields = path.read_text().rpartition(")")[2].split()
                    processes[int(path.parent.name)] = (int(fields[1]), int(fields[19]), (int(fields[11]) + int(fields[12])) / TICKS)
            for number, (_, start, used) in processes.items():
                if (number, start) in self._seen or self._is_ours(number, processes):
                    self._seen[number, start] = used
            return sum(self._seen.values())

    def _is_ours(self, number: int, processes: dict[int, tuple[int, int, float]]) -> bool:
        while number in processes and number != os.getpid():
            number = processes[number][0]
        return number == os.getpid()


METER = Meter()


def taken(work: Callable[[], Any]) -> tuple[float, float]:
    """Processor seconds and seconds of something."""
    begin, used = time.perf_counter(), METER.seconds()
    work()
    return METER.seconds() - used, time.perf_counter() - begin


def best(*works: Callable[[], Any], rounds: int = ROUNDS) -> list[float]:
    """Processor seconds of each in this process, the best of some rounds, in turns."""
    least = [float("inf")] * len(works)
    with one_thread():
        for _ in range(rounds):
            for i, work in enumerate(works):
                begin = time.process_time()
                work()
                least[i] = min(least[i], time.process_time() - begin)
    return least


def by_arrow(table: pa.Table) -> None:
    """In this process."""
    for batch in table.to_batches(BATCH_ROWS):
        clean_batch(batch, Stage())


def same(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The way to Python and back alone."""
    yield from batches


@contextmanager
def spark(path: str, out: str) -> Iterator[tuple[Callable[[], Any], Callable[[], Any]]]:
    """On two cores of this machine: with cleaning, and without."""
    from pyspark.sql import SparkSession

    from cleaner.stages.spark import clean_dataframe

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.driver.memory", "1g")
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    frame = session.read.parquet(path).repartition(N_BLOCKS)
    yield (
        lambda: clean_dataframe(frame).write.mode("overwrite").parquet(out),
        lambda: frame.mapInArrow(same, frame.schema).write.mode("overwrite").parquet(out),
    )
    session.stop()


@contextmanager
def ray(path: str, out: str) -> Iterator[tuple[Callable[[], Any], Callable[[], Any]]]:
    """With two actors on this machine, and a processor for reading: with cleaning, and without."""
    import ray

    from cleaner.stages.ray import CleanBatches

    ray.init(num_cpus=3, include_dashboard=False, object_store_memory=2**28, logging_level="ERROR", log_to_driver=False)
    ray.data.DataContext.get_current().enable_progress_bars = False

    class Same(CleanBatches):
        def __call__(self, table: pa.Table) -> pa.Table:
            return table

    def run(kind: type[CleanBatches]) -> None:
        dataset = ray.data.read_parquet(path, override_num_blocks=N_BLOCKS)
        dataset.map_batches(kind, **CleanBatches.options(actors=2)).write_parquet(out)

    yield lambda: run(CleanBatches), lambda: run(Same)
    ray.shutdown()


def print_engine(engine: Engine, table: pa.Table, n_mb: float, plain: float) -> None:
    """Start, cold and warm run, and the way there and back alone."""
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/in.parquet"
        parquet.write_table(table, path)
        context = engine(path, f"{folder}/out")
        works: list[Callable[[], Any]] = []
        start = taken(lambda: works.extend(context.__enter__()))
        cold, warm, empty = taken(works[0]), taken(works[0]), taken(works[1])
        context.__exit__(None, None, None)
    runs = (("first run", cold), ("second", warm), ("without cleaning", empty))
    said = ", ".join(f"{what} {used:.1f} ({wall:.1f})" for what, (used, wall) in runs)
    print(f"{engine.__name__}: start {start[1]:.1f} s; processor seconds (and wall-clock): {said}")
    print(f"  {n_mb / warm[0]:.1f} MB a processor second; {warm[0] / plain - 1:+.0%} over clean_many")


def print_pages(path: str) -> None:
    """The core on pages, one core."""
    table = parquet.read_table(path, columns=["html"]).slice(0, N_PAGES)
    pages = table.column("html").to_pylist()
    n_mb = sum(len(page.encode() if isinstance(page, str) else page) for page in pages) / 1e6
    cleaner = Cleaner.load()
    plain, through = best(
        lambda: [result.text for result in cleaner.clean_many(map(Page, pages))],
        lambda: clean_table(table.combine_chunks(), Stage()),
        rounds=PAGE_ROUNDS,
    )
    print(f"{len(pages):,} pages, {n_mb:.1f} MB of HTML; processor seconds, the best of {PAGE_ROUNDS} rounds, in turns")
    print(f"clean_many   {plain:6.2f}  {n_mb / plain:5.1f} MB/s  {len(pages) / plain:5.0f} pages/s")
    print(f"clean_batch  {through:6.2f}  {n_mb / through:5.1f} MB/s  {len(pages) / through:5.0f} pages/s  {through / plain - 1:+.1%}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spark", action="append_const", dest="engines", const=spark, default=[], help="on two cores, besides the core")
    parser.add_argument("--ray", action="append_const", dest="engines", const=ray, help="with two actors, besides the core")
    parser.add_argument("--pages", metavar="FILE", help="Parquet with a column `html`: measure the core on the first 500 instead")
    options = parser.parse_args()
    if options.pages:
        print_pages(options.pages)
        return
    documents = texts(N_DOCUMENTS)
    n_mb = sum(len(text.encode()) for text in documents) / 1e6
    table = pa.table({"id": list(range(len(documents))), "text": documents})
    cleaner = Cleaner.load()
    plain, through = best(lambda: [result.text for result in cleaner.clean_many(documents)], lambda: by_arrow(table))
    print(f"{len(documents):,} documents, {n_mb:.1f} MB of text; processor seconds, the best of {ROUNDS} rounds, in turns")
    print(f"clean_many   {plain:6.2f}  {n_mb / plain:5.1f} MB/s")
    print(f"clean_batch  {through:6.2f}  {n_mb / through:5.1f} MB/s  {through / plain - 1:+.1%}")
    if options.engines:
        METER.start()
    for engine in options.engines:
        print_engine(engine, table, n_mb, plain)


if __name__ == "__main__":
    main()
