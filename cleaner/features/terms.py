"""The terms of a paragraph: character ranges whose hashes are the columns of one sparse matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cleaner.features.hashing import RangeHashes
from cleaner.text.paragraphs import Paragraphs
from cleaner.text.scan import Scan

PREFIX_CHARS = 4  # stems: enough to tell most words, short enough to survive inflection
SUFFIX_CHARS = 3  # endings: person, tense, case
HASH_BITS = 32


@dataclass(frozen=True, slots=True)
class Ranges:
    """Character ranges of a batch's paragraphs.

    Attributes:
        starts: shape (n_terms,), int64, first character of each term.
        ends: shape (n_terms,), int64, one past its last.
        bounds: shape (n_paragraphs + 1,), int64; paragraph i has the terms `bounds[i]` to `bounds[i + 1]`, at least one.
    """

    starts: np.ndarray
    ends: np.ndarray
    bounds: np.ndarray


@dataclass(frozen=True, slots=True)
class Group:
    """A feature group: one sort of term, with columns of its own.

    Attributes:
        name: part of the bundle.
        bits: the group has `2 ** bits` columns.
        ranges: where the group's terms lie.
        is_by_token: whether it has one term a token.
    """

    name: str
    bits: int
    ranges: Callable[[Scan, Paragraphs], Ranges]
    is_by_token: bool = True


def words(scan: Scan, paragraphs: Paragraphs) -> Ranges:
    """Every token."""
    return Ranges(scan.starts, scan.ends, _bounds(scan, paragraphs))


def pairs(scan: Scan, paragraphs: Paragraphs) -> Ranges:
    """Every token with the one before; a paragraph's first token alone, which tells how the paragraph begins."""
    starts = np.empty_like(scan.starts)
    starts[1:] = scan.starts[:-1]
    starts[paragraphs.first] = paragraphs.starts
    return Ranges(starts, scan.ends, _bounds(scan, paragraphs))


def prefixes(scan: Scan, paragraphs: Paragraphs) -> Ranges:
    """The first characters of every token."""
    return Ranges(scan.starts, np.minimum(scan.starts + PREFIX_CHARS, scan.ends), _bounds(scan, paragraphs))


def suffixes(scan: Scan, paragraphs: Paragraphs) -> Ranges:
    """The last characters of every token."""
    return Ranges(np.maximum(scan.ends - SUFFIX_CHARS, scan.starts), scan.ends, _bounds(scan, paragraphs))


def wholes(scan: Scan, paragraphs: Paragraphs) -> Ranges:
    """The paragraph itself: menus and forms say the same on every site."""
    return Ranges(paragraphs.starts, paragraphs.ends, np.arange(len(paragraphs.starts) + 1))


GROUPS = (
    Group("word", 18, words),
    Group("pair", 18, pairs),
    Group("prefix", 16, prefixes),
    Group("suffix", 15, suffixes),
    Group("whole", 17, wholes, is_by_token=False),
)


def columns(group: Group, ranges: Ranges, hashes: RangeHashes) -> np.ndarray:
    """The column of each term of a group.

    Returns:
        Shape (n_terms,), int64, in [0, 2 ** bits).
    """
    return (hashes(ranges.starts, ranges.ends) >> np.uint32(HASH_BITS - group.bits)).astype(np.int64)


def _bounds(scan: Scan, paragraphs: Paragraphs) -> np.ndarray:
    return np.append(paragraphs.first, len(scan.starts))
