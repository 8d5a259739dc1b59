"""One source → its documents, and an entry instead of an exception where it cannot be read further."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from cleaner.errors import DocumentError
from cleaner.formats import Entry
from cleaner.formats.streams import READ_ERRORS, decompressed
from cleaner.runs.inputs import STDIN, Source


def ignore(n_bytes: int) -> None:
    """Take no notice of progress."""


def entries(source: Source, advance: Callable[[int], None] = ignore) -> Iterator[list[Entry]]:
    """Read a source as its documents arrive.

    Args:
        source: a file or standard input.
        advance: told how many bytes more of the file have been read, before decompression.

    Yields:
        What one read brought; last of all an error where the source is missing, locked, damaged or cut short.
    """
    packing = source.packing
    try:
        with _opened(source.path) as stream:
            at = 0
            for arrived in packing.format.read(decompressed(stream, packing.compression), source.path):
                yield arrived
                if stream.seekable():
                    at, before = stream.tell(), at
                    advance(at - before)
    except READ_ERRORS as error:
        yield [DocumentError(source.path, f"cannot be read to its end: {getattr(error, 'strerror', None) or error}")]


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    if path == STDIN:
        yield sys.stdin.buffer
    else:
        with open(path, "rb") as stream:
            yield stream
