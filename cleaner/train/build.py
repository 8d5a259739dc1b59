"""Training from end to end: labelled documents → a bundle with its figures and its card."""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from cleaner.classify.bundle import save_bundle
from cleaner.classify.model import feature_settings
from cleaner.errors import GoldError
from cleaner.records import Scheme
from cleaner.train.card import render_card
from cleaner.train.crossfit import DEFAULT_LOSS, KEEP_ALL, CrossFit, cross_fit, promised_lines
from cleaner.train.dataset import N_FOLDS, Dataset, build_dataset, fold_of
from cleaner.train.evaluate import MIN_LANGUAGE_DOCUMENTS, Lines, interval, judge, loss_curve, macro_f1, report, words_kept
from cleaner.train.fit import Recipe
from cleaner.train.gold import Gold, digest, read_leftovers, read_pages, read_seeds
from cleaner.train.pagefit import PageFit, evaluate_pages, fit_pages
from cleaner.train.pages import read_labelled_pages
from cleaner.train.webpages import Webpages


def read_documents(seeds: Path, data: Path | None) -> tuple[Scheme, list[Gold]]:
    """Read all labelled documents.

    Args:
        seeds: the project's `seeds/`.
        data: folder with the labelled pages; None trains on the seeds alone.

    Raises:
        GoldError: something is malformed or missing.
    """
    scheme, written, examples = read_seeds(seeds)
    documents = written + examples
    if data is not None:
        pages = read_pages(data / "labelled-pages.parquet", scheme)
        leftovers = read_leftovers(data / "leftovers.parquet", pages, scheme)
        documents += pages + leftovers + read_labelled_pages(seeds / "pages" / "labels.tsv", data, scheme)
    return scheme, documents


def build_bundle(
    output: Path, scheme: Scheme, documents: Sequence[Gold], recipe: Recipe, n_jobs: int = 1, pages: Webpages | None = None
) -> dict[str, Any]:
    """Fit, evaluate out of fold and write a bundle; the same documents and recipe give the same bytes.

    Args:
        output: the bundle's folder.
        scheme: the kinds.
        documents: labelled texts.
        recipe: the settings.
        n_jobs: processes.
        pages: web pages; without any the bundle judges the text of a page and nothing else of it.

    Returns:
        The figures that `metrics.json` holds.

    Raises:
        GoldError: too few documents to hold out a part of them.
    """
    n_folds = len({fold_of(gold.site) for gold in documents if gold.corpus != "examples"})
    if n_folds < N_FOLDS:
        raise GoldError(f"documents of too few sites: they fill {n_folds} of {N_FOLDS} folds; add documents, 20 sites are usually enough")
    dataset = build_dataset(documents)
    fitted = cross_fit(dataset, scheme, recipe, n_jobs)
    of_pages = None if pages is None else fit_pages(pages, fitted.without, scheme, recipe, n_jobs)
    metrics = evaluate(dataset, fitted, scheme)
    if pages is not None and of_pages is not None:
        metrics["webpages"] = evaluate_pages(pages, of_pages)
    write_bundle(output, scheme, fitted, of_pages, metrics, recipe, digest(documents))
    return metrics


def write_bundle(  # noqa: PLR0913 - what a bundle is made of
    output: Path, scheme: Scheme, fitted: CrossFit, of_pages: PageFit | None, metrics: Mapping[str, Any], recipe: Recipe, data: str
) -> None:
    """Write what has been fitted.

    Args:
        output: the bundle's folder.
        scheme: the kinds.
        fitted: the passes over text.
        of_pages: the passes over web pages, if any.
        metrics: every figure measured.
        recipe: the settings of the fits.
        data: digest of the labelled documents.
    """
    manifest: dict[str, Any] = {
        "cleaner": version("cleaner"),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scikit-learn": version("scikit-learn"),
        "kinds": {kind: label.value for kind, label in zip(scheme.kinds, scheme.labels, strict=True)},
        "features": feature_settings(),
        **fitted.decisions.manifest(),
        "gold_sha256": data,
        "random_state": recipe.linear.random_state,
        "recipe": asdict(recipe),
        "folds": N_FOLDS,
    }
    arrays = {**fitted.paragraph.arrays(), **fitted.sequence.arrays("sequence")}
    if of_pages is not None:
        manifest["page"] = of_pages.model.decisions.manifest()
        arrays |= {**of_pages.model.markup.arrays(), **of_pages.model.sequence.arrays("page_sequence")}
    save_bundle(output, manifest, arrays, metrics, render_card(output.name, manifest, metrics))


def evaluate(dataset: Dataset, fitted: CrossFit, scheme: Scheme) -> dict[str, Any]:
    """The out-of-fold figures of every data set, and of its parts that are large enough to speak of."""
    lines = fitted.lines
    facts = {name: np.array([getattr(gold, name) for gold in dataset.documents]) for name in ("corpus", "genre", "language")}
    corpus, genre, language = (facts[name][lines.document] for name in ("corpus", "genre", "language"))
    sites = np.unique([gold.site for gold in dataset.documents], return_inverse=True)[1][lines.document]
    metrics: dict[str, Any] = {}
    for name in dict.fromkeys(gold.corpus for gold in dataset.documents):
        own = corpus == name
        metrics[name] = report(lines.where(own), scheme)
        if name != "examples":
            low, high = interval(lines.where(own), sites[own], macro_f1)
            metrics[name]["macro_f1_interval"] = [low, high]
        if name in ("pages", "extra", "leftovers"):
            metrics[name]["by_type"] = _parts(lines, own, genre, scheme, least=10)
        if name == "posts":
            metrics[name]["by_language"] = _parts(lines, own, language, scheme, least=MIN_LANGUAGE_DOCUMENTS)
            metrics[name]["by_genre"] = _parts(lines, own, genre, scheme, least=5)
    if "examples" in metrics:
        examples = lines.where(corpus == "examples")
        metrics["examples"]["wrong_labels"] = int(((examples.labels != examples.gold) & (examples.labels != examples.other)).sum())
    metrics["documents"] = dict(Counter(gold.corpus for gold in dataset.documents))
    promised = {name: own for name, own in promised_lines(corpus, genre).items() if own.any()}
    metrics["losses"] = [_at(loss, threshold, lines, promised) for loss, threshold in fitted.decisions.curve[1:]]
    bare = judge(dataset, fitted.probabilities, scheme, [KEEP_ALL] * N_FOLDS)
    threshold = dict(loss_curve([bare.where(own) for own in promised.values()]))[DEFAULT_LOSS]
    metrics["without_long_offset"] = _at(DEFAULT_LOSS, threshold, bare, promised)
    metrics["threshold"] = fitted.decisions.threshold
    metrics["temperature"] = fitted.sequence.temperature
    return metrics


def _at(loss: float, threshold: float, lines: Lines, promised: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """What a threshold keeps and removes of each kind of text that the promise is given for."""
    row: dict[str, Any] = {"loss": loss, "threshold": threshold}
    for name, own in promised.items():
        kept, removed = words_kept(replace(lines.where(own), keep=lines.article[own] >= threshold))
        row[name] = {"article_words_kept": round(kept, 4), "noise_words_removed": round(removed, 4)}
    return row


def _parts(lines: Lines, own: np.ndarray, names: np.ndarray, scheme: Scheme, least: int) -> dict[str, Any]:
    """The report of each part with enough documents."""
    parts = {}
    for name in sorted(set(names[own].tolist())):
        part = report(lines.where(own & (names == name)), scheme)
        if name and part["documents"] >= least:
            parts[name] = part
    return parts
