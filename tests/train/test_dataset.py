"""Labelled documents as arrays: lines find their paragraphs, and training sees what inference sees."""

from __future__ import annotations

import textwrap
from dataclasses import fields

import numpy as np
import pytest

from cleaner.classify.model import normalised
from cleaner.features.batch import extract
from cleaner.records import Scheme
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from cleaner.train import dataset as datasets
from cleaner.train.dataset import N_FOLDS, Dataset, build_dataset, fold_of
from cleaner.train.fit import alone_probabilities, fit_paragraph_model, paragraph_weights
from cleaner.train.gold import UNLABELLED, Gold, make_gold
from tests.strategies import PROSE
from tests.train.conftest import TINY


def gold_of(scheme: Scheme, *rows: tuple[str, str | None], site: str = "mine") -> Gold:
    return make_gold(site, [line for line, _ in rows], [(kind, kind) for line, kind in rows if line], scheme, corpus="posts", site=site)


def test_every_line_lies_in_its_paragraph(dataset: Dataset, documents: list[Gold]) -> None:
    scanned = scan([gold.text for gold in documents])
    paragraphs = segment(scanned)
    starts = np.concatenate([gold.starts + at for gold, at in zip(documents, scanned.bounds, strict=False)])
    ends = np.concatenate([gold.ends + at for gold, at in zip(documents, scanned.bounds, strict=False)])
    assert (paragraphs.starts[dataset.line_paragraph] <= starts).all()
    assert (paragraphs.ends[dataset.line_paragraph] >= ends).all()
    assert dataset.document.tolist() == paragraphs.documents.tolist()
    assert dataset.line_kinds.tolist() == [kind for gold in documents for kind in gold.kinds.tolist()]
    assert dataset.line_document.tolist() == [i for i, gold in enumerate(documents) for _ in gold.kinds]


def test_wrapped_lines_share_a_paragraph(small_tables: None, scheme: Scheme) -> None:
    wrapped = [textwrap.wrap(text, 70) for text in PROSE]
    rows = [row for lines in wrapped for row in [*((line, "article") for line in lines), ("", None)]]
    found = build_dataset([gold_of(scheme, *rows)])
    assert found.line_paragraph.tolist() == [i for i, lines in enumerate(wrapped) for _ in lines]
    assert found.line_words.tolist() == [len(line.split()) for lines in wrapped for line in lines]


def test_a_paragraph_has_the_kind_of_most_of_its_characters(small_tables: None, scheme: Scheme) -> None:
    wrapped = [textwrap.wrap(text, 70) for text in PROSE]
    kinds = [["comment"] + ["article"] * 20, ["article"] + ["comment"] * 20, [None] * 3 + ["legal"] + [None] * 20, [None] * 20]
    rows = [row for lines, own in zip(wrapped, kinds, strict=True) for row in [*zip(lines, own, strict=False), ("", None)]]
    found = build_dataset([gold_of(scheme, *rows)])
    assert found.kinds.tolist() == [*map(scheme.kinds.index, ("article", "comment", "legal")), UNLABELLED]


@pytest.mark.parametrize("n", [1, 3])
def test_batches_do_not_matter(dataset: Dataset, documents: list[Gold], n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "BATCH_DOCUMENTS", n)
    found = build_dataset(documents)
    for field in fields(Dataset):
        if field.name not in ("documents", "matrix", "layouts"):
            assert np.array_equal(getattr(found, field.name), getattr(dataset, field.name)), field.name
    assert (found.matrix != dataset.matrix).nnz == 0
    assert len(found.layouts) == -(-len(documents) // n)


def test_a_site_has_one_fold_whatever_else_there_is(dataset: Dataset, documents: list[Gold]) -> None:
    assert dataset.folds.tolist() == [fold_of(documents[document].site) for document in dataset.document.tolist()]
    assert {fold_of(f"example{i}.com") for i in range(100)} == set(range(N_FOLDS))


def test_training_scores_paragraphs_as_inference_does(dataset: Dataset, documents: list[Gold]) -> None:
    model = fit_paragraph_model(dataset, paragraph_weights(dataset, TINY), TINY)
    scanned = scan([gold.text for gold in documents])
    scores = normalised(model.logits(extract(scanned, segment(scanned))))
    assert np.abs(alone_probabilities(model, dataset) - scores).max() < 1e-4  # single precision
