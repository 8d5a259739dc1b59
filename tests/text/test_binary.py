"""What is no text is told from text, in whatever encoding and however untidy."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import sqlite3
import struct
import zipfile
import zlib
from pathlib import Path

import pytest
import zstandard
from hypothesis import given

from cleaner.text.binary import looks_binary
from tests.strategies import texts

SENTENCE = "The ferry to Sandholm returns on Monday, after eleven weeks in the yard.\r\n\r\n"
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sIIBBBBB", 13, b"IHDR", 1, 1, 8, 0, 0, 0, 0)
PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"


def archive() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("word/document.xml", SENTENCE)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (PNG, "a PNG image"),
        (PDF, "a PDF document"),
        (archive(), "a ZIP archive"),
        (b"GIF89a\x01\x00\x01\x00\x80\x00\x00", "a GIF image"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "a JPEG image"),
        (gzip.compress(SENTENCE.encode()), "compressed by gzip"),
        (zstandard.compress(SENTENCE.encode()), "compressed by zstandard"),
        (bz2.compress(SENTENCE.encode()), "compressed by bzip2"),
        (lzma.compress(SENTENCE.encode()), "compressed by xz"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "WebP"),
        (b"\x7fELF\x02\x01\x01", "a program"),
        (bytes(100), "100 NUL bytes and nothing else"),
        (struct.pack("<40d", *range(40)), "control characters"),
        (zlib.compress(random.Random(1).randbytes(5000)), "control characters"),
    ],
)
def test_binary_is_named(data: bytes, words: str) -> None:
    assert words in (looks_binary(data) or "")


@pytest.mark.parametrize("seed", range(50))
@pytest.mark.parametrize("mark", [b"", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"])
def test_random_bytes_are_binary(seed: int, mark: bytes) -> None:
    assert looks_binary(mark + random.Random(seed).randbytes(4000))


def test_a_database_is_binary(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "a.db")
    connection.execute("create table a (b)")
    connection.commit()
    connection.close()
    assert looks_binary((tmp_path / "a.db").read_bytes()) == "looks binary: a SQLite database"


@pytest.mark.parametrize(
    ("text", "encodings"),
    [
        (SENTENCE, ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "ascii", "utf-7"]),
        ("Die Fähre nach Sandholm fährt ab Montag wieder.\n", ["cp1252", "latin-1", "mac-roman", "utf-16-le", "cp437"]),
        ("Паром возвращается в понедельник.\n", ["cp1251", "koi8-r", "cp866", "iso8859-5", "utf-16-be", "utf-16"]),
        ("フェリーは月曜日に戻ります。\n", ["shift_jis", "euc_jp", "iso2022_jp", "utf-16-le", "utf-16-be", "utf-16"]),
        ("渡轮星期一恢复航行。\n", ["gb18030", "utf-16-le", "utf-16", "utf-32", "hz"]),
        ("페리는 월요일에 돌아옵니다.\n", ["euc_kr", "iso2022_kr", "utf-16-be", "utf-16"]),
        ("เรือข้ามฟากกลับมาวันจันทร์\n", ["cp874", "utf-16-le"]),
        ("المعدية تعود يوم الاثنين\n", ["cp1256", "utf-16"]),
    ],
)
@pytest.mark.parametrize("times", [1, 100])
def test_no_encoding_of_a_text_is_binary(text: str, encodings: list[str], times: int) -> None:
    assert {encoding: looks_binary((text * times).encode(encoding)) for encoding in encodings} == dict.fromkeys(encodings)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        b"\x01\x02\x03",
        SENTENCE.encode() + bytes(10_000),
        SENTENCE.encode() + b"\x1a",
        (SENTENCE + "\0").encode() * 50,
        b"N\bNA\bAM\bME\bE\n" * 100,
        b"\x1b[1mbold\x1b[0m\n" * 100,
        b"one\ftwo\vthree\n" * 100,
        b"GIF89a is an old format of images, and this is a text about it.\n",
        b"%PDF-1.4 is how such a file begins.\n",
        b"PK is short for Phil Katz. BZh9 is another mark. MZ too.\n",
        b"RIFF and WAVE, ID3 and OggS: marks of sound files.\n",
    ],
)
def test_untidy_text_and_text_about_formats_is_text(data: bytes) -> None:
    assert looks_binary(data) is None


@given(texts())
def test_what_scraping_yields_is_text(text: str) -> None:
    assert looks_binary(text.replace("\0", "").encode("utf-8", "replace")) is None
