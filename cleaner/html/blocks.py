"""A page's tree → its paragraphs as a reader would see them, each with the elements around it.

The whole page is rendered, furniture and all: what a rule drops here is lost, what the model drops can be looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cleaner.html.structured import bodies

if TYPE_CHECKING:
    from cleaner.html.parse import Tree

# Elements that flow within a line; every other one begins a line of its own.
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "acronym",
        "b",
        "bdi",
        "bdo",
        "big",
        "cite",
        "code",
        "data",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "img",
        "ins",
        "kbd",
        "label",
        "mark",
        "math",
        "mfrac",
        "mi",
        "mn",
        "mo",
        "mrow",
        "ms",
        "mspace",
        "msqrt",
        "mstyle",
        "msub",
        "msubsup",
        "msup",
        "mtext",
        "munder",
        "munderover",
        "nobr",
        "output",
        "picture",
        "q",
        "rb",
        "rp",
        "rt",
        "rtc",
        "ruby",
        "s",
        "samp",
        "semantics",
        "small",
        "span",
        "strike",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
        "wbr",
    ]
)
# Elements whose content nobody reads as text.
_UNREAD = frozenset(
    [
        "annotation",
        "area",
        "audio",
        "base",
        "canvas",
        "datalist",
        "embed",
        "head",
        "iframe",
        "input",
        "link",
        "meta",
        "noembed",
        "noframes",
        "object",
        "optgroup",
        "option",
        "param",
        "progress",
        "script",
        "select",
        "source",
        "style",
        "svg",
        "template",
        "textarea",
        "title",
        "track",
        "video",
    ]
)
_LISTS = frozenset(("menu", "ol", "ul"))
_TIGHT = frozenset(
    ["button", "caption", "col", "dd", "dt", "label", "li", "tbody", "td", "tfoot", "th", "thead", "tr"]
)  # no blank line between these
_BOLD = frozenset(("b", "strong"))
_CELLS = frozenset(("td", "th"))
_SPECIAL = frozenset(("li", "noscript", "pre", "table"))
# Style sheets keep these apart where the markup has no blank; in front of the last three, and behind them, whatever follows.
_PARTED = frozenset(("a", "span", "cite", "label", "time"))
_ALWAYS_PARTED = frozenset(("cite", "label", "time"))
_CURRENCIES = "$€£¥"
_FIRST_WIDE = "\u2e80"  # from here on scripts write without blanks
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
MAX_SEARCHED = 1 << 30  # characters, for what JSON-LD repeats; pages that would need more repeat it
MIN_WORDS = 50  # a page of fewer is a shell that scripts fill, and its description all that it says
_DESCRIPTIONS = 'meta[name="description"], meta[property="og:description"]'
CELL = " | "
BULLET = "• "


@dataclass(slots=True, eq=False)
class Tag:
    """A start tag.

    Attributes:
        name: of the element.
        attributes: those that it has.
        hides: whether a browser would not show it at first.
        is_inline: whether the element flows within a line.
        is_tight: whether no blank line belongs around it.
    """

    name: str
    attributes: dict[str, str | None]
    hides: bool = False
    is_inline: bool = False
    is_tight: bool = False


@dataclass(slots=True)
class Element:
    """An element that begins lines of its own.

    Attributes:
        tag: how it begins.
        parent: index of the element around it, -1 at the top.
        first: index of its first paragraph.
        stop: one past its last.
        end: one past the index of the last element inside it.
    """

    tag: Tag
    parent: int
    first: int
    stop: int = 0
    end: int = 0


@dataclass(slots=True)
class Block:
    """A paragraph as it is rendered.

    Attributes:
        text: one line, blanks collapsed.
        element: index of the innermost element that begins lines.
        is_apart: whether a blank line belongs in front of it.
        prefix: what stands in front of the text: a bullet, a number, the indent of code.
        spans: the inline elements that hold text of it.
        links: addresses of its links.
        link_chars: characters inside links.
        bold_chars: characters in bold.
        is_hidden: whether a browser would not show it at first.
        is_noscript: whether it is for browsers without scripts.
        is_structured: whether it stands in the page's JSON-LD alone.
    """

    text: str
    element: int
    is_apart: bool
    prefix: str = ""
    spans: list[Tag] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    link_chars: int = 0
    bold_chars: int = 0
    is_hidden: bool = False
    is_noscript: bool = False
    is_structured: bool = False


@dataclass(frozen=True, slots=True)
class Blocks:
    """A rendered page.

    Attributes:
        blocks: the paragraphs, in reading order.
        elements: the elements around them, each after its parent.
    """

    blocks: list[Block]
    elements: list[Element]

    def text(self) -> tuple[str, list[int]]:
        """The page as plain text, and where each paragraph begins in it."""
        pieces: list[str] = []
        starts: list[int] = []
        at = 0
        for block in self.blocks:
            gap = ("\n\n" if block.is_apart else "\n") if pieces else ""
            piece = gap + block.prefix + block.text
            starts.append(at + len(gap) + len(block.prefix) - len(block.prefix.lstrip()))
            at += len(piece)
            pieces.append(piece)
        return "".join(pieces), starts


def render(tree: Tree) -> Blocks:
    """Render a whole page; one that shows next to nothing is what it tells machines of itself."""
    renderer = _Renderer()
    root = tree.parser.root
    if root is not None:
        renderer.walk(root)
    renderer.add_structured(bodies(tree.structured))
    if sum(block.text.count(" ") + 1 for block in renderer.blocks) < MIN_WORDS:
        renderer.add_structured(filter(None, (node.attributes.get("content") for node in tree.parser.css(_DESCRIPTIONS))))
    return Blocks(renderer.blocks, renderer.elements)


class _Renderer:
    """Walks a tree and cuts its text into blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.elements = [Element(Tag("", {}), -1, 0)]
        self._open: list[tuple[Tag, int]] = []  # how each open element began, and what to go back to
        self._element = 0  # innermost open one that begins lines
        self._block = Block("", 0, True)
        self._pieces: list[str] = []
        self._is_apart = True
        self._prefix = ""
        self._lists: list[tuple[int, int] | None] = []  # next number and step of each open list, None where it has no numbers
        self._links = self._bold = self._hidden = self._noscript = self._pre = 0
        self._cells = False  # whether the cells of a row flow in one line
        self._spans: list[Tag] = []
        self._has_text = False
        self._left = ""  # the last element of _PARTED that was closed, if no text came after it
        self._is_parted = False  # whether the next word is one of its own

    def walk(self, root: Any) -> None:  # noqa: ANN401 - the parser's nodes have no type of their own
        """Visit all nodes, without recursion: pages nest as deep as they like."""
        node, path = root, []
        while node is not None:
            name = node.tag
            if name == "-text":
                self._read(node.text_content)
            elif name is not None and name[0] not in "-!" and name not in _UNREAD:
                child = node.first_child
                if child is not None:
                    attributes = node.attributes
                    self._enter(Tag(name, attributes, bool(attributes) and _hides(attributes), name in _INLINE, name in _TIGHT))
                    path.append(node)
                    node = child
                    continue
                if name not in _INLINE:
                    self._touch(name)
            while (following := node.next) is None and path:
                node = path.pop()
                self._leave(*self._open.pop())
            node = following
        self._flush()
        self.elements[0].end = len(self.elements)

    def _touch(self, name: str) -> None:
        """An element without content that begins lines."""
        if name == "br":
            if self._has_text:
                self._flush()
            elif self.blocks and not self._cells:
                self._is_apart = True  # two in a row are how old pages part their paragraphs
        elif not (self._cells and name in _CELLS):
            self._flush()

    def _enter(self, tag: Tag) -> None:
        """Open an element."""
        name = tag.name
        if tag.hides:
            self._hidden += 1
        if tag.is_inline:
            self._open.append((tag, -1))
            self._enter_inline(tag)
            return
        if self._cells and name in _CELLS:
            if self._has_text:
                self._pieces.append(CELL)
            self._open.append((tag, -2))
            return
        if self._pieces:
            self._flush()
        elements = self.elements
        self._open.append((tag, self._element))
        elements.append(Element(tag, self._element, len(self.blocks)))
        self._element = self._block.element = len(elements) - 1
        if name in _SPECIAL:
            self._open_special(name, tag.attributes)
        self._set_apart(tag)
        if name in _LISTS:
            self._lists.append(_numbers(tag.attributes) if name == "ol" else None)

    def _enter_inline(self, tag: Tag) -> None:
        name = tag.name
        if name == "a":
            self._links += 1
            if self._left == "a":
                self._pieces.append(" ")
            self._block.links.append(tag.attributes.get("href") or "")
        elif name in _BOLD:
            self._bold += 1
        if self._left and name in _PARTED:
            self._is_parted = True
        self._spans.append(tag)

    def _set_apart(self, tag: Tag) -> None:
        """Ask for a blank line, except between the items of a list and the rows of a table."""
        if not tag.is_tight and not (self._lists and tag.name in _LISTS):
            self._is_apart = True

    def _open_special(self, name: str, attributes: dict[str, str | None]) -> None:
        self._pre += name == "pre"
        self._noscript += name == "noscript"
        if name == "li":
            self._open_item(attributes)
        elif name == "table":
            self._cells = True

    def _leave(self, tag: Tag, before: int) -> None:
        """Close an element."""
        name = tag.name
        if tag.hides:
            self._hidden -= 1
        if before == -1:
            self._leave_inline(name)
        elif before >= 0:
            if self._pieces:
                self._flush()
            element = self.elements[self._element]
            element.stop, element.end = len(self.blocks), len(self.elements)
            self._element = self._block.element = before
            if name in _LISTS:
                self._lists.pop()
            elif name in _SPECIAL:
                self._close_special(name)
            self._set_apart(tag)

    def _leave_inline(self, name: str) -> None:
        self._spans.pop()
        if name == "a":
            self._links -= 1
        elif name in _BOLD:
            self._bold -= 1
        if name in _PARTED:
            self._left = self._left if self._left == "a" else name
            self._is_parted = self._is_parted or name in _ALWAYS_PARTED

    def _close_special(self, name: str) -> None:
        self._pre -= name == "pre"
        self._noscript -= name == "noscript"
        if name == "table":
            self._cells = False  # what follows an inner table is layout
        elif name == "li":
            self._prefix = ""  # an item without text leaves no bullet behind

    def _open_item(self, attributes: dict[str, str | None]) -> None:
        if not self._lists:
            self._prefix = BULLET
        elif (numbers := self._lists[-1]) is None:
            self._prefix = "  " * (len(self._lists) - 1) + BULLET
        else:
            first, step = numbers
            own = _number(attributes.get("value"))
            number = first if own is None else own
            self._prefix = f"{'  ' * (len(self._lists) - 1)}{number}. "
            self._lists[-1] = number + step, step

    def _read(self, text: str | None) -> None:
        if not text:
            return
        if self._pre:
            lines = text.split("\n")
            for line in lines[:-1]:
                self._add(line)
                n_before = len(self.blocks)
                self._flush()
                self._is_apart = len(self.blocks) == n_before  # an empty line of code
            text = lines[-1]
        self._add(text)

    def _add(self, text: str) -> None:
        if self._is_parted:
            self._part(text)
        self._pieces.append(text)
        self._left = ""
        if not text or text.isspace():
            return
        self._has_text = True
        block = self._block
        if self._links:
            block.link_chars += len(text.strip())
        if self._bold:
            block.bold_chars += len(text.strip())
        if self._spans:
            block.spans += self._spans
        if self._hidden:
            block.is_hidden = True
        if self._noscript:
            block.is_noscript = True

    def _part(self, text: str) -> None:
        """Put a blank between two words that belong to different elements; letters that are styled one by one stay a word."""
        self._is_parted = False
        before, first = self._pieces[-1] if self._pieces else "", text[:1]
        is_word = len(before) > 1 and (before[-2:].isalnum() or before[-1].isdigit() or before[-1] == ":")
        if is_word and (first.isalnum() or first in _CURRENCIES) and first < _FIRST_WIDE and not self._pre:
            self._pieces.append(" ")

    def _flush(self) -> None:
        """End the line."""
        if not self._pieces:
            return
        pieces, block, has_text = self._pieces, self._block, self._has_text
        self._pieces = []
        self._has_text = self._is_parted = False
        self._left = ""
        if has_text:
            whole = "".join(pieces)
            text = " ".join(whole.split())
            if self._cells:
                text = text.removesuffix(CELL.rstrip()).rstrip()
            block.text = text
            block.is_apart = self._is_apart
            block.prefix = whole[: len(whole) - len(whole.lstrip())].expandtabs(4) if self._pre else self._prefix
            self.blocks.append(block)
            self._prefix = ""
            self._is_apart = False
        elif not block.links:
            return
        self._block = Block("", self._element, True)

    def add_structured(self, texts: Iterable[str]) -> None:
        """Add what only the page's JSON-LD says."""
        shown = " ".join(block.text for block in self.blocks)
        to_search = MAX_SEARCHED
        self.elements.append(Element(Tag("script", {}), 0, len(self.blocks), end=len(self.elements) + 1))
        for text in texts:
            lines = [" ".join(line.split()) for line in text.split("\n")]
            for i, line in enumerate(line for line in lines if line):
                to_search -= len(shown)
                if to_search < 0 or line[:80] not in shown:
                    self.blocks.append(Block(line, len(self.elements) - 1, i == 0, is_structured=True))
        self.elements[-1].stop = self.elements[0].stop = len(self.blocks)
        self.elements[0].end = len(self.elements)


def _hides(attributes: dict[str, str | None]) -> bool:
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or ("style" in attributes and bool(_HIDDEN.search(attributes["style"] or "")))
    )


def _numbers(attributes: dict[str, str | None]) -> tuple[int, int] | None:
    """First number and step of a list; None for one that counts down from its length, which is not known yet."""
    start = _number(attributes.get("start"))
    if "reversed" in attributes:
        return (start, -1) if start is not None else None
    return (1 if start is None else start), 1


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 7 else None
