"""A page's bytes → its tree, whatever the encoding and however broken or hostile the markup."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
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
_TOKEN = re.compile(
    rf"""<(?:!--(?:-?>|(?s:.*?)(?:--!?>|\Z))
    |(?P<raw>script|style|textarea|title|xmp|iframe|noembed|noframes)(?=[\s/>])(?P<head>(?:{_ATTRIBUTE})*+)>?(?P<body>(?s:.*?))(?:</(?P=raw)(?=[\s/>])[^>]*+>?|\Z)
    |(?P<close>/?)(?P<name>[a-z][^\s/>]*+)(?P<rest>(?:{_ATTRIBUTE})*+)>?)""",
    re.X | re.I,
)
# What an author leaves open is opened again in every paragraph that follows; links are not, and close each other.
_REOPENED = frozenset({"b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u"})
_OPTIONS = frozenset({"optgroup", "option"})  # nobody reads them, and the parser's time grows with the square of their number
_DROPPED = frozenset({"script", "style", "iframe", "noembed", "noframes"})
# Never closed, or closed by their next sibling: these do not nest.
_FLAT = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "dd",
        "dt",
        "embed",
        "hr",
        "img",
        "input",
        "li",
        "link",
        "meta",
        "p",
        "param",
        "source",
        "td",
        "th",
        "tr",
        "track",
        "wbr",
    ]
)


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
    opened: dict[str, int] = {}
    depth = n_open = at = 0
    n_tags = text.count("<")
    is_large, max_open = n_tags > MANY_TAGS, min(MAX_OPEN, max(MAX_REOPENED // max(n_tags, 1), 2))
    for token in _TOKEN.finditer(text):
        name = token["name"]
        if name is None:
            raw = (token["raw"] or "").lower()
            if raw == "script" and "ld+json" in token["head"]:
                structured.append(token["body"])
            if not raw or raw in _DROPPED:
                pieces.append(text[at : token.start()])
                at = token.end()
            continue
        if token.end() - token.start() > MAX_TAG_CHARS and len(_ATTRIBUTES.findall(token["rest"])) > 2 * MAX_ATTRIBUTES:
            pieces.append(f"{text[at : token.start()]}<{token['close']}{name}>")
            at = token.end()
        if not is_large or (name := name.lower()) in _FLAT:
            continue
        is_reopened = name in _REOPENED
        if token["close"]:
            if opened.get(name, 0):
                opened[name] -= 1
                depth -= 1
                n_open -= is_reopened
        elif depth < MAX_DEPTH and name not in _OPTIONS and not (is_reopened and n_open >= max_open):
            opened[name] = opened.get(name, 0) + 1
            depth += 1
            n_open += is_reopened
        else:
            pieces += [text[at : max(at, token.start())], "" if is_reopened else " "]
            at = token.end()
    return "".join([*pieces, text[at:]]), tuple(structured)
