"""One source → its blocks, and a problem instead of an exception where it cannot be read further."""

from __future__ import annotations

import errno
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from cleaner.errors import CleanerError, DocumentError
from cleaner.formats import Block, Entry, Reading
from cleaner.formats.streams import MAX_EXPANSION, READ_ERRORS, decompressed
from cleaner.runs.inputs import STDIN, Source

logger = logging.getLogger(__name__)

# What a file that was there and a disk that was mounted give once they are gone: nothing is wrong with the document.
GONE = frozenset({errno.ENOENT, errno.ENOTDIR, errno.ESTALE, errno.ENODEV, errno.ENXIO, errno.EHOSTDOWN, errno.ENOTCONN})


class Advance(Protocol):
    """Is told how a run gets on."""

    def __call__(self, n_bytes: int, is_resumed: bool = False) -> None:
        """So many bytes more have been read, compressed ones where the file is; or had been by the run that this one goes on with."""


def ignore(n_bytes: int, is_resumed: bool = False) -> None:
    """Take no notice of progress."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A block and how many bytes of the file, compressed ones where it is, have been read with it."""

    block: Block
    at: int


def blocks(source: Source, reading: Reading, max_expansion: int = MAX_EXPANSION) -> Iterator[Arrival]:
    """Read a source block by block.

    Args:
        source: a file or standard input.
        reading: fields and limits.
        max_expansion: bytes that a compressed byte may become.

    Yields:
        Its blocks; last of all one with a problem, where the source is locked, damaged or cut short.

    Raises:
        CleanerError: the source was there when the run was planned, and is gone.
    """
    packing, at = source.packing, 0
    try:
        with _opened(source.path) as stream:
            size = os.path.getsize(source.path) if source.path != STDIN else 0
            for block in packing.format.split(decompressed(stream, packing.compression, max_expansion), source.path, reading):
                if block.share is not None:
                    at = int(block.share * size)
                elif stream.seekable():
                    at = stream.tell()
                yield Arrival(block, at)
    except READ_ERRORS as error:
        if source.status is not None and isinstance(error, OSError) and error.errno in GONE:
            problem = f"it was there when the run began and is gone: {error.strerror}"
            raise CleanerError(f"{source.path}: {problem}; put it back and run again") from error
        problem = f"cannot be read to its end: {getattr(error, 'strerror', None) or error}"
        yield Arrival(Block(b"", problems=(DocumentError(source.path, problem),)), at)
    except CleanerError:
        raise
    except Exception as error:  # damage that nobody thought of costs the rest of a file, not the run
        logger.debug("%s: cannot be read", source.path, exc_info=True)
        problem = f"cannot be read to its end: {type(error).__name__}: {error}"
        yield Arrival(Block(b"", problems=(DocumentError(source.path, problem),)), at)


def parsed(block: Block, source: Source, reading: Reading) -> Iterator[Entry]:
    """The documents of a block, and an error for each one that has to be skipped."""
    if block.data or not block.problems:
        yield from source.packing.format.parse(block, source.path, reading)
    yield from block.problems


def entries(source: Source, reading: Reading | None = None) -> Iterator[list[Entry]]:
    """Read a source as its documents arrive, a list a block."""
    reading = reading or Reading()
    for arrival in blocks(source, reading):
        yield list(parsed(arrival.block, source, reading))


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == STDIN:
        yield sys.stdin.buffer
    else:
        with open(path, "rb") as stream:
            yield stream
