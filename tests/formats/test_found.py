"""Inputs that `scripts/fuzz.py` found and that once broke a reader: documents or errors come out of them now."""

from __future__ import annotations

from pathlib import Path

import pytest

from cleaner.errors import DocumentError
from cleaner.formats import FORMATS, Document, Reading
from cleaner.formats.streams import READ_ERRORS, decompressed

FOUND = sorted((Path(__file__).parent / "found").iterdir())


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_was_found_is_read(path: Path) -> None:
    _, ending, *compression = path.name.split(".")
    entries: list[object] = []
    reading = Reading(max_document_bytes=4096, block_bytes=512)
    with open(path, "rb") as stream:
        try:
            for block in FORMATS[ending].split(decompressed(stream, *compression or [None]), "in", reading):
                entries += [*FORMATS[ending].parse(block, "in", reading), *block.problems]
        except READ_ERRORS:
            return  # a run names the file for these
    assert entries
    assert all(isinstance(entry, Document | DocumentError) for entry in entries)
    assert all("\n" not in entry.problem for entry in entries if isinstance(entry, DocumentError))
