"""A rendered page as Markdown: headings, lists, quotes, tables and code keep their form."""

from __future__ import annotations

from collections.abc import Sequence

from cleaner.html.blocks import BULLET, CELL, Block, Blocks, Element

_HEADINGS = {f"h{level}": "#" * level for level in range(1, 7)}
_FENCE = "```"


def to_markdown(page: Blocks, keep: Sequence[bool]) -> str:
    """The kept paragraphs of a page.

    Args:
        page: the rendered page.
        keep: whether to keep each paragraph.

    Returns:
        Markdown; characters that Markdown would take for its own are left as they are.
    """
    lines: list[str] = []
    before = ""  # form of the line before
    for block, is_kept in zip(page.blocks, keep, strict=True):
        if not is_kept:
            continue
        tags = _tags(page.elements, block)
        form = next((tag for tag in tags if tag in _HEADINGS or tag in ("pre", "li", "tr", "blockquote")), "p")
        if before == "pre" and form != "pre":
            lines.append(_FENCE)
        if lines and (block.is_apart or form != before or form in _HEADINGS or form == "p"):
            lines.append("")
        lines += _rendered(block, form, is_new=form != before or (block.is_apart and form == "tr"))
        before = form
    if before == "pre":
        lines.append(_FENCE)
    return "\n".join(lines)


def _rendered(block: Block, form: str, is_new: bool) -> list[str]:
    """The lines of one paragraph."""
    if form in _HEADINGS:
        return [f"{_HEADINGS[form]} {block.text}"]
    if form == "pre":
        return [*([_FENCE] if is_new else []), block.prefix + block.text]
    if form == "li":
        return [(block.prefix.replace(BULLET, "- ") or "  ") + block.text]
    if form == "blockquote":
        return [f"> {block.text}"]
    if form == "tr" and CELL in block.text:
        row = f"| {block.text} |"
        return [row, "|" + " --- |" * (block.text.count(CELL) + 1)] if is_new else [row]
    return [block.text]


def _tags(elements: Sequence[Element], block: Block) -> list[str]:
    """The tags around a paragraph, the nearest first."""
    tags, at = [], block.element
    while at > 0:
        tags.append(elements[at].tag.name)
        at = elements[at].parent
    return tags
