"""What the markup says of each paragraph: terms (tags, classes, addresses), facts (numbers) and the containers around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from urllib.parse import urlsplit
from zlib import crc32

import numpy as np

from cleaner.features.shape import STEP, logarithm
from cleaner.html.blocks import Block, Blocks, Element

BITS = 16  # of the hashed terms
LEVELS = 5  # containers around a paragraph, each with more paragraphs than the one inside it
NEAR_ELEMENTS = 3  # elements around a paragraph whose terms also say how near they are
MAX_ATTRIBUTE_CHARS = 200
MAX_LINKS = 12  # addresses of a paragraph that are looked at
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# Elements of the standard that say what a part of a page is for.
_SECTIONS = ("article", "aside", "footer", "form", "header", "main", "nav", "table", "ul", "ol", "blockquote", "figure", "pre", "section")

FACTS = (
    *("link_share", "log_links", "bold_share", "is_hidden", "is_noscript", "is_structured", "is_item", "is_row", "is_heading"),
    *("heading_level", "depth", "log_inline", "is_repeat", "log_prefix"),
    *(f"in_{name}" for name in _SECTIONS),
    *("log_twins_0", "log_twins_1", "log_twins_2", "log_alike", "mean_words_alike", "link_share_alike"),
    *(f"{name}_{level}" for level in range(LEVELS) for name in ("log_blocks", "log_words", "link_share", "word_share", "place")),
)


@dataclass(frozen=True, slots=True)
class Markup:
    """The markup facts of n paragraphs.

    Attributes:
        columns: shape (n_terms,), int64, hashed terms, in [0, 2 ** BITS).
        bounds: shape (n + 1,), int64; paragraph i has the terms `bounds[i]` to `bounds[i + 1]`, at least one.
        facts: shape (n, len(FACTS)), float32, multiples of `shape.STEP`.
        begins: shape (LEVELS, n), int64, first paragraph of each container, the innermost first.
        stops: shape (LEVELS, n), int64, one past its last.
        alike: shape (n,), int64, paragraphs of a page that sit in the same way in the tree share a number.
    """

    columns: np.ndarray
    bounds: np.ndarray
    facts: np.ndarray
    begins: np.ndarray
    stops: np.ndarray
    alike: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence[Markup]) -> Markup:
        """Several pages as one batch."""
        sizes = [len(part.alike) for part in parts]
        first = [0, *accumulate(sizes)]
        terms = [0, *accumulate(len(part.columns) for part in parts)]
        return cls(
            np.concatenate([part.columns for part in parts]),
            np.concatenate([[0], *(part.bounds[1:] + at for part, at in zip(parts, terms, strict=False))]),
            np.concatenate([part.facts for part in parts]),
            np.concatenate([part.begins + at for part, at in zip(parts, first, strict=False)], axis=1),
            np.concatenate([part.stops + at for part, at in zip(parts, first, strict=False)], axis=1),
            np.concatenate([part.alike + at for part, at in zip(parts, first, strict=False)]),
        )

    def at(self, starts: np.ndarray, wanted: np.ndarray) -> Markup:
        """The facts of those paragraphs that have a visible character; some pages hold others.

        Args:
            starts: shape (n,), ascending, where the paragraphs begin.
            wanted: shape (m,), ascending, where those that remain begin, or a character further on.

        Returns:
            The facts of m paragraphs.
        """
        index = np.searchsorted(starts, wanted, side="right") - 1
        if len(index) == len(starts):
            return self
        counts = np.diff(self.bounds)[index]
        bounds = np.concatenate([[0], np.cumsum(counts)])
        columns = self.columns[np.repeat(self.bounds[index] - bounds[:-1], counts) + np.arange(bounds[-1])]
        groups = np.unique(self.alike[index], return_inverse=True)[1]
        return Markup(
            columns,
            bounds,
            self.facts[index],
            np.searchsorted(index, self.begins[:, index]),
            np.searchsorted(index, self.stops[:, index]),
            groups,
        )


def describe(page: Blocks, host: str = "") -> Markup:
    """The markup facts of a page's n paragraphs.

    Args:
        page: the rendered page.
        host: the page's own host name; tells links that stay from links that leave.
    """
    blocks, elements = page.blocks, page.elements
    paths = _Paths(elements)
    columns: list[int] = []
    bounds = [0]
    for block in blocks:
        columns += paths.terms(block.element)
        for tag, attributes in block.spans[:MAX_LINKS]:
            columns += _terms("i", tag, *_named(attributes))
        for address in block.links[:MAX_LINKS]:
            columns += _link_terms(_link(address, host))
        bounds.append(len(columns))
    owner = np.array([block.element for block in blocks], np.int64)
    begins, stops = _containers(elements, owner)
    numbers: dict[tuple[object, ...], int] = {}
    number_of = {element: numbers.setdefault(paths.signature(element), len(numbers)) for element in set(owner.tolist())}
    _, first, group = np.unique([number_of[element] for element in owner.tolist()], return_index=True, return_inverse=True)
    alike = first[group] if len(owner) else owner
    return Markup(
        np.array(columns, np.int64),
        np.array(bounds, np.int64),
        _facts(blocks, elements, paths, owner, begins, stops, alike),
        begins,
        stops,
        alike,
    )


class _Paths:
    """What each element inherits from those around it, worked out once an element."""

    def __init__(self, elements: Sequence[Element]) -> None:
        self._elements = elements
        self._inherited: dict[int, frozenset[int]] = {-1: frozenset()}
        self._terms: dict[int, list[int]] = {}
        self._signatures: dict[int, tuple[object, ...]] = {}
        self.named = [_named(element.attributes) for element in elements]

    def terms(self, element: int) -> list[int]:
        """Hashed terms of the elements around a paragraph; the nearest ones also by how near they are."""
        known = self._terms.get(element)
        if known is None:
            known = sorted(self._inherit(element))
            at = element
            for level in range(NEAR_ELEMENTS):
                if at < 0:
                    break
                known += _terms(str(level), self._elements[at].tag, *self.named[at])
                at = self._elements[at].parent
            self._terms[element] = known
        return known

    def _inherit(self, element: int) -> frozenset[int]:
        chain = []
        while element not in self._inherited:
            chain.append(element)
            element = self._elements[element].parent
        for inner in reversed(chain):
            self._inherited[inner] = self._inherited[element] | frozenset(_terms("", self._elements[inner].tag, *self.named[inner]))
            element = inner
        return self._inherited[element]

    def signature(self, element: int) -> tuple[object, ...]:
        """Tags and classes of the three nearest elements."""
        known = self._signatures.get(element)
        if known is None:
            parts: list[object] = []
            at = element
            for _ in range(NEAR_ELEMENTS):
                if at >= 0:
                    parts += [self._elements[at].tag, self.named[at][0]]
                    at = self._elements[at].parent
            known = self._signatures[element] = tuple(parts)
        return known


def _named(attributes: dict[str, str | None]) -> tuple[str, str]:
    """The attributes that authors name things with: classes, and all the others."""
    if not attributes:
        return "", ""
    get = attributes.get
    others = " ".join(filter(None, (get("id"), get("role"), get("itemprop"), get("itemtype"), get("rel"), get("property"))))
    return (get("class") or "")[:MAX_ATTRIBUTE_CHARS], others[:MAX_ATTRIBUTE_CHARS]


@lru_cache(maxsize=1 << 14)
def _terms(place: str, tag: str, classes: str, others: str) -> list[int]:
    """Hashes of an element's terms: its tag, its class names, and the words in all that names it."""
    names = [f"{place}<{tag}"]
    names += [f"{place}.{name}" for name in {re.sub(r"\d+", "0", name) for name in classes.split()[:8]}]
    names += [f"{place}#{word.lower()}" for word in dict.fromkeys(_WORD.findall(f"{classes} {others}")[:16])]
    return [_hash(name) for name in names]


