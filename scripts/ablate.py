"""What each part of the model is worth: rows that add one part after another, with quality and cost.

    python scripts/ablate.py --data DIR                on the labelled pages in DIR (or $CLEANER_DATA)
    python scripts/ablate.py --data DIR --folds 0,1    the folds that are held out and judged, one model each
    python scripts/ablate.py --data DIR --every 3      on a third of the sites, in a fraction of the time
    python scripts/ablate.py                           on the written documents of seeds/ alone

The first rows are the paragraph model alone, trained on pages, its feature groups added one by one. Then come the context
pass, further documents to train on, the average of several networks, and calibration with the weight of advertisement.

Every judged document is of a fold that its model did not see. The context pass gets scores that are out of fold
once: those of the paragraphs it trains on come from models that saw the judged fold, where `cross_fit` leaves out both; the
last rows are therefore near the shipped model's figures, not equal to them.

"Noise removed" is measured on each data set at the threshold that keeps 99% of its own article words, so that rows compare
at equal loss; the model card measures it at the thresholds that other folds choose.
"""

from __future__ import annotations

import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from zlib import adler32

import numpy as np
import typer
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from cleaner.classify.bundle import Bundle, load_bundle
from cleaner.classify.context import context
from cleaner.classify.grid import softmax
from cleaner.classify.layout import Layout, lay_out
from cleaner.classify.linear import normalised
from cleaner.classify.model import Decisions, Model
from cleaner.classify.sequence import SequenceModel
from cleaner.errors import CleanerError
from cleaner.features.batch import Features, Terms, extract
from cleaner.features.hashing import RangeHashes
from cleaner.features.shape import NAMES, shape
from cleaner.features.terms import GROUPS, columns
from cleaner.pipeline import BATCH_CHARS
from cleaner.records import Scheme
from cleaner.text.paragraphs import Paragraphs, segment
from cleaner.text.scan import Scan, scan
from cleaner.train.build import read_documents
from cleaner.train.crossfit import KEEP_ALL, choose
from cleaner.train.dataset import N_FOLDS, Dataset, build_dataset
from cleaner.train.evaluate import ARTICLE, Lines, calibration_error, judge, macro_f1, threshold_at, words_kept
from cleaner.train.fit import (
    Networks,
    Recipe,
    context_columns,
    fit_paragraph_model,
    fit_sequence_model,
    linear_scores,
    paragraph_weights,
)
from cleaner.train.gold import Gold

ROOT = Path(__file__).parent.parent
SETS = {"pages": ("pages", ""), "article pages": ("pages", "article"), "leftovers": ("leftovers", ""), "posts": ("posts", "")}
# Rows of the paragraph model alone; a row has the parts of those before it.
PARTS = {
    "words": ("word",),
    "+ pairs": ("pair",),
    "+ prefixes and suffixes": ("prefix", "suffix"),
    "+ whole line": ("whole",),
    "+ shape": ("shape",),
}
# Documents that train, in the order in which rows add them; those that are not there are passed over.
CORPORA = {
    "pages": ("pages",),
    "+ leftovers in training": ("leftovers",),
    "+ further pages and their leftovers": ("extra", "extra leftovers"),
    "+ written documents": ("posts",),
}
CONTEXT, AVERAGE, CALIBRATION = "+ context", "+ averaging of networks", "+ calibration and advertisement weight"
KEPT_LOSS = 0.01
SPEED_CHARS = 1_000_000
EVEN = [KEEP_ALL] * N_FOLDS

Row = dict[str, Any]
Report = Callable[[str, np.ndarray, Sequence[Decisions]], None]  # a row's name, paragraph probabilities, decisions of each fold


@dataclass(frozen=True, slots=True)
class Trial:
    """What all rows share.

    Attributes:
        dataset: the labelled documents.
        scheme: the kinds.
        recipe: settings of training.
        weights: shape (n,), of each paragraph in training.
        folds: the folds to judge.
        corpora: the rows of `CORPORA` for which there are documents.
        jobs: processes.
    """

    dataset: Dataset
    scheme: Scheme
    recipe: Recipe
    weights: np.ndarray
    folds: Sequence[int]
    corpora: Sequence[str]
    jobs: int

    @classmethod
    def of(cls, documents: Sequence[Gold], scheme: Scheme, folds: Sequence[int], jobs: int) -> Trial:
        """Segment, featurise and weigh labelled documents."""
        dataset, recipe = build_dataset(documents), Recipe()
        present = {gold.corpus for gold in documents}
        corpora = [row for row, names in CORPORA.items() if present.intersection(names)]
        return cls(dataset, scheme, recipe, paragraph_weights(dataset, recipe), folds, corpora, jobs)

    def weights_of(self, n: int) -> np.ndarray:
        """Weights for training on the documents of the first n rows."""
        names = {name for row in self.corpora[:n] for name in CORPORA[row]}
        of_document = np.array([gold.corpus in names for gold in self.dataset.documents])
        return np.where(of_document[self.dataset.document], self.weights, 0)


