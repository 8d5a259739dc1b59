"""Parsing: encodings as pages declare them, and bounded work whatever the markup."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.html.page import render_page
from cleaner.html.parse import MANY_TAGS, MAX_ATTRIBUTES, MAX_DEPTH, decode_page, parse
from cleaner.records import Page

JAPANESE = "石垣の直し方を祖父に習う"


def text_of(html: str | bytes) -> str:
    return render_page(Page(html)).text


def declared(name: str, text: str, codec: str | None = None) -> bytes:
    return f'<html><head><meta charset="{name}"></head><body><p>{text}</p></body></html>'.encode(codec or name)


@pytest.mark.parametrize(
    ("name", "codec", "text"),
    [
        ("utf-8", "utf-8", "Straße"),
        ("Shift_JIS", "cp932", JAPANESE + "①"),
        ("euc-jp", "euc-jp", JAPANESE),
        ("windows-1251", "cp1251", "Маяк снова светит"),
        ("ISO-8859-1", "cp1252", "“Straße”"),
        ("gb2312", "gb18030", "老渡口的最后一班船"),
        ("euc-kr", "cp949", "마지막 배"),
    ],
)
def test_a_declared_encoding_is_read(name: str, codec: str, text: str) -> None:
    assert text_of(declared(name, text, codec)) == text


def test_an_xml_prologue_declares_the_encoding() -> None:
    assert text_of('<?xml version="1.0" encoding="ISO-8859-2"?><html><body><p>Łódź</p></body></html>'.encode("iso-8859-2")) == "Łódź"


def test_a_declaration_by_http_equiv_is_read() -> None:
    page = '<meta http-equiv="Content-Type" content="text/html; charset=koi8-r"><p>Маяк</p>'
    assert text_of(page.encode("koi8-r")) == "Маяк"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_beats_the_declaration(codec: str) -> None:
    assert text_of(declared("iso-8859-1", "Łódź", codec)) == "Łódź"


@pytest.mark.parametrize("name", ["utf-16", "UTF-32", "utf-7", "unicode_escape", "punycode", "idna", "base64", "no-such-thing"])
def test_a_declaration_that_cannot_be_meant_is_not_believed(name: str) -> None:
    assert text_of(declared(name, "Straße", "utf-8")) == "Straße"


def test_a_wrong_declaration_is_not_believed() -> None:
    assert text_of(declared("utf-8", "Straße und Wärme", "cp1252")) == "Straße und Wärme"


def test_a_mark_in_a_decoded_page_is_no_text() -> None:
    assert text_of("\ufeff<p>boat</p>") == "boat"


@given(st.binary(max_size=300), st.sampled_from([b"", b'<meta charset="shift_jis">', b'<meta charset="utf-8">', b"\xff\xfe"]))
def test_decoding_never_raises(data: bytes, head: bytes) -> None:
    assert isinstance(decode_page(head + data), str)


PIECES = ["<div>", "</div>", "<p", ">", "<", "</", "<!--", "-->", '"', "'", "=", " ", "<table>", "<td>", "<li>", "<ol reversed>"]
MORE = [
    "<a href=x>",
    "</a>",
    "<script>",
    "</script>",
    "<pre>",
    "\n",
    "&amp;",
    "<br>",
    "<b>",
    "<select>",
    "<option>",
    "word",
    "港",
    "\ud800",
]


@given(st.lists(st.sampled_from(PIECES + MORE) | st.text(max_size=4), max_size=40).map("".join))
def test_any_markup_is_rendered(html: str) -> None:
    rendered = render_page(Page(html))
    ends = [start + len((block.prefix + block.text).lstrip()) for start, block in zip(rendered.starts, rendered.blocks.blocks, strict=True)]
    assert all(end <= start for end, start in zip(ends, rendered.starts[1:], strict=False))
    for start, block in zip(rendered.starts, rendered.blocks.blocks, strict=True):
        assert rendered.text[start:].startswith((block.prefix + block.text).lstrip())


@given(st.binary(max_size=200))
def test_any_bytes_are_rendered(data: bytes) -> None:
    assert isinstance(text_of(data), str)


@pytest.mark.parametrize("tag", ["div", "ul><li", "table><tr><td", "b", "a", "my-card"])
def test_text_below_the_depth_limit_is_kept(tag: str) -> None:
    assert text_of(f"<{tag}>" * 20 * MAX_DEPTH + "boat").split()[-1] == "boat"


@pytest.mark.parametrize("value", ['="x"', "='x'", "=x", ""], ids=["double", "single", "none", "bare"])
def test_an_element_of_too_many_attributes_loses_them_and_keeps_its_text(value: str) -> None:
    attributes = " ".join(f"a{i}{value}" for i in range(300 * MAX_ATTRIBUTES))
    tree = parse(f"<p {attributes}>boat</p>")
    paragraph = tree.parser.css_first("p")
    assert paragraph is not None
    assert (paragraph.text(), len(paragraph.attributes)) == ("boat", 0)


def test_many_attributes_are_kept_as_long_as_they_cost_nothing() -> None:
    paragraph = parse("<p " + " ".join(f'data-number-{i}="{i}"' for i in range(MAX_ATTRIBUTES)) + ">boat</p>").parser.css_first("p")
    assert paragraph is not None
    assert len(paragraph.attributes) == MAX_ATTRIBUTES


@pytest.mark.parametrize(
    "html",
    [
        "<" * 200_000,
        "<a" * 100_000,
        '<p title="' + "x " * 100_000,
        "<!--" * 50_000,
        "<script>" * 30_000,
        "<select>" + "<option>x" * 30_000,
        "<table><tr>" + "<td> </td>" * 30_000,
        "".join(f"<font a={i}>" for i in range(400)) + "<p>x" * 5_000,
        "<a href=/>" * 30_000,
    ],
    ids=["brackets", "open tags", "open quote", "open comments", "open scripts", "options", "empty cells", "open fonts", "open links"],
)
def test_hostile_pages_are_rendered(html: str) -> None:
    assert len(text_of(html)) <= len(html)


def test_formatting_that_is_left_open_is_not_repeated_without_bound() -> None:
    html = "".join(f"<font a={i}>" for i in range(400)) + "<p>x" * 5_000
    tree = parse(html)
    assert len(tree.parser.css("font")) <= 33 * 5_001  # of 400 open ones the parser would make two million


@pytest.mark.parametrize("icon", ["<svg><path d='M0 0'/></svg>", "<svg><g><circle r=1 /></g></svg>", "a<math><mspace width=1 /></math>b"])
def test_icons_do_not_count_as_open(icon: str) -> None:
    paragraph = parse(f"<p>{icon}</p>" * MANY_TAGS + "<div><p id=last>boat</p></div>").parser.css_first("div > #last")
    assert paragraph is not None
    assert paragraph.text() == "boat"


def test_many_paragraphs_are_all_there() -> None:
    assert text_of("<p>x" * 20_000) == "\n\n".join(["x"] * 20_000)


def test_json_ld_is_set_aside() -> None:
    tree = parse('<script type="application/ld+json">{"a": 1}</script><script>let x = "<p>no</p>"</script><p>boat')
    assert tree.structured == ('{"a": 1}',)
    assert not tree.parser.css("script")
