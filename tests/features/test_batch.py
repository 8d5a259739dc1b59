"""All features of a batch."""

from __future__ import annotations

import numpy as np
from hypothesis import given

from cleaner.features.batch import Features, extract
from cleaner.features.shape import NAMES
from cleaner.features.terms import GROUPS
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from tests.strategies import documents


def features(*batch: str) -> Features:
    scanned = scan(batch)
    return extract(scanned, segment(scanned))


def rows(found: Features) -> list[list[list[int]]]:
    """The columns of each group, by paragraph."""
    return [[part.tolist() for part in np.split(terms.columns, terms.bounds[1:-1])] for terms in found.terms]


@given(documents())
def test_features_of_a_batch_are_those_of_its_documents(batch: list[str]) -> None:
    whole, alone = features(*batch), [features(text) for text in batch]
    alone = [one for one in alone if len(one.words)]
    assert whole.words.tolist() == [n for one in alone for n in one.words.tolist()]
    assert whole.shape.tolist() == [values for one in alone for values in one.shape.tolist()]
    if alone:
        assert rows(whole) == [[row for one in alone for row in rows(one)[i]] for i in range(len(GROUPS))]


@given(documents())
def test_counts_are_at_least_one(batch: list[str]) -> None:
    for terms in features(*batch).terms:
        assert (terms.counts() >= 1).all()
        assert terms.counts().sum() == len(terms.columns)


def test_every_group_has_its_terms_within_its_columns() -> None:
    found = features("The harbour froze.\nNobody looked up.")
    assert [len(terms.columns) for terms in found.terms] == [8, 8, 8, 8, 2]
    assert all(terms.columns.max() < 1 << group.bits for group, terms in zip(GROUPS, found.terms, strict=True))


def test_no_text_has_no_features() -> None:
    found = features("", "\n")
    assert found.shape.shape == (0, len(NAMES))
    assert [len(terms.counts()) for terms in found.terms] == [0] * len(GROUPS)
