"""What the markup says of each paragraph: terms (tags, classes, addresses), facts (numbers) and the containers around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from urllib.parse import urlsplit
from zlib import crc32

import numpy as np

from cleaner.features.shape import STEP, logarithm
from cleaner.html.blocks import Blocks, Tag

BITS = 16  # of the hashed terms
LEVELS = 5  # containers around a paragraph, each with more paragraphs than the one inside it
NEAR_ELEMENTS = 3  # elements around a paragraph whose terms also say how near they are
PLACES = (0x9E3779B1, 0x85EBCA6B, 0xC2B2AE35, 0x27D4EB2F, 0x165667B1)  # odd factors: anywhere around, 0 to 2 elements away, inside
MAX_ATTRIBUTE_CHARS = 200
MAX_CLASSES, MAX_WORDS = 8, 16  # of an element that are looked at
MAX_INHERITED = 512  # terms from anywhere around a paragraph, about: pages have a hundred
ROWS = 1 << 12  # paragraphs whose terms are gathered at a time
MAX_LINKS = 12  # addresses of a paragraph that are looked at
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[^\W\d_a-zA-Z]+")
_DIGITS = re.compile(r"\d+")
# Addresses with a plain host name or none, and a path that the standard library would split the same.
_USUAL = re.compile(r"(?:https?://([A-Za-z0-9.-]++)(?=[/?#]|\Z)|(?=/(?!/)))([!$-.0-9:;=@-Z_a-z~/%]*+)(?:[?#][!#-;=?-~]*+)?")
_NAMING = ("id", "role", "itemprop", "itemtype", "rel", "property")
_NAMING_SET = frozenset(_NAMING)
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
        columns: shape (n_terms,), uint16, hashed terms, in [0, 2 ** BITS).
        bounds: shape (n + 1,), int64; paragraph i has the terms `bounds[i]` to `bounds[i + 1]`, at least one.
        facts: shape (n, len(FACTS)), float32, multiples of `shape.STEP`.
        begins: shape (LEVELS, n), int64, first paragraph of each container, the innermost first.
        stops: shape (LEVELS, n), int64, one past its last.
        alike: shape (n,), int64, for each paragraph the first of its page that sits in the same way in the tree.
    """

    columns: np.ndarray
    bounds: np.ndarray
    facts: np.ndarray
    begins: np.ndarray
    stops: np.ndarray
    alike: np.ndarray

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
        _, first, group = np.unique(self.alike[index], return_index=True, return_inverse=True)
        return Markup(
            columns,
            bounds,
            self.facts[index],
            np.searchsorted(index, self.begins[:, index]),
            np.searchsorted(index, self.stops[:, index]),
            first[group],
        )


def describe(pages: Sequence[Blocks], hosts: Sequence[str]) -> Markup:
    """The markup facts of the n paragraphs of pages; a page's do not depend on the others.

    Args:
        pages: the rendered pages.
        hosts: their own host names; they tell links that stay from links that leave.
    """
    forest = _Forest(pages)
    begins, stops = forest.containers()
    alike = forest.alike()
    columns, bounds = _terms(forest, pages, hosts)
    return Markup(columns, bounds, _facts(forest, pages, begins, stops, alike), begins, stops, alike)


