"""A job of many tasks on a cluster, simulated: `python scripts/simulate_cluster.py --pages FILE`.

Measures what pages cost one by one, then draws tasks from them and hands each to the core that is free first, as Spark and Ray do. Prints
by how much a run takes longer than its work divided by its cores: for the last tasks, for killed ones, and for documents that take
as long as they may. A thousandth of the job by default: what delays the end of a job hardly depends on its length.
"""

from __future__ import annotations

import argparse
import heapq
import time

import numpy as np
from pyarrow import parquet

from cleaner import Cleaner
from cleaner.runs.threads import one_thread

MAX_SECONDS = 60.0  # `Stage.max_document_seconds`: nothing takes longer
SEED = 0


def costs(path: str, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Size in MB and processor seconds of pages, each judged alone."""
    table = parquet.read_table(path, columns=["html"])
    pages = table.column("html").take(np.random.default_rng(SEED).permutation(len(table))[:n]).to_pylist()
    cleaner = Cleaner.load()
    seconds = []
    with one_thread():
        for page in pages:
            begin = time.process_time()
            _ = cleaner.clean(html=page).text
            seconds.append(time.process_time() - begin)
    return np.array([len(page.encode() if isinstance(page, str) else page) for page in pages]) / 1e6, np.array(seconds)


def tasks(sizes: np.ndarray, seconds: np.ndarray, task_mb: float, n: int, slow_share: float = 0.0) -> np.ndarray:
    """How long each of n tasks takes.

    Args:
        sizes: of the measured pages, in MB.
        seconds: that they take.
        task_mb: how much a task has to do.
        n: number of tasks.
        slow_share: of documents that take as long as they may.
    """
    random = np.random.default_rng(SEED)
    n_documents = max(1, round(task_mb / sizes.mean()))
    drawn = np.array([seconds[random.integers(len(seconds), size=n_documents)].sum() for _ in range(n)])
    return drawn + random.binomial(n_documents, slow_share, n) * MAX_SECONDS


def makespan(durations: np.ndarray, n_cores: int, killed_share: float = 0.0) -> float:
    """When the last task ends; a killed one has run for part of its time and begins again."""
    random = np.random.default_rng(SEED)
    free = [0.0] * n_cores
    last = 0.0
    for duration in durations:
        begin = heapq.heappop(free)
        if random.random() < killed_share:
            begin += duration * random.random()
        last = max(last, begin + duration)
        heapq.heappush(free, begin + duration)
    return last


def main() -> None:
    """Measure, simulate, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", required=True, metavar="FILE", help="Parquet with a column `html`")
    parser.add_argument("--sample", type=int, default=500, help="pages to measure")
    parser.add_argument("--cores", type=int, default=1000)
    parser.add_argument("--tb", type=float, default=1.0, help="size of the simulated part of the job")
    options = parser.parse_args()
    sizes, seconds = costs(options.pages, options.sample)
    speed = sizes.sum() / seconds.sum()
    half, late = np.quantile(seconds, [0.5, 0.99])
    print(f"{len(sizes)} pages of {sizes.mean() * 1000:.0f} kB on average, the largest {sizes.max():.1f} MB")
    print(f"one by one {speed:.1f} MB a second; median {half * 1000:.0f} ms, 99% below {late * 1000:.0f} ms, longest {seconds.max():.1f} s")
    print(f"{options.tb:g} TB on {options.cores:,} cores:")
    for task_mb in (32, 128, 512):
        n = round(options.tb * 1e6 / task_mb)
        plain = tasks(sizes, seconds, task_mb, n)
        ideal = plain.sum() / options.cores
        slow = tasks(sizes, seconds, task_mb, n, slow_share=1e-6)
        runs = {
            "as measured": makespan(plain, options.cores),
            "1% of tasks killed once": makespan(plain, options.cores, 0.01),
            f"a document in a million takes {MAX_SECONDS:g} s": makespan(slow, options.cores),
        }
        said = ", ".join(f"{name} {run / ideal - 1:+.1%}" for name, run in runs.items())
        print(f"  {n:,} tasks of {task_mb} MB, {plain.mean():.0f} s each (longest {plain.max():.0f} s), {ideal / 60:.1f} min a core:")
        print(f"    {said}")


if __name__ == "__main__":
    main()
