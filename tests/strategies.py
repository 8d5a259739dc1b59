"""Strategies for hypothesis: the texts that scraping yields, tidy, broken and hostile."""

from __future__ import annotations

import textwrap

from hypothesis import strategies as st

from cleaner.text.characters import LINE_BREAKS

BLANKS = "".join(c for c in map(chr, range(0x10000)) if c.isspace() and c not in LINE_BREAKS)
BULLETS = ("-", "*", "•", "·", "–", "1.", "2)", "a)", "IV.", ">", "|", "#", "→")
WORDS = (
    *("harbour", "The", "boats", "a", "3,50", "€", "can't", "don’t", "NATO", "x" * 45),
    *("Straße", "Ärzte", "łódź", "Привет", "मौसम", "مرحبا"),
)
CHARACTERS = (
    *("港", "湾", "が", "ก", "🙂", "👩‍🚀", "🇵🇱", "𠮷", "e\u0301", "…", "!!!", "—"),
    *("\ud800", "\udfff", "\0", "\ufeff", "\u200b", "\u00ad", "\ufffd"),
)
PROSE = (
    "The ferry to the outer islands left at six, as it had done every weekday since the bridge was closed, and nobody on the quay "
    "looked up when the ropes came in. A boy with a bucket counted the gulls on the roof of the customs house. There were nineteen "
    "of them, and then, for a reason that he could not see, there were none.",
    "In the council's own figures the repair of the sea wall was to cost four million, of which the province would carry half. What "
    "the figures did not say is that the stone had to come by rail from a quarry that had been flooded in the spring, and that the "
    "only crane on the coast strong enough to set it was promised to a shipyard until the end of the year.",
    "My grandfather kept a notebook of the weather, and in it he wrote down each evening the wind, the height of the water at the "
    "second pier and one thing that had gone wrong. The last column is the longest. It mentions a cow in the chapel, a wedding without "
    "a bride, and on eleven days in a row only the word fog, underlined a little harder each time.",
    "When the survey of the harbour was done again in the autumn, the engineers found that the bottom had risen by almost a metre along "
    "the northern quay and had sunk by as much under the lifeboat station. They measured twice, because no one believed it, and then "
    "they asked the oldest of the fishermen, who said that his father had always moored on the other side.",
)


def breaks(*, with_return: bool = True) -> st.SearchStrategy[str]:
    """One or more line breaks of any sort."""
    sorts = ["\n", "\n\n", "\n\n\n", *LINE_BREAKS, "\r\n", "\r\n\r\n"]
    return st.sampled_from(sorts if with_return else [sort for sort in sorts if "\r" not in sort])


def lines() -> st.SearchStrategy[str]:
    """One line: words, single characters, bullets and blanks."""
    blank = st.text(BLANKS, max_size=3) | st.just(" ")
    piece = st.sampled_from(WORDS) | st.sampled_from(CHARACTERS) | st.sampled_from(BULLETS)
    return st.builds(
        lambda indent, opening, pieces, gap, closing: indent + opening + gap.join(pieces) + closing,
        blank,
        st.just("") | st.sampled_from(BULLETS).map(lambda bullet: f"{bullet} "),
        st.lists(piece, max_size=12),
        blank,
        st.just("") | blank,
    )


def wrapped_prose() -> st.SearchStrategy[str]:
    """Paragraphs of prose, hard-wrapped at 60 to 78 columns, blank lines between."""
    paragraphs = st.lists(st.sampled_from(PROSE), min_size=1, max_size=4)
    return st.builds(lambda texts, width: "\n\n".join(textwrap.fill(text, width) for text in texts), paragraphs, st.integers(60, 78))


def texts(*, with_return: bool = True) -> st.SearchStrategy[str]:
    """One document's text; without carriage returns where line ends are to be changed afterwards."""
    part = lines() | st.sampled_from(PROSE) | wrapped_prose()
    mixed = st.lists(st.tuples(part, breaks(with_return=with_return)), max_size=8).map(lambda pairs: "".join(map("".join, pairs)))
    anything = st.text(st.characters(exclude_categories=(), exclude_characters="" if with_return else "\r"), max_size=40)
    return mixed | anything | st.just("")


def documents(max_size: int = 5) -> st.SearchStrategy[list[str]]:
    """The texts of a batch, empty and blank ones among them."""
    return st.lists(texts() | st.text(BLANKS + LINE_BREAKS, max_size=4), max_size=max_size)
