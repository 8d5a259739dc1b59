"""A plan → the chunks of work that processes take: always the same ones, so that a run can go on at any of them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from cleaner.formats import Block
from cleaner.runs.plan import Plan
from cleaner.runs.reading import blocks

logger = logging.getLogger(__name__)

SMALL_FILE_BYTES = 512  # what a file costs beside its bytes, so that a chunk of many empty files ends as well


@dataclass(frozen=True, slots=True)
class Position:
    """A place between two blocks of a plan: the file to go on with, and how many of its blocks are done."""

    job: int = 0
    block: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """A block of a chunk, or None for the end of its file.

    Attributes:
        job: number of its file in the plan.
        block: what to judge.
        is_first: whether it is the first of its file.
        closes: whether it is the last that goes to its target.
    """

    job: int
    block: Block | None
    is_first: bool = False
    closes: bool = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """Work for one process.

    Attributes:
        parts: blocks and ends of files, in order.
        after: where the next chunk begins.
        n_bytes: bytes of documents in it.
        n_read: bytes of files that have been read since the chunk before.
        n_resumed: bytes of its first file that had been read before the start.
    """

    parts: tuple[Part, ...]
    after: Position
    n_bytes: int
    n_read: int
    n_resumed: int = 0


def chunks(plan: Plan, start: Position = Position()) -> Iterator[Chunk]:
    """Read the files of a plan, a chunk at a time.

    Args:
        plan: what to read.
        start: where a chunk of an earlier run ended.

    Yields:
        Chunks of about a block; bigger ones only where a document is.

    Raises:
        CleanerError: a file has vanished.
    """
    settings = plan.settings
    # Somebody who waits gets each answer at once, unless several processes were asked for.
    reading = replace(settings.reading, is_live=plan.is_live and settings.n_jobs == 1)
    parts: list[Part] = []
    size = n_read = n_resumed = 0
    for number in range(start.job, len(plan.jobs)):
        job = plan.jobs[number]
        logger.info("%s: reading as %s", job.source.path, job.source.packing.ending)
        n_done = start.block if number == start.job else 0
        at = 0
        arrivals = blocks(job.source, reading, settings.max_expansion)
        for arrival in islice(arrivals, n_done):
            n_resumed = at = arrival.at
        for n, arrival in enumerate(arrivals, n_done):
            parts.append(Part(number, arrival.block, is_first=n == 0))
            size += len(arrival.block.data)
            n_read, at = n_read + arrival.at - at, arrival.at
            if reading.is_live or size >= reading.block_bytes:
                yield Chunk(tuple(parts), Position(number, n + 1), size, n_read, n_resumed)
                parts, size, n_read, n_resumed = [], 0, 0, 0
        is_last = number + 1 == len(plan.jobs) or plan.jobs[number + 1].target != job.target
        parts.append(Part(number, None, closes=is_last))
        n_read += max(0, job.source.n_bytes - at)
        size += SMALL_FILE_BYTES
        if size >= reading.block_bytes:
            yield Chunk(tuple(parts), Position(number + 1), size, n_read, n_resumed)
            parts, size, n_read, n_resumed = [], 0, 0, 0
    if parts:
        yield Chunk(tuple(parts), Position(len(plan.jobs)), size, n_read, n_resumed)
