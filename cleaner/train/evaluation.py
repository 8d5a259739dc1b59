"""`cleaner evaluate` from end to end: labels and one or two models → the data of the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from cleaner.classify.bundle import Bundle, load_bundle
from cleaner.classify.decide import keep_scores, membership
from cleaner.classify.model import Model
from cleaner.errors import BundleError, GoldError
from cleaner.pipeline import Cleaner
from cleaner.records import Label, Scheme, Verdicts
from cleaner.train.adapt import Adapter, Adapting, Passes
from cleaner.train.compare import Judged, compare, judged_at, main_figures
from cleaner.train.dataset import build_dataset
from cleaner.train.evaluate import Lines
from cleaner.train.gold import UNLABELLED, Gold, read_seeds
from cleaner.train.labelled import Labelled, read_labelled, text_digest
from cleaner.train.retrain import seeds_folder

MAX_SOURCES = 20
Advance = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What to judge.

    Attributes:
        labels: label files.
        models: names or folders, one or two.
        label_format: of all files; None goes by names and contents.
        leave_one_source_out: whether to adapt the first model to all sources but one, and judge it there.
        seeds: the project's labelled documents, which are replayed then.
    """

    labels: Sequence[Path]
    models: Sequence[str]
    label_format: str | None = None
    leave_one_source_out: bool = False
    seeds: Path | None = None


def evaluate(task: Evaluation, advance: Advance = lambda done, of: None) -> dict[str, Any]:
    """Judge models on labelled documents that none of them was trained on.

    Args:
        task: what to judge.
        advance: told after each step how many of how many are done.

    Returns:
        What `compare` returns, `pages_by_text` (web pages whose markup could not be used), `left_out_documents` (a model was
        adapted to them) and, if asked for, `left_out`.

    Raises:
        GoldError: labels are malformed, or the models were trained on all of them.
        BundleError: a model cannot be used, or two know different kinds.
    """
    bundles = [load_bundle(name) for name in task.models]
    models = [Model.of(bundle) for bundle in bundles]
    if any(model.scheme != models[0].scheme for model in models):
        raise BundleError(f"{' and '.join(task.models)}: know different kinds; compare models of one scheme")
    every = read_labelled(task.labels, models[0], task.label_format)
    labelled = not_trained_on(every, bundles)
    if not labelled.documents:
        raise GoldError(f"labels: all {len(every.documents)} documents were used to train a model; give documents that it has not seen")
    judged, by_text = [], 0
    for number, (name, bundle) in enumerate(zip(_names(task.models), bundles, strict=True), 1):
        one, n_by_text = judged_by(name, Cleaner(bundle), labelled)
        judged.append(one)
        by_text = max(by_text, n_by_text)
        advance(number, len(models))
    data = compare(labelled, judged, models[0].scheme)
    data["pages_by_text"] = by_text
    data["left_out_documents"] = len(every.documents) - len(labelled.documents)
    if task.leave_one_source_out:
        data["left_out"] = leave_one_source_out(labelled, models[0], task.seeds or seeds_folder(), advance)
    return data


def judged_by(name: str, cleaner: Cleaner, labelled: Labelled) -> tuple[Judged, int]:
    """A model's verdicts as its users get them: texts by their text, web pages with their markup.

    Args:
        name: what the report calls the model.
        cleaner: the model, at its default threshold.
        labelled: the documents.

    Returns:
        The verdicts, and how many web pages were judged by their text alone, since another text comes out of them than was labelled.
    """
    texts = [gold.text for gold in labelled.documents]
    pages = labelled.pages or [None] * len(texts)
    results = list(cleaner.clean_many(text if page is None else page for text, page in zip(texts, pages, strict=True)))
    others = [i for i, (text, result) in enumerate(zip(texts, results, strict=True)) if result.source != text]
    for i, result in zip(others, cleaner.clean_many(texts[i] for i in others), strict=True):
        results[i] = result
    decisions = Model.of(cleaner.bundle).decisions
    parts = []
    for number, (gold, result) in enumerate(zip(labelled.documents, results, strict=True)):
        is_page = pages[number] is not None and number not in others
        part = _lines(number, gold, result.verdicts, 0.0 if is_page else decisions.long_offset)
        parts.append(replace(part, keep=_kept_once(gold, part.keep)) if is_page else part)
    columns = {field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Lines)}
    return Judged(name, Lines(**columns), decisions.threshold), len(others)


