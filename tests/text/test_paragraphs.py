"""Paragraphs: one non-empty line each, the lines of hard-wrapped prose joined."""

from __future__ import annotations

import textwrap
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from cleaner.train.gold import Gold
from tests.strategies import BLANKS, PROSE, documents, texts


def batch_spans(batch: list[str]) -> list[list[tuple[int, int]]]:
    """The spans of each document's paragraphs, counted in its own text."""
    scanned = scan(batch)
    paragraphs = segment(scanned)
    found: list[list[tuple[int, int]]] = [[] for _ in batch]
    for document, start, end in zip(paragraphs.documents.tolist(), paragraphs.starts.tolist(), paragraphs.ends.tolist(), strict=True):
        at = int(scanned.bounds[document])
        found[document].append((start - at, end - at))
    return found


def spans(text: str) -> list[tuple[int, int]]:
    return batch_spans([text])[0]


def paragraphs_of(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text)]


@given(texts())
def test_spans_are_ordered_disjoint_and_cover_all_but_blanks(text: str) -> None:
    at = 0
    for start, end in spans(text):
        assert at <= start < end
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()


@given(documents())
def test_a_batch_gives_what_single_documents_give(batch: list[str]) -> None:
    assert batch_spans(batch) == [spans(text) for text in batch]


@given(documents())
def test_token_ranges_and_spans_agree(batch: list[str]) -> None:
    scanned = scan(batch)
    paragraphs = segment(scanned)
    assert scanned.starts[paragraphs.first].tolist() == paragraphs.starts.tolist()
    assert scanned.ends[paragraphs.last - 1].tolist() == paragraphs.ends.tolist()
    assert [*paragraphs.first.tolist(), len(scanned.starts)] == [0, *paragraphs.last.tolist()]


@given(texts(with_return=False))
def test_carriage_returns_only_shift_the_spans(text: str) -> None:
    expected = [(start + text.count("\n", 0, start), end + text.count("\n", 0, end)) for start, end in spans(text)]
    assert spans(text.replace("\n", "\r\n")) == expected


@pytest.mark.parametrize("width", range(60, 79))
def test_hard_wrapped_prose_is_joined(width: int) -> None:
    wrapped = [textwrap.fill(text, width) for text in PROSE]
    assert paragraphs_of("\n\n".join(wrapped)) == wrapped


@pytest.mark.parametrize("width", [60, 72, 78])
def test_hard_wrapped_prose_with_a_heading_and_a_signature_is_joined(width: int) -> None:
    parts = ["The harbour in winter", *(textwrap.fill(text, width) for text in PROSE), "Reported by the harbour office"]
    assert paragraphs_of("\n\n".join(parts)) == parts


@pytest.mark.parametrize("language", ["en", "de", "fr", "it", "pt"])
def test_hard_wrapped_documents_are_joined(written: list[Gold], language: str) -> None:
    n_wrapped = n_cut = 0
    for gold in written:
        lines = [line for line in gold.text.split("\n") if len(line) > 200]
        if gold.language == language and len(lines) >= 3:
            wrapped = [textwrap.fill(" ".join(line.split()), 74, break_long_words=False) for line in lines]
            n_wrapped += len(wrapped)
            n_cut += len(set(wrapped) - set(paragraphs_of("\n\n".join(wrapped))))
    assert n_wrapped > 30
    assert n_cut <= 0.05 * n_wrapped  # lines that open with "2." or "H." look like a list


@pytest.mark.xfail(strict=True, reason="a wrapped line that opens with a year and a full stop looks like a list item")
def test_a_year_at_the_start_of_a_wrapped_line_opens_no_list() -> None:
    wrapped = [textwrap.fill(text, 70) for text in PROSE]
    last = "The son of the man who had built the pier says that the works shut in\n2003. Nobody has repaired a boat in the hall since then."
    assert paragraphs_of("\n\n".join([*wrapped, last])) == [*wrapped, last]


@given(st.lists(st.sampled_from(PROSE), min_size=1, max_size=4), st.sampled_from(["\n", "\n\n", "\r\n"]))
def test_prose_that_is_not_wrapped_stays_as_it_is(lines: list[str], separator: str) -> None:
    assert paragraphs_of(separator.join(lines)) == lines


