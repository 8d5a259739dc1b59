"""The processes that judge for the service: they outlive no hanging document, and are replaced when they die."""

from __future__ import annotations

import asyncio
import io
import multiprocessing
import signal
from concurrent.futures import ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import Any

from cleaner.errors import DocumentError
from cleaner.formats import Document, Entry
from cleaner.formats.jsonl import Writer, encode, entry
from cleaner.runs.timer import Watchdog
from cleaner.stages.stage import Stage

_ATTEMPTS = 2  # a process may have died of its neighbour's document


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a request.

    Attributes:
        body: the records with their results, a line each.
        n_documents: records judged.
        n_failed: records that failed.
        chars_in: characters judged.
        chars_out: characters of the results.
    """

    body: bytes
    n_documents: int
    n_failed: int
    chars_in: int = 0
    chars_out: int = 0


class Unanswered(Exception):  # noqa: N818 - it says what happened, not that something of ours is wrong
    """The processes died over a request, each time that it was tried."""


class Workers:
    """A pool of processes with a model each.

    Args:
        stage: what to do.
        n_processes: how many.
    """

    def __init__(self, stage: Stage, n_processes: int) -> None:
        stage.load()  # what is wrong with the model is told here, and forked processes share it
        self._stage = stage
        self._n_processes = n_processes
        self._pool = self._start()
        wait([self._pool.submit(int) for _ in range(n_processes)])  # else the first requests wait for processes to start

    def _start(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn")
        return ProcessPoolExecutor(self._n_processes, context, _begin, (self._stage,))

    async def answer(self, body: bytes, label: bool, is_lines: bool) -> Answer:
        """Judge the records of a request.

        Args:
            body: a JSON object, or JSON Lines.
            label: as `Stage.label`.
            is_lines: which of the two it is.

        Raises:
            DocumentError: the one record cannot be read or judged.
            Unanswered: it takes the processes down.
        """
        for _ in range(_ATTEMPTS):
            pool = self._pool
            try:
                return await asyncio.get_running_loop().run_in_executor(pool, _answer, body, label, is_lines)
            except BrokenProcessPool:
                if pool is self._pool:  # the first to notice starts another one
                    self._pool = self._start()
                    pool.shutdown(wait=False)
        raise Unanswered

    def close(self) -> None:
        """End the processes."""
        self._pool.shutdown(wait=True, cancel_futures=True)


_STATE: dict[str, Any] = {}  # of a worker process: its stage and its watchdog


def _begin(stage: Stage) -> None:
    """What a process does first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the service ends its processes itself
    stage.load()
    _STATE.update(stage=stage, watchdog=Watchdog(stage.max_document_seconds))


def _answer(body: bytes, label: bool, is_lines: bool) -> Answer:
    """Judge the records of a request, in a process of the pool."""
    stage, watchdog = _STATE["stage"], _STATE["watchdog"]
    watchdog.restart()
    try:
        return answer(stage, body, label, is_lines)
    finally:
        watchdog.stop()


def answer(stage: Stage, body: bytes, label: bool, is_lines: bool) -> Answer:
    """Judge the records of a request, in this process; see `Workers.answer`."""
    lines = [line for line in body.split(b"\n") if line.strip()] if is_lines else [body]
    entries: list[Entry] = [entry(line, f"record {number}", stage.reading) for number, line in enumerate(lines, 1)]
    stream, n_failed, chars_in, chars_out = io.BytesIO(), 0, 0, 0
    writer = Writer(stream)
    for document, result in zip(entries, stage.judge(entries), strict=True):
        if isinstance(result, DocumentError):
            if not is_lines:
                raise result
            stream.write(f"{encode({'document': result.document, 'error': result.problem})}\n".encode())
            n_failed += 1
            continue
        assert isinstance(document, Document), "only documents have results"
        text = result.source if label else result.text
        writer.write(document, text, result.paragraphs if label else None)
        chars_in, chars_out = chars_in + len(result.source), chars_out + len(text)
    return Answer(stream.getvalue(), len(entries) - n_failed, n_failed, chars_in, chars_out)
