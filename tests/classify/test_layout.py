"""What paragraphs of a document share."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
from hypothesis import given

from cleaner.classify.layout import Layout, lay_out
from cleaner.features.batch import extract
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from tests.strategies import documents


def layout(*batch: str) -> Layout:
    scanned = scan(batch)
    paragraphs = segment(scanned)
    return lay_out(scanned, paragraphs, extract(scanned, paragraphs))


def stems(found: Layout, paragraph: int) -> set[int]:
    return set(found.stems[found.stem_paragraph == paragraph].tolist())


@given(documents())
def test_the_layout_of_a_batch_is_that_of_its_documents(batch: list[str]) -> None:
    whole, alone = layout(*batch), [layout(text) for text in batch]
    for name in ("gap", "words", "shape", "stems", "whole", "opening", "closing"):
        assert getattr(whole, name).tolist() == [value for one in alone for value in getattr(one, name).tolist()]
    sizes = [len(one.words) for one in alone]
    assert np.diff(whole.bounds).tolist() == sizes
    owners = [paragraph + at for one, at in zip(alone, whole.bounds.tolist(), strict=False) for paragraph in one.stem_paragraph.tolist()]
    assert whole.stem_paragraph.tolist() == owners


def test_words_with_one_stem_share_it() -> None:
    found = layout("Harbours froze.\nThe harbour\nThe quay froze twice")
    assert len(stems(found, 0) & stems(found, 1)) == 1
    assert len(stems(found, 0) & stems(found, 2)) == 1
    assert not stems(found, 1) & stems(found, 2)


def test_short_words_and_numbers_are_no_stems() -> None:
    assert len(layout("The ice is on it, 20240 times").stems) == 1  # times


def test_a_stem_counts_once_a_paragraph() -> None:
    assert len(layout("harbour harbours HARBOUR harbouring").stems) == 1


def test_characters_of_unspaced_scripts_are_stems() -> None:
    assert len(layout("港湾港").stems) == 2


def test_equal_paragraphs_openings_and_closings_have_equal_hashes() -> None:
    found = layout("Read more!\nREAD MORE!\nRead this\nNever more!")
    assert found.whole[0] == found.whole[1] != found.whole[2]
    assert found.opening[0] == found.opening[2] != found.opening[3]
    assert found.closing[0] == found.closing[3] != found.closing[2]


def test_no_text_has_an_empty_layout() -> None:
    found = layout("", "\n")
    assert found.bounds.tolist() == [0, 0, 0]
    assert [len(getattr(found, field.name)) for field in fields(Layout) if field.name != "bounds"] == [0] * 8
