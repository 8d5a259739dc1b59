"""Chunks through the engine in several processes, in order and with a bounded number of them under way."""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from pathlib import Path

from cleaner.errors import DocumentError
from cleaner.runs.chunks import Chunk
from cleaner.runs.plan import Plan
from cleaner.runs.threads import one_thread
from cleaner.runs.timer import Watchdog
from cleaner.runs.work import Care, Done, Engine, process

AHEAD = 2  # chunks a process may have waiting, so that none is idle while results are written
MAX_AHEAD_BYTES = 2**26  # of documents under way, beyond the one that is needed next
DIED = "the process that judged it died; most likely there was too little memory for it, or it took too long"

_Outcome = tuple[Chunk, Done]


def through(engine: Engine, plan: Plan, chunks: Iterable[Chunk]) -> Generator[_Outcome, None, None]:
    """Work through chunks.

    Args:
        engine: judges the documents; other processes get it as it stands, in memory that they share where the system can.
        plan: what the chunks come from.
        chunks: the work; read only as far ahead as memory allows.

    Yields:
        Each chunk and what came of it, in order.
    """
    with _Pool(engine, plan) as pool:
        yield from pool.through(chunks)


class _Pool:
    """Processes that outlive whatever one of them runs into."""

    def __init__(self, engine: Engine, plan: Plan) -> None:
        self._engine = engine
        self._plan = plan
        self._executor = self._start(plan.settings.n_jobs)

    def _start(self, n: int) -> ProcessPoolExecutor:
        return ProcessPoolExecutor(n, _context(), _begin, (self._engine, self._plan, os.getpid()))

    def __enter__(self) -> _Pool:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _stop(self) -> None:
        """End the processes at once: what they still have under way is not wanted."""
        processes = list((getattr(self._executor, "_processes", None) or {}).values())
        manager = getattr(self._executor, "_executor_manager_thread", None)
        self._executor.shutdown(wait=False, cancel_futures=True)
        for one in processes:
            with suppress(OSError, ValueError):
                one.terminate()
        for one in processes:
            with suppress(OSError, ValueError):
                one.join(1)
        if manager is not None:
            manager.join(5)  # it notices that they are gone; left alone, it and the interpreter's end get into each other's way

    def through(self, chunks: Iterable[Chunk]) -> Iterator[_Outcome]:
        """See the function of this name."""
        waiting: deque[tuple[Chunk, Future[Done]]] = deque()
        chunks, n_bytes = iter(chunks), 0
        most = AHEAD * self._plan.settings.n_jobs
        while True:
            while len(waiting) < most and (not waiting or n_bytes < MAX_AHEAD_BYTES) and (chunk := next(chunks, None)) is not None:
                waiting.append((chunk, self._submit(chunk)))
                n_bytes += chunk.n_bytes
            if not waiting:
                return
            try:
                done = waiting[0][1].result()
            except BrokenProcessPool:
                yield from self._carefully([chunk for chunk, _ in waiting])
                waiting.clear()
                n_bytes = 0
                continue
            chunk, _ = waiting.popleft()
            n_bytes -= chunk.n_bytes
            yield chunk, done

    def _submit(self, chunk: Chunk) -> Future[Done]:
        try:
            return self._executor.submit(_work, chunk)
        except BrokenProcessPool as error:  # it broke since the last result; those who wait for this one will see
            future: Future[Done] = Future()
            future.set_exception(error)
            return future

    def _carefully(self, chunks: Iterable[Chunk]) -> Iterator[_Outcome]:
        """Work through chunks of which one has cost a process its life, document by document, to find out which."""
        with tempfile.TemporaryDirectory() as folder:
            for chunk in chunks:
                yield chunk, self._survive(chunk, Path(folder, "begun"))
        self._stop()
        self._executor = self._start(self._plan.settings.n_jobs)

    def _survive(self, chunk: Chunk, marker: Path) -> Done:
        fatal: dict[int, str] = {}
        while True:
            self._stop()
            self._executor = self._start(1)
            marker.write_bytes(b"")
            try:
                return self._executor.submit(_work, chunk, dict(fatal), str(marker)).result()
            except BrokenProcessPool:
                begun = marker.read_bytes()
                if not begun:
                    return self._lost(chunk)
                fatal[int.from_bytes(begun[-4:], "big")] = DIED

    def _lost(self, chunk: Chunk) -> Done:
        """What came of a chunk that kills a process before the first document is reached."""
        done = Done()
        for part in chunk.parts:
            if part.block is not None:
                where = f"{self._plan.jobs[part.job].source.path}:{part.block.first}"
                done.errors.append(DocumentError(where, f"a block of {len(part.block.data):,} bytes cannot be parsed: {DIED}"))
                done.tally.skipped += 1
        return done


def _context() -> multiprocessing.context.BaseContext:
    """Forked processes share the model's memory; where forking is not safe, each has its own."""
    is_safe = "fork" in multiprocessing.get_all_start_methods() and os.uname().sysname == "Linux"
    return multiprocessing.get_context("fork" if is_safe else "spawn")


# Of a worker process: what `_begin` gave it.
_engine: Engine
_plan: Plan
_watchdog: Watchdog


def _begin(engine: Engine, plan: Plan, parent: int) -> None:
    """Prepare a worker process."""
    global _engine, _plan, _watchdog  # noqa: PLW0603 - a process has one of each
    _engine, _plan = engine, plan
    _watchdog = Watchdog(plan.settings.max_seconds)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one decides what an interruption means
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_DFL)
    one_thread().__enter__()
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    """End with the process that started this one, even if that was killed and could not say so."""
    while os.getppid() == parent:
        threading.Event().wait(1)
    os._exit(1)


def _work(chunk: Chunk, fatal: dict[int, str] | None = None, marker: str | None = None) -> Done:
    """Work through a chunk in a worker process."""

    def begun(number: int) -> None:
        _watchdog.restart()
        if marker is not None:
            with open(marker, "ab") as file:
                file.write(number.to_bytes(4, "big"))

    _watchdog.restart()
    try:
        return process(_engine, _plan, chunk, Care(fatal or {}, begun, marker is not None))
    finally:
        _watchdog.stop()