class _Forest:
    """The trees of several pages as arrays: elements in reading order, each after those around it.

    Attributes:
        named: the different names of elements: tag name, classes, other attributes.
        name: shape (n_elements,), int64, index into `named`.
        spans: shape (n_spans,), int64, index into `named`: of the elements inside the paragraphs.
        parent: shape (n_elements,), int64, the element around each one; of a root, itself.
        end: shape (n_elements,), int64, one past the last element inside.
        look: shape (n_elements,), int64, equal where tag name and classes are.
        owner: shape (n,), int64, the innermost element around each paragraph.
        page: shape (n,), int64, the page of each paragraph.
        first: shape (n_elements,), int64, the first paragraph inside each element.
        stop: shape (n_elements,), int64, one past the last.
        is_root: shape (n_elements,), bool, whether an element is the top of its page.
        depth: shape (n_elements,), int64, elements around each one.
    """

    def __init__(self, pages: Sequence[Blocks]) -> None:
        elements = [element for page in pages for element in page.elements]
        sizes, n_blocks = [len(page.elements) for page in pages], [len(page.blocks) for page in pages]
        roots, first_blocks = (np.cumsum([0, *counts[:-1]], dtype=np.int64)[: len(pages)] for counts in (sizes, n_blocks))
        numbers: dict[Tag, int] = {}
        tag = np.array([numbers.setdefault(element.tag, len(numbers)) for element in elements], np.int64)
        blocks = [block for page in pages for block in page.blocks]
        spans = np.array([numbers.setdefault(tag, len(numbers)) for block in blocks for tag in block.spans[:MAX_LINKS]], np.int64)
        names: dict[tuple[str, str, str], int] = {}
        named_as = np.array([names.setdefault(_named(tag), len(names)) for tag in numbers], np.int64)
        self.named = list(names)
        self.name, self.spans = named_as[tag], named_as[spans]
        looks: dict[tuple[str, str], int] = {}
        self.look = np.array([looks.setdefault(named[:2], len(looks) + 1) for named in self.named], np.int64)[self.name]
        root, first_block = np.repeat(roots, sizes), np.repeat(first_blocks, sizes)
        self.parent = np.array([element.parent for element in elements], np.int64) + root
        self.parent[roots] = roots
        self.end = np.array([element.end for element in elements], np.int64) + root
        self.first = np.array([element.first for element in elements], np.int64) + first_block
        self.stop = np.array([element.stop for element in elements], np.int64) + first_block
        self.page = np.repeat(np.arange(len(pages)), n_blocks)
        self.owner = np.array([block.element for block in blocks], np.int64) + np.repeat(roots, n_blocks)
        self.is_root = np.zeros(len(elements), bool)
        self.is_root[roots] = True
        self.depth = self.around(np.ones(len(elements), np.int64)) - 1

    def around(self, values: np.ndarray) -> np.ndarray:
        """Sums over each element and all around it; `values` has a row an element."""
        change = np.concatenate([values, np.zeros_like(values[:1])])
        where = np.flatnonzero(values if values.ndim == 1 else values.any(axis=1))
        np.subtract.at(change, self.end[where], values[where])
        return np.cumsum(change[:-1], axis=0)

    def path(self, rows: slice, n: int) -> np.ndarray:
        """The nearest n elements around some paragraphs, shape (n, n_rows), the innermost first; the root again where there are no more."""
        path = [self.owner[rows]]
        while len(path) < n:
            path.append(self.parent[path[-1]])
        return np.stack(path)

    def by_name(self, names: Sequence[str]) -> np.ndarray:
        """Index of each element's tag name among some, -1 where it is none of them."""
        index = {name: number for number, name in enumerate(names)}
        return np.array([index.get(named[0], -1) for named in self.named], np.int64)[self.name]

    def containers(self) -> tuple[np.ndarray, np.ndarray]:
        """First paragraphs and stops of the containers around each one, each wider than the one inside it, in the end the page."""
        n, parent = len(self.owner), self.parent
        is_same = (self.first == self.first[parent]) & (self.stop == self.stop[parent]) & ~self.is_root[parent]
        outermost = np.where(is_same, parent, np.arange(len(parent)))  # of the elements that hold the same paragraphs
        while not np.array_equal(outermost, further := outermost[outermost]):
            outermost = further
        wider = parent[outermost]
        begins, stops = np.empty((LEVELS, n), np.int64), np.empty((LEVELS, n), np.int64)
        # A paragraph in an element of its own starts at the first container that holds others too.
        nearest = np.where(self.stop[self.owner] - self.first[self.owner] <= 1, wider[self.owner], self.owner)
        for level in range(LEVELS):
            begins[level], stops[level] = self.first[nearest], self.stop[nearest]
            nearest = wider[nearest]
        return begins, stops

    def alike(self) -> np.ndarray:
        """The first paragraph of the page with the same tags and classes on the three nearest elements, shape (n,), int64."""
        group, at = self.page, self.owner
        size = int(self.look.max(initial=0)) + 1
        is_past = np.zeros(len(at), bool)
        for _ in range(NEAR_ELEMENTS):
            _, first, group = np.unique(group * size + np.where(is_past, 0, self.look[at]), return_index=True, return_inverse=True)
            is_past, at = self.is_root[at], self.parent[at]
        return first[group]


