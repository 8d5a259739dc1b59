"""The shape of a paragraph: how long it is, what it is made of, how it begins and ends."""

from __future__ import annotations

import numpy as np

from cleaner.text.characters import Class
from cleaner.text.paragraphs import Paragraphs
from cleaner.text.scan import Scan

STEP = 1 / 64  # every column is a multiple of this, so that sums over columns are exact in any order
_ENDINGS = '.!?:,)"…'
_OPENINGS = '•-*"(#@©|>0'
_CONTENT = [Class.LOWER, Class.UPPER, Class.LETTER, Class.DIGIT, Class.SINGLE, Class.PUNCTUATION, Class.SYMBOL]
_OPENING_CLASSES = [Class.LOWER, Class.UPPER, Class.DIGIT, Class.PUNCTUATION, Class.SYMBOL]
_LOGARITHMS = np.rint(np.log1p(np.arange(1 << 12)) / STEP / 4).astype(np.float32) * STEP
_MEAN_WORD_CHARS = 10.0
_MAX_MEAN = 2.0  # strings of code and addresses have no end

NAMES = (
    *("log_chars", "log_words", "log_tokens", "log_marks", "log_digits", "log_symbols", "log_capitals", "mean_word_chars"),
    *(f"token_share_{c.name.lower()}" for c in _CONTENT),
    *(f"char_share_{c.name.lower()}" for c in _CONTENT),
    *(f"ends_{c}" for c in _ENDINGS),
    *(f"opens_{c}" for c in _OPENINGS),
    *(f"opens_{c.name.lower()}" for c in _OPENING_CLASSES),
)


def shape(scan: Scan, paragraphs: Paragraphs) -> np.ndarray:
    """The columns `NAMES` of each paragraph.

    Returns:
        Shape (n, len(NAMES)), float32, multiples of `STEP`, mostly in [0, 1]. Logarithms are natural, of 1 + the count, over 4.
    """
    n = len(paragraphs.first)
    n_tokens = paragraphs.last - paragraphs.first
    cell = np.repeat(np.arange(n) * len(Class), n_tokens) + scan.classes
    tokens = np.bincount(cell, minlength=n * len(Class)).reshape(n, len(Class))
    chars = np.bincount(cell, scan.ends - scan.starts, minlength=n * len(Class)).reshape(n, len(Class))
    n_words = tokens[:, Class.LOWER : Class.PUNCTUATION].sum(axis=1)
    word_chars = chars[:, Class.LOWER : Class.PUNCTUATION].sum(axis=1)
    counts = [
        paragraphs.ends - paragraphs.starts,
        n_words,
        n_tokens,
        *(tokens[:, c] for c in (Class.PUNCTUATION, Class.DIGIT, Class.SYMBOL, Class.UPPER)),
    ]
    opening, ending = scan.folded[paragraphs.starts], scan.folded[scan.starts[paragraphs.last - 1]]
    table = np.empty((n, len(NAMES)), np.float32)
    columns = iter(table.T)
    for count in counts:
        next(columns)[:] = logarithm(count)
    next(columns)[:] = np.minimum(_ratio(word_chars, n_words * _MEAN_WORD_CHARS), _MAX_MEAN)
    for c in _CONTENT:
        next(columns)[:] = _ratio(tokens[:, c], n_tokens)
    all_chars = chars.sum(axis=1)
    for c in _CONTENT:
        next(columns)[:] = _ratio(chars[:, c], all_chars)
    for mark in _ENDINGS:
        next(columns)[:] = ending == ord(mark)
    for mark in _OPENINGS:
        next(columns)[:] = opening == ord(mark)
    for c in _OPENING_CLASSES:
        next(columns)[:] = scan.classes[paragraphs.first] == c
    return table


def word_counts(scan: Scan, paragraphs: Paragraphs) -> np.ndarray:
    """Words of each paragraph: tokens that are neither punctuation nor symbols.

    Returns:
        Shape (n,), int64.
    """
    if not len(paragraphs.first):
        return np.zeros(0, np.int64)
    return np.add.reduceat((scan.classes < Class.PUNCTUATION).astype(np.int64), paragraphs.first)


def logarithm(counts: np.ndarray) -> np.ndarray:
    """log(1 + count) / 4 on the grid; counts beyond the table (4,095) count as its last.

    Args:
        counts: shape (n,), integers, not negative.

    Returns:
        Shape (n,), float32.
    """
    return _LOGARITHMS[np.minimum(counts, len(_LOGARITHMS) - 1).astype(np.intp, copy=False)]


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.rint(part / np.maximum(whole, 1) / STEP) * STEP
