"""The passes over web pages: columns on the grid, and rows that do not depend on the batch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.classify.bundle import Bundle
from cleaner.classify.context import LIMIT, LOGIT_LIMIT, STEP, count_columns
from cleaner.classify.decide import MIN_CONTENT
from cleaner.classify.layout import Layout, lay_out
from cleaner.classify.model import Model
from cleaner.classify.page import count_page_columns, markup_columns, page_context
from cleaner.features import shape
from cleaner.features.batch import extract
from cleaner.features.markup import FACTS, Markup, describe
from cleaner.html.page import render_page
from cleaner.pipeline import Cleaner
from cleaner.records import Page, Scheme
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from tests.features.test_markup import PAGES

Arrays = Mapping[str, np.ndarray]


@pytest.fixture(scope="module")
def bundle(page_manifest: Mapping[str, Any], page_arrays: Arrays) -> Bundle:
    return Bundle(Path("models/mine"), page_manifest, page_arrays)


def opened(*batch: str) -> tuple[Layout, Markup]:
    pages = [render_page(Page(html)) for html in batch]
    scanned = scan([page.text for page in pages])
    paragraphs = segment(scanned, joins=False)
    markup = describe([page.blocks for page in pages], [page.host for page in pages])
    return lay_out(scanned, paragraphs, extract(scanned, paragraphs)), markup


def some_logits(n: int, k: int, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).normal(size=(n, k)) * 8).astype(np.float32)


def test_the_markup_model_sees_facts_and_what_the_text_says() -> None:
    markup = opened(PAGES[0])[1]
    columns = markup_columns(np.full((4, 2), 99.0, np.float32), markup)
    assert np.array_equal(columns[:, : len(FACTS)], markup.facts)
    assert (columns[:, len(FACTS) :] == LOGIT_LIMIT).all()
    assert np.array_equal(columns / shape.STEP, np.rint(columns / shape.STEP))


def test_columns_are_counted(scheme: Scheme) -> None:
    layout, markup = opened(PAGES[0])
    logits = some_logits(len(layout.words), len(scheme.kinds))
    found = page_context(logits, logits, layout, markup, scheme)
    assert found.shape == (len(layout.words), count_page_columns(count_columns(scheme), len(scheme.kinds)))


@pytest.mark.parametrize("html", PAGES)
def test_values_are_whole_steps_within_the_limit(scheme: Scheme, html: str) -> None:
    layout, markup = opened(html)
    logits = some_logits(len(layout.words), len(scheme.kinds))
    found = page_context(logits, logits[::-1], layout, markup, scheme)
    assert np.array_equal(found, np.rint(found))
    assert np.abs(found).max() <= LIMIT / STEP


@given(st.lists(st.sampled_from(PAGES), min_size=1, max_size=6), st.integers(0, 1000))
def test_rows_do_not_depend_on_other_pages(scheme: Scheme, batch: list[str], seed: int) -> None:
    layout, markup = opened(*batch)
    text, logits = (some_logits(len(layout.words), len(scheme.kinds), seed + i) for i in range(2))
    together = page_context(text, logits, layout, markup, scheme)
    for html, first, last in zip(batch, layout.bounds.tolist(), layout.bounds[1:].tolist(), strict=False):
        own = slice(first, last)
        assert np.array_equal(together[own], page_context(text[own], logits[own], *opened(html), scheme))


@given(batch=st.lists(st.sampled_from([*PAGES, "", "<p> </p>"]) | st.text(max_size=8), min_size=1, max_size=5))
def test_verdicts_on_pages_do_not_depend_on_the_batch(bundle: Bundle, batch: list[str]) -> None:
    cleaner = Cleaner(bundle)
    documents = [Page(html) for html in batch]
    for together, document in zip(cleaner.clean_many(documents), documents, strict=True):
        alone = cleaner.clean(html=document.html)
        assert together.text == alone.text
        assert np.array_equal(together.verdicts.probabilities, alone.verdicts.probabilities)


def test_a_page_is_emptied_only_if_nothing_on_it_is_likely(bundle: Bundle) -> None:
    cleaner = Cleaner(bundle)
    for html in PAGES:
        result = cleaner.clean(html=html)
        article = result.verdicts.probabilities[:, sorted(result.verdicts.scheme.columns("article"))].sum(axis=1)
        assert result.text or article.max() < MIN_CONTENT


def test_rows_of_probabilities_sum_to_one(bundle: Bundle) -> None:
    model = Model.of(bundle)
    assert model.page is not None
    layout, markup = opened(*PAGES)
    found = model.page.probabilities(some_logits(len(layout.words), len(model.scheme.kinds)), markup, layout, model.scheme)
    assert (np.abs(found.sum(axis=1) - 1) < 1e-5).all()  # single precision
