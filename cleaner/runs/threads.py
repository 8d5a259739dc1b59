"""One thread a process for linear algebra."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache
from typing import Any


def one_thread() -> AbstractContextManager[Any]:
    """Keep numpy's matrix products in the thread that asks for them, for the time of a `with`.

    They are small here. Threads that wait for the next one turn in circles, and took more than half of the processor time on a busy
    machine with two cores: 3.5 MB/s of text instead of 9.8, measured with `scripts/bench_runs.py` and OPENBLAS_NUM_THREADS.
    """
    return _libraries().limit(limits=1, user_api="blas")


@cache
def _libraries() -> Any:  # noqa: ANN401 - a package without types
    """The libraries of this process, looked up once: that takes as long as judging some ten documents."""
    from threadpoolctl import ThreadpoolController  # not for those who only read the plan

    return ThreadpoolController()
