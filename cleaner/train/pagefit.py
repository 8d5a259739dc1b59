"""Fitting and measuring the passes over web pages, every page judged by models that never saw its site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from cleaner.classify.decide import drop_repeats, keep_something, membership, page_scores
from cleaner.classify.grid import softmax
from cleaner.classify.linear import LinearModel
from cleaner.classify.model import Decisions, PageModel, markup_model_columns
from cleaner.classify.page import markup_columns, page_context
from cleaner.classify.sequence import SequenceModel
from cleaner.records import Label, Scheme
from cleaner.train.crossfit import held_out, pairs_with
from cleaner.train.dataset import N_FOLDS
from cleaner.train.evaluate import ARTICLE, CURVE_LOSSES, threshold_at
from cleaner.train.fit import Recipe, calibrate, fit_linear_model, fit_sequence_model, linear_scores
from cleaner.train.gold import UNLABELLED
from cleaner.train.webpages import Webpages, kept_f1, per_page, targets

THRESHOLDS = np.round(np.arange(0.2, 0.75, 0.02), 2)  # the default is one of these
MIN_REFERENCE_WORDS = 50  # a page with so many has something to say


@dataclass(frozen=True, slots=True)
class PageFit:
    """What fitting on pages yields.

    Attributes:
        model: fitted on all pages.
        article: shape (n,), probability of main content, out of fold.
        keep: shape (n,), bool, out of fold, thresholds of each fold chosen on the others.
    """

    model: PageModel
    article: np.ndarray
    keep: np.ndarray


def fit_pages(pages: Webpages, without: Mapping[tuple[int, ...], LinearModel], scheme: Scheme, recipe: Recipe, n_jobs: int = 1) -> PageFit:
    """Fit the passes over pages, out of fold and on everything.

    Args:
        pages: the n paragraphs.
        without: the paragraph models by the folds that they did not see.
        scheme: the kinds.
        recipe: the settings.
        n_jobs: processes.
    """
    text = {folds: linear_scores(model, pages.matrix) for folds, model in without.items()}
    wanted = targets(pages, held_out(pages.folds, [text[(fold,)] for fold in range(N_FOLDS)]), scheme)
    slim = replace(pages, matrix=None, pages=[])  # workers need neither
    left_out = [(), *((fold,) for fold in range(N_FOLDS)), *combinations(range(N_FOLDS), 2)]
    # A markup model trains on text scores from paragraph models that did not see the rows nor the first fold left out. For a pair
    # of folds that lets the second one in, at third hand; paragraph models without three folds would take twice as long.
    fitted = Parallel(n_jobs)(
        delayed(_fit_markup)(slim, wanted, _text_inputs(pages, text, folds), scheme, recipe, folds) for folds in left_out
    )
    markup = dict(zip(left_out, fitted, strict=True))
    tasks: list[int | None] = [*range(N_FOLDS), None]
    sequences = Parallel(n_jobs)(
        delayed(_fit_sequence)(
            slim,
            wanted,
            held_out(pages.folds, [text[key] for key in pairs_with(fold)]),
            held_out(pages.folds, [markup[key][1] for key in pairs_with(fold)]),
            scheme,
            recipe,
            fold,
        )
        for fold in tasks
    )
    logits = held_out(pages.folds, [scores for _, scores in sequences[:-1]])
    article, keep = np.zeros(len(wanted), np.float32), np.zeros(len(wanted), bool)
    for fold in range(N_FOLDS):
        own = pages.folds == fold
        decisions, temperature = _decide(pages, wanted, logits, scheme, ~own)
        by_label = softmax(logits / np.float32(temperature)) @ membership(scheme)
        article[own] = by_label[own, ARTICLE]
        keep[own] = _keep(pages, by_label[:, ARTICLE], _scores(pages, by_label[:, ARTICLE]), decisions.threshold)[own]
    decisions, temperature = _decide(pages, wanted, logits, scheme, np.ones(len(wanted), bool))
    model = PageModel(markup[()][0], replace(sequences[-1][0], temperature=temperature), decisions)
    return PageFit(model, article, keep)


def evaluate_pages(pages: Webpages, fit: PageFit) -> dict[str, Any]:
    """The benchmarks' figures of what is kept out of fold.

    Returns:
        `word_f1` by page type and over all pages, `empty` pages that have something to say, and precision, recall and F1 of
        the strings that must and must not be there.
    """
    keep = fit.keep
    by_type: dict[str, list[float]] = {}
    hits = misses = wrong = right = empty = 0
    for page, own in (*per_page(pages), *((page, slice(0, 0)) for page in pages.blank)):
        if page.reference is not None:
            by_type.setdefault(page.page_type, []).append(kept_f1(page, keep[own]))
            empty += not keep[own].any() and int(page.reference.sum()) >= MIN_REFERENCE_WORDS
        else:
            kept = [text for text, is_kept in zip(page.texts, keep[own].tolist(), strict=True) if is_kept]
            text = " ".join(" ".join(line.split()) for line in kept)
            found = [" ".join(string.split()) in text for string in page.wanted]
            intruders = [" ".join(string.split()) in text for string in page.unwanted]
            hits, misses = hits + sum(found), misses + len(found) - sum(found)
            wrong, right = wrong + sum(intruders), right + len(intruders) - sum(intruders)
    scores = [score for values in by_type.values() for score in values]
    precision, recall = hits / max(hits + wrong, 1), hits / max(hits + misses, 1)
    return {
        "threshold": fit.model.decisions.threshold,
        "article_words_lost": round(fit.model.decisions.default_loss, 4),
        "temperature": fit.model.sequence.temperature,
        "pages": len(pages.pages) + len(pages.blank),
        "word_f1": round(float(np.mean(scores)), 4) if scores else 0.0,
        "word_f1_by_type": {name: round(float(np.mean(values)), 4) for name, values in sorted(by_type.items())},
        "pages_by_type": {name: len(values) for name, values in sorted(by_type.items())},
        "empty": int(empty),
        "strings": {
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "f1": round(2 * precision * recall / max(precision + recall, 1e-9), 4),
        },
    }


def _text_inputs(pages: Webpages, text: Mapping[tuple[int, ...], np.ndarray], folds: tuple[int, ...]) -> np.ndarray:
    """Text scores for the markup model without some folds."""
    return held_out(pages.folds, [text[key] for key in pairs_with(folds[0] if folds else None)])


def _fit_markup(
    pages: Webpages, wanted: np.ndarray, text: np.ndarray, scheme: Scheme, recipe: Recipe, folds: tuple[int, ...]
) -> tuple[LinearModel, np.ndarray]:
    """The markup model without some folds, and its scores of every paragraph."""
    from scipy import sparse

    dense = np.concatenate([markup_columns(text[own], markup) for markup, own in _slices(pages)])
    matrix = sparse.hstack([pages.markup_matrix, sparse.csr_matrix(dense)], format="csr", dtype=np.float32)
    used = np.flatnonzero((wanted != UNLABELLED) & ~np.isin(pages.folds, folds))
    columns = markup_model_columns(len(scheme.kinds))
    model = fit_linear_model(columns, matrix[used], wanted[used], np.ones(len(used)), recipe.markup, len(scheme.kinds))
    return model, linear_scores(model, matrix)


def _fit_sequence(  # noqa: PLR0913 - the parts of one fit
    pages: Webpages, wanted: np.ndarray, text: np.ndarray, scores: np.ndarray, scheme: Scheme, recipe: Recipe, held: int | None
) -> tuple[SequenceModel, np.ndarray]:
    """The sequence model without a fold, and its scores of every paragraph."""
    parts = zip(pages.layouts, _slices(pages), strict=True)
    columns = np.concatenate([page_context(text[own], scores[own], layout, markup, scheme) for layout, (markup, own) in parts])
    weights = np.where((wanted == UNLABELLED) | (pages.folds == held), 0, paragraph_weights(pages.words))
    weights[pages.is_copy] = 0  # one of the copies is enough, and decisions keep the first
    model = fit_sequence_model(columns, wanted, weights, recipe.page_networks, len(scheme.kinds))
    return model, model.logits(columns)


def paragraph_weights(words: np.ndarray) -> np.ndarray:
    """Weight of paragraphs in training: benchmarks count words, yet a line is a decision too."""
    return np.clip(np.sqrt(np.maximum(words, 1)) / 3, 1 / 3, 3)


def _slices(pages: Webpages) -> list[tuple[Any, slice]]:
    return [(markup, slice(int(a), int(b))) for markup, a, b in zip(pages.markups, pages.bounds, pages.bounds[1:], strict=False)]


def _decide(pages: Webpages, wanted: np.ndarray, logits: np.ndarray, scheme: Scheme, rows: np.ndarray) -> tuple[Decisions, float]:
    """Temperature and thresholds, chosen on some pages' held-out scores.

    The default threshold is the one with the best mean F1 of pages; those of other losses are read off article words.
    """
    unit = np.eye(len(scheme.kinds))
    neutral = SequenceModel(unit, np.zeros(1), unit, np.zeros(len(scheme.kinds)))
    known = rows & (wanted != UNLABELLED)
    temperature = calibrate(neutral, logits, wanted, np.where(known, paragraph_weights(pages.words), 0)).temperature
    article = (softmax(logits / np.float32(temperature)) @ membership(scheme))[:, ARTICLE]
    scores = _scores(pages, article)
    best = max(THRESHOLDS.tolist(), key=lambda threshold: _mean_f1(pages, _keep(pages, article, scores, threshold), rows))
    mine = known & (membership(scheme).argmax(axis=1)[wanted] == ARTICLE)
    words = pages.words[mine]
    loss = float(words[scores[mine] < best].sum() / max(words.sum(), 1))
    pairs = [(each, threshold_at(each, scores[mine], words)) for each in CURVE_LOSSES if abs(each - loss) > each / 10]
    return Decisions({label.value: 1.0 for label in Label}, _ascending([(0.0, 0.0), *pairs, (loss, best)]), loss), temperature


def _ascending(curve: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    losses, thresholds = zip(*sorted(curve), strict=True)
    return list(zip(losses, np.maximum.accumulate(np.floor(np.array(thresholds) * 1e5) / 1e5).tolist(), strict=True))


def _scores(pages: Webpages, article: np.ndarray) -> np.ndarray:
    return page_scores(article, np.array([len(text) for page in pages.pages for text in page.texts]), pages.bounds)


def _keep(pages: Webpages, article: np.ndarray, scores: np.ndarray, threshold: float) -> np.ndarray:
    keep = keep_something(scores >= threshold, article[:, None], frozenset({0}), pages.bounds)
    return np.concatenate([drop_repeats(keep[own], page.texts) for page, own in per_page(pages)])


def _mean_f1(pages: Webpages, keep: np.ndarray, rows: np.ndarray) -> float:
    judged = [kept_f1(page, keep[own]) for page, own in per_page(pages) if page.reference is not None and rows[own.start]]
    return float(np.mean(judged)) if judged else 0.0
