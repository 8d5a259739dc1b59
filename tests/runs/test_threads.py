"""Linear algebra in one thread."""

from __future__ import annotations

import numpy as np  # noqa: F401 - brings the library
from threadpoolctl import threadpool_info

from cleaner.runs.threads import one_thread


def threads() -> list[int]:
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


def test_products_take_one_thread_and_leave_the_others_as_they_were() -> None:
    before = threads()
    with one_thread():
        assert set(threads()) <= {1}
    assert threads() == before
