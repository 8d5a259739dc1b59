"""Rendering: what a reader would see, in lines, and what the markup says of each."""

from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.html.blocks import Block, render
from cleaner.html.page import render_page
from cleaner.html.parse import parse
from cleaner.records import Page
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan


def text_of(html: str) -> str:
    return render_page(Page(html)).text


def block(html: str, number: int = 0) -> Block:
    return render(parse(html)).blocks[number]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>one <b>two</b>\n three</p><p>four</p>", "one two three\n\nfour"),
        ("a<br>b<br><br>c", "a\nb\n\nc"),
        ("<h1>Title</h1>text", "Title\n\ntext"),
        ("<ul><li>a<ul><li>b</ul><li>c</ul>", "• a\n  • b\n• c"),
        ("<ol start=3><li>a<li value=9>b<li>c</ol>", "3. a\n9. b\n10. c"),
        ("<ol reversed start=2><li>a<li>b</ol>", "2. a\n1. b"),
        ("<ol reversed><li>a<li>b</ol>", "• a\n• b"),
        ("<ol start=-1><li>a</ol>", "1. a"),
        ("<ul><li><img src=x></li></ul><p>text", "text"),
        ("<table><caption>C</caption><tr><th>a<th>b<tr><td>1<td><b>2</b></table>", "C\na | b\n1 | 2"),
        ("<table><tr><td><td>x<td></table>", "x"),
        ("<table><tr><td><p>a</p><td><p>b</p></table>", "a\n\nb"),
        ("<dl><dt>Weight<dd>3 kg</dl>", "Weight\n3 kg"),
        ("<pre>def f():\n    return 1\n\nf()</pre>", "def f():\n    return 1\n\nf()"),
        ("<pre><span>a</span>\n\n<span>  b</span></pre>", "a\n\n  b"),
        ("<p>x<sup>2</sup> and H<sub>2</sub>O", "x2 and H2O"),
        ("<ruby>港<rp>(</rp><rt>みなと</rt><rp>)</rp></ruby>", "港(みなと)"),
        ("super<wbr>fast", "superfast"),
        ("<details><summary>More</summary>text</details>", "More\n\ntext"),
        ("<noscript><p>plain</p></noscript>", "plain"),
        ("one<textarea>no</textarea>two<select><option>no</select>", "onetwo"),
        ("<svg><title>no</title><text>no</text></svg><p>yes", "yes"),
        ("<p>&lt;b&gt; &amp;lt; &amp;nbsp;&nbsp;x", "<b> &lt; &nbsp; x"),
        ("<xmp><b>one</xmp>two", "<b>one\n\ntwo"),
        ("one<plaintext><p>two", "one\n\n<p>two"),
        ("<?php echo 1 ?>one<!two><p title='<p>'>three", "one\n\nthree"),
        ("<p a\"b c='&quot;>' \"d\" e=x\"y>one</p><p <!-- class=x -->two", "one\n\ntwo"),
        ("<p>a<svg><g><svg></svg></g>no</svg>b", "ab"),
        ("<p><no<such>one", "one"),
        ("", ""),
        ("<div> \n </div>", ""),
    ],
)
def test_a_page_reads_as_in_a_browser(html: str, text: str) -> None:
    assert text_of(html) == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<a>Home</a><a>News</a>", "Home News"),
        ("<span>Price</span><span>$10</span>", "Price $10"),
        ("<time>16:05</time><span>Asha</span>", "16:05 Asha"),
        ("<label>Name</label><input><label>Phone</label>", "Name Phone"),
        ("<cite>Ed wrote:</cite>is it?", "Ed wrote: is it?"),
        ("<span>one</span>, <span>two</span>", "one, two"),
        ("<a>link</a>s", "links"),
        ("<span>half</span>way", "halfway"),
        ("<span>H</span><span>e</span><span>l</span><span>l</span><span>o</span>", "Hello"),
        ("<span>$</span><span>10</span>", "$10"),
        ("<span>老渡</span><span>口的</span>", "老渡口的"),
        ("<b>bo</b><i>at</i>", "boat"),
        ("<pre><span>ab</span><span>cd</span></pre>", "abcd"),
        ("<code><span>Gauge.</span><span>read</span><span>(</span></code>", "Gauge.read("),
    ],
)
def test_words_of_neighbours_are_kept_apart_and_words_whole(html: str, text: str) -> None:
    assert text_of(html) == text


