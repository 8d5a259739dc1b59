"""One thread a process for linear algebra."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any


def one_thread() -> AbstractContextManager[Any]:
    """Keep numpy's matrix products in the thread that asks for them, for the time of a `with`.

    They are small here. Threads that wait for the next one turn in circles, and took more than half of the processor time on a busy
    machine with two cores: 3.5 MB/s of text instead of 9.8, measured with `scripts/bench_runs.py` and OPENBLAS_NUM_THREADS.
    """
    from threadpoolctl import threadpool_limits  # not for those who only read the plan

    return threadpool_limits(1, user_api="blas")
