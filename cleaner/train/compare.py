"""One or two models on labelled documents: every figure with its interval, curves, parts, mistakes, paired differences.

Every figure is a ratio of sums over lines. The sums of each site are taken once; a bootstrap draw is then a weighted sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cleaner.classify.model import Decisions
from cleaner.records import Label, Scheme
from cleaner.train.dataset import N_FOLDS, Dataset
from cleaner.train.evaluate import ARTICLE, CALIBRATION_BINS, Lines, calibration_error, judge
from cleaner.train.labelled import Labelled

DRAWS = 1000
MIN_SITES = 8  # with fewer, documents are drawn in their place: an interval over two sites says nothing
CURVE_POINTS = 101
MAX_PARTS, MAX_MISTAKES, MISTAKE_CHARS = 40, 30, 300
MAIN = ("macro_f1", "article_words_kept", "noise_words_removed")
_Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """A model's verdicts on the labelled lines of a data set.

    Attributes:
        name: what the report calls the model.
        lines: the m lines.
        threshold: probability of article below which a paragraph is dropped.
    """

    name: str
    lines: Lines
    threshold: float


def judged_at(name: str, probabilities: np.ndarray, decisions: Decisions, dataset: Dataset, scheme: Scheme) -> Judged:
    """The verdicts that decisions make of probabilities, shape (n, k), of all paragraphs."""
    return Judged(name, judge(dataset, probabilities, scheme, [decisions] * N_FOLDS), decisions.threshold)


def compare(labelled: Labelled, models: Sequence[Judged], scheme: Scheme) -> _Figures:
    """Everything that a report tells, JSON-ready.

    Args:
        labelled: the documents.
        models: one or more, judged on these documents.
        scheme: the kinds.

    Returns:
        `documents`, `sites`, `lines`, `drawn` (what the bootstrap draws), `models` and, of the last against the first, `paired`.
    """
    documents = labelled.documents
    sites = np.unique([gold.site for gold in documents], return_inverse=True)[1]
    n_sites = int(sites.max(initial=-1)) + 1
    units = sites if n_sites >= MIN_SITES else np.arange(len(documents))
    known = np.concatenate(labelled.is_kind_known)
    sums = [_sums(judged.lines, units, known, scheme) for judged in models]
    rng = np.random.default_rng(0)
    n_units = int(units.max(initial=-1)) + 1
    # The same draws for every model: differences are paired.
    draws = rng.multinomial(n_units, np.full(n_units, 1 / n_units), DRAWS).astype(np.float64)
    drawn = [_figures(draws @ own, scheme) for own in sums]
    return {
        "documents": len(documents),
        "pages": labelled.n_pages,
        "skipped_documents": labelled.n_skipped,
        "sites": n_sites,
        "lines": len(known),
        "drawn": "sites" if n_sites >= MIN_SITES else "documents",
        "kinds": list(scheme.kinds),
        "models": [_model(judged, own, values, labelled, scheme, known) for judged, own, values in zip(models, sums, drawn, strict=True)],
        "paired": _paired(models, sums, drawn, scheme),
    }


def main_figures(lines: Lines, known: np.ndarray, scheme: Scheme) -> dict[str, float]:
    """Macro-F1, article words kept and noise words removed.

    Args:
        lines: m lines.
        known: shape (m,), bool, whether people gave the kind too.
        scheme: the kinds.
    """
    n_documents = int(lines.document.max(initial=0)) + 1
    figures = _figures(_sums(lines, np.zeros(n_documents, np.int64), known, scheme), scheme)
    return {name: _rounded(figures[name][0]) for name in MAIN}


def _model(
    judged: Judged, sums: np.ndarray, drawn: dict[str, np.ndarray], labelled: Labelled, scheme: Scheme, known: np.ndarray
) -> _Figures:
    lines = judged.lines
    figures = _figures(sums.sum(axis=0, keepdims=True), scheme)
    sources = np.array([gold.genre or gold.site for gold in labelled.documents])
    languages = np.array([gold.language or "unknown" for gold in labelled.documents])
    return {
        "name": judged.name,
        "threshold": judged.threshold,
        "figures": {name: _figure(value, drawn[name]) for name, value in figures.items()},
        "calibration_error": _rounded(calibration_error(lines)),
        "confusion": _confusion(lines.gold, lines.labels, len(Label)),
        "kind_confusion": _confusion(lines.gold_kinds[known], lines.kinds[known], len(scheme.kinds)),
        "calibration": _calibration(lines),
        "curve": _curve(lines),
        "by_source": _parts(lines, sources, known, scheme),
        "by_language": _parts(lines, languages, known, scheme),
        "without_source": _parts(lines, sources, known, scheme, without=True),
        "mistakes": _mistakes(lines, labelled),
    }


def _sums(lines: Lines, units: np.ndarray, known: np.ndarray, scheme: Scheme) -> np.ndarray:
    """What the figures are ratios of, one row a unit: hits, gold and predicted of each label and kind, and words."""
    n_kinds = len(scheme.kinds)
    right_kind = known & (lines.gold_kinds == lines.kinds)
    is_article = lines.gold == ARTICLE
    columns = [
        *((lines.gold == i) & (lines.labels == i) for i in range(len(Label))),
        *(lines.gold == i for i in range(len(Label))),
        *(lines.labels == i for i in range(len(Label))),
        *(right_kind & (lines.kinds == i) for i in range(n_kinds)),
        *(known & (lines.gold_kinds == i) for i in range(n_kinds)),
        *(known & (lines.kinds == i) for i in range(n_kinds)),
        is_article * lines.words,
        (is_article & lines.keep) * lines.words,
        ~is_article * lines.words,
        (~is_article & ~lines.keep) * lines.words,
    ]
    unit = units[lines.document]
    return np.stack([np.bincount(unit, column, int(units.max(initial=0)) + 1) for column in columns], axis=1)


def _figures(sums: np.ndarray, scheme: Scheme) -> dict[str, np.ndarray]:
    """The figures of every row of sums; NaN where a label or kind was neither said nor given."""
    n, k = len(Label), len(scheme.kinds)
    hits, gold, predicted = sums[:, :n], sums[:, n : 2 * n], sums[:, 2 * n : 3 * n]
    by_kind = sums[:, 3 * n : 3 * n + 3 * k]
    words = sums[:, 3 * n + 3 * k :]
    f1 = _ratio(2 * hits, gold + predicted)
    kinds = _ratio(2 * by_kind[:, :k], by_kind[:, k : 2 * k] + by_kind[:, 2 * k :])
    n_present = np.maximum((gold + predicted > 0).sum(axis=1), 1)
    return {
        "macro_f1": np.nansum(f1, axis=1) / n_present,  # a draw may well be without advertisement
        "article_words_kept": np.where(words[:, 0] > 0, words[:, 1] / np.maximum(words[:, 0], 1), 1.0),
        "noise_words_removed": words[:, 3] / np.maximum(words[:, 2], 1),
        **{f"{label.value} f1": f1[:, i] for i, label in enumerate(Label)},
        **{f"{label.value} precision": _ratio(hits[:, i], predicted[:, i]) for i, label in enumerate(Label)},
        **{f"{label.value} recall": _ratio(hits[:, i], gold[:, i]) for i, label in enumerate(Label)},
        **{f"kind {kind} f1": kinds[:, i] for i, kind in enumerate(scheme.kinds)},
    }


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)


def _paired(
    models: Sequence[Judged], sums: Sequence[np.ndarray], drawn: Sequence[dict[str, np.ndarray]], scheme: Scheme
) -> _Figures | None:
    """The last model less the first, both on the same draws."""
    if len(models) == 1:
        return None
    first, last = (_figures(own.sum(axis=0, keepdims=True), scheme) for own in (sums[0], sums[-1]))
    differences = {name: _figure(last[name] - first[name], drawn[-1][name] - drawn[0][name]) for name in first}
    return {"first": models[0].name, "last": models[-1].name, "differences": differences}


def _curve(lines: Lines) -> list[list[float]]:
    """Threshold, article words kept and noise words removed, at thresholds spread over the lines."""
    thresholds = np.unique(np.quantile(lines.article, np.linspace(0, 1, CURVE_POINTS), method="lower"))
    is_article = lines.gold == ARTICLE
    points = []
    for threshold in [0.0, *thresholds.tolist()]:
        keep = lines.article >= threshold
        kept = lines.words[is_article & keep].sum() / max(lines.words[is_article].sum(), 1)
        removed = lines.words[~is_article & ~keep].sum() / max(lines.words[~is_article].sum(), 1)
        points.append([_rounded(threshold), _rounded(kept), _rounded(removed)])
    return points


def _confusion(gold: np.ndarray, predicted: np.ndarray, n: int) -> list[list[int]]:
    """How often each of n classes, a row, was taken for each, a column."""
    return [[int(count) for count in row] for row in np.bincount(gold * n + predicted, minlength=n * n).reshape(n, n)]


def _calibration(lines: Lines) -> list[_Figures]:
    """Stated and true share of right labels in each bin that has lines."""
    bins = np.minimum((lines.correct * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    found = []
    for i in np.unique(bins).tolist():
        own = bins == i
        right = float((lines.labels == lines.gold)[own].mean())
        found.append({"stated": _rounded(lines.correct[own].mean()), "right": _rounded(right), "lines": int(own.sum())})
    return found


def _parts(lines: Lines, names: np.ndarray, known: np.ndarray, scheme: Scheme, without: bool = False) -> dict[str, _Figures]:
    """The main figures of the largest parts, or of everything but each of them."""
    of_line = names[lines.document]
    found, counts = np.unique(of_line, return_counts=True)
    parts = {}
    for i in np.argsort(-counts, kind="stable")[:MAX_PARTS]:
        own = (of_line == found[i]) != without
        if own.any():
            parts[str(found[i])] = {"lines": int(own.sum()), **main_figures(lines.where(own), known[own], scheme)}
    return parts


def _mistakes(lines: Lines, labelled: Labelled) -> list[_Figures]:
    """The lines to read first: article that was dropped, then the surest wrong labels; long ones first."""
    is_lost = (lines.gold == ARTICLE) & ~lines.keep
    is_wrong = (lines.labels != lines.gold) & (lines.labels != lines.other)
    weight = np.where(is_lost, 10.0, 1.0) * lines.correct * np.log1p(lines.words) * (is_lost | is_wrong)
    texts = [gold.text[start:end] for gold in labelled.documents for start, end in zip(gold.starts, gold.ends, strict=True)]
    names = list(Label)
    return [
        {
            "document": labelled.documents[int(lines.document[i])].name,
            "gold": names[lines.gold[i]].value,
            "predicted": names[lines.labels[i]].value,
            "probability": _rounded(lines.correct[i]),
            "dropped": not bool(lines.keep[i]),
            "text": texts[i][:MISTAKE_CHARS],
        }
        for i in np.argsort(-weight, kind="stable")[:MAX_MISTAKES].tolist()
        if weight[i] > 0
    ]


def _interval(values: np.ndarray) -> list[float] | None:
    """95% of the draws that say anything; None where none does."""
    said = values[~np.isnan(values)]
    if not len(said):
        return None
    low, high = np.quantile(said, [0.025, 0.975])
    return [_rounded(low), _rounded(high)]


def _rounded(value: float) -> float:
    return round(float(value), 4)


def _figure(value: np.ndarray, draws: np.ndarray) -> _Figures:
    """A figure and its interval; None for one that nothing is known of."""
    return {"value": None if np.isnan(value[0]) else _rounded(value[0]), "interval": _interval(draws)}
