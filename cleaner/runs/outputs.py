"""Files that appear whole or not at all, and standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from zlib import crc32

from cleaner.errors import CleanerError
from cleaner.formats import Document, Writer, split_compression
from cleaner.formats.jsonl import encode
from cleaner.formats.streams import compressed
from cleaner.records import Paragraph
from cleaner.runs.plan import Job, is_special


@contextmanager
def told(path: str) -> Iterator[None]:
    """Tell the user which file could not be written, and why.

    Raises:
        CleanerError: writing failed, for instance because the disk is full.
    """
    try:
        yield
    except BrokenPipeError:
        raise  # whoever read our output has had enough: nothing is wrong with the file
    except OSError as error:
        raise CleanerError(f"{path}: cannot be written: {error.strerror or error}; make room or name another output") from error


class WholeFile:
    """A file written under another name and renamed once it is complete; devices and pipes are written to directly."""

    def __init__(self, path: str, compression: str | None = None) -> None:
        self.path = path
        self._goal = path if is_special(path) else os.path.realpath(path)
        self._temporary = self._goal
        with told(path):
            if not is_special(path):
                folder, name = os.path.split(self._goal)
                os.makedirs(folder, exist_ok=True)
                # Another one for every file of the run, and short enough however long the name is.
                self._temporary = os.path.join(folder, f".{crc32(os.fsencode(name)):08x}.{os.getpid()}.part")
            self._file = open(self._temporary, "wb")  # noqa: SIM115 - closed by commit or discard
            self.stream = compressed(self._file, compression)

    def commit(self) -> None:
        """Give the complete file its name."""
        with told(self.path):
            if self.stream is not self._file:
                self.stream.close()
            self._file.close()
            if self._temporary != self._goal:
                os.replace(self._temporary, self._goal)

    def discard(self) -> None:
        """Leave nothing behind; what stood under the name before stays."""
        with suppress(OSError, ValueError):
            self.stream.close()
        with suppress(OSError):
            self._file.close()
        if self._temporary != self._goal:
            with suppress(OSError):
                os.remove(self._temporary)


class StandardOutput:
    """Standard output with the manners of a file; what has been written cannot be taken back."""

    def __init__(self, compression: str | None = None) -> None:
        self.path = "standard output"
        self.stream = compressed(sys.stdout.buffer, compression)

    def commit(self) -> None:
        """End the compression, if there is any, and hand everything over."""
        with told(self.path):
            if self.stream is not sys.stdout.buffer:
                self.stream.close()
            sys.stdout.buffer.flush()

    def discard(self) -> None:
        """Nothing can be done."""


class Rows:
    """A JSON Lines file of our own: one row a skipped document or a dropped paragraph."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._file: WholeFile | None = None

    def add(self, row: Mapping[str, object]) -> None:
        """Write one row; without a path, do nothing."""
        if self._path is None:
            return
        file = self._start(self._path)
        with told(self._path):
            file.stream.write(f"{encode(row)}\n".encode())

    def commit(self, even_empty: bool) -> None:
        """Complete the file; where it has no rows, leave an empty one or none, not that of a run before.

        Args:
            even_empty: whether a file without rows should be there.
        """
        if self._path is not None and (even_empty or self._file is not None):
            self._start(self._path).commit()
        elif self._path is not None:
            with told(self._path), suppress(FileNotFoundError):
                os.remove(self._path)
        self._file = None

    def discard(self) -> None:
        """Drop the rows."""
        if self._file is not None:
            self._file.discard()

    def _start(self, path: str) -> WholeFile:
        self._file = self._file or WholeFile(path, split_compression(path)[1])
        return self._file


class Outputs:
    """Takes the documents of a run in the order of its jobs and keeps one target open at a time."""

    def __init__(self, with_headers: bool) -> None:
        self._with_headers = with_headers
        self._before: str | None = None  # the text above the next header
        self._target: str | None = None
        self._file: WholeFile | StandardOutput | None = None
        self._writer: Writer | None = None

    def write(self, job: Job, document: Document, text: str, paragraphs: Sequence[Paragraph] | None) -> None:
        """Write one document to the target of its job."""
        file, writer = self._open(job)
        with told(file.path):
            if self._with_headers:
                file.stream.write(self._header(document.id).encode("utf-8", "replace"))
                self._before = text
            writer.write(document, text, paragraphs)

    def touch(self, job: Job) -> None:
        """Give an input without documents its counterpart."""
        if job.target is not None and (self._file is None or self._target != job.target):
            empty = Outputs(with_headers=False)
            empty._open(job)
            empty.commit()

    def flush(self) -> None:
        """Hand over what has been written to whoever waits for it."""
        if self._file is not None:
            with told(self._file.path):
                self._file.stream.flush()

    def commit(self) -> None:
        """Complete the target that is open."""
        if self._file is not None and self._writer is not None:
            with told(self._file.path):
                self._writer.finish()
            self._file.commit()
        self._file = None

    def discard(self) -> None:
        """Drop the target that is open."""
        if self._file is not None:
            self._file.discard()

    def _open(self, job: Job) -> tuple[WholeFile | StandardOutput, Writer]:
        if self._file is not None and self._writer is not None and self._target == job.target:
            return self._file, self._writer
        self.commit()
        compression = job.packing.compression
        self._file = StandardOutput(compression) if job.target is None else WholeFile(job.target, compression)
        self._target = job.target
        self._writer = job.packing.format.writer(self._file.stream)
        return self._file, self._writer

    def _header(self, name: str) -> str:
        """The line that head(1) puts above each of several files, after a blank one."""
        gap = "" if self._before is None else "\n" if self._before.endswith("\n") else "\n\n"
        return f"{gap}==> {name} <==\n"