LIST = """- the ferry to the outer islands, which leaves at six on weekdays
- the mail boat, which takes four passengers and their bicycles too
- the lifeboat, which takes no passengers if it can be avoided at all
- a rowing boat from the club, against a deposit of twenty in coins
- swimming, which the harbour office neither forbids nor recommends"""
ORDERED = """1. Untie the stern rope first and only then the rope at the bow
2. Push the boat off with the hook, never with a foot on the quay
3. let the engine run for a minute before you put it into any gear
4. keep to the right of the red buoys until you have passed the pier
5. do not wave at the harbour master, since he will take it amiss"""
VERSE = """The ropes came in, the gulls went up,
    the bell was slow to ring;
and no one on the quay looked round
    to see the winter sing.

The ice was thin, the ice was grey,
    it sang beneath the keel,
and all the boats lay still and heard
    the water turn to steel."""
MENU = """Home
News
Harbour and coast
Weather
Tides
Letters to the editor
Contact"""
TABLE = """Pier        Depth    Boats    Owner
North       4.1 m    12       City harbour board and partners
South       3.7 m    9        city harbour board and partners
Lifeboat    5.0 m    1        province of the outer islands
Old quay    2.2 m    17       fishermen and their families
Ferry       6.4 m    3        shipping line of the outer isles"""
QUOTED = """> The repair of the wall was to cost four million, of which the whole
> province would carry half, and what the figures did not say is where
> the stone was to come from, since the quarry had been flooded early
> in the spring and the crane was promised to a shipyard until winter"""


@pytest.mark.parametrize("text", [LIST, ORDERED, VERSE, MENU, TABLE, QUOTED], ids=["list", "ordered", "verse", "menu", "table", "quoted"])
def test_lines_that_are_no_wrapped_prose_stay_apart(text: str) -> None:
    assert paragraphs_of(text) == [line.strip() for line in text.splitlines() if line.strip()]


def test_a_list_inside_wrapped_prose_stays_a_list() -> None:
    prose = [textwrap.fill(text, 70) for text in PROSE]
    assert paragraphs_of("\n\n".join([*prose[:2], LIST, *prose[2:]])) == [*prose[:2], *LIST.split("\n"), *prose[2:]]


def test_wrapped_list_items_hang_below_their_marker() -> None:
    items = [textwrap.fill(text, 70, initial_indent="- ", subsequent_indent="  ") for text in PROSE]
    assert paragraphs_of("\n".join(items)) == items


def test_two_lines_are_too_little_to_call_a_document_wrapped() -> None:
    lines = textwrap.wrap(PROSE[0], 72)[:2]
    assert paragraphs_of("\n".join(lines)) == lines


def test_a_wrapped_neighbour_does_not_join_the_lines_of_another_document() -> None:
    wrapped = "\n\n".join(textwrap.fill(text, 70) for text in PROSE)
    assert [len(found) for found in batch_spans([MENU, wrapped, VERSE])] == [7, len(PROSE), 8]


@pytest.mark.parametrize("separator", ["\n", "\r", "\r\n", "\u2028", "\u2029", "\x85", "\x0b", "\x0c"])
def test_every_line_separator_ends_a_paragraph(separator: str) -> None:
    assert paragraphs_of(f"one{separator}two") == ["one", "two"]


@pytest.mark.parametrize("blank", list(BLANKS))
def test_no_blank_inside_a_line_ends_a_paragraph(blank: str) -> None:
    assert paragraphs_of(f"{blank}one{blank}{blank}two{blank}") == [f"one{blank}{blank}two"]


@pytest.mark.parametrize("text", ["", " ", "\n\n", "\u2028\t\u3000\r\n"])
def test_nothing_but_blanks_is_no_paragraph(text: str) -> None:
    assert spans(text) == []


@pytest.mark.parametrize("character", ["a", "港", "\0", "\ud800", "🙂", "\ufeff", "\u200b"])
def test_a_single_character_is_a_paragraph(character: str) -> None:
    assert spans(f"\n {character}\n") == [(2, 3)]


def test_a_document_of_one_line_and_ten_million_characters_is_one_paragraph() -> None:
    text = "harbour ice " * 833_333
    begin = time.process_time()
    assert spans(text) == [(0, len(text) - 1)]
    assert time.process_time() - begin < 20  # takes about 1 s; quadratic work would take hours
