"""Shows explanations: paragraph by paragraph the verdict, the text and what spoke for it; in colour on a terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from cleaner.errors import DocumentError
from cleaner.runs.inputs import Source
from cleaner.runs.reading import entries

if TYPE_CHECKING:
    from cleaner.pipeline import Cleaner, Explanation

STYLES = {"article": "green", "advertisement": "red", "boilerplate": "yellow"}
INDENT = 5
HEAD_CHARS, TAIL_CHARS = 260, 120  # five lines of a terminal show what a paragraph is
MAX_TERMS = 6
MIN_PROBABILITY = 0.05

_BLANKS = re.compile(r"\s+")
# A page can hold whatever moves the cursor or rewrites the screen; none of it reaches the terminal.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def show_all(cleaner: Cleaner, sources: Iterable[Source], problems: Iterable[DocumentError] = ()) -> bool:
    """Print the explanations of all documents of some sources on standard output.

    Args:
        cleaner: judges them.
        sources: the files to read.
        problems: what could not even be found; named like what cannot be read.

    Returns:
        Whether every document could be read; those that could not are named on standard error.
    """
    console, is_whole = Console(), True
    for entry in chain(problems, chain.from_iterable(chain.from_iterable(map(entries, sources)))):
        if isinstance(entry, DocumentError):
            is_whole = False
            print(f"cleaner: {entry}", file=sys.stderr)  # noqa: T201 - the command line speaks here
        else:
            show(entry.id, cleaner.explain(entry.content), console)
    return is_whole


def show(name: str, explanations: Sequence[Explanation], console: Console) -> None:
    """Print the explanations of one document.

    Args:
        name: id of the document.
        explanations: one a paragraph, in order.
        console: where to; it knows whether that is a terminal, how wide, and whether colour is welcome.
    """
    n, n_dropped = len(explanations), sum(not explanation.keep for explanation in explanations)
    _print(console, Text(f"{printable(name)}: {n} paragraph{'s' * (n != 1)}, {n_dropped} dropped", style="bold"))
    for number, explanation in enumerate(explanations, 1):
        _print(console, Text())
        _print(console, _verdict(number, explanation))
        _print_wrapped(console, shortened(explanation.text), style="" if explanation.keep else "dim")
        for line in reasons(explanation):
            _print_wrapped(console, line, style="cyan")


def printable(text: str) -> str:
    """A text on one line, without what a terminal would obey."""
    return _CONTROLS.sub("\ufffd", _BLANKS.sub(" ", text).strip())


def shortened(text: str) -> str:
    """A text on one line, a long one without its middle."""
    text = printable(text)
    return text if len(text) <= HEAD_CHARS + TAIL_CHARS else f"{text[:HEAD_CHARS].rstrip()} […] {text[-TAIL_CHARS:].lstrip()}"


def reasons(explanation: Explanation) -> Iterable[str]:
    """What spoke for a verdict, in lines for people."""
    paragraph = explanation.paragraph
    if terms := ", ".join(f"{printable(term)} {weight:+.2f}" for term, weight in explanation.terms[:MAX_TERMS]):
        yield f"because: {terms}"
    elif paragraph.reason:
        yield f"because: {printable(paragraph.reason)}"
    if explanation.alone != paragraph.kind:
        yield f"alone it would be {explanation.alone}; its neighbours decided"
    others = [(kind, share) for kind, share in explanation.kinds if kind != paragraph.kind and share >= MIN_PROBABILITY]
    if others:
        yield "or else: " + ", ".join(f"{kind} {share:.2f}" for kind, share in others)


def _verdict(number: int, explanation: Explanation) -> Text:
    paragraph = explanation.paragraph
    what = paragraph.label.value if paragraph.kind == paragraph.label else f"{paragraph.label.value}/{paragraph.kind}"
    verdict = f"{'keep' if explanation.keep else 'drop'}  {what}  {paragraph.score:.2f}"
    return Text(f"{number:>{INDENT - 2}}  ").append(verdict, style=f"bold {STYLES[paragraph.label]}")


def _print_wrapped(console: Console, text: str, style: str) -> None:
    for line in Text(text, style=style).wrap(console, max(20, console.width - INDENT)):
        line.rstrip()
        _print(console, Text(" " * INDENT) + line)


def _print(console: Console, line: Text) -> None:
    console.print(line, highlight=False, soft_wrap=True)