def with_groups(dataset: Dataset, names: Sequence[str]) -> Dataset:
    """The dataset with the columns of all other feature groups empty: weights of empty columns stay 0."""
    sizes = [*((group.name, 1 << group.bits) for group in GROUPS), ("shape", len(NAMES))]
    used = np.repeat([name in names for name, _ in sizes], [size for _, size in sizes])
    matrix = dataset.matrix.copy()
    matrix.data *= used[matrix.indices]
    matrix.eliminate_zeros()
    return replace(dataset, matrix=matrix)


def alone_without(dataset: Dataset, weights: np.ndarray, recipe: Recipe, fold: int) -> np.ndarray:
    """Scores of a fold's paragraphs by a paragraph model that did not see the fold."""
    model = fit_paragraph_model(dataset, np.where(dataset.folds == fold, 0, weights), recipe)
    return linear_scores(model, dataset.matrix[dataset.folds == fold])


def alone_out_of_fold(trial: Trial, dataset: Dataset, weights: np.ndarray, folds: Sequence[int]) -> np.ndarray:
    """Scores of the paragraph model for some folds, out of fold; 0 in the others."""
    slim = replace(dataset, documents=())  # workers need no texts
    tables = Parallel(trial.jobs)(delayed(alone_without)(slim, weights, trial.recipe, fold) for fold in folds)
    return _joined(dataset, folds, tables)


def scores_without(dataset: Dataset, table: np.ndarray, weights: np.ndarray, settings: Networks, fold: int) -> np.ndarray:
    """Scores of a fold's paragraphs by a sequence model that did not see the fold."""
    own = dataset.folds == fold
    return fit_sequence_model(table, dataset.kinds, np.where(own, 0, weights), settings).logits(table[own])


def scores_out_of_fold(trial: Trial, alone: np.ndarray, weights: np.ndarray, settings: Networks) -> np.ndarray:
    """Scores of the sequence model for the judged folds, out of fold; 0 in the others."""
    slim = replace(trial.dataset, documents=())
    table = context_columns(trial.dataset, alone, trial.scheme)
    tables = Parallel(trial.jobs)(delayed(scores_without)(slim, table, weights, settings, fold) for fold in trial.folds)
    return _joined(trial.dataset, trial.folds, tables)


def _joined(dataset: Dataset, folds: Sequence[int], tables: Sequence[np.ndarray]) -> np.ndarray:
    joined = np.zeros((len(dataset.folds), tables[0].shape[1]), np.float32)
    for fold, table in zip(folds, tables, strict=True):
        joined[dataset.folds == fold] = table
    return joined


def run(trial: Trial, report: Report) -> np.ndarray:
    """Fit and report row after row.

    Returns:
        Shape (n, k), the scores before calibration.
    """
    alone, networks = run_alone(trial, report), trial.recipe.networks
    for n, row in enumerate(trial.corpora, 1):
        weights = trial.weights_of(n)
        if n > 1:
            alone = alone_out_of_fold(trial, trial.dataset, weights, range(N_FOLDS))
        scores = scores_out_of_fold(trial, alone, weights, replace(networks, count=1))
        report(row if n > 1 else CONTEXT, softmax(scores), EVEN)
    scores = scores_out_of_fold(trial, alone, trial.weights_of(len(trial.corpora)), networks)
    report(AVERAGE, softmax(scores), EVEN)
    report(CALIBRATION, *calibrated(trial, scores))
    return scores


def run_alone(trial: Trial, report: Report) -> np.ndarray:
    """The rows of the paragraph model alone.

    Returns:
        Shape (n, k), scores of the whole paragraph model, out of fold in every fold.
    """
    weights = trial.weights_of(1)
    names: list[str] = []
    for row, parts in PARTS.items():
        names += parts
        is_last = row == list(PARTS)[-1]
        dataset = trial.dataset if is_last else with_groups(trial.dataset, names)
        # The context pass, which comes next, needs all folds.
        alone = alone_out_of_fold(trial, dataset, weights, range(N_FOLDS) if is_last else trial.folds)
        report(row, normalised(alone), EVEN)
    return alone


def calibrated(trial: Trial, scores: np.ndarray) -> tuple[np.ndarray, list[Decisions]]:
    """Probabilities and decisions of each fold, chosen on the other judged folds; on the fold itself if it is the only one."""
    dataset, probabilities, decisions = trial.dataset, np.zeros_like(scores), EVEN.copy()
    for fold in trial.folds:
        others = [other for other in trial.folds if other != fold] or [fold]
        decisions[fold], temperature = choose(dataset, trial.scheme, scores, trial.weights, np.isin(dataset.folds, others))
        own = dataset.folds == fold
        probabilities[own] = softmax(scores[own] / np.float32(temperature))
    return probabilities, decisions


