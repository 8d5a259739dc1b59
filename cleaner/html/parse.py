"""A page's bytes → its tree, whatever the encoding and however broken or hostile the markup."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from cleaner.text.decode import decode

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

MAX_DEPTH = 500  # pages nest some dozens deep; the parser's time grows with the square of the depth
MAX_TAG_CHARS = 1024  # longer tags are looked at, for ...
MAX_ATTRIBUTES = 128  # ... the parser's time grows with the square of the attributes of one element, too
MANY_TAGS = 4_000  # pages with fewer tags cannot nest deep enough to cost much
MAX_REOPENED = 1 << 21  # elements of _REOPENED that the parser may repeat in a page, ...
MAX_OPEN = 32  # ... which bounds how many may be open at a time
SNIFFED_BYTES = 4096  # the standard asks for the declaration within 1024; scripts in front of it push it back
# What a page says of its own encoding, in the prologue of XML or in a meta element.
_DECLARED = re.compile(rb"""<(?:\?xml[^>]{0,200}encoding|meta[^>]{0,200}charset)\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})""", re.I)
# Pages that declare Latin-1 are in Windows-1252, says the standard, and browsers read them so; likewise the others.
_MEANT = {
    **dict.fromkeys(("ascii", "iso-8859-1", "iso8859-1", "latin1", "latin-1", "us-ascii"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "sjis", "x-sjis", "windows-31j"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987"), "cp949"),
    **{"iso-8859-9": "cp1254", "tis-620": "cp874"},
}
# Codecs of Python that no page means. One that says UTF-16 in bytes which can be read so far is in something else.
_NEVER = re.compile(r"utf[-_]?(?:7|16|32)|u(?:16|32)|ucs|unicode|raw|puny|idna|undefined|csunicode|iso-10646", re.I)
# The tokens of the standard's section 13.2.5, as far as it matters where tags begin and end. Every repetition is
# possessive or ends at the first mark that it meets: one pass, whatever the page.
_ATTRIBUTE = r"""[\s/]++|=?[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?+|="""
_ATTRIBUTES = re.compile(_ATTRIBUTE)
_RAW_NAMES = r"script|style|textarea|title|xmp|iframe|noembed|noframes"
# As far as nothing is to be done: a page is read in few steps.
_PLAIN = re.compile(
    rf"""(?:[^<]++|<(?![a-z/!])
    |<(?!(?:{_RAW_NAMES})[\s/>])/?[a-z](?:[^<>"']{{0,200}}+>|[^\s/>]*+(?:{_ATTRIBUTE}){{0,{2 * MAX_ATTRIBUTES}}}+>))*+""",
    re.X | re.I,
)
_RAW = re.compile(rf"<({_RAW_NAMES})(?=[\s/>])((?:{_ATTRIBUTE})*+)>?", re.I)
_RAW_END = {name: re.compile(rf"</{name}(?=[\s/>])[^>]*+>?", re.I) for name in _RAW_NAMES.split("|")}
_COMMENT_END = re.compile("--!?>")
_KEPT_RAW = "|".join(
    rf"{name}(?=[\s/>])(?:{_ATTRIBUTE})*+>?(?s:.*?)(?:</{name}(?=[\s/>])[^>]*+>?|\Z)" for name in ("textarea", "title", "xmp")
)
_TAG = re.compile(rf"""<(?:{_KEPT_RAW}|(/?[a-z][^\s/>]*+)(?:[^<>"']*+>|(?:{_ATTRIBUTE})*+>?))""", re.I)
# What an author leaves open is opened again in every paragraph that follows; links are not, and close each other.
_REOPENED = frozenset({"b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"})
_OPTIONS = frozenset({"optgroup", "option"})  # nobody reads them, and the parser's time grows with the square of their number
_DROPPED = frozenset({"script", "style", "iframe", "noembed", "noframes"})
# What SVG and MathML close by the slash in their own tag, which nothing else does: nobody reads them, either.
_SHAPES = frozenset(
    (
        *("animate", "animatemotion", "animatetransform", "circle", "ellipse", "line", "mspace", "path", "polygon", "polyline"),
        *("rect", "stop", "use"),
    )
)
# Never closed, or closed by their next sibling: these do not nest.
_FLAT_NAMES = (
    *("area", "base", "br", "col", "dd", "dt", "embed", "hr", "img", "input", "li", "link", "meta", "p", "param", "source"),
    *("td", "th", "tr", "track", "wbr"),
)
_FLAT = frozenset(("", *_FLAT_NAMES, *(f"/{name}" for name in _FLAT_NAMES)))


@dataclass(frozen=True, slots=True)
class Tree:
    """A page as the rest of the room takes it.

    Attributes:
        parser: holds the tree, without scripts, styles and comments.
        structured: the texts of its JSON-LD blocks.
    """

    parser: LexborHTMLParser
    structured: tuple[str, ...]


def decode_page(html: str | bytes) -> str:
    """The characters of a page: byte order mark first, then what it declares, then what its bytes look like.

    Source:
        The order is that of the WHATWG HTML standard, section 13.2.3.
    """
    if isinstance(html, str):
        return html.removeprefix("\ufeff")
    declared = _DECLARED.search(html, 0, SNIFFED_BYTES)
    if declared is not None and not html.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        name = declared[1].decode("ascii", "replace").lower()
        try:
            return html.decode(_MEANT.get(name, name)) if not _NEVER.match(name) else decode(html).text
        except (LookupError, ValueError):
            pass  # the declaration is wrong: the bytes speak for themselves
    return decode(html).text


def parse(html: str | bytes) -> Tree:
    """A page's tree, by the rules that browsers follow.

    Takes time in proportion to the page, however it is made: what would nest too deep is read as if it lay higher, and
    an element of far too many attributes loses them.

    Args:
        html: the page.
    """
    from selectolax.lexbor import LexborHTMLParser

    text = decode_page(html)
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode()  # half surrogate pairs are no characters
    text, structured = _harmless(text)
    return Tree(LexborHTMLParser(text), structured)


def _harmless(text: str) -> tuple[str, tuple[str, ...]]:
    """The page without what is never text or costs too much to parse, and its JSON-LD blocks."""
    pieces: list[str] = []
    structured: list[str] = []
    at = end = 0  # what is to be copied next begins at `at`
    while (start := _PLAIN.match(text, end).end()) < len(text):  # type: ignore[union-attr]  # it always matches
        kept = ""
        if text.startswith("<!--", start):
            is_short = text.startswith(("<!-->", "<!--->"), start)
            end = _end(_COMMENT_END, text, start + (2 if is_short else 4))
        elif raw := _RAW.match(text, start):
            name = raw[1].lower()
            end = _end(_RAW_END[name], text, raw.end())
            if name == "script" and "ld+json" in raw[2]:
                structured.append(_RAW_END[name].sub("", text[raw.end() : end]))
            if name not in _DROPPED:
                continue
        elif tag := _TAG.match(text, start):
            end = tag.end()
            if end - start <= MAX_TAG_CHARS or len(_ATTRIBUTES.findall(tag[0])) <= 2 * MAX_ATTRIBUTES:
                continue
            kept = f"<{tag[1]}>"
        else:
            end = start + 1
            continue
        pieces += [text[at:start], kept]
        at = end
    text = "".join([*pieces, text[at:]])
    return _flattened(text) if text.count("<") > MANY_TAGS else text, tuple(structured)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.search(text, at)
    return len(text) if found is None else found.end()


def _flattened(text: str) -> str:
    """The page without the tags that would nest too deep."""
    names = "\n".join(_TAG.findall(text)).lower().split("\n")
    left_out = _left_out(names)
    numbers = count()

    def kept(tag: re.Match[str]) -> str:
        return left_out.get(next(numbers), tag[0])

    return _TAG.sub(kept, text) if left_out else text


def _left_out(names: Sequence[str]) -> dict[int, str]:
    """Which tags to leave out, and what stands in their place; an end tag's name begins with a slash."""
    left_out: dict[int, str] = {}
    opened: dict[str, int] = {}
    depth = n_open = 0
    max_open = min(MAX_OPEN, max(MAX_REOPENED // max(len(names), 1), 2))
    for number, tag in enumerate(names):
        if tag in _FLAT:
            continue
        name = tag.removeprefix("/")
        if name in _SHAPES:
            left_out[number] = ""
        elif tag[0] == "/":
            if opened.get(name, 0):
                opened[name] -= 1
                depth -= 1
                n_open -= name in _REOPENED
        elif depth < MAX_DEPTH and name not in _OPTIONS and not (name in _REOPENED and n_open >= max_open):
            opened[name] = opened.get(name, 0) + 1
            depth += 1
            n_open += name in _REOPENED
        else:
            left_out[number] = "" if name in _REOPENED else " "
    return left_out
