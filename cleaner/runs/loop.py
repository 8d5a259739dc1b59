"""The run: chunks through the engine, results written in order, counts, and a state to go on from."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Generator
from contextlib import closing

from cleaner.errors import DocumentError
from cleaner.formats.jsonl import encode
from cleaner.runs import state as states
from cleaner.runs.chunks import Chunk, Position, chunks
from cleaner.runs.outputs import Finished, Rows, Target, error_row
from cleaner.runs.plan import Plan
from cleaner.runs.reading import Advance, ignore
from cleaner.runs.report import RunReport, Tally
from cleaner.runs.state import State
from cleaner.runs.summary import Summary
from cleaner.runs.threads import one_thread
from cleaner.runs.work import Done, Engine, Piece, process

logger = logging.getLogger(__name__)

MOST_FINISHED = 1000  # whole files that wait for the next checkpoint to get their names
MANY_FILES = 16  # from here on one call that brings everything to the disk is quicker than one for each


def run(engine: Engine, plan: Plan, advance: Advance = ignore) -> RunReport:
    """Read, judge and write all documents of a plan.

    Args:
        engine: judges the documents.
        plan: what to read and where to write it.
        advance: told how the run gets on.

    Returns:
        What was read, written, left out and dropped.

    Raises:
        CleanerError: a result cannot be written, or an input has vanished; what was complete before stays.
        ConfigError: there is an unfinished run, which this one neither goes on with nor is told to drop.
    """
    with one_thread():
        return _Run(plan, advance).through(engine)


class _Run:
    """One run: its plan, its open files and its counts."""

    def __init__(self, plan: Plan, advance: Advance) -> None:
        self._plan = plan
        self._advance = advance
        self._tally = Tally()
        self._summary = Summary() if plan.report is not None else None
        self._target = Target(plan.with_headers)
        self._errors = Rows(plan.errors, even_empty=False)
        self._removed = Rows(plan.removed, even_empty=True)
        self._finished: list[Finished] = []
        self._position = Position()
        self._seconds = 0.0
        self._has_state = self._is_complete = False
        self._fingerprint: dict[str, str] | None = None
        self._last = self._begin = time.monotonic()

    def through(self, engine: Engine) -> RunReport:
        """Do it all."""
        self._resume()
        if not self._has_state:
            for problem in self._plan.problems:
                self._skip(problem)
        try:
            if not self._is_complete:
                with closing(_outcomes(engine, self._plan, self._position)) as outcomes:
                    for chunk, done in outcomes:
                        self._write(chunk, done)
            self._end()
        except BaseException:  # an interruption too has to leave either a state or nothing; it goes on its way
            self._break_off()
            raise
        return self._report()

    def _report(self) -> RunReport:
        return self._tally.report(self._plan.passed_over, self._elapsed())

    def _elapsed(self) -> float:
        return self._seconds + time.monotonic() - self._begin

    def _resume(self) -> None:
        """Take up the unfinished run, if there is one to take up."""
        plan = self._plan
        state = states.load(plan.state, plan) if plan.state is not None else None
        if state is None:
            return
        for file in state.finished:
            file.publish()
        if not state.is_complete:
            near = {job.target: job.packing for job in plan.jobs[max(0, state.job - 1) : state.job + 1]}
            self._target.resume(state.target, near)
            self._errors.resume(state.errors)
            self._removed.resume(state.removed)
        self._is_complete = state.is_complete
        self._tally = Tally.from_json(state.tally)
        if self._summary is not None and state.summary is not None:
            self._summary = Summary.from_json(state.summary)
        self._position = Position(state.job, state.block)
        self._seconds = state.seconds
        self._has_state = True
        self._advance(sum(job.source.n_bytes for job in plan.jobs[: state.job]), is_resumed=True)
        logger.info("going on with %s", plan.jobs[state.job].source.path if state.job < len(plan.jobs) else "the end of the run")

    def _write(self, chunk: Chunk, done: Done) -> None:
        """Write what came of a chunk."""
        for piece in done.pieces:
            self._append(piece)
        for error in done.errors:
            logger.warning("%s", error)
            self._errors.write([error_row(error)])
        self._tally.merge(done.tally)
        if self._summary is not None and done.summary is not None:
            self._summary.merge(done.summary)
        self._position = chunk.after
        if chunk.n_resumed:
            self._advance(chunk.n_resumed, is_resumed=True)
        self._advance(chunk.n_read)
        if self._plan.is_live:
            self._target.flush()
        is_due = len(self._finished) >= MOST_FINISHED or time.monotonic() - self._last >= states.CHECKPOINT_SECONDS
        if is_due and self._plan.state is not None:
            self._checkpoint(self._plan.state)

    def _append(self, piece: Piece) -> None:
        job, target = self._plan.jobs[piece.job], self._target
        if piece.removed:
            place = encode("-" if job.target is None else self._place(job.target))
            self._removed.write([f'{{"file": {place}, "row": {target.n_documents + n}, {row}' for n, row in piece.removed])
        target.n_entries += piece.n_entries
        if piece.data or piece.n_documents:
            target.write(job.target, job.packing, piece.data, job.source.path)
        target.n_documents += piece.n_documents
        if piece.closes and (file := target.finish(job.target, job.packing)) is not None:
            self._finished.append(file)
            if not self._has_state:
                self._publish()

    def _place(self, target: str) -> str:
        """What a row calls a result: where it lies below the output, or its name."""
        output = self._plan.output
        return os.path.basename(target) if output is None or output == target else os.path.relpath(target, output)

    def _publish(self) -> None:
        """Give whole files their names."""
        for file in self._finished:
            file.publish()
        self._finished = []

    def _skip(self, error: DocumentError) -> None:
        logger.warning("%s", error)
        self._tally.skipped += 1
        self._errors.write([error_row(error)])

    def _checkpoint(self, path: str) -> None:
        """Write down where the run stands: first everything that the state speaks of, then the state, then the names."""
        is_many = len(self._finished) > MANY_FILES
        for output in (self._target, self._errors, self._removed):
            output.sync(to_disk=not is_many)
        if is_many and hasattr(os, "sync"):
            os.sync()
        else:
            for file in self._finished:
                _sync(file.unfinished)
        state = State(
            job=self._position.job,
            block=self._position.block,
            target=self._target.to_json(),
            errors=self._errors.to_json(),
            removed=self._removed.to_json(),
            finished=tuple(self._finished),
            tally=self._tally.to_json(),
            summary=None if self._summary is None else self._summary.to_json(),
            seconds=self._elapsed(),
            is_complete=self._is_complete,
        )
        self._fingerprint = self._fingerprint or states.fingerprint(self._plan)
        states.save(path, self._fingerprint, state)
        self._has_state = True
        self._publish()
        self._last = time.monotonic()

    def _end(self) -> None:
        """Complete everything that is open."""
        plan = self._plan
        if not self._is_complete:
            self._target.end()
            self._finished += [file for rows in (self._removed, self._errors) if (file := rows.finish()) is not None]
            if self._summary is not None and plan.report is not None:
                from cleaner.runs.page import write_report

                self._finished += write_report(plan.report, self._report(), self._summary)
            self._is_complete = True
            if self._has_state and plan.state is not None:
                self._checkpoint(plan.state)  # from here on only names are missing, and a kill costs none of them
        self._publish()
        if plan.state is not None:
            states.clear(plan.state)

    def _break_off(self) -> None:
        """Leave what can be gone on with, or else nothing but whole files."""
        open_ = (self._target, self._removed, self._errors)
        if self._has_state:
            for output in open_:
                output.close()
            return
        try:
            self._publish()
        finally:
            for output in open_:
                output.discard()


def _outcomes(engine: Engine, plan: Plan, start: Position) -> Generator[tuple[Chunk, Done], None, None]:
    """The chunks of a plan and what came of them, in order."""
    if plan.settings.n_jobs > 1:
        from cleaner.runs.pool import through  # a plain run has no use for it

        yield from through(engine, plan, chunks(plan, start))
        return
    for chunk in chunks(plan, start):
        yield chunk, process(engine, plan, chunk)


def _sync(path: str) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())
