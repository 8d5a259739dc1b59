"""What each character is: one lookup table for its class, one for its folded form."""

from __future__ import annotations

from enum import IntEnum
from functools import cache

import numpy as np
import regex

BMP = 0x10000


class Class(IntEnum):
    """Character classes that segmentation and features tell apart."""

    BLANK = 0
    BREAK = 1
    LOWER = 2
    UPPER = 3
    LETTER = 4
    DIGIT = 5
    SINGLE = 6
    PUNCTUATION = 7
    SYMBOL = 8


# Scripts written without blanks between words: each character is a token of its own.
_UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
# In order; a later row overrides an earlier one. Marks and format characters continue a word.
_PROPERTIES = (
    (Class.SYMBOL, r"[\p{S}\p{C}]"),
    (Class.PUNCTUATION, r"\p{P}"),
    (Class.LETTER, r"[\p{L}\p{M}\p{Cf}]"),
    (Class.LOWER, r"\p{Ll}"),
    (Class.UPPER, r"[\p{Lu}\p{Lt}]"),
    (Class.SINGLE, _UNSPACED),
    (Class.DIGIT, r"\p{N}"),
)
# Exactly what `str.isspace` says; a test compares them.
_BLANKS = regex.compile(r"[\s\x1c-\x1f]+")
LINE_BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
# Typographic variants that differ between sites, not in meaning.
_VARIANTS = dict(zip("‘’‚‛`´“”„‟«»‐‑‒–—―\u2212", "''''''\"\"\"\"\"\"-------", strict=True))
# Characters beyond the BMP keep twelve bits of identity: ideographs among the ideographs, the rest in the private use area.
_FOLDED_IDEOGRAPH, _FOLDED_ASTRAL, _FOLDED_BITS = 0x5000, 0xE000, 0x0FFF
_ASTRAL_IDEOGRAPHS = (0x20000, 0x40000)


@cache
def class_table() -> np.ndarray:
    """Class of every BMP code point.

    Returns:
        Shape (65536,), uint8, values of `Class`. Blank is what `str.isspace` says; surrogates and unassigned points are symbols.
    """
    everything = "".join(map(chr, range(BMP)))
    table = np.full(BMP, Class.SYMBOL, np.uint8)
    for value, pattern in _PROPERTIES:
        for run in regex.finditer(f"{pattern}+", everything):
            table[run.start() : run.end()] = value
    for run in _BLANKS.finditer(everything):
        table[run.start() : run.end()] = Class.BLANK
    table[[ord(c) for c in LINE_BREAKS]] = Class.BREAK
    return table


@cache
def fold_table() -> np.ndarray:
    """Folded form of every BMP code point: lower case, digits as 0, one form of quotes, dashes and blanks.

    Returns:
        Shape (65536,), uint16.
    """
    table = np.arange(BMP, dtype=np.uint16)
    for i in np.flatnonzero(class_table() == Class.UPPER):
        lower = chr(i).lower()
        if len(lower) == 1:
            table[i] = ord(lower)
    table[class_table() == Class.DIGIT] = ord("0")
    table[class_table() <= Class.BREAK] = ord(" ")
    for variant, plain in _VARIANTS.items():
        table[ord(variant)] = ord(plain)
    return table


def code_points(text: str) -> np.ndarray:
    """The text as an array, one element a code point, characters beyond the BMP folded into it.

    Returns:
        Shape (len(text),), uint16.
    """
    wide = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    if text.isascii() or not len(wide) or wide.max() < BMP:
        return wide.astype(np.uint16)
    low, high = _ASTRAL_IDEOGRAPHS
    folded = np.where((wide >= low) & (wide < high), _FOLDED_IDEOGRAPH, _FOLDED_ASTRAL) + (wide & _FOLDED_BITS)
    return np.where(wide < BMP, wide, folded).astype(np.uint16)
