"""The parts of report pages: one style, sections, tables. A page needs no network, and whatever comes from data is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

STYLE = """
:root { color-scheme: light dark; --ink: #1c1e21; --soft: #63676d; --line: #d9dce1; --paper: #fff; --kept: #2f7d4f; --dropped: #c0392b; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8eb; --soft: #9aa0a8; --line: #3a3f46; --paper: #16181b; --kept: #58b57d; --dropped: #e8705f; }
}
body { margin: 2rem auto; max-width: 62rem; padding: 0 1rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; } p.note { color: var(--soft); }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; }
th, td { padding: .3rem .6rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
th { vertical-align: bottom; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; } td.n { white-space: nowrap; }
td.long { overflow-wrap: anywhere; min-width: 11rem; }
svg { display: block; width: 100%; min-width: 34rem; height: auto; margin: .5rem 0 1rem; } svg text { fill: var(--ink); font-size: 12px; }
svg.key { display: inline; width: .8rem; min-width: 0; height: .8rem; margin: 0 .3rem 0 .8rem; } svg.key:first-child { margin-left: 0; }
.kept { fill: var(--kept); } .dropped { fill: var(--dropped); } .axis { stroke: var(--line); }
"""
LONG_CHARS = 24  # texts that may be broken anywhere; names of kinds are shorter, most addresses longer


class Figure(str):
    """A text that is set as a number is, for instance a share."""

    __slots__ = ()


Cell = str | int | float


def page(title: str, parts: Iterable[str], style: str = "") -> str:
    """A whole web page.

    Args:
        title: plain text.
        parts: markup, one section each.
        style: rules beyond those that all reports share.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f"{''.join(parts)}</body>\n</html>\n"
    )


def section(title: str, body: str, note: str = "") -> str:
    """A heading, a note for readers, and markup."""
    return f"<h2>{escape(title)}</h2>\n" + (f'<p class="note">{escape(note)}</p>\n' if note else "") + body


def share(n: int, of: int) -> Figure:
    """A share in per cent; a dash of nothing."""
    return Figure(f"{n / of:.1%}" if of else "–")


def table(names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table; numbers are set in columns."""
    found = list(rows)
    if not found:
        return '<p class="note">Nothing.</p>\n'
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>\n" for row in found)
    styles = [' class="n"' if any(map(_is_figure, column)) else "" for column in zip(*found, strict=True)]
    heads = "".join(f"<th{style}>{escape(name)}</th>" for style, name in zip(styles, names, strict=True))
    head = f"<tr>{heads}</tr>\n" if any(names) else ""
    return f'<div class="wide"><table>\n{head}{body}</table></div>\n'


def _is_figure(value: Cell) -> bool:
    return not isinstance(value, str) or isinstance(value, Figure)


def _cell(value: Cell) -> str:
    if not isinstance(value, str):
        return f'<td class="n">{value:,}</td>'
    kind = "n" if isinstance(value, Figure) else "long" if len(value) > LONG_CHARS else ""
    return f'<td class="{kind}">{escape(value)}</td>' if kind else f"<td>{escape(value)}</td>"
