"""Cleaned documents and what was removed from them → the documents as they were."""

from __future__ import annotations

import io
import itertools
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cleaner.errors import CleanerError, DocumentError
from cleaner.formats import Block, Document, Entry
from cleaner.formats.streams import compressed
from cleaner.runs.outputs import Rows, Target, error_row
from cleaner.runs.plan import Job, Plan
from cleaner.runs.reading import Advance, blocks, ignore, parsed

_FILE = re.compile(rb'\{"file": ("(?:[^"\\]|\\.)*"), "row": (\d+), ')
Row = Mapping[str, Any]


@dataclass(slots=True)
class Restored:
    """What came of it: documents written, and those that were left out, each with its reason."""

    written: int = 0
    skipped: list[DocumentError] = field(default_factory=list)


def restore(plan: Plan, removed: str, advance: Advance = ignore) -> Restored:
    """Rebuild documents: the text as it was, byte for byte in text files, code point for code point in records.

    Args:
        plan: the cleaned documents and where the restored ones go; its own option for removed paragraphs is not used.
        removed: the file that `cleaner clean --removed` wrote.
        advance: told how many bytes more have been read.

    Returns:
        How it went.

    Raises:
        CleanerError: the file of removed paragraphs cannot be used, or a result cannot be written.
    """
    done = Restored(skipped=list(plan.problems))
    index = _Index(removed)
    is_single = len(plan.jobs) == 1 and len(index.places) <= 1
    target, errors = Target(plan.with_headers), Rows(plan.errors, even_empty=False)
    try:
        for number, job in enumerate(plan.jobs):
            place = next(iter(index.places), "") if is_single else job.source.place
            cleaned = _File(job, plan, index.rows(place), done)
            for data in cleaned.pieces(advance):
                target.write(job.target, job.packing, data, job.source.path)
            target.n_entries += cleaned.n_entries
            index.places.pop(place, None)
            if number + 1 == len(plan.jobs) or plan.jobs[number + 1].target != job.target:
                file = target.finish(job.target, job.packing)
                if file is not None:
                    file.publish()
        target.end()
        done.skipped += [DocumentError(place, f"{removed} has rows for it, and it is not among the inputs") for place in index.places]
        errors.write([error_row(error) for error in done.skipped])
        if (file := errors.finish()) is not None:
            file.publish()
    except BaseException:  # as in a run: whole files or none
        target.discard()
        errors.discard()
        raise
    return done


class _File:
    """One cleaned file and the rows that belong to it.

    Attributes:
        n_entries: documents met in it, readable or not.

    Raises:
        CleanerError: its format cannot be written.
    """

    def __init__(self, job: Job, plan: Plan, rows: Iterator[tuple[int, Sequence[Row]]], done: Restored) -> None:
        if job.packing.format.writer is None:
            raise CleanerError(f"{job.source.path}: {job.packing.format.name} cannot be written")
        self._job, self._plan, self._rows, self._done = job, plan, rows, done
        self._make = job.packing.format.writer
        self._waiting = next(rows, None)
        self._number = self.n_entries = 0

    def pieces(self, advance: Advance) -> Iterator[bytes]:
        """The restored documents, as bytes to append."""
        job, reading, at = self._job, self._plan.settings.reading, 0
        for n, arrival in enumerate(blocks(job.source, reading, self._plan.settings.max_expansion)):
            out = io.BytesIO()
            if job.packing.format.head is not None and n == 0:
                out.write(job.packing.format.head(arrival.block, reading, False))
            is_written = self._restore(arrival.block, out)
            advance(arrival.at - at)
            at = arrival.at
            if is_written or out.tell():
                yield _packed(out.getvalue(), job) if job.target is not None else out.getvalue()
        if self._waiting is not None:
            where = f"{job.source.path}:{self._waiting[0] + 1}"
            self._done.skipped.append(DocumentError(where, "rows were removed from this document, and it is not there"))

    def _restore(self, block: Block, out: io.BytesIO) -> bool:
        """Write the documents of a block; whether there were any."""
        writer, before = self._make(out), self._done.written
        for entry in _entries(self._job, block, self._plan):
            self.n_entries += 1
            if isinstance(entry, DocumentError):
                self._done.skipped.append(entry)
                continue
            rows = self._own_rows()
            try:
                text = restored(str(entry.content), rows, entry.id)
                if self._job.packing.format.is_table:
                    writer.write(entry, text)
                else:
                    out.write(_bytes(text, rows, entry.id))
                self._done.written += 1
            except DocumentError as error:
                self._done.skipped.append(error)
        writer.finish()
        return self._done.written > before

    def _own_rows(self) -> Sequence[Row]:
        """The rows of the next document."""
        rows: Sequence[Row] = ()
        if self._waiting is not None and self._waiting[0] == self._number:
            rows, self._waiting = self._waiting[1], next(self._rows, None)
        self._number += 1
        return rows


