"""The run: read, judge in batches, write in order, count; a document that cannot be read is named and left out."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Protocol

from cleaner.errors import DocumentError
from cleaner.formats import Document, Entry
from cleaner.formats.jsonl import row
from cleaner.records import Result
from cleaner.runs.outputs import Outputs, Rows
from cleaner.runs.plan import Job, Plan
from cleaner.runs.reading import entries, ignore
from cleaner.runs.report import RunReport, Tally

logger = logging.getLogger(__name__)


class Engine(Protocol):
    """What a run needs of a `Cleaner`."""

    def clean_many(self, texts: Iterable[str]) -> Iterator[Result]:
        """Judge texts, lazily and in order."""


def run(engine: Engine, plan: Plan, advance: Callable[[int], None] = ignore) -> RunReport:
    """Read, judge and write all documents of a plan.

    Args:
        engine: judges the texts.
        plan: what to read and where to write it.
        advance: told how many bytes more have been read, compressed ones where the file is.

    Returns:
        What was read, written, left out and dropped.

    Raises:
        CleanerError: a result cannot be written; what was complete before stays.
    """
    return _Run(plan, advance).through(engine)


class _Run:
    """One run: its plan, its open files and its counts."""

    def __init__(self, plan: Plan, advance: Callable[[int], None]) -> None:
        self._plan = plan
        self._advance = advance
        self._tally = Tally()
        self._outputs = Outputs(plan.with_headers)
        self._errors = Rows(plan.errors)
        self._removed = Rows(plan.removed)

    def through(self, engine: Engine) -> RunReport:
        """Do it all."""
        begin = time.perf_counter()
        with self._whole_or_nothing():
            for problem in self._plan.problems:
                self._skip(problem)
            arrivals = chain.from_iterable(map(self._read, self._plan.jobs))
            # A live stream is answered after each arrival; files are one long batch, to be cut as the engine likes.
            for arrived in arrivals if self._plan.is_live else [chain.from_iterable(arrivals)]:
                self._judge(engine, arrived)
                if self._plan.is_live:
                    self._outputs.flush()
        return self._tally.report(self._plan.passed_over, time.perf_counter() - begin)

    @contextmanager
    def _whole_or_nothing(self) -> Iterator[None]:
        """Complete the open files at the end, or drop them when it never comes."""
        try:
            yield
            self._outputs.commit()
            self._removed.commit(even_empty=True)
            self._errors.commit(even_empty=False)
        except BaseException:  # an interruption too has to leave no half-written file; it goes on its way
            for output in (self._outputs, self._removed, self._errors):
                output.discard()
            raise

    def _read(self, job: Job) -> Iterator[list[tuple[Job, Entry]]]:
        """The documents of one file as they arrive, and an error where it cannot be read further."""
        logger.info("%s: reading as %s", job.source.path, job.source.packing.ending)
        n_entries = 0
        for arrived in entries(job.source, self._advance):
            n_entries += len(arrived)
            yield [(job, entry) for entry in arrived]
        if not n_entries:
            self._outputs.touch(job)

    def _judge(self, engine: Engine, arrived: Iterable[tuple[Job, Entry]]) -> None:
        """Judge documents and write them; the engine may read some ahead."""
        waiting: deque[tuple[Job, Document]] = deque()

        def texts() -> Iterator[str]:
            for job, entry in arrived:
                if isinstance(entry, DocumentError):
                    self._skip(entry)
                else:
                    waiting.append((job, entry))
                    yield entry.text

        for result in engine.clean_many(texts()):
            self._write(*waiting.popleft(), result)

    def _write(self, job: Job, document: Document, result: Result) -> None:
        if self._plan.label:
            self._outputs.write(job, document, document.text, result.paragraphs)
        else:
            self._outputs.write(job, document, result.text, None)
        self._tally.add(result.source, result.verdicts)
        if self._plan.removed is not None:
            for paragraph in result.removed:
                text = document.text[paragraph.start : paragraph.end]
                self._removed.add({"document": document.id, **row(paragraph), "text": text})

    def _skip(self, error: DocumentError) -> None:
        logger.warning("%s", error)
        self._tally.skipped += 1
        self._errors.add({"document": error.document, "problem": error.problem})