def judged(trial: Trial, probabilities: np.ndarray, decisions: Sequence[Decisions]) -> Iterator[tuple[str, Lines]]:
    """The judged lines of each data set; a set without article is left out."""
    lines = judge(trial.dataset, probabilities, trial.scheme, decisions)
    documents = trial.dataset.documents
    document_folds = np.zeros(len(documents), np.int64)
    document_folds[trial.dataset.document] = trial.dataset.folds
    for name, (corpus, genre) in SETS.items():
        own = np.array([gold.corpus == corpus and genre in ("", gold.genre) for gold in documents])
        of_set = lines.where((own & np.isin(document_folds, trial.folds))[lines.document])
        if (of_set.gold == ARTICLE).any():
            yield name, of_set


def noise_removed(lines: Lines) -> float:
    """Share of the noise words removed at the threshold that keeps 99% of the article words."""
    is_article = lines.gold == ARTICLE
    threshold = threshold_at(KEPT_LOSS, lines.article[is_article], lines.words[is_article])
    return words_kept(replace(lines, keep=lines.article >= threshold))[1]


def quality(trial: Trial, probabilities: np.ndarray, decisions: Sequence[Decisions]) -> Row:
    """A row's figures: macro-F1 and noise removed, a data set."""
    sets = dict(judged(trial, probabilities, decisions))
    f1 = {f"F1 {name}": macro_f1(lines) for name, lines in sets.items()}
    return {**f1, **{f"removed {name}": noise_removed(lines) for name, lines in sets.items()}}


def calibration(trial: Trial, scores: np.ndarray) -> list[Row]:
    """Expected calibration error of each data set before and after calibration, labels by the same decisions."""
    after, decisions = calibrated(trial, scores)
    before = dict(judged(trial, softmax(scores), decisions))
    return [
        {"data set": name, "ECE before": calibration_error(before[name]), "ECE after": calibration_error(lines)}
        for name, lines in judged(trial, after, decisions)
    ]


def speeds(trial: Trial, bundle: Bundle, rounds: int) -> dict[str, float]:
    """Microseconds a paragraph that each row adds, in the median round, on one thread; what only trains adds nothing."""
    model = Model.of(bundle)
    single = first_network(model.sequence, bundle.manifest["recipe"]["networks"]["hidden"])
    batches = list(speed_batches(trial))
    n = sum(len(segment(scan(batch)).starts) for batch in batches)
    taken: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for row, seconds in timed(batches, model, single).items():
            taken[row].append(seconds / n * 1e6)
    added = {row: statistics.median(values) for row, values in taken.items()}
    return {**dict.fromkeys([*CORPORA, CALIBRATION], 0.0), **added}


def speed_batches(trial: Trial) -> Iterator[list[str]]:
    """Documents of the first corpus, in an order drawn once, in batches about as `Cleaner.clean_many` makes them."""
    texts = [gold.text for gold in trial.dataset.documents if gold.corpus in CORPORA[trial.corpora[0]]]
    batch: list[str] = []
    n_chars = 0
    for i in np.random.default_rng(0).permutation(len(texts)).tolist():
        batch.append(texts[i])
        n_chars += len(texts[i])
        if sum(map(len, batch)) >= BATCH_CHARS:
            yield batch
            batch = []
        if n_chars >= SPEED_CHARS:
            break
    if batch:
        yield batch


def timed(batches: Sequence[Sequence[str]], model: Model, single: SequenceModel) -> dict[str, float]:
    """Processor seconds of one round: what each row adds to those before it."""
    seconds, before, n_groups = {}, 0.0, 0
    for row, parts in PARTS.items():
        n_groups += sum(part != "shape" for part in parts)
        until = _seconds(partial(alone_in_part, model, n_groups, "shape" in parts), batches)
        seconds[row], before = until - before, until
    prepared = [_prepared(batch, model) for batch in batches]
    tables = [context(one.alone, one.layout(), model.scheme) for one in prepared]
    network = _seconds(single.probabilities, tables)
    seconds[CONTEXT] = _seconds(lambda one: context(one.alone, one.layout(), model.scheme), prepared) + network
    seconds[AVERAGE] = _seconds(model.sequence.probabilities, tables) - network
    return seconds


