"""One reader and one writer a format, and the table that says which ending means which.

A further format is a module with a `read` and a `Writer`, and a row in `FORMATS`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from cleaner.errors import ConfigError
from cleaner.formats import jsonl, plain
from cleaner.formats.document import Document, Entry, Reader, Writer
from cleaner.formats.streams import COMPRESSIONS

__all__ = [
    "FORMATS",
    "Document",
    "Entry",
    "Format",
    "Packing",
    "Reader",
    "Writer",
    "known",
    "packing_named",
    "packing_of",
    "split_compression",
]


@dataclass(frozen=True, slots=True)
class Format:
    """A way to store documents.

    Attributes:
        name: what `--from` and `--to` call it; also its ending, without the dot.
        read: gives the documents of a stream.
        writer: makes a writer for a stream.
        is_table: whether it stores records: many documents a file, each with room for further fields.
    """

    name: str
    read: Reader
    writer: Callable[[BinaryIO], Writer]
    is_table: bool = False


FORMATS = {
    row.name: row
    for row in (
        Format("txt", plain.read, plain.Writer),
        Format("md", plain.read, plain.Writer),
        Format("jsonl", jsonl.read, jsonl.Writer, is_table=True),
    )
}


@dataclass(frozen=True, slots=True)
class Packing:
    """A format and the compression around it, None for none."""

    format: Format
    compression: str | None = None

    @property
    def ending(self) -> str:
        """The ending of file names, for instance `.jsonl.gz`."""
        return f".{self.format.name}.{self.compression}" if self.compression else f".{self.format.name}"


def packing_of(path: str) -> Packing | None:
    """The packing that the ending of a path means; None for an ending that says nothing."""
    stem, compression = split_compression(os.path.basename(path))
    root, ending = os.path.splitext(stem)
    row = FORMATS.get(ending[1:].lower()) if root else None
    return Packing(row, compression) if row is not None else None


def packing_named(name: str) -> Packing:
    """The packing that an option names.

    Args:
        name: a format, for instance `jsonl`, or with its compression, `jsonl.gz`; a leading dot does no harm.

    Raises:
        ConfigError: no such format.
    """
    packing = packing_of(f"name.{name.removeprefix('.')}")
    if packing is None:
        raise ConfigError(f"{name!r} is not a format; known are {known()}")
    return packing


def split_compression(name: str) -> tuple[str, str | None]:
    """A file name without the ending of its compression, and that compression."""
    root, ending = os.path.splitext(name)
    compression = ending[1:].lower()
    return (root, compression) if compression in COMPRESSIONS else (name, None)


def known() -> str:
    """All formats in words, for messages."""
    return f"{', '.join(FORMATS)}, each also with .{' or .'.join(COMPRESSIONS)}"
