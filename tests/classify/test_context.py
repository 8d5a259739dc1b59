"""The context of a paragraph: on the grid, and nothing of it from other documents."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.classify.context import LIMIT, STEP, context
from cleaner.classify.layout import Layout, lay_out
from cleaner.features.batch import extract
from cleaner.records import Label, Scheme
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from tests.strategies import PROSE, documents

NOTICE = "Copyright of the harbour office"


def layout(*batch: str) -> Layout:
    scanned = scan(batch)
    paragraphs = segment(scanned)
    return lay_out(scanned, paragraphs, extract(scanned, paragraphs))


def some_probabilities(n: int, k: int, seed: int = 0) -> np.ndarray:
    """Rows like those of a model that is sure of some paragraphs and not of others."""
    return np.random.default_rng(seed).dirichlet(np.full(k, 0.2), n).astype(np.float32)


def columns(*batch: str, scheme: Scheme, seed: int = 0) -> np.ndarray:
    found = layout(*batch)
    return context(some_probabilities(len(found.words), len(scheme.kinds), seed), found, scheme)


@given(documents(), st.integers(0, 1000))
def test_rows_do_not_depend_on_other_documents(scheme: Scheme, batch: list[str], seed: int) -> None:
    batch = [text for text in batch if text.split()]
    if not batch:
        return
    whole = layout(*batch)
    probabilities = some_probabilities(len(whole.words), len(scheme.kinds), seed)
    together = context(probabilities, whole, scheme)
    for text, first, last in zip(batch, whole.bounds.tolist(), whole.bounds[1:].tolist(), strict=False):
        assert np.array_equal(together[first:last], context(probabilities[first:last], layout(text), scheme))


def test_rows_do_not_depend_on_many_other_documents(scheme: Scheme) -> None:
    batch = [f"{PROSE[i % 4]}\n{NOTICE} {i}\n\n- Home\n- News\n{PROSE[i % 3]}\n" * (1 + i % 7) for i in range(200)]
    whole = layout(*batch)
    probabilities = some_probabilities(len(whole.words), len(scheme.kinds))
    together = context(probabilities, whole, scheme)
    for i in (0, 1, 99, 198, 199):
        own = slice(whole.bounds[i], whole.bounds[i + 1])
        assert np.array_equal(together[own], context(probabilities[own], layout(batch[i]), scheme))


@given(documents(), st.integers(0, 1000))
def test_values_are_whole_steps(scheme: Scheme, batch: list[str], seed: int) -> None:
    if not any(text.split() for text in batch):
        return
    values = columns(*batch, scheme=scheme, seed=seed)
    assert values.dtype == np.float32
    assert (values == np.rint(values)).all()


@pytest.mark.parametrize(
    "text",
    [
        "\n\n".join(PROSE),
        NOTICE,
        "Home\nNews\nWeather\n" * 100,
        "x" * 1000,
        "ice " * 3000,
        "ice\n" * 4000,
    ],
    ids=["prose", "one line", "menu", "long word", "long paragraph", "long document"],
)
def test_values_stay_within_the_limit(scheme: Scheme, text: str) -> None:
    assert np.abs(columns(text, scheme=scheme)).max() <= LIMIT / STEP


def changed(before: np.ndarray, after: np.ndarray) -> list[int]:
    return np.flatnonzero((before != after).any(axis=1)).tolist()


def test_every_paragraph_sees_the_others_of_its_document(scheme: Scheme) -> None:
    found = layout("\n".join(PROSE), "\n".join(PROSE))
    before = some_probabilities(8, len(scheme.kinds))
    after = before.copy()
    after[2] = np.eye(len(scheme.kinds))[0]
    assert changed(context(before, found, scheme), context(after, found, scheme)) == [0, 1, 2, 3]


def test_every_kind_of_a_neighbour_is_seen(scheme: Scheme) -> None:
    found, k = layout("\n".join(PROSE)), len(scheme.kinds)
    first_rows = set()
    for kind in range(k):
        probabilities = np.full((4, k), 1 / k, np.float32)
        probabilities[1] = np.eye(k)[kind]
        first_rows.add(context(probabilities, found, scheme)[0].tobytes())
    assert len(first_rows) == k


def test_first_middle_and_last_differ(scheme: Scheme) -> None:
    found, k = layout("\n".join([NOTICE] * 9)), len(scheme.kinds)
    rows = context(np.full((9, k), 1 / k, np.float32), found, scheme)
    assert len({row.tobytes() for row in rows}) == 9


def test_blank_lines_are_seen(scheme: Scheme) -> None:
    close, apart = columns("\n".join(PROSE), scheme=scheme), columns(f"{PROSE[0]}\n\n" + "\n".join(PROSE[1:]), scheme=scheme)
    assert changed(close, apart) == [0, 1, 2, 3]


def test_all_labels_have_a_kind(scheme: Scheme) -> None:
    assert set(scheme.labels) == set(Label)  # `context` adds up the kinds of each


def test_probabilities_are_not_changed(scheme: Scheme) -> None:
    found = layout("\n".join(PROSE))
    probabilities = some_probabilities(4, len(scheme.kinds))
    before = probabilities.copy()
    context(probabilities, found, scheme)
    assert np.array_equal(before, probabilities)
