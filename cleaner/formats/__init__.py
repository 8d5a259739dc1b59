"""Splitters, parsers and writers of every format, and the table that says which ending means which.

A further format is a module with a `split`, a `parse` and a `Writer`, and a row in `FORMATS`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from cleaner.errors import ConfigError
from cleaner.formats import jsonl, parquet, plain, sidecar, table, warc
from cleaner.formats.document import Block, Document, Entry, Head, Parser, Reading, Splitter, Writer
from cleaner.formats.streams import COMPRESSIONS, one_frame

__all__ = [
    "FORMATS",
    "SIDECAR",
    "Block",
    "Document",
    "Entry",
    "Format",
    "Packing",
    "Reading",
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
        split: cuts a stream into blocks.
        parse: finds the documents of a block.
        writer: makes a writer for a stream; None for a format that is only read.
        is_table: whether it stores records: many documents a file, each with room for further fields.
        plain: the format of cleaned documents where this one cannot be written.
        head: what a result begins with; None for nothing. A format with a head takes documents of its own kind only.
        pack: makes the result of what the writer wrote; None where that is the result.
        is_compressible: whether it may lie inside `.gz` or `.zst`, and in pipes.
    """

    name: str
    split: Splitter
    parse: Parser
    writer: Callable[[BinaryIO], Writer] | None
    is_table: bool = False
    plain: str | None = None
    head: Head | None = None
    pack: Callable[[str, BinaryIO], None] | None = None
    is_compressible: bool = True


FORMATS = {
    row.name: row
    for row in (
        Format("txt", plain.split, plain.parse, plain.Writer),
        Format("md", plain.split, plain.parse, plain.Writer),
        Format("html", plain.split, plain.parse_page, None, plain="txt"),
        Format("htm", plain.split, plain.parse_page, None, plain="txt"),
        Format("jsonl", jsonl.split, jsonl.parse, jsonl.Writer, is_table=True),
        Format("csv", table.split, table.parse, table.Writer, is_table=True, head=table.head),
        Format(
            "parquet",
            parquet.split,
            parquet.parse,
            parquet.Writer,
            is_table=True,
            head=parquet.head,
            pack=parquet.pack,
            is_compressible=False,
        ),
        Format("warc", warc.split, warc.parse, None, is_table=True, plain="jsonl"),
        Format("wet", warc.split, warc.parse, None, is_table=True, plain="jsonl"),
    )
}
# Verdicts in files of their own, JSON Lines; never read.
SIDECAR = Format("jsonl", jsonl.split, jsonl.parse, sidecar.Writer, is_table=True)


@dataclass(frozen=True, slots=True)
class Packing:
    """A format and the compression around it, None for none."""

    format: Format
    compression: str | None = None

    @property
    def pack(self) -> Callable[[str, BinaryIO], None] | None:
        """Makes the file of what was written piece by piece; None where the pieces in a row are the file."""
        return one_frame if self.compression == "zst" else self.format.pack

    @property
    def ending(self) -> str:
        """The ending of file names, for instance `.jsonl.gz`."""
        return f".{self.format.name}.{self.compression}" if self.compression else f".{self.format.name}"


def packing_of(path: str) -> Packing | None:
    """The packing that the ending of a path means; None for an ending that says nothing."""
    stem, compression = split_compression(os.path.basename(path))
    root, ending = os.path.splitext(stem)
    row = FORMATS.get(ending[1:].lower()) if root else None
    return Packing(row, compression) if row is not None and (row.is_compressible or compression is None) else None


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
    packed = ", ".join(name for name, row in FORMATS.items() if row.is_compressible)
    bare = ", ".join(name for name, row in FORMATS.items() if not row.is_compressible)
    return f"{packed}, each also with .{' or .'.join(COMPRESSIONS)}, and {bare}"