def _seconds(step: Callable[[Any], object], inputs: Sequence[Any]) -> float:
    begin = time.process_time()
    for one in inputs:
        step(one)
    return time.process_time() - begin


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What the context pass works on."""

    scanned: Scan
    paragraphs: Paragraphs
    features: Features
    alone: np.ndarray

    def layout(self) -> Layout:
        return lay_out(self.scanned, self.paragraphs, self.features)


def _prepared(batch: Sequence[str], model: Model) -> _Prepared:
    scanned = scan(batch)
    paragraphs = segment(scanned)
    features = extract(scanned, paragraphs)
    return _Prepared(scanned, paragraphs, features, model.paragraph.logits(features.terms, features.shape))


def alone_in_part(model: Model, n_groups: int, has_shape: bool, batch: Sequence[str]) -> np.ndarray:
    """The paragraph model's way through a batch with its first groups, and with or without the shape."""
    scanned = scan(batch)
    paragraphs = segment(scanned)
    hashes = RangeHashes.of(scanned.folded)
    terms = []
    for group in GROUPS[:n_groups]:
        ranges = group.ranges(scanned, paragraphs)
        terms.append(Terms(columns(group, ranges, hashes), ranges.bounds))
    dense = shape(scanned, paragraphs) if has_shape else np.zeros((len(paragraphs.starts), 0), np.float32)
    whole = model.paragraph
    part = replace(whole, tables=whole.tables[:n_groups], dense_weights=whole.dense_weights[: dense.shape[1]])
    return part.logits(terms, dense)


def first_network(model: SequenceModel, n_hidden: int) -> SequenceModel:
    """The first of the averaged networks alone: as fast as one would be."""
    return replace(
        model,
        hidden_weights=np.ascontiguousarray(model.hidden_weights[:, :n_hidden]),
        hidden_bias=model.hidden_bias[:n_hidden],
        output_weights=model.output_weights[:n_hidden],
    )


def markdown(rows: Sequence[Row], digits: int = 3) -> str:
    """Rows as a Markdown table; all have the same columns."""
    cells = [[f"{value:.{digits}f}" if isinstance(value, float) else str(value) for value in row.values()] for row in rows]
    lines = [list(rows[0]), ["---"] * len(rows[0]), *cells]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def parse_folds(text: str) -> list[int]:
    """The folds that an option names.

    Raises:
        typer.BadParameter: there is no such fold.
    """
    names = sorted({name.strip() for name in text.split(",")})
    if unknown := [name for name in names if name not in map(str, range(N_FOLDS))]:
        raise typer.BadParameter(f"--folds: got {unknown[0]!r}; give numbers from 0 to {N_FOLDS - 1}, for instance 0,1")
    return [int(name) for name in names]


def main(  # noqa: PLR0913 - a parameter an option
    data: Annotated[Path | None, typer.Option(envvar="CLEANER_DATA", help="Folder with labelled-pages.parquet and the rest.")] = None,
    seeds: Annotated[Path, typer.Option(help="The labelled documents of the project.")] = ROOT / "seeds",
    folds: Annotated[str, typer.Option(help="Folds to hold out and judge.")] = "0,1",
    model: Annotated[str, typer.Option(help="Whose speed is measured: a shipped model, or a bundle's folder.")] = "default",
    rounds: Annotated[int, typer.Option(help="Rounds of timing; the median counts.")] = 5,
    jobs: Annotated[int, typer.Option(help="Processes.")] = 2,
    every: Annotated[int, typer.Option(min=1, help="Take one site of so many; all written documents.")] = 1,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """Measure what each part of the model is worth."""
    judged_folds = parse_folds(folds)
    try:
        scheme, documents = read_documents(seeds, data)
        bundle = load_bundle(model)
    except CleanerError as error:
        typer.echo(f"ablate: {error}", err=True)
        raise typer.Exit(1) from error
    # Another hash than that of the folds, so that each fold keeps its share.
    documents = [gold for gold in documents if gold.corpus in ("posts", "examples") or not adler32(gold.site.encode()) % every]
    with threadpool_limits(1):
        trial = Trial.of(documents, scheme, judged_folds, jobs)
        rows, errors = measure(trial, speeds(trial, bundle, rounds))
    print(markdown(rows), markdown(errors, 4), sep="\n")
    if json_file:
        figures = {"folds": judged_folds, "rows": rows, "calibration": errors}
        json_file.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")


def measure(trial: Trial, added: Mapping[str, float]) -> tuple[list[Row], list[Row]]:
    """All rows, and the calibration of the last; each row is told on the way, since all together take long."""
    rows: list[Row] = []

    def report(name: str, probabilities: np.ndarray, decisions: Sequence[Decisions]) -> None:
        rows.append({"model": name, **quality(trial, probabilities, decisions), "adds us a paragraph": added[name]})
        typer.echo(f"ablate: {name}", err=True)

    scores = run(trial, report)
    return rows, calibration(trial, scores)


if __name__ == "__main__":
    typer.run(main)
