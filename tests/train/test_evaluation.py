"""Evaluating: documents are judged as users get them, web pages with their markup."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cleaner import Cleaner
from cleaner.classify.bundle import load_bundle
from cleaner.classify.model import Model
from cleaner.train.adapt import Passes
from cleaner.train.compare import judged_at
from cleaner.train.dataset import build_dataset
from cleaner.train.evaluation import Evaluation, evaluate, judged_by
from cleaner.train.gold import Gold
from cleaner.train.labelled import Labelled, read_labelled

STORIES = [
    "The harbour froze over in January, and for the first time in forty years the ferry stayed in port.",
    "Nobody on the island had thought of that, and the shop ran out of coffee before the week was over.",
]
NOTICE = "Share this story"
BODY = "".join(f"<p>{line}</p>" for line in STORIES)
MENU = "".join(f"<li><a href='/{name}'>{name}</a></li>" for name in ("Home", "Sport", "Weather", "Contact"))
HTML = (
    f"<html><body><nav><ul>{MENU}</ul></nav><article><h1>Ice</h1>{BODY}<p>{STORIES[0]}</p></article>"
    f"<aside class='share'><p><a href='/s'>{NOTICE}</a></p></aside></body></html>"
)


def row(cleaner: Cleaner, **more: object) -> dict[str, Any]:
    """The page as `cleaner review` saves it, its stories and its notice labelled."""
    result = cleaner.clean(html=HTML)
    spans = [(int(a), int(b)) for a, b in zip(result.verdicts.starts, result.verdicts.ends, strict=True)]
    kinds = {**dict.fromkeys(STORIES, "article"), NOTICE: "navigation"}
    labels = [{"start": a, "end": b, "kind": kinds[result.source[a:b]]} for a, b in spans if result.source[a:b] in kinds]
    return {"id": "ice", "text": result.source, "html": HTML, "labels": labels, **more}


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in rows))
    return path


def test_a_page_is_judged_as_cleaning_judges_it(cleaner: Cleaner, tmp_path: Path) -> None:
    labelled = read_labelled([write(tmp_path / "l.jsonl", row(cleaner))], Model.of(load_bundle()))
    judged, by_text = judged_by("m", cleaner, labelled)
    verdicts = cleaner.clean(html=HTML).verdicts
    at = np.isin(verdicts.starts, labelled.documents[0].starts)
    assert by_text == 0
    assert labelled.n_pages == 1
    assert np.array_equal(judged.lines.kinds, verdicts.kinds[at])
    alone, _ = judged_by("m", cleaner, replace(labelled, pages=()))
    assert not np.array_equal(judged.lines.article, alone.lines.article)


def test_a_copy_of_what_is_kept_is_not_lost(cleaner: Cleaner, tmp_path: Path) -> None:
    labelled = read_labelled([write(tmp_path / "l.jsonl", row(cleaner))], Model.of(load_bundle()))
    verdicts = cleaner.clean(html=HTML).verdicts
    copies = np.flatnonzero([labelled.documents[0].text[a:b] == STORIES[0] for a, b in zip(verdicts.starts, verdicts.ends, strict=True)])
    assert verdicts.keep[copies].tolist() == [True, False]
    judged, _ = judged_by("m", cleaner, labelled)
    assert judged.lines.keep[:3].all()


def test_a_page_whose_text_is_another_now_is_judged_by_its_text(cleaner: Cleaner, tmp_path: Path) -> None:
    path = write(tmp_path / "l.jsonl", row(cleaner, html=f"<p>Something else.</p>{HTML}"), row(cleaner, id="other"))
    data = evaluate(Evaluation([path], ["default"]))
    assert (data["pages"], data["pages_by_text"], data["lines"]) == (2, 1, 8)


def test_texts_are_judged_as_training_judges_them(cleaner: Cleaner, documents: list[Gold]) -> None:
    model = Model.of(load_bundle())
    dataset = build_dataset(documents)
    labelled = Labelled(documents, [gold.kinds >= 0 for gold in documents], 0)
    one, _ = judged_by("m", cleaner, labelled)
    probabilities = Passes(model.paragraph, model.sequence).probabilities(dataset, model.scheme)
    other = judged_at("m", probabilities, model.decisions, dataset, model.scheme)
    assert np.array_equal(one.lines.kinds, other.lines.kinds)
    assert np.array_equal(one.lines.keep, other.lines.keep)
    assert one.lines.article == pytest.approx(other.lines.article, abs=1e-6)
