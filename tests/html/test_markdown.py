"""Markdown of a page: the kept paragraphs, in their form."""

from __future__ import annotations

import pytest

from cleaner.html.page import render_page
from cleaner.records import Page


def marked(html: str, keep: list[bool] | None = None) -> str:
    rendered = render_page(Page(html))
    return rendered.markdown(keep or [True] * len(rendered.starts))


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<h1>A</h1><h3>B</h3><p>c", "# A\n\n### B\n\nc"),
        ("<ul><li>a<ul><li>b</ul></ul>", "- a\n  - b"),
        ("<ol><li>a<li>b</ol>", "1. a\n2. b"),
        ("<p>x<blockquote><p>q</p></blockquote>", "x\n\n> q"),
        ("<pre>a\n  b</pre><p>c", "```\na\n  b\n```\n\nc"),
        ("<pre>a</pre>", "```\na\n```"),
        ("<table><tr><th>a<th>b<tr><td>1<td>2</table>", "| a | b |\n| --- | --- |\n| 1 | 2 |"),
        ("<p>a<p>b", "a\n\nb"),
        ("", ""),
    ],
)
def test_forms(html: str, expected: str) -> None:
    assert marked(html) == expected


def test_dropped_paragraphs_are_left_out() -> None:
    assert marked("<h1>A</h1><p>ad</p><p>b", [True, False, True]) == "# A\n\nb"


def test_a_verdict_for_each_paragraph_is_needed() -> None:
    with pytest.raises(ValueError, match="shorter"):
        marked("<p>a<p>b", [True])