def test_links_and_bold_are_counted_in_characters() -> None:
    found = block('<p>abc <a href="/x">link</a> <b>bold</b><a href="/y">z</a></p>')
    assert (found.link_chars, found.bold_chars, found.links) == (5, 4, ["/x", "/y"])
    assert [tag.name for tag in found.spans] == ["a", "b", "a"]


@pytest.mark.parametrize("attribute", ["hidden", 'aria-hidden="true"', 'style="display: none"', 'style="visibility:HIDDEN"'])
def test_what_a_browser_does_not_show_is_marked(attribute: str) -> None:
    blocks = render(parse(f"<div {attribute}><p>a</p></div><p>b")).blocks
    assert [found.is_hidden for found in blocks] == [True, False]


def test_attributes_are_read_as_browsers_do() -> None:
    link = block("<a b\"c='x' href='/?a=1&amp;b=&quot;>&lt;' =d=e href=/no>x</a>").spans[0]
    assert link.attributes == {'b"c': "x", "href": '/?a=1&b=">&lt;'[:-4] + "<", "=d": "e"}


def test_what_is_for_browsers_without_scripts_is_marked() -> None:
    assert [found.is_noscript for found in render(parse("<body><noscript><p>a</p></noscript><p>b")).blocks] == [True, False]


def test_elements_know_their_paragraphs() -> None:
    page = render(parse("<main><p>a</p><ul><li>b</li><li>c</li></ul></main><p>d"))
    assert {(e.tag.name, e.first, e.stop) for e in page.elements if e.tag.name in ("main", "ul", "li")} == {
        ("main", 0, 3),
        ("ul", 1, 3),
        ("li", 1, 2),
        ("li", 2, 3),
    }
    assert all(element.parent < number for number, element in enumerate(page.elements))


# Trees whose every word is written once; those whose markup browsers repair have tests of their own.
TAGS = ("div", "section", "article", "span", "b", "em", "a", "blockquote", "aside", "time", "label", "pre", "code", "my-card")


def trees() -> st.SearchStrategy[list[object]]:
    leaf = st.just("word")
    return st.recursive(st.lists(leaf, max_size=2), lambda inner: st.lists(leaf | st.tuples(st.sampled_from(TAGS), inner), max_size=4))


def written(tree: object, words: list[str], is_linked: bool = False) -> str:
    """Markup of a tree; each of its words gets a number and joins `words`."""
    if isinstance(tree, list):
        return "".join(written(part, words, is_linked) for part in tree)
    if isinstance(tree, tuple):
        tag = "i" if tree[0] == "a" and is_linked else tree[0]  # links do not nest
        return f"<{tag}>{written(tree[1], words, is_linked or tag == 'a')}</{tag}>"
    words.append(f"w{len(words)}&<")
    return f" {escape(words[-1])} "


@given(trees())
def test_every_word_is_rendered_once_and_in_order(tree: list[object]) -> None:
    words: list[str] = []
    assert text_of(written(tree, words)).split() == words


@given(trees())
def test_paragraphs_of_the_text_are_the_blocks(tree: list[object]) -> None:
    rendered = render_page(Page(written(tree, [])))
    paragraphs = segment(scan([rendered.text]), joins=False)
    assert paragraphs.starts.tolist() == rendered.starts
    texts = [rendered.text[start:end] for start, end in zip(paragraphs.starts.tolist(), paragraphs.ends.tolist(), strict=True)]
    assert texts == [(block.prefix + block.text).strip() for block in rendered.blocks.blocks]
