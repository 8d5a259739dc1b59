"""Files that appear whole or not at all, and can be continued until they are; and standard output."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, BinaryIO

from cleaner.errors import CleanerError, DocumentError
from cleaner.formats import Packing
from cleaner.formats.jsonl import encode
from cleaner.formats.streams import compressed
from cleaner.runs.plan import is_special

Pack = Callable[[str, BinaryIO], None]


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


def unfinished_name(goal: str) -> str:
    """Where a file is written until it is whole: beside it, hidden, and short enough however long its name is."""
    folder, name = os.path.split(goal)
    return os.path.join(folder, f".{hashlib.blake2b(os.fsencode(name), digest_size=8).hexdigest()}.part")


@dataclass(frozen=True, slots=True)
class Finished:
    """A whole file that still has its other name.

    Attributes:
        path: as the user named it.
        unfinished: where it is.
        goal: where it belongs.
        scrap: what it was made of, not needed any more; None for nothing.
    """

    path: str
    unfinished: str
    goal: str
    scrap: str | None = None

    def publish(self) -> None:
        """Give it its name; again does no harm."""
        with told(self.path):
            if os.path.exists(self.unfinished):
                os.replace(self.unfinished, self.goal)
        if self.scrap is not None:
            with suppress(OSError):
                os.remove(self.scrap)


class PartFile:
    """A file that grows under another name; nothing happens to it before `begin`.

    Args:
        path: as the user named it.
        n_bytes: how much of it is there already; what goes beyond is cut off.
        pack: makes the file of what has been written; None where that is the file.
    """

    def __init__(self, path: str, n_bytes: int = 0, pack: Pack | None = None) -> None:
        self.path = path
        self.n_bytes = n_bytes
        self._goal = os.path.realpath(path)
        self._unfinished = unfinished_name(self._goal)
        self._packed = f"{self._unfinished.removesuffix('.part')}.packed.part"
        self._pack = pack
        self._is_ours = False
        self._file: BinaryIO = io.BytesIO()

    def begin(self) -> PartFile:
        """Open the file; whoever is interrupted meanwhile can still discard it.

        Raises:
            CleanerError: it cannot be written, is being written by somebody else, or is shorter than it should be.
        """
        if self.n_bytes and not os.path.exists(self._unfinished):
            raise CleanerError(f"{self._unfinished}: the unfinished run left it, and it is gone; start over with --no-resume")
        with told(self.path):
            os.makedirs(os.path.dirname(self._goal), exist_ok=True)
            self._is_ours = True
            self._file = open(self._unfinished, "r+b" if self.n_bytes else "ab")  # noqa: SIM115 - closed by finish or discard
            if not _is_locked(self._file):
                self._is_ours = False
                self._file.close()
                raise CleanerError(f"{self.path}: another run is writing it; wait for its end, or name another output")
            if os.path.getsize(self._unfinished) < self.n_bytes:
                self._file.close()
                raise CleanerError(f"{self._unfinished}: shorter than the unfinished run left it; start over with --no-resume")
            self._file.truncate(self.n_bytes)
            self._file.seek(self.n_bytes)
        return self

    def write(self, data: bytes) -> None:
        """Append bytes."""
        with told(self.path):
            self._file.write(data)
        self.n_bytes += len(data)

    def sync(self, to_disk: bool) -> None:
        """Hand everything to the system, or even to the disk."""
        with told(self.path):
            self._file.flush()
            if to_disk:
                os.fsync(self._file.fileno())

    def finish(self) -> Finished:
        """Complete the file; it gets its name when it is published."""
        with told(self.path):
            self._file.flush()
            if self._pack is not None:
                # What it is made of stays: until a state says otherwise, a kill takes the run back to it.
                with open(self._packed, "wb") as stream:
                    self._pack(self._unfinished, stream)
            self._file.close()
        if self._pack is None:
            return Finished(self.path, self._unfinished, self._goal)
        return Finished(self.path, self._packed, self._goal, self._unfinished)

    def close(self) -> None:
        """Leave it as it is, to be continued."""
        with suppress(OSError):
            self._file.close()

    def discard(self) -> None:
        """Leave nothing behind; what stood under the name before stays."""
        self.close()
        for name in (self._unfinished, self._packed) if self._is_ours else ():
            with suppress(OSError):
                os.remove(name)


def _is_locked(file: BinaryIO) -> bool:
    """Keep others from writing the same file as long as it is open; False where somebody does."""
    try:
        import fcntl
    except ImportError:
        return True  # no such locks here
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # of this process alone: those that it forks do not hold it
    except OSError as error:
        return error.errno not in (errno.EACCES, errno.EAGAIN)  # others come from file systems without locks
    return True


class _Whole:
    """An unbuffered stream, which takes as much as it likes, as one that takes everything."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw

    def write(self, data: bytes) -> int:
        """Write all of it."""
        left = memoryview(data)
        while left:
            left = left[self._raw.write(left) or 0 :]
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""


class Stream:
    """Standard output, a device or a pipe: written to as it is, and what has been written cannot be taken back."""

    def __init__(self, path: str | None, compression: str | None) -> None:
        self.path = path or "standard output"
        with told(self.path):
            self._file: Any = sys.stdout.buffer if path is None else open(path, "wb")  # noqa: SIM115 - closed by finish
            whole = _Whole(self._file) if isinstance(self._file, io.RawIOBase) else self._file
            self._stream = compressed(whole, compression)  # type: ignore[arg-type]

    def write(self, data: bytes) -> None:
        """Write bytes."""
        with told(self.path):
            self._stream.write(data)

    def flush(self) -> None:
        """Hand over what has been written, even if nothing more comes for long."""
        with told(self.path):
            self._stream.flush()
            self._file.flush()

    def finish(self) -> None:
        """End the compression, if there is any, and hand everything over."""
        try:
            with told(self.path):
                if not isinstance(self._stream, _Whole) and self._stream is not self._file:
                    self._stream.close()
                self._file.flush()
        finally:
            self.discard()

    def discard(self) -> None:
        """Close it; nothing else can be done."""
        if self._file is not sys.stdout.buffer:
            with suppress(OSError, ValueError):
                self._file.close()