def _entries(job: Job, block: Block, plan: Plan) -> Iterator[Entry]:
    """The cleaned documents of a block; a text file is what we wrote, so nothing about its encoding is to be guessed."""
    if job.source.packing.format.is_table or block.problems:
        yield from parsed(block, job.source, plan.settings.reading)
        return
    try:
        yield Document(job.source.path, block.data.decode())
    except UnicodeDecodeError:
        yield DocumentError(job.source.path, "not UTF-8, so it is not as it was written by 'cleaner clean'")


def _packed(data: bytes, job: Job) -> bytes:
    if job.packing.compression is None:
        return data
    out = io.BytesIO()
    with compressed(out, job.packing.compression, is_draft=True) as stream:
        stream.write(data)
    return out.getvalue()


def restored(cleaned: str, rows: Sequence[Row], name: str) -> str:
    """Put back what was removed from one document.

    Args:
        cleaned: its cleaned text.
        rows: the rows of its removed paragraphs, in order; of others only the name of the document counts.
        name: what messages call it.

    Returns:
        The text as it was.

    Raises:
        DocumentError: the rows do not fit the text, so one of them has been changed.
    """
    pieces: list[str] = []
    size = at = 0

    def put(text: str) -> None:
        nonlocal size
        pieces.append(text)
        size += len(text)

    try:
        paragraphs = [row for row in rows if row["reason"] != "encoding" or row["kind"] is not None]
        for (start, end), group in itertools.groupby(paragraphs, lambda row: (row["cleaned"][0], row["cleaned"][1])):
            if not at <= start <= end <= len(cleaned):
                raise ValueError("a gap lies outside of the text")
            put(cleaned[at:start])
            at, after = end, ""
            for row in group:
                put(row["before"])
                if size != row["start"] or len(row["text"]) != row["end"] - row["start"]:
                    raise ValueError(f"a paragraph would begin at {size} and began at {row['start']}")
                put(row["text"])
                after = row["after"]
            put(after)
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise DocumentError(name, f"the removed paragraphs do not fit this text ({error}); was one of the files changed?") from error
    put(cleaned[at:])
    return "".join(pieces)


def _bytes(text: str, rows: Sequence[Row], name: str) -> bytes:
    """The bytes of a text file as it was.

    Raises:
        DocumentError: its encoding does not give them back.
    """
    stored = next((row for row in rows if row.get("reason") == "encoding" and row.get("kind") is None), None)
    if stored is None:
        return text.encode("utf-8", "replace")
    if not stored["exact"]:
        problem = f"it was read as {stored['encoding']} with places that this encoding cannot give back; keep the original of this one"
        raise DocumentError(name, problem)
    try:
        return bytes.fromhex(stored["mark"]) + text.encode(stored["encoding"])
    except (LookupError, ValueError, TypeError) as error:
        raise DocumentError(name, f"cannot be written as {stored['encoding']!r}: {error}; was one of the files changed?") from error


class _Index:
    """Where the rows of each file lie in the file of removed paragraphs.

    Attributes:
        places: file → ranges of bytes, in order.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self.places: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        before, begin, at = None, 0, 0
        try:
            with open(path, "rb") as file:
                for number, line in enumerate(file, 1):
                    match = _FILE.match(line)
                    if match is None:
                        problem = f"not a row that 'cleaner clean --removed' of this version writes: {line[:40]!r}"
                        raise CleanerError(f"{path}:{number}: {problem}")
                    if match[1] != before:
                        if before is not None:
                            self.places[json.loads(before)].append((begin, at))
                        before, begin = match[1], at
                    at += len(line)
            if before is not None:
                self.places[json.loads(before)].append((begin, at))
        except (OSError, ValueError) as error:
            if isinstance(error, CleanerError):
                raise
            raise CleanerError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error

    def rows(self, place: str) -> Iterator[tuple[int, Sequence[Row]]]:
        """The rows of a file, by the number of their document.

        Raises:
            CleanerError: a row is damaged.
        """
        for number, group in itertools.groupby(self._all(self.places.get(place, [])), lambda row: int(row["row"])):
            yield number, list(group)

    def _all(self, ranges: Sequence[tuple[int, int]]) -> Iterator[Row]:
        with open(self._path, "rb") as file:
            for begin, end in ranges:
                file.seek(begin)
                while file.tell() < end:
                    line = file.readline()
                    try:
                        yield json.loads(line)
                    except ValueError as error:
                        raise CleanerError(f"{self._path}: a damaged row: {line[:40]!r}: {error}") from error
