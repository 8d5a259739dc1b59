"""The texts that a page gives to machines alone: articles, posts and descriptions in its JSON-LD."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html import unescape
from typing import Any

BODIES = ("articleBody", "text", "reviewBody", "description")  # properties of schema.org that hold prose
MIN_WORDS = 25  # shorter ones are teasers and names
MAX_DEPTH = 20
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/h[1-6])\b[^<>]{0,200}>", re.I)
_MARKUP = re.compile(r"<[^<>]{0,1000}>")


def bodies(blocks: Iterable[str]) -> Iterator[str]:
    """The prose of JSON-LD blocks, as plain lines, none twice; what is no JSON says nothing."""
    seen: set[str] = set()
    for block in blocks:
        try:
            value = json.loads(block, strict=False)
        except (ValueError, RecursionError):
            continue
        for text in _texts(value, 0):
            plain = unescape(_MARKUP.sub(" ", _BREAK.sub("\n", text)))
            if len(plain.split()) >= MIN_WORDS and plain not in seen:
                seen.add(plain)
                yield plain


def types(blocks: Iterable[str]) -> list[str]:
    """The schema.org types that JSON-LD blocks name, in order."""
    return [name for block in blocks for name in re.findall(r'"@type"\s{0,9}:\s{0,9}"(\w{1,40})"', block)]


def _texts(value: Any, depth: int) -> Iterator[str]:  # noqa: ANN401 - JSON
    if depth > MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _texts(item, depth + 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            if name in BODIES and isinstance(item, str):
                yield item
            else:
                yield from _texts(item, depth + 1)
