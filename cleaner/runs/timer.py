"""Time limits: on what Python can interrupt, and on what it cannot."""

from __future__ import annotations

import faulthandler
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

HARD_FACTOR, HARD_SECONDS = 2, 10  # what a library may still take after the limit before its process is ended


class Late(Exception):  # noqa: N818 - not an error of its own: whoever set the limit says what it means
    """The time is over."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Interrupt what takes too long, at its next step in Python; 0 never does.

    Without effect outside of the main thread and on systems without timers.

    Raises:
        Late: the time is over.
    """
    if not seconds or not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(_number: int, _frame: object) -> None:
        raise Late

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Watchdog:
    """Ends this process when a library does not come back: no exception reaches into its loops."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds * HARD_FACTOR + HARD_SECONDS if seconds else 0.0
        self._nowhere = open(os.devnull, "wb")  # noqa: SIM115 - as long as the process

    def restart(self) -> None:
        """Begin to count."""
        if self._seconds:
            faulthandler.dump_traceback_later(self._seconds, exit=True, file=self._nowhere)

    def stop(self) -> None:
        """Do not count."""
        faulthandler.cancel_dump_traceback_later()
