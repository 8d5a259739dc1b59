"""Decoding never raises, and Unicode comes back as it was."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cleaner.text.decode import Decoded, decode

UNICODE = ("utf-8-sig", "utf-16", "utf-32")  # these write a byte order mark
SAMPLES = ("Hello world\nHow are you?", "Привет мир\nкак дела", "今天天气很好,一二三一。\n我们去公园散步。", "안녕하세요 여러분\n")


@given(st.binary(max_size=400))
def test_decoding_never_raises(data: bytes) -> None:
    assert decode(data).n_replaced >= 0


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_utf_8_comes_back(text: str) -> None:
    assert decode(text.encode()).text == text.removeprefix("\ufeff")


@pytest.mark.parametrize("encoding", UNICODE)
@given(text=st.text(max_size=200))
def test_unicode_with_a_mark_comes_back(encoding: str, text: str) -> None:
    assume(encoding != "utf-16" or not text.startswith("\0"))  # its mark and a NUL are the mark of UTF-32
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", SAMPLES)
def test_utf_16_without_a_mark_is_told_by_its_nul_bytes(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == Decoded(text, encoding)


@pytest.mark.parametrize("data", [b"one\0two\0three", "früh\0spät".encode(), b"\0", b"\0" * 100])
def test_nul_bytes_alone_do_not_make_utf_16(data: bytes) -> None:
    assert decode(data).text == data.decode()


def test_broken_places_in_utf_8_are_replaced() -> None:
    assert decode("Grüße aus Köln, schöne".encode() + b"\xff bye") == Decoded("Grüße aus Köln, schöne\ufffd bye", "utf-8", 1)


def test_a_replacement_character_of_the_text_itself_is_not_counted() -> None:
    assert decode("Grüße \ufffd aus Köln".encode() + b"\xff").n_replaced == 1


def test_line_ends_stay_as_they_are() -> None:
    assert decode(b"a\r\nb\rc\n").text == "a\r\nb\rc\n"


@pytest.mark.parametrize(
    "data",
    [b"a" * 5_000_000 + b"\xe9", b"\xff" * 5_000_000, "日本語の".encode("cp932") * 600_000, b"Stra\xdfe\n" * 700_000],
    ids=["late", "garbage", "one line", "many lines"],
)
def test_time_is_bounded(data: bytes) -> None:
    begin = time.process_time()
    decode(data)
    assert time.process_time() - begin < 1.5  # takes about 0.1 s; a detector given all of it takes minutes


def test_utf_8_does_not_load_the_detector() -> None:
    program = "import sys; from cleaner.text.decode import decode; decode('Grüße'.encode()); sys.exit('charset_normalizer' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
