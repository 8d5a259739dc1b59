"""Plain text → paragraphs: one non-empty line each, the lines of hard-wrapped prose joined."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cleaner.text.characters import Class
from cleaner.text.lines import Lines, find_lines
from cleaner.text.scan import Scan

MAX_WRAP_CHARS = 100  # mail, news and man pages wrap at 65 to 80 columns; beyond 100 nobody wraps by hand
MIN_WRAP_CHARS = 40  # columns narrower than this are verse, menus and tables
MIN_FULL_LINES = 3  # evidence that a document is wrapped at all: this many lines that had no room for the next word
MIN_FULL_SHARE = 0.5  # ... and at least this share of the lines that something follows without a blank line
MIN_LOWER_SHARE = 0.3  # ... and so many of the lines that follow a full one go on in lower case: tables and lists do not
MIN_WORDS = 3  # a full line of fewer words is a long address or a name, not prose
MAX_LONG_SHARE = 0.1  # lines longer than any wrap (addresses of links) that a wrapped document may have
_MARKERS = np.array([ord(c) for c in "-*+•·‣◦▪●○►>|#"], np.uint16)


@dataclass(frozen=True, slots=True)
class Paragraphs:
    """The n paragraphs of a batch, in reading order, as ranges of a scan's tokens and characters.

    Attributes:
        documents: shape (n,), int64, index of each paragraph's document.
        first: shape (n,), int64, index of each paragraph's first token.
        last: shape (n,), int64, one past the index of its last token.
        gap: shape (n,), int64, line breaks since the previous paragraph; 0 for a document's first.
        starts: shape (n,), int64, code points into the scan's joined text.
        ends: shape (n,), int64.
    """

    documents: np.ndarray
    first: np.ndarray
    last: np.ndarray
    gap: np.ndarray
    starts: np.ndarray
    ends: np.ndarray


def segment(scan: Scan, joins: bool = True) -> Paragraphs:
    """Split a batch into paragraphs.

    Spans are ordered and disjoint, and together cover every character that is not blank.

    Args:
        scan: the characters of the batch.
        joins: whether the lines of hard-wrapped prose are joined; rendered pages have none.

    Returns:
        The paragraphs; empty columns where there is no text.
    """
    lines = find_lines(scan)
    begins = np.flatnonzero(~continues(scan, lines)) if joins else np.arange(len(lines.first))
    first = lines.first[begins]
    last = np.append(first[1:], len(scan.starts))[: len(first)]
    return Paragraphs(
        documents=lines.documents[begins],
        first=first,
        last=last,
        gap=lines.gap[begins],
        starts=scan.starts[first],
        ends=scan.ends[last - 1],
    )


def continues(scan: Scan, lines: Lines) -> np.ndarray:
    """Which lines go on with the paragraph of the line before.

    A line continues when its document is hard-wrapped and the line before had no room for its first word.

    Returns:
        Shape (n_lines,), bool.
    """
    n = len(lines.first)
    if n < 2:
        return np.zeros(n, bool)
    width = scan.ends[lines.last - 1] - scan.starts[lines.first] + lines.indent
    n_words, first_word_chars = _words(scan, lines)
    is_marked = _has_marker(scan, lines)
    follows = np.zeros(n, bool)  # line i stands directly under line i - 1 and does not open a list item
    follows[1:] = (lines.gap[1:] == 1) & ~is_marked[1:]
    n_documents = len(scan.bounds) - 1
    fits = width <= MAX_WRAP_CHARS
    wrap_chars = np.zeros(n_documents, np.int64)
    np.maximum.at(wrap_chars, lines.documents[fits], width[fits])

    limit = wrap_chars[lines.documents]
    is_full = np.zeros(n, bool)  # line i - 1 had no room for the first word of line i
    is_full[1:] = follows[1:] & fits[:-1] & (n_words[:-1] >= MIN_WORDS) & (width[:-1] + 1 + first_word_chars[1:] > limit[1:])
    # A deeper indent opens a paragraph of its own, unless it hangs below a list marker.
    is_full[1:] &= (lines.indent[1:] <= lines.indent[:-1]) | is_marked[:-1]
    goes_on = is_full & (scan.classes[lines.first] != Class.UPPER) & (scan.classes[lines.first] != Class.DIGIT)

    def count(mask: np.ndarray) -> np.ndarray:
        return np.bincount(lines.documents[mask], minlength=n_documents)

    n_full = count(is_full)
    is_wrapped = (
        (wrap_chars >= MIN_WRAP_CHARS)
        & (n_full >= MIN_FULL_LINES)
        & (n_full >= MIN_FULL_SHARE * count(follows))
        & (count(goes_on) >= MIN_LOWER_SHARE * n_full)
        & (count(~fits) <= MAX_LONG_SHARE * count(np.ones(n, bool)))
    )
    return is_full & is_wrapped[lines.documents]


def _words(scan: Scan, lines: Lines) -> tuple[np.ndarray, np.ndarray]:
    """Words of each line, and characters of its first: tokens without a blank between are one word."""
    opens = np.ones(len(scan.starts), bool)
    opens[1:] = (scan.starts[1:] != scan.ends[:-1]) | (scan.classes[1:] == Class.SINGLE)
    opens[lines.first] = True
    n_words = np.add.reduceat(opens.astype(np.int64), lines.first)
    openers = np.flatnonzero(opens)
    word_ends = scan.ends[np.append(openers[1:], len(opens)) - 1]
    return n_words, (word_ends - scan.starts[openers])[np.searchsorted(openers, lines.first)]


def _has_marker(scan: Scan, lines: Lines) -> np.ndarray:
    """Which lines open with a list marker: a bullet, or a number or letter with a stop or bracket, then a blank."""
    first, second = lines.first, np.minimum(lines.first + 1, lines.last - 1)
    third = np.minimum(lines.first + 2, lines.last - 1)
    head, after = scan.folded[scan.starts[first]], scan.folded[scan.starts[second]]
    stands_alone = (scan.starts[second] > scan.ends[first]) | (second == first)
    bullet = (np.isin(head, _MARKERS) | (scan.classes[first] == Class.SYMBOL)) & stands_alone
    one_letter = (scan.ends[first] - scan.starts[first] == 1) & (scan.classes[first] < Class.DIGIT)
    ordinal = (scan.classes[first] == Class.DIGIT) | one_letter
    closed = (after == ord(".")) | (after == ord(")"))
    return bullet | (ordinal & closed & ~stands_alone & (scan.starts[third] > scan.ends[second]))
