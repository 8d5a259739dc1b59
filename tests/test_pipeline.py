"""`Cleaner`: the same results one by one and in batches, and verdicts that agree with each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, count, repeat, takewhile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cleaner import Cleaner, Config, ConfigError, Label, Result, pipeline
from cleaner.classify.bundle import Bundle
from cleaner.errors import BundleError
from tests.strategies import PROSE, documents, texts

AD = "BUY NOW!!! 50% off all boats, free shipping, order today at www.example.com"
LEGAL = "Copyright © 2024 Example Ltd. All rights reserved. Terms of use. Privacy policy."
MIXED = "\n\n".join([PROSE[0], AD, PROSE[1], LEGAL])
COLUMNS = ("starts", "ends", "kinds", "probabilities", "keep")


def assert_equal(one: Result, other: Result) -> None:
    assert (one.source, one.text, one.paragraphs) == (other.source, other.text, other.paragraphs)
    for name in COLUMNS:
        assert np.array_equal(getattr(one.verdicts, name), getattr(other.verdicts, name)), name


def in_batches(cleaner: Cleaner, texts: list[str], n_chars: int) -> list[Result]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "BATCH_CHARS", n_chars)
        return list(cleaner.clean_many(texts))


@given(documents(), st.sampled_from([0, 1, 50, 500, 1 << 18]))
def test_many_documents_come_out_as_single_ones_do(cleaner: Cleaner, batch: list[str], n_chars: int) -> None:
    results = in_batches(cleaner, batch, n_chars)
    assert len(results) == len(batch)
    for result, text in zip(results, batch, strict=True):
        assert_equal(result, cleaner.clean(text))


def test_long_batches_come_out_as_single_ones_do(cleaner: Cleaner) -> None:
    batch = [f"{PROSE[i % 4]}\n{AD} {i}\n\n- Home\n- News\n{LEGAL}\n" * (1 + i % 5) for i in range(150)]
    for result, text in zip(in_batches(cleaner, batch, 100_000), batch, strict=True):
        assert np.array_equal(result.verdicts.probabilities, cleaner.clean(text).verdicts.probabilities)


@given(texts())
def test_verdicts_are_well_formed(cleaner: Cleaner, text: str) -> None:
    result = cleaner.clean(text)
    verdicts, n = result.verdicts, len(result.paragraphs)
    assert verdicts.probabilities.shape == (n, len(verdicts.scheme.kinds))
    assert verdicts.probabilities.dtype == np.float32
    assert np.isfinite(verdicts.probabilities).all()
    assert (verdicts.probabilities >= 0).all()
    assert (np.abs(verdicts.probabilities.sum(axis=1) - 1) < 1e-5).all()  # single precision
    for name in ("starts", "ends", "kinds"):
        assert getattr(verdicts, name).dtype == np.int64
        assert getattr(verdicts, name).shape == (n,)
    for paragraph in result.paragraphs:
        assert 0 <= paragraph.score <= 1
        assert paragraph.reason.startswith(("terms: ", "context: ", "shape"))


@given(texts())
def test_spans_cover_all_but_blanks(cleaner: Cleaner, text: str) -> None:
    covered = [text[paragraph.start : paragraph.end] for paragraph in cleaner.clean(text).paragraphs]
    assert "".join("".join(covered).split()) == "".join(text.split())


@pytest.mark.parametrize("text", ["", " ", "\n\n\t\u3000\r\n"])
def test_a_document_without_text_comes_out_as_it_is(cleaner: Cleaner, text: str) -> None:
    result = cleaner.clean(text)
    assert (result.text, result.paragraphs, result.removed, cleaner.explain(text)) == (text, (), (), [])


def test_no_documents_give_no_results(cleaner: Cleaner) -> None:
    assert list(cleaner.clean_many([])) == []


def test_documents_are_read_as_they_are_needed(cleaner: Cleaner) -> None:
    taken: list[int] = []

    def texts() -> Iterator[str]:
        for number in range(100):
            taken.append(number)
            yield PROSE[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "BATCH_CHARS", 2 * len(PROSE[0]))
        results = cleaner.clean_many(texts())
        assert taken == []
        next(results)
        assert len(taken) == 3  # the third opens the next batch


def test_a_batch_holds_so_many_documents_at_most(cleaner: Cleaner) -> None:
    taken = count()
    next(cleaner.clean_many("" for _ in takewhile(lambda number: number < 10 * pipeline.BATCH_DOCUMENTS, taken)))
    assert next(taken) == pipeline.BATCH_DOCUMENTS + 1  # the last one opens the next batch


def test_an_endless_stream_is_cleaned(cleaner: Cleaner) -> None:
    results = cleaner.clean_many(repeat(PROSE[0] * 100))
    assert [next(results).source == PROSE[0] * 100 for _ in range(5)] == [True] * 5


@pytest.mark.parametrize("wrong", [b"bytes", None, 7])
def test_what_is_no_text_is_refused_by_its_position(cleaner: Cleaner, wrong: object) -> None:
    with pytest.raises(TypeError, match=rf"^document 2: got {type(wrong).__name__}, expected str or Page; decode bytes with cleaner"):
        list(cleaner.clean_many(["one", "two", wrong]))  # type: ignore[list-item]
    with pytest.raises(TypeError, match=r"^document 0: |^give either a text or html"):
        cleaner.clean(wrong)  # type: ignore[arg-type]


def test_either_a_text_or_a_page_is_judged(cleaner: Cleaner) -> None:
    with pytest.raises(TypeError, match="give either a text or html"):
        cleaner.clean("a text", html="<p>a page")


def test_batches_before_a_wrong_document_come_out(cleaner: Cleaner) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "BATCH_CHARS", 1)
        results = cleaner.clean_many(chain(PROSE[:2], [b"bytes"]))  # type: ignore[list-item]
        assert next(results).source == PROSE[0]


@settings(max_examples=50)
@given(texts())
def test_explanations_agree_with_the_verdicts(cleaner: Cleaner, text: str) -> None:
    result, explanations = cleaner.clean(text), cleaner.explain(text)
    assert tuple(explanation.paragraph for explanation in explanations) == result.paragraphs
    assert [explanation.keep for explanation in explanations] == result.verdicts.keep.tolist()
    names = result.verdicts.scheme.kinds
    for explanation, row in zip(explanations, result.verdicts.probabilities, strict=True):
        assert dict(explanation.kinds) == {name: round(float(p), 4) for name, p in zip(names, row, strict=True)}
        assert [p for _, p in explanation.kinds] == sorted((p for _, p in explanation.kinds), reverse=True)
        assert explanation.alone in names
        alone, final = (result.verdicts.scheme.labels[names.index(kind)] for kind in (explanation.alone, explanation.paragraph.kind))
        if alone is not final:
            assert explanation.paragraph.reason == f"context: {explanation.alone} alone"
        else:
            terms = ", ".join(term for term, _ in explanation.terms[: pipeline.REASON_TERMS])
            assert explanation.paragraph.reason == (f"terms: {terms}" if terms else "shape")


def with_settings(cleaner: Cleaner, **settings: object) -> Cleaner:
    return Cleaner(cleaner.bundle, Config(**settings))  # type: ignore[arg-type]


@given(texts())
def test_loss_zero_keeps_everything(cleaner: Cleaner, text: str) -> None:
    result = with_settings(cleaner, max_article_loss=0).clean(text)
    assert result.text == text
    assert result.removed == ()


@settings(max_examples=20)
@given(texts(), st.floats(0, 0.5), st.floats(0, 0.5))
def test_a_higher_loss_keeps_a_subset(cleaner: Cleaner, text: str, one: float, other: float) -> None:
    careful, eager = (with_settings(cleaner, max_article_loss=loss).clean(f"{text}\n{MIXED}").verdicts for loss in sorted([one, other]))
    assert (careful.keep | ~eager.keep).all()
    assert np.array_equal(careful.probabilities, eager.probabilities)


def test_the_default_loss_is_that_of_the_model(cleaner: Cleaner) -> None:
    loss = cleaner.bundle.manifest["default_loss"]
    assert_equal(cleaner.clean(MIXED), with_settings(cleaner, max_article_loss=loss).clean(MIXED))


def test_prose_stays_and_advertising_goes(cleaner: Cleaner) -> None:
    eager = with_settings(cleaner, max_article_loss=0.05)
    result = eager.clean("\n\n".join([*PROSE, AD, LEGAL]))
    assert result.text == "\n\n".join(PROSE)
    assert [p.label is Label.ARTICLE for p in result.paragraphs] == [*[True] * len(PROSE), False, False]


def test_a_marker_is_left(cleaner: Cleaner) -> None:
    result = with_settings(cleaner, max_article_loss=0.05, marker="[{n}]").clean("\n\n".join([*PROSE, AD, LEGAL]))
    assert result.text == "\n\n".join([*PROSE, "[2]"])


def test_a_kind_can_be_kept(cleaner: Cleaner) -> None:
    text = "\n\n".join([*PROSE, AD, LEGAL])
    kept = with_settings(cleaner, max_article_loss=0.05, keep=frozenset({"boilerplate", "advertisement"})).clean(text)
    assert kept.text == text


def test_settings_and_config_are_two_ways_to_say_the_same() -> None:
    assert Cleaner.load(marker="x", keep=frozenset({"comment"})).config == Config(marker="x", keep=frozenset({"comment"}))
    assert Cleaner.load(config=Config(marker="x")).config == Config(marker="x")
    assert Cleaner.load(config=Config(marker="x"), max_article_loss=0.1).config == Config(marker="x", max_article_loss=0.1)
    assert Cleaner.load().config == Config()


def test_a_config_that_does_not_fit_the_model_is_refused(cleaner: Cleaner) -> None:
    with pytest.raises(ConfigError, match="'spam' is neither a label nor a kind"):
        with_settings(cleaner, keep=frozenset({"spam"}))


def test_a_bundle_that_does_not_fit_is_refused(cleaner: Cleaner) -> None:
    with pytest.raises(BundleError, match=r"^models/other: fitted on other features"):
        Cleaner(Bundle(Path("models/other"), {**cleaner.bundle.manifest, "features": {}}, cleaner.bundle.arrays))


def test_a_model_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="no model here"):
        Cleaner.load(tmp_path)


def test_results_do_not_change_with_the_number_of_threads(cleaner: Cleaner) -> None:
    from threadpoolctl import threadpool_limits

    text = "\n\n".join([MIXED] * 200)
    with threadpool_limits(1):
        one = cleaner.clean(text)
    with threadpool_limits(2):
        assert_equal(one, cleaner.clean(text))
