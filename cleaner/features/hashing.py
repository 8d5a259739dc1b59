"""Hashes of any character range of a batch, from one running sum over its characters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

_BASE = 0x9E3779B1  # odd, so that it has an inverse modulo 2**32
_GRAIN = 1 << 16


@dataclass(frozen=True, slots=True)
class RangeHashes:
    """Polynomial hashes, modulo 2**32, of ranges of a text.

    The running sum of `(character + 1) * base**position` gives the hash of a range by one subtraction and one
    multiplication by `base**-start`: equal ranges have equal hashes wherever they stand.

    Attributes:
        sums: shape (n_chars + 1,), uint32, the running sum.
    """

    sums: np.ndarray

    @classmethod
    def of(cls, folded: np.ndarray) -> RangeHashes:
        """The running sum over folded code points, shape (n_chars,), uint16."""
        sums = np.zeros(len(folded) + 1, np.uint32)
        np.cumsum((folded.astype(np.uint32) + 1) * _powers(_rounded(len(folded)))[: len(folded)], dtype=np.uint32, out=sums[1:])
        return cls(sums)

    def __call__(self, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
        """Hash of each range.

        Args:
            starts: shape (n,), int64, first character of each range.
            ends: shape (n,), int64, one past its last.

        Returns:
            Shape (n,), uint32, well mixed in all bits.
        """
        return mix((self.sums[ends] - self.sums[starts]) * _inverse_powers(_rounded(len(self.sums)))[starts])


def mix(hashes: np.ndarray) -> np.ndarray:
    """Spread every input bit over all output bits.

    Args:
        hashes: shape (n,), uint32.

    Returns:
        Shape (n,), uint32.

    Source:
        The finaliser of MurmurHash3 (Appleby, 2011, public domain).
    """
    mixed: np.ndarray = hashes ^ (hashes >> np.uint32(16))
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed *= np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    return mixed


def _rounded(n: int) -> int:
    """Round up, so that batches of many sizes share few cached tables."""
    return max(_GRAIN, 1 << (n - 1).bit_length()) if n else _GRAIN


@lru_cache(maxsize=2)  # the usual batch and one giant document; more would only hold memory
def _powers(n: int) -> np.ndarray:
    return _geometric(_BASE, n)


@lru_cache(maxsize=2)  # the usual batch and one giant document; more would only hold memory
def _inverse_powers(n: int) -> np.ndarray:
    return _geometric(pow(_BASE, -1, 1 << 32), n)


def _geometric(ratio: int, n: int) -> np.ndarray:
    powers = np.full(n, ratio, np.uint32)
    powers[0] = 1
    return np.cumprod(powers, dtype=np.uint32)
