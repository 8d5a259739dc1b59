"""Bytes → text: Unicode where the bytes allow it, else the likeliest legacy code page; never an exception."""

from __future__ import annotations

import codecs
import re
import unicodedata
from dataclasses import dataclass

from cleaner.text.codepages import FALLBACK, guess

REPLACEMENT = "\ufffd"
SAMPLE_BYTES = 8192  # a page is told apart by some dozens of letters; this bounds the time on any length

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MIN_NUL_SHARE = 0.005  # line ends alone give UTF-16 more NUL bytes than this
_MIN_ODD_AS_UTF8 = 0.2  # Chinese and Korean UTF-16 read as UTF-8 has this many controls and broken sequences, and more
_MIN_ODD_UNBROKEN = 0.4  # in alphabets every second byte is a control character; NUL-separated lists have far fewer
_MAX_ODD_AS_UTF16 = 0.05  # the wrong byte order gives far more unassigned code points
_ODD = frozenset({"Cc", "Cn", "Co", "Cs"})
_FOREIGN = re.compile(rb"[\x80-\xff]")
_CONTEXT_BYTES = 200  # enough in front of a letter to see its word


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and how it was read.

    Attributes:
        text: the decoded text, without a byte order mark; line ends as they were.
        encoding: the Python codec that read it, for instance `utf-8` or `cp1252`.
        n_replaced: places that the codec could not read, each a U+FFFD in the text.
    """

    text: str
    encoding: str
    n_replaced: int = 0


def decode(data: bytes) -> Decoded:
    """Decode a text of unknown encoding.

    Byte order marks decide first, then the pattern of NUL bytes that UTF-16 leaves, then UTF-8. Text that is mostly
    UTF-8 stays UTF-8, its broken places replaced; anything else is read with the code page that suits its letters.

    Args:
        data: any bytes at all.

    Returns:
        The text, its encoding and the number of places replaced.

    Example:
        >>> decode("Straße".encode("cp1252"))
        Decoded(text='Straße', encoding='cp1252', n_replaced=0)
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _read(data[len(mark) :], encoding)
    if (order := _utf16_by_nul(data)) is not None:
        return _read(data, order)
    if b"\x1b$" in data and data.isascii():
        return _read(data, "iso2022_jp")
    unicode = _read(data, "utf-8")
    return unicode if _is_mostly_read(unicode) else _read(data, _code_page(_sample(data)))


def _read(data: bytes, encoding: str) -> Decoded:
    try:
        return Decoded(data.decode(encoding), encoding)
    except UnicodeDecodeError:
        text = data.decode(encoding, "replace")
    own = data.count(REPLACEMENT.encode(encoding)) if encoding.startswith("utf") else 0
    return Decoded(text, encoding, max(1, text.count(REPLACEMENT) - own))


def wide_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32, by the mark or the NUL bytes that they leave; None for every other encoding."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return None if mark == codecs.BOM_UTF8 else encoding
    return _utf16_by_nul(data)


def _utf16_by_nul(data: bytes) -> str | None:
    """The byte order of UTF-16 without a mark, told by its NUL bytes; None where it is something else."""
    sample = data[:SAMPLE_BYTES]
    if 0 not in sample:
        return None
    least = _MIN_ODD_AS_UTF8 if _read(sample, "utf-8").n_replaced else _MIN_ODD_UNBROKEN
    if sample.count(0) < _MIN_NUL_SHARE * len(sample) or odd_share(sample, "utf-8") < least:
        return None
    # Equal shares: in the right order the NUL bytes are the high ones, so more characters are ASCII.
    odd, _, encoding = min((odd_share(sample, name), -_n_ascii(sample, name), name) for name in ("utf-16-le", "utf-16-be"))
    return encoding if odd <= _MAX_ODD_AS_UTF16 else None


def odd_share(sample: bytes, encoding: str) -> float:
    """Share of characters that no text contains: controls, unassigned, private or broken ones."""
    text = sample[: len(sample) // 2 * 2].decode(encoding, "replace")
    return sum(char == REPLACEMENT or (unicodedata.category(char) in _ODD and char not in "\t\n\r\f") for char in text) / max(1, len(text))


def _n_ascii(sample: bytes, encoding: str) -> int:
    return sum(char < "\x80" for char in sample.decode(encoding, "replace"))


def _is_mostly_read(unicode: Decoded) -> bool:
    """Whether most of what lies outside ASCII is sound UTF-8: bytes of a code page hardly ever are."""
    if not unicode.n_replaced:
        return True
    n_foreign = len(unicode.text) - len(unicode.text.encode("ascii", "ignore"))
    return n_foreign >= 2 * unicode.n_replaced


def _sample(data: bytes) -> bytes:
    """Some kilobytes of the lines with bytes above 0x7F; only the end of the last piece may cut a character."""
    pieces, size, at = [], 0, 0
    while size < SAMPLE_BYTES and (found := _FOREIGN.search(data, at)):
        first = found.start()
        start = max(at, data.rfind(b"\n", at, first) + 1, first - _CONTEXT_BYTES)
        end = data.find(b"\n", first, first + SAMPLE_BYTES)
        at = end + 1 if end >= 0 else first + SAMPLE_BYTES
        pieces.append(data[start:at])
        size += at - start
    return b"".join(pieces)


def _code_page(sample: bytes) -> str:
    """The code page of a sample: our own guess from a few letters, or the detector's where that fails."""
    if (encoding := guess(sample)) is not None:
        return encoding
    from charset_normalizer import from_bytes  # slow to import, and few texts need it

    match = from_bytes(sample).best()
    return match.encoding if match is not None else FALLBACK
