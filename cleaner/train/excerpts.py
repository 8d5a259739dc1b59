"""Stretches of written documents as documents of their own: what people paste has often no more than a few paragraphs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from zlib import crc32

from cleaner.train.gold import Gold

CORPUS = "excerpts"
MAX_LINES = (3, 7)  # of the excerpts of a document, one each


def excerpts(documents: Iterable[Gold]) -> list[Gold]:
    """A short and a longer stretch of each written document; names alone decide which.

    They are of the document's site, so they fall into its fold.
    """
    return [_excerpt(gold, most) for gold in documents if gold.corpus == "posts" for most in MAX_LINES]


def _excerpt(gold: Gold, most: int) -> Gold:
    name = f"{gold.name}/{most}"
    n = 1 + crc32(f"lines {name}".encode()) % min(most, len(gold.kinds))
    first = crc32(f"first {name}".encode()) % (len(gold.kinds) - n + 1)
    own = slice(first, first + n)
    start, end = int(gold.starts[first]), int(gold.ends[first + n - 1])
    return replace(
        gold,
        name=name,
        corpus=CORPUS,
        text=gold.text[start:end],
        starts=gold.starts[own] - start,
        ends=gold.ends[own] - start,
        kinds=gold.kinds[own],
        others=gold.others[own],
    )
