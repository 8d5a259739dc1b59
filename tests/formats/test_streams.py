"""Compressed streams: members and frames in a row, and damage that is noticed."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from typing import BinaryIO

import pytest
import zstandard

from cleaner.formats.streams import READ_ERRORS, compressed, decompressed

DATA = b"".join(b"line %d\n" % number for number in range(20_000))


def packed(data: bytes, compression: str) -> bytes:
    return gzip.compress(data) if compression == "gz" else zstandard.ZstdCompressor().compress(data)


def pieces_of(stream: BinaryIO) -> Iterator[bytes]:
    while piece := stream.read1(1000):  # type: ignore[attr-defined]
        yield piece


@pytest.mark.parametrize("compression", ["gz", "zst"])
class TestCompression:
    """Both compressions behave alike."""

    def test_members_in_a_row_are_one_stream(self, compression: str) -> None:
        data = packed(DATA, compression) + packed(b"", compression) + packed(b"more", compression)
        assert decompressed(io.BytesIO(data), compression).read() == DATA + b"more"

    def test_an_empty_file_is_an_empty_stream(self, compression: str) -> None:
        assert decompressed(io.BytesIO(b""), compression).read() == b""

    @pytest.mark.parametrize("share", [0.1, 0.6, 0.99])
    def test_a_stream_cut_short_gives_what_it_has_and_then_an_error(self, compression: str, share: float) -> None:
        data = packed(DATA, compression) + packed(DATA, compression)
        pieces = pieces_of(decompressed(io.BytesIO(data[: int(len(data) * share)]), compression))
        read: list[bytes] = []
        with pytest.raises(READ_ERRORS):
            read.extend(pieces)
        assert (DATA + DATA).startswith(b"".join(read))
        assert sum(map(len, read)) >= len(DATA) * (share > 0.5)

    def test_garbage_is_an_error(self, compression: str) -> None:
        with pytest.raises(READ_ERRORS):
            decompressed(io.BytesIO(b"no such thing"), compression).read()

    def test_the_same_bytes_give_the_same_file(self, compression: str) -> None:
        files = []
        for _ in range(2):
            file = io.BytesIO()
            with compressed(file, compression) as stream:
                stream.write(DATA)
            files.append(file.getvalue())
        assert files[0] == files[1]
        assert decompressed(io.BytesIO(files[0]), compression).read() == DATA


def test_no_compression_is_the_stream_itself() -> None:
    stream = io.BytesIO()
    assert decompressed(stream, None) is stream
    assert compressed(stream, None) is stream