def _terms(forest: _Forest, pages: Sequence[Blocks], hosts: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Hashed terms of the paragraphs and their bounds: of all elements around one, of the nearest by how near, and of what is inside."""
    pool, starts, counts = _flat([_hashes(*named) for named in forest.named])
    placed = [_columns(pool * np.uint32(factor)) for factor in PLACES]
    new, *around = _inherited(forest, placed[0], starts[forest.name], counts[forest.name])
    blocks = [block for page in pages for block in page.blocks]
    spans, *in_spans = _inside(placed[-1], starts, counts, forest.spans, [min(len(block.spans), MAX_LINKS) for block in blocks])
    different: dict[tuple[int, ...], int] = {}
    links = [
        different.setdefault(_link(address, host), len(different))
        for page, host in zip(pages, hosts, strict=True)
        for block in page.blocks
        for address in block.links[:MAX_LINKS]
    ]
    leads, lead_starts, lead_counts = _flat(list(different))
    leads, *in_links = _inside(_columns(leads), lead_starts, lead_counts, links, [min(len(block.links), MAX_LINKS) for block in blocks])
    # All terms one behind the other; those of a paragraph lie in many places, which are gathered.
    everything = np.concatenate([new, *placed[1:-1], spans, leads])
    at_near = len(new) + len(pool) * np.arange(NEAR_ELEMENTS)[:, None]
    in_spans[0] += len(new) + len(pool) * NEAR_ELEMENTS
    in_links[0] += len(everything) - len(leads)
    columns, lengths = [], []
    for begin in range(0, len(blocks), ROWS):
        rows = slice(begin, begin + ROWS)
        depth = forest.depth[forest.owner[rows]]
        path = forest.path(rows, max(int(depth.max()) + 1, NEAR_ELEMENTS))
        exists = np.arange(len(path))[:, None] <= depth
        near = forest.name[path[:NEAR_ELEMENTS]]
        where = np.vstack([around[0][path], starts[near] + at_near, in_spans[0][rows], in_links[0][rows]])
        n = np.vstack([around[1][path] * exists, counts[near] * exists[:NEAR_ELEMENTS], in_spans[1][rows], in_links[1][rows]])
        columns.append(_gathered(everything, where.T.ravel(), n.T.ravel()))
        lengths.append(n.sum(axis=0))
    return np.concatenate([new[:0], *columns]), np.cumsum(np.concatenate([[0], *lengths]), dtype=np.int64)


def _inside(
    pool: np.ndarray, starts: np.ndarray, counts: np.ndarray, items: Sequence[int] | np.ndarray, n_items: Sequence[int]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The terms of what is inside the paragraphs; where each paragraph's start, and how many they are.

    Args:
        pool: terms of the different items.
        starts: where each item's start in it.
        counts: how many they are.
        items: the items of all paragraphs, in order.
        n_items: how many a paragraph has.
    """
    items = np.asarray(items, np.int64)
    bounds = np.concatenate([[0], np.cumsum(counts[items])])[np.concatenate([[0], np.cumsum(n_items, dtype=np.int64)])]
    return _gathered(pool, starts[items], counts[items]), bounds[:-1], np.diff(bounds)


def _inherited(forest: _Forest, pool: np.ndarray, starts: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The terms of each element that no element around it has, too; where they start, and how many they are."""
    n = len(starts)
    element = np.repeat(np.arange(n), counts)
    columns = _gathered(pool, starts, counts)
    order = np.argsort(columns, kind="stable")
    group = np.cumsum(np.diff(columns[order], prepend=columns[order[:1]]) != 0) * (n + 1)
    inside = np.maximum.accumulate(group + forest.end[element[order]])  # up to where elements with the same term reach
    is_new = np.ones(len(order), bool)
    is_new[order[1:]] = inside[:-1] <= (group + element[order])[1:]
    n_new = np.bincount(element[is_new], minlength=n)
    first = np.cumsum(n_new) - n_new
    return columns[is_new], first, np.where(forest.around(n_new) - n_new > MAX_INHERITED, 0, n_new)


def _flat(parts: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Hashes one behind the other, where those of each part start, and how many they are."""
    counts = np.array([len(part) for part in parts], np.int64)
    return np.fromiter(chain.from_iterable(parts), np.uint32), np.cumsum(counts) - counts, counts


def _gathered(pool: np.ndarray, starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Ranges of an array, one behind the other."""
    stops = np.cumsum(counts)
    where = np.repeat(starts - stops + counts, counts)
    where += np.arange(len(where))
    return pool[where]


def _columns(hashes: np.ndarray) -> np.ndarray:
    return (hashes >> np.uint32(32 - BITS)).astype(np.uint16)


def _named(tag: Tag) -> tuple[str, str, str]:
    """Tag name and the attributes that authors name things with: classes, and all the others."""
    attributes = tag.attributes
    if not attributes:
        return tag.name, "", ""
    classes = (attributes.get("class") or "")[:MAX_ATTRIBUTE_CHARS]
    if _NAMING_SET.isdisjoint(attributes):
        return tag.name, classes, ""
    return tag.name, classes, " ".join(filter(None, map(attributes.get, _NAMING)))[:MAX_ATTRIBUTE_CHARS]


def _hashes(name: str, classes: str, others: str) -> tuple[int, ...]:
    """Hashes of an element's terms: its tag, its class names, and the words in all that names it; numbers count as 0."""
    if not classes and not others:
        return _hashed(name, "", "")
    return _hashed(name, _DIGITS.sub("0", classes), _DIGITS.sub("0", others) if others else "")


@lru_cache(maxsize=1 << 14)
def _hashed(name: str, classes: str, others: str) -> tuple[int, ...]:
    hashes = [crc32(b"<" + name.encode("utf-8", "replace"))]
    words: list[int] = []
    for number, token in enumerate(classes.split()):
        whole, own = _token(token)
        words += own
        if number < MAX_CLASSES:
            hashes.append(whole)
    for token in others.split():
        words += _token(token)[1]
    return tuple(dict.fromkeys(hashes + words[:MAX_WORDS]))


@lru_cache(maxsize=1 << 15)
def _token(token: str) -> tuple[int, list[int]]:
    """Hashes of a class name and of the words in it."""
    return crc32(b"." + token.encode("utf-8", "replace")), [_word(word) for word in _WORD.findall(token)[:MAX_WORDS]]


@lru_cache(maxsize=1 << 14)
def _word(word: str) -> int:
    return crc32(b"#" + word.lower().encode("utf-8", "replace"))


@lru_cache(maxsize=1 << 12)
def _link(address: str, host: str) -> tuple[int, ...]:
    """Hashes of where a link leads: inside the site or out of it, and the first words of its path."""
    return tuple([_place(name) for name in _leads(address.strip()[:MAX_ATTRIBUTE_CHARS], host)])


def _leads(address: str, host: str) -> tuple[str, ...]:
    if not address or address[0] == "#":
        return ("anchor",)
    usual = _USUAL.fullmatch(address)
    if usual is not None:
        scheme, other, path = "", (usual[1] or "").lower(), usual[2]
    else:
        try:
            parts = urlsplit(address)
            scheme, other, path = parts.scheme, parts.hostname or "", parts.path
        except ValueError:
            return ("broken",)
        if scheme not in ("", "http", "https"):
            return (scheme,)
    stays = not other or other.removeprefix("www.") == host.removeprefix("www.")
    words = _WORD.findall(path)[:3]
    return ("inside" if stays else "outside", *(f"{'/' if stays else '//'}{word.lower()}" for word in words))


@lru_cache(maxsize=1 << 14)
def _place(name: str) -> int:
    return crc32(b"@" + name.encode("utf-8", "replace"))


def _facts(forest: _Forest, pages: Sequence[Blocks], begins: np.ndarray, stops: np.ndarray, alike: np.ndarray) -> np.ndarray:
    blocks = [block for page in pages for block in page.blocks]
    n, owner = len(blocks), forest.owner
    table = np.zeros((n, len(FACTS)), np.float32)
    if not n:
        return table
    columns = iter(table.T)

    def put(values: np.ndarray) -> None:
        next(columns)[:] = np.rint(np.asarray(values, np.float64) / STEP) * STEP

    chars = np.array([max(len(block.text), 1) for block in blocks])
    words = np.array([block.text.count(" ") + 1 for block in blocks])
    link_chars = np.minimum(np.array([block.link_chars for block in blocks]), chars)
    put(link_chars / chars)
    put(logarithm(np.array([len(block.links) for block in blocks])))
    put(np.minimum(np.array([block.bold_chars for block in blocks]) / chars, 1))
    put(np.array([block.is_hidden for block in blocks]))
    put(np.array([block.is_noscript for block in blocks]))
    put(np.array([block.is_structured for block in blocks]))
    names = forest.by_name(("li", "tr"))[owner]
    put(names == 0)
    put(names == 1)
    headings, at = forest.by_name(_HEADINGS) + 1, owner
    levels = headings[at]
    for _ in range(NEAR_ELEMENTS):
        at = forest.parent[at]
        levels = np.where(levels > 0, levels, headings[at])
    put(levels > 0)
    put(levels / 6)
    put(np.minimum(forest.depth[owner], 32) / 32)
    put(logarithm(np.array([len(block.spans) for block in blocks])))
    put(np.array([is_repeat for page in pages for is_repeat in _repeats(page)]))
    put(logarithm(np.array([len(block.prefix) for block in blocks])))
    sections = forest.around((forest.by_name(_SECTIONS)[:, None] == np.arange(len(_SECTIONS))).astype(np.int64))
    for column in (sections[owner] > 0).T:
        put(column)
    twins = _sizes(forest.parent * (int(forest.look.max()) + 1) + forest.look)  # with the same parent, tag and classes
    at = owner
    for _ in range(3):
        put(logarithm(twins[at]))
        at = forest.parent[at]
    counts = np.bincount(alike, minlength=n)
    put(logarithm(counts[alike]))
    put(np.minimum(np.bincount(alike, words, n)[alike] / counts[alike], 100) / 50)
    put(np.bincount(alike, link_chars, n)[alike] / np.bincount(alike, chars, n)[alike])
    sums = [np.concatenate([[0], np.cumsum(values)]) for values in (words, chars, link_chars)]
    index, all_words = np.arange(n), np.bincount(forest.page, words)[forest.page]
    for begin, stop in zip(begins, stops, strict=True):
        n_words, n_chars, n_link_chars = (total[stop] - total[begin] for total in sums)
        put(logarithm(stop - begin))
        put(logarithm(n_words))
        put(n_link_chars / np.maximum(n_chars, 1))
        put(n_words / all_words)
        put((index - begin) / np.maximum(stop - begin, 1))
    return table


def _repeats(page: Blocks) -> list[bool]:
    """Whether the page has each paragraph's text before."""
    seen: set[str] = set()
    return [block.text in seen or seen.add(block.text) is not None for block in page.blocks]  # type: ignore[func-returns-value]


def _sizes(keys: np.ndarray) -> np.ndarray:
    """How many equal each one."""
    _, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
    return counts[group]