def _lines(number: int, gold: Gold, verdicts: Verdicts, long_offset: float) -> Lines:
    """The labelled lines of one document beside the verdicts on their paragraphs."""
    label_of = membership(verdicts.scheme).argmax(axis=1)
    # A line belongs to the paragraph that its first character lies in, as in training.
    at = np.searchsorted(verdicts.starts, gold.starts, side="right") - 1
    by_label = (verdicts.probabilities @ membership(verdicts.scheme))[at]
    kinds = verdicts.kinds[at]
    labels = label_of[kinds]
    n = len(verdicts.starts)
    scores = keep_scores(verdicts.probabilities, verdicts.scheme.columns(Label.ARTICLE), np.full(n, n), long_offset)
    return Lines(
        gold=label_of[gold.kinds],
        other=label_of[gold.others],
        gold_kinds=gold.kinds,
        kinds=kinds,
        labels=labels,
        article=scores[at],
        correct=by_label[np.arange(len(at)), labels],
        keep=verdicts.keep[at],
        words=np.array([len(gold.text[a:b].split()) for a, b in zip(gold.starts.tolist(), gold.ends.tolist(), strict=True)], np.int64),
        document=np.full(len(at), number),
    )


def _kept_once(gold: Gold, keep: np.ndarray) -> np.ndarray:
    """Whether each line is still in the text: of what a page repeats one copy is kept, and no word of it is lost."""
    texts = [gold.text[a:b] for a, b in zip(gold.starts.tolist(), gold.ends.tolist(), strict=True)]
    kept = {text for text, is_kept in zip(texts, keep.tolist(), strict=True) if is_kept}
    return np.array([text in kept for text in texts], bool)


def not_trained_on(labelled: Labelled, bundles: Sequence[Bundle]) -> Labelled:
    """The labelled documents that none of the models was adapted to."""
    seen = {entry for bundle in bundles for entry in bundle.manifest.get("trained_on", [])}
    return labelled.where(text_digest(gold.text) not in seen for gold in labelled.documents)


def leave_one_source_out(labelled: Labelled, model: Model, seeds: Path, advance: Advance) -> list[dict[str, Any]]:
    """Adapt a model to the labels of all sources but one and judge it on that one, for each of the largest sources.

    Returns:
        Of each source its lines, and the main figures before and after.

    Raises:
        GoldError: there is only one source.
    """
    sources = np.array([gold.genre or gold.site for gold in labelled.documents])
    names, counts = np.unique(sources, return_counts=True)
    if len(names) == 1:
        raise GoldError(f"labels: all from the source {str(names[0])!r}; give labels of two or more to leave one out")
    _, written, _ = read_seeds(seeds)
    dataset = build_dataset([*labelled.documents, *written])
    n, base = len(labelled.documents), Passes(model.paragraph, model.sequence)
    before = judged_at("", base.probabilities(dataset, model.scheme), model.decisions, dataset, model.scheme)
    found = []
    largest = names[np.argsort(-counts, kind="stable")][:MAX_SOURCES]
    for number, name in enumerate(largest.tolist(), 1):
        is_mine = np.append(sources == name, np.zeros(len(written), bool))
        is_new = (dataset.document < n) & ~is_mine[dataset.document] & (dataset.kinds != UNLABELLED)
        adapter = Adapter(base, dataset, is_new, dataset.document >= n, model.scheme, Adapting())
        after = judged_at("", adapter.passes().probabilities(dataset, model.scheme), model.decisions, dataset, model.scheme)
        known = np.concatenate([*labelled.is_kind_known, *(gold.kinds != UNLABELLED for gold in written)])
        found.append({"source": name, **_both(before, after, is_mine, known, model.scheme)})
        advance(number, len(largest))
    return found


def _both(before: Judged, after: Judged, documents: np.ndarray, known: np.ndarray, scheme: Scheme) -> dict[str, Any]:
    own = documents[before.lines.document]
    parts = {when: main_figures(one.lines.where(own), known[own], scheme) for when, one in (("before", before), ("after", after))}
    return {"lines": int(own.sum()), **parts}


def _names(models: Sequence[str]) -> list[str]:
    """What the report calls the models: their folders' names, or all of what the user gave where these are the same."""
    short = [Path(model).name or model for model in models]
    return short if len(set(short)) == len(short) else [f"{model} ({i})" for i, model in enumerate(models, 1)]