class _Output:
    """What is being written, if anything is."""

    _sink: PartFile | Stream | None = None

    def sync(self, to_disk: bool) -> None:
        """See `PartFile.sync`."""
        if isinstance(self._sink, PartFile):
            self._sink.sync(to_disk)

    def close(self) -> None:
        """Leave it as it is, to be continued."""
        if isinstance(self._sink, PartFile):
            self._sink.close()

    def discard(self) -> None:
        """Leave nothing behind that is not whole."""
        if self._sink is not None:
            self._sink.discard()


class Target(_Output):
    """The target that is being written, one after the other.

    Attributes:
        n_entries: documents met for it, readable or not.
        n_documents: documents written to it.
    """

    def __init__(self, with_headers: bool = False) -> None:
        self._with_headers = with_headers
        self._before: bytes | None = None  # the end of the text that was written last
        self.path: str | None = None
        self.n_entries = 0
        self.n_documents = 0

    def write(self, path: str | None, packing: Packing, data: bytes, name: str) -> None:
        """Append bytes to a target.

        Args:
            path: the file; None for standard output.
            packing: its format and compression.
            data: the bytes, already compressed where it is a file.
            name: what a header above a text calls it.
        """
        sink = self._open(path, packing)
        if path is None and self._with_headers:
            gap = b"" if self._before is None else b"\n" if self._before.endswith(b"\n") else b"\n\n"
            sink.write(gap + f"==> {name} <==\n".encode("utf-8", "replace"))
            self._before = data
        sink.write(data)

    def finish(self, path: str | None, packing: Packing) -> Finished | None:
        """Complete the target; one that met no document at all is there, and empty.

        Returns:
            The file, to be published; None where there is none.
        """
        if self._sink is None and not self.n_entries:
            sink = self._open(path, packing)
            if isinstance(sink, PartFile) and packing.compression == "gz":
                with compressed(sink, "gz"):  # type: ignore[arg-type]
                    pass
        sink_, self._sink, self.path, self.n_entries, self.n_documents = self._sink, None, None, 0, 0
        if isinstance(sink_, PartFile):
            return sink_.finish()
        if sink_ is not None and path is not None:
            sink_.finish()
        elif sink_ is not None:
            self._sink = sink_  # standard output is one target for all
        return None

    def _open(self, path: str | None, packing: Packing) -> PartFile | Stream:
        if self._sink is None:
            self.path = path
            if path is None or is_special(path):
                self._sink = Stream(path, packing.compression)
            else:
                self._sink = PartFile(path, 0, packing.pack)
                self._sink.begin()
        return self._sink

    def flush(self) -> None:
        """Hand over what a live stream is waiting for."""
        if isinstance(self._sink, Stream):
            self._sink.flush()

    def end(self) -> None:
        """Complete what is left open at the end of a run: standard output."""
        if isinstance(self._sink, Stream):
            self._sink.finish()
        self._sink = None

    def to_json(self) -> dict[str, Any]:
        """Where the target stands; `resume` goes on there."""
        n_bytes = self._sink.n_bytes if isinstance(self._sink, PartFile) else None
        return {"path": self.path, "bytes": n_bytes, "entries": self.n_entries, "documents": self.n_documents}

    def resume(self, stored: Mapping[str, Any], packings: Mapping[str | None, Packing]) -> None:
        """Go on where an unfinished run stood.

        Raises:
            CleanerError: what it wrote is not there any more.
        """
        self.n_entries, self.n_documents = stored["entries"], stored["documents"]
        if stored["path"] is not None:
            self.path = stored["path"]
            self._sink = PartFile(self.path, stored["bytes"], packings[self.path].pack).begin()


class Rows(_Output):
    """A file of our own: one row a skipped document or a dropped paragraph.

    Args:
        path: the file; None for none at all.
        even_empty: whether a file without rows should be there.
    """

    def __init__(self, path: str | None, even_empty: bool) -> None:
        self._path = path
        self._even_empty = even_empty

    def write(self, rows: Sequence[str]) -> None:
        """Append rows; without a path, do nothing."""
        if self._path is not None and rows:
            self._open(self._path).write("".join(f"{row}\n" for row in rows).encode())

    def _open(self, path: str, n_bytes: int = 0) -> PartFile | Stream:
        if self._sink is None and is_special(path):
            self._sink = Stream(path, None)
        elif self._sink is None:
            self._sink = PartFile(path, n_bytes)
            self._sink.begin()
        return self._sink

    def finish(self) -> Finished | None:
        """Complete the file; where it has no rows, leave an empty one or none, not that of a run before."""
        if self._path is None:
            return None
        if self._sink is None and not self._even_empty:
            with told(self._path), suppress(FileNotFoundError):
                os.remove(self._path)
            return None
        sink, self._sink = self._open(self._path), None
        if isinstance(sink, PartFile):
            return sink.finish()
        sink.finish()
        return None

    def to_json(self) -> int | None:
        """How long the file is, None where it has not been begun."""
        return self._sink.n_bytes if isinstance(self._sink, PartFile) else None

    def resume(self, n_bytes: int | None) -> None:
        """Go on at a length."""
        if self._path is not None and n_bytes is not None:
            self._open(self._path, n_bytes)


def error_row(error: DocumentError) -> str:
    """The row that names a skipped document."""
    return encode({"document": error.document, "problem": error.problem})