@lru_cache(maxsize=1 << 14)
def _link_terms(names: tuple[str, ...]) -> list[int]:
    return [_hash(f"@{name}") for name in names]


@lru_cache(maxsize=1 << 12)
def _link(address: str, host: str) -> tuple[str, ...]:
    """Where a link leads: inside the site or out of it, and the first words of its path."""
    address = address.strip()[:MAX_ATTRIBUTE_CHARS]
    if not address or address[0] == "#":
        return ("anchor",)
    try:
        parts = urlsplit(address)
        other = parts.hostname or ""
    except ValueError:
        return ("broken",)
    if parts.scheme not in ("", "http", "https"):
        return (parts.scheme,)
    stays = not other or other.removeprefix("www.") == host.removeprefix("www.")
    words = _WORD.findall(parts.path)[:3]
    return ("inside" if stays else "outside", *(f"{'/' if stays else '//'}{word.lower()}" for word in words))


def _hash(name: str) -> int:
    return crc32(name.encode("utf-8", "replace")) >> (32 - BITS)


def _containers(elements: Sequence[Element], owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The intervals of the containers around each paragraph, each wider than the one inside it; the page again where there are no more."""
    n = len(owner)
    first = [element.first for element in elements]
    stop = [element.stop for element in elements]
    wider: list[int] = []  # the nearest element around each one that holds more paragraphs
    for element in elements:
        at = element.parent
        while at > 0 and first[at] == element.first and stop[at] == element.stop:
            at = wider[at]
        wider.append(at)
    begins, stops = np.empty((LEVELS, n), np.int64), np.empty((LEVELS, n), np.int64)
    around, firsts, ends = np.array(wider), np.array(first), np.array(stop)
    # A paragraph in an element of its own starts at the first container that holds others too.
    nearest = np.where(ends[owner] - firsts[owner] <= 1, around[owner], owner)
    for level in range(LEVELS):
        nearest = np.maximum(nearest, 0)
        begins[level], stops[level] = firsts[nearest], ends[nearest]
        nearest = around[nearest]
    return begins, stops


def _facts(  # noqa: PLR0913 - the parts of one page
    blocks: Sequence[Block],
    elements: Sequence[Element],
    paths: _Paths,
    owner: np.ndarray,
    begins: np.ndarray,
    stops: np.ndarray,
    alike: np.ndarray,
) -> np.ndarray:
    n = len(blocks)
    table = np.zeros((n, len(FACTS)), np.float32)
    if not n:
        return table
    columns = iter(table.T)

    def put(values: np.ndarray) -> None:
        next(columns)[:] = np.rint(np.asarray(values, np.float64) / STEP) * STEP

    chars = np.array([max(len(block.text), 1) for block in blocks])
    words = np.array([block.text.count(" ") + 1 for block in blocks])
    link_chars = np.minimum(np.array([block.link_chars for block in blocks]), chars)
    seen: set[str] = set()
    repeats = [block.text in seen or seen.add(block.text) is not None for block in blocks]  # type: ignore[func-returns-value]
    tags = [_near_tags(elements, element) for element in range(len(elements))]
    put(link_chars / chars)
    put(logarithm(np.array([len(block.links) for block in blocks])))
    put(np.minimum(np.array([block.bold_chars for block in blocks]) / chars, 1))
    for name in ("is_hidden", "is_noscript", "is_structured"):
        put(np.array([getattr(block, name) for block in blocks]))
    own_tags = [elements[element].tag for element in owner.tolist()]
    put(np.array([tag == "li" for tag in own_tags]))
    put(np.array([tag == "tr" for tag in own_tags]))
    levels = np.array([_heading(tags[element]) for element in owner.tolist()])
    put(levels > 0)
    put(levels / 6)
    depths = _depths(elements)
    put(np.minimum(depths[owner], 32) / 32)
    put(logarithm(np.array([len(block.spans) for block in blocks])))
    put(np.array(repeats))
    put(logarithm(np.array([len(block.prefix) for block in blocks])))
    sections = _sections(elements)
    for column in sections[owner].T:
        put(column)
    twins = _twins(elements, paths)
    parents = np.array([max(element.parent, 0) for element in elements])
    at = owner
    for _ in range(3):
        put(logarithm(twins[at]))
        at = parents[at]
    counts = np.bincount(alike, minlength=n)
    put(logarithm(counts[alike]))
    put(np.minimum(np.bincount(alike, words, n)[alike] / counts[alike], 100) / 50)
    put(np.bincount(alike, link_chars, n)[alike] / np.bincount(alike, chars, n)[alike])
    sums = [np.concatenate([[0], np.cumsum(values)]) for values in (words, chars, link_chars)]
    index = np.arange(n)
    for begin, stop in zip(begins, stops, strict=True):
        n_words, n_chars, n_link_chars = (total[stop] - total[begin] for total in sums)
        put(logarithm(stop - begin))
        put(logarithm(n_words))
        put(n_link_chars / np.maximum(n_chars, 1))
        put(n_words / max(int(words.sum()), 1))
        put((index - begin) / np.maximum(stop - begin, 1))
    return table


def _near_tags(elements: Sequence[Element], element: int) -> tuple[str, ...]:
    """The tags of an element and of the three around it."""
    tags: list[str] = []
    while element > 0 and len(tags) < NEAR_ELEMENTS + 1:
        tags.append(elements[element].tag)
        element = elements[element].parent
    return tuple(tags)


def _heading(tags: Iterable[str]) -> int:
    return next((_HEADINGS.index(tag) + 1 for tag in tags if tag in _HEADINGS), 0)


def _depths(elements: Sequence[Element]) -> np.ndarray:
    depths: list[int] = []
    for element in elements:
        depths.append(depths[element.parent] + 1 if element.parent >= 0 else 0)
    return np.array(depths)


def _sections(elements: Sequence[Element]) -> np.ndarray:
    """Which of `_SECTIONS` each element lies in, shape (n_elements, len(_SECTIONS)), bool."""
    bits: list[int] = []
    for element in elements:
        inherited = bits[element.parent] if element.parent >= 0 else 0
        bits.append(inherited | (1 << _SECTIONS.index(element.tag) if element.tag in _SECTIONS else 0))
    return (np.array(bits)[:, None] >> np.arange(len(_SECTIONS))) & 1


def _twins(elements: Sequence[Element], paths: _Paths) -> np.ndarray:
    """How many elements with the same parent have the same tag and classes as each one."""
    keys = [(element.parent, element.tag, named[0]) for element, named in zip(elements, paths.named, strict=True)]
    counts: dict[tuple[int, str, str], int] = {}
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
    return np.array([counts[key] for key in keys])
