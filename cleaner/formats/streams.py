"""Byte streams, compressed and decompressed; the libraries are imported where used, as most runs compress nothing."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    import zstandard

COMPRESSIONS = ("gz", "zst")
READ_ERRORS = (OSError, EOFError, zlib.error)  # what reading a file or a damaged compressed stream raises
# A frame may expand a thousandfold and more: small pieces bound what one of them can become.
_ZSTD_PIECE_BYTES = 8192
MAX_EXPANSION = 200  # text shrinks to a third or a tenth, the most repetitive logs to a hundredth; a bomb to a thousandth and less
MIN_BOMB_BYTES = 2**28  # less harms nobody
_ZSTD_MAX_WINDOW = 2**31  # what `zstd --long=31` needs, the usual setting of large dumps


def decompressed(stream: BinaryIO, compression: str | None, max_expansion: int = MAX_EXPANSION) -> BinaryIO:
    """The bytes inside a compressed stream, of one or many members or frames.

    Args:
        stream: the compressed bytes.
        compression: `gz`, `zst`, or None for a stream that is not compressed.
        max_expansion: see `Expanding`.

    Returns:
        A stream whose reads raise what `READ_ERRORS` lists where the bytes are damaged or end too early.
    """
    if compression is None:
        return stream
    outer = stream if stream.seekable() else cast(BinaryIO, _Counted(stream))
    if compression == "gz":
        import gzip

        inner = cast(BinaryIO, gzip.GzipFile(fileobj=outer, mode="rb"))
    else:
        inner = cast(BinaryIO, io.BufferedReader(_ZstdFrames(outer), 2**17))
    return cast(BinaryIO, io.BufferedReader(Expanding(inner, outer, max_expansion), 2**17))


def compressed(stream: BinaryIO, compression: str | None, is_draft: bool = False) -> BinaryIO:
    """A stream that compresses into another; closing it ends the compression and leaves the other open.

    Args:
        stream: where the compressed bytes go.
        compression: `gz`, `zst`, or None for a stream that is not compressed.
        is_draft: be quick, since all this will be compressed once more.
    """
    if compression == "gz":
        import gzip

        # Neither name nor time in the header: the same documents give the same bytes.
        return cast(BinaryIO, gzip.GzipFile(filename="", fileobj=stream, mode="wb", compresslevel=6, mtime=0))
    if compression == "zst":
        import zstandard

        return cast(BinaryIO, zstandard.ZstdCompressor(level=1 if is_draft else 3).stream_writer(stream, closefd=False))
    return stream


def one_frame(unfinished: str, stream: BinaryIO) -> None:
    """Join the frames of zstandard in a file to a single one: many readers, of Python's among them, stop after the first.

    Args:
        unfinished: file of any number of frames.
        stream: where the one frame goes.
    """
    import shutil

    with open(unfinished, "rb") as file, compressed(stream, "zst") as frame:
        shutil.copyfileobj(io.BufferedReader(_ZstdFrames(file), 2**17), frame, 2**20)


def arrivals(stream: BinaryIO, n_bytes: int, is_live: bool = False) -> Iterator[bytes]:
    """The bytes of a stream in pieces.

    Args:
        stream: what to read; damage in it is raised only after everything before it has been given.
        n_bytes: size of a piece; only the last, or the last before damage, is smaller.
        is_live: give whatever arrives instead, at most `n_bytes` at once.

    Raises:
        READ_ERRORS: the stream is damaged or ends too early.
    """
    pieces: list[bytes] = []
    missing = n_bytes
    try:
        while piece := stream.read1(missing):  # type: ignore[attr-defined]
            pieces.append(piece)
            missing -= len(piece)
            if is_live or not missing:
                yield b"".join(pieces)
                pieces, missing = [], n_bytes
    except READ_ERRORS:
        if pieces:
            yield b"".join(pieces)
        raise
    if pieces:
        yield b"".join(pieces)


class Expanding(io.RawIOBase):
    """A decompressed stream that stops where it grows beyond all measure.

    Args:
        inner: the decompressed bytes.
        outer: the compressed ones that it reads from.
        max_expansion: bytes that each compressed byte may become, once more than `MIN_BOMB_BYTES` have come out.
    """

    def __init__(self, inner: BinaryIO, outer: BinaryIO, max_expansion: int) -> None:
        self._inner = inner
        self._outer = outer
        self._max_expansion = max_expansion
        self._n_out = 0

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read into a buffer.

        Raises:
            READ_ERRORS: the stream is damaged, ends too early or expands too much.
        """
        piece = self._inner.read1(len(buffer))  # type: ignore[attr-defined]
        self._n_out += len(piece)
        if self._n_out > MIN_BOMB_BYTES and self._n_out > self._max_expansion * self._outer.tell():
            problem = f"it expands more than {self._max_expansion}-fold, as a decompression bomb does"
            raise OSError(f"{problem}; if it is none, raise --max-expansion")
        buffer[: len(piece)] = piece
        return len(piece)


class _Counted:
    """A stream that cannot seek, such as a pipe, with a position all the same."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._at = 0

    def read(self, n: int = -1) -> bytes:
        """Read up to n bytes."""
        data = self._stream.read(n)
        self._at += len(data)
        return data

    def tell(self) -> int:
        """Bytes read so far."""
        return self._at

    def seekable(self) -> bool:
        """It is not."""
        return False


class _ZstdFrames(io.RawIOBase):
    """Frames of zstandard one after the other; unlike the library's own reader it notices a frame cut short."""

    def __init__(self, stream: BinaryIO) -> None:
        import zstandard

        self._stream = stream
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_MAX_WINDOW)
        self._frame: zstandard.ZstdDecompressionObj | None = None
        self._pending = b""
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            piece = self._pending or self._stream.read(_ZSTD_PIECE_BYTES)
            if not piece:
                if self._frame is not None:
                    raise EOFError("the compressed data ends in the middle")
                return 0
            self._ready = memoryview(self._decompress(piece))
        n = min(len(buffer), len(self._ready))
        buffer[:n] = self._ready[:n]
        self._ready = self._ready[n:]
        return n

    def _decompress(self, piece: bytes) -> bytes:
        import zstandard

        frame = self._frame or self._decompressor.decompressobj()
        try:
            data = frame.decompress(piece)
        except zstandard.ZstdError as error:
            raise OSError(str(error)) from error
        self._frame, self._pending = (None, frame.unused_data) if frame.eof else (frame, b"")
        return data
