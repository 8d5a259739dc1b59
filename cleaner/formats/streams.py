"""Byte streams, compressed and decompressed; the libraries are imported where used, as most runs compress nothing."""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    import zstandard

COMPRESSIONS = ("gz", "zst")
READ_ERRORS = (OSError, EOFError, zlib.error)  # what reading a file or a damaged compressed stream raises
# A frame may expand a thousandfold and more: small pieces bound what one of them can become.
_ZSTD_PIECE_BYTES = 8192
_ZSTD_MAX_WINDOW = 2**31  # what `zstd --long=31` needs, the usual setting of large dumps


def decompressed(stream: BinaryIO, compression: str | None) -> BinaryIO:
    """The bytes inside a compressed stream, of one or many members or frames.

    Args:
        stream: the compressed bytes.
        compression: `gz`, `zst`, or None for a stream that is not compressed.

    Returns:
        A stream whose reads raise what `READ_ERRORS` lists where the bytes are damaged or end too early.
    """
    if compression == "gz":
        import gzip

        return cast(BinaryIO, gzip.GzipFile(fileobj=stream, mode="rb"))
    if compression == "zst":
        return cast(BinaryIO, io.BufferedReader(_ZstdFrames(stream), 2**17))
    return stream


def compressed(stream: BinaryIO, compression: str | None) -> BinaryIO:
    """A stream that compresses into another; closing it ends the compression and leaves the other open."""
    if compression == "gz":
        import gzip

        # Neither name nor time in the header: the same documents give the same bytes.
        return cast(BinaryIO, gzip.GzipFile(filename="", fileobj=stream, mode="wb", compresslevel=6, mtime=0))
    if compression == "zst":
        import zstandard

        return cast(BinaryIO, zstandard.ZstdCompressor().stream_writer(stream, closefd=False))
    return stream


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
