"""One pass over the characters of a batch: code points, classes and tokens, shared by segmentation and features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cleaner.text.characters import Class, class_table, code_points, fold_table

LINE_FEED, CARRIAGE_RETURN = 10, 13


@dataclass(frozen=True, slots=True)
class Scan:
    """The texts of a batch, joined by line feeds, and their tokens.

    A token is a run of letters and digits, a single character of a script without blanks, or a run of one
    punctuation mark or symbol. Positions count code points of the joined text.

    Attributes:
        text: the joined text; every document is followed by one line feed.
        bounds: shape (n_documents + 1,), int64; document d is `text[bounds[d] : bounds[d + 1] - 1]`.
        folded: shape (n_chars,), uint16, the folded code points.
        breaks: shape (n_breaks,), int64, the line breaks, joining ones included; CRLF is one, at its line feed.
        starts: shape (n_tokens,), int64, first character of each token.
        ends: shape (n_tokens,), int64, one past the last character of each token.
        classes: shape (n_tokens,), uint8, the `Class` of each token's first character.
    """

    text: str
    bounds: np.ndarray
    folded: np.ndarray
    breaks: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    classes: np.ndarray


def scan(texts: Sequence[str]) -> Scan:
    """Read the characters of a batch of documents.

    Args:
        texts: the n documents of the batch.

    Returns:
        The scan; empty arrays where there is no text.
    """
    joined = "\n".join(texts) + "\n" if texts else ""
    bounds = np.zeros(len(texts) + 1, np.int64)
    np.cumsum([len(text) + 1 for text in texts], out=bounds[1:])
    index = code_points(joined).astype(np.intp)  # table look-ups want native indices: cast once, use twice
    classes = class_table().take(index)
    folded = fold_table().take(index)
    solid = classes > Class.BREAK
    word = solid & (classes < Class.SINGLE)
    starts_token = solid.copy()
    starts_token[1:] &= ~(word[1:] & word[:-1])
    mark = classes >= Class.PUNCTUATION
    starts_token[1:] &= ~(mark[1:] & (folded[1:] == folded[:-1]))
    ends_token = solid.copy()
    ends_token[:-1] &= starts_token[1:] | ~solid[1:]
    starts = np.flatnonzero(starts_token)
    is_break = classes == Class.BREAK
    is_break[:-1] &= (index[:-1] != CARRIAGE_RETURN) | (index[1:] != LINE_FEED)
    return Scan(
        text=joined,
        bounds=bounds,
        folded=folded,
        breaks=np.flatnonzero(is_break),
        starts=starts,
        ends=np.flatnonzero(ends_token) + 1,
        classes=classes[starts],
    )
