"""Speed of cleaning plain text, and the quality that comes at that speed, beside two plain classifiers of lines.

    python scripts/bench_text.py --data DIR         on pages, leftovers and written documents (DIR or $CLEANER_DATA)
    python scripts/bench_text.py                    on the written documents of seeds/ alone
    python scripts/bench_text.py --fit --steps      ours fitted without the test fold too; what each step costs

Needs `pip install "cleaner[bench]"`.

The three programs get the same texts and give cleaned texts, on one thread, in interleaved rounds; the median counts, in
processor seconds, so that what else runs on the machine does not. The two others see each line alone:

- scikit-learn: hashed words and pairs of words, logistic regression, the weights that our own training gives the lines;
- fastText: words and pairs of words as they stand between blanks; it takes no weights, so heavy lines stand several times.

Both learn the three labels from every document that our own model trains on, outside of fold 0. Quality is that of fold 0.
The threshold that keeps 99% of the article words, and the weight of advertisement, are chosen for all by the same rules on
fold 1, by a model that saw neither fold. Ours has, without `--fit`, the five-fold figures of the bundle: also out of fold,
but of all folds. With `--fit` it is fitted here as the others are, and that model is timed: inputs of its context pass are
out of fold once, where `cross_fit` does it twice.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Annotated, Any

import fasttext
import numpy as np
import sklearn
import typer
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_extraction.text import HashingVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from threadpoolctl import threadpool_limits

from cleaner import Cleaner, CleanerError, Label
from cleaner.assemble import assemble
from cleaner.classify.bundle import METRICS, Bundle
from cleaner.classify.context import context
from cleaner.classify.layout import lay_out
from cleaner.classify.model import Model, feature_settings
from cleaner.features.batch import Features, Terms
from cleaner.features.hashing import RangeHashes
from cleaner.features.shape import shape, word_counts
from cleaner.features.terms import GROUPS, columns
from cleaner.pipeline import BATCH_CHARS
from cleaner.records import Scheme
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from cleaner.train.build import read_documents
from cleaner.train.crossfit import DEFAULT_LOSS, KEEP_ALL, PROMISED, choose
from cleaner.train.dataset import N_FOLDS, Dataset, build_dataset
from cleaner.train.evaluate import ARTICLE, Lines, advertisement_weight, judge, macro_f1, threshold_at, words_kept
from cleaner.train.fit import (
    Recipe,
    context_columns,
    fit_paragraph_model,
    fit_sequence_model,
    linear_scores,
    paragraph_weights,
)
from cleaner.train.gold import UNLABELLED, Gold

ROOT = Path(__file__).parent.parent
TEXTS = ("pages", "leftovers", "posts")
TEST_FOLD, CHOICE_FOLD = 0, 1
LINEAR_COLUMNS = 1 << 18
LINEAR_C = 10.0  # 1 to 30 differ by 0.007 in macro-F1, measured on the written documents of the choice fold
# Dimension, epochs and rate: dimension 16 or 64, 5 to 25 epochs and a rate of 0.1 or 0.5 differ by 0.010, measured likewise.
FASTTEXT = {"dim": 16, "epoch": 10, "lr": 0.1, "wordNgrams": 2, "bucket": 1 << 18, "minCount": 1, "thread": 1, "seed": 0, "verbose": 0}
STARTS = 7
MEMORY_BYTES = 100_000_000
# What processes of their own read; `threadpool_limits` reaches no farther than this one.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
COMMAND = "from cleaner.cli import main; main()"
# A process of its own starts what is measured: a child's peak memory counts that of the process that it was forked from.
LAUNCHER = """
import os, subprocess, sys, time
begin = time.perf_counter()
child = subprocess.Popen([sys.executable, *sys.argv[1:]], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(time.perf_counter() - begin, usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""
MANY = """
import sys
from itertools import cycle, islice
from cleaner import Cleaner
model, path, n = sys.argv[1:]
with open(path, encoding="utf-8", errors="surrogatepass", newline="") as file:
    texts = file.read().split("\\0")
for _ in Cleaner.load(model).clean_many(islice(cycle(texts), int(n))):
    pass
"""

Shares = Callable[[Sequence[str]], np.ndarray]  # n lines → probabilities of the labels, shape (n, 3)
Program = Callable[[Sequence[str]], object]  # texts → cleaned texts
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Figures of one kind.

    Attributes:
        title: its heading.
        columns: names of the columns and the format of each; "" for text.
        rows: a dictionary a row; None where there is no figure.
    """

    title: str
    columns: Mapping[str, str]
    rows: Sequence[Row]

    def markdown(self) -> str:
        """The table as Markdown, under its heading."""
        rows = [["–" if row[name] is None else format(row[name], form) for name, form in self.columns.items()] for row in self.rows]
        return "\n".join([f"### {self.title}", "", *map(_markdown_row, [list(self.columns), ["---"] * len(self.columns), *rows]), ""])


def _markdown_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


@dataclass(frozen=True, slots=True)
class Task:
    """The labelled lines, and who may look at which.

    Attributes:
        dataset: all labelled documents.
        scheme: the kinds.
        weights: shape (n,), of each paragraph in training.
        lines: the m labelled lines; what they say of predictions is not used.
        texts: the m lines.
        folds: shape (m,).
        line_weights: shape (m,).
    """

    dataset: Dataset
    scheme: Scheme
    weights: np.ndarray
    lines: Lines
    texts: Sequence[str]
    folds: np.ndarray
    line_weights: np.ndarray

    @classmethod
    def of(cls, scheme: Scheme, documents: Sequence[Gold]) -> Task:
        """Segment and weigh labelled documents."""
        dataset = build_dataset(documents)
        weights = paragraph_weights(dataset, Recipe())
        even = np.full((len(dataset.kinds), len(scheme.kinds)), 1 / len(scheme.kinds), np.float32)
        lines = judge(dataset, even, scheme, [KEEP_ALL] * N_FOLDS)
        known = dataset.line_kinds != UNLABELLED
        at = dataset.line_paragraph[known]
        texts = [g.text[start:end] for g in documents for start, end in zip(g.starts.tolist(), g.ends.tolist(), strict=True)]
        return cls(dataset, scheme, weights, lines, [texts[i] for i in np.flatnonzero(known).tolist()], dataset.folds[at], weights[at])

    def where(self, corpus: str, genre: str = "") -> np.ndarray:
        """The lines of a corpus, and of a genre where one is given; shape (m,), bool."""
        facts = [gold.corpus == corpus and genre in ("", gold.genre) for gold in self.dataset.documents]
        return np.array(facts)[self.lines.document]


@dataclass(frozen=True, slots=True)
class Entry:
    """One program of the comparison.

    Attributes:
        name: what the table calls it.
        clean: the program.
        quality: a corpus: macro-F1, article words kept, noise words removed.
        measured: which folds the quality is of.
    """

    name: str
    clean: Program
    quality: Mapping[str, tuple[float, float, float]]
    measured: str


def fit_linear(texts: Sequence[str], labels: np.ndarray, weights: np.ndarray) -> Shares:
    """A scikit-learn pipeline: hashed words and pairs, logistic regression."""
    pipeline = make_pipeline(
        HashingVectorizer(n_features=LINEAR_COLUMNS, ngram_range=(1, 2), alternate_sign=False, dtype=np.float32),
        LogisticRegression(C=LINEAR_C, max_iter=100),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        pipeline.fit(texts, labels, logisticregression__sample_weight=weights)
    shares: Shares = pipeline.predict_proba
    return shares


def fit_fasttext(texts: Sequence[str], labels: np.ndarray, weights: np.ndarray) -> Shares:
    """FastText, supervised, with word pairs."""
    names = [f"__label__{label}" for label in Label]
    times = np.maximum(np.rint(weights), 1).astype(int)
    order = np.random.default_rng(0).permutation(np.repeat(np.arange(len(texts)), times))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "lines.txt"
        path.write_text("".join(f"{names[labels[i]]} {texts[i]}\n" for i in order), "utf-8", "replace")
        model = fasttext.train_supervised(str(path), **FASTTEXT)
    column = {name: i for i, name in enumerate(names)}

    def shares(lines: Sequence[str]) -> np.ndarray:
        # `model.predict` of a list gives, in some builds, the first probability for all labels. One flat list of plain
        # numbers keeps the garbage collector out of it, which otherwise takes half of the time.
        predict, k = model.f.predict, len(names)
        flat = [value for line in lines for share, name in predict(line + "\n", k, 0.0, "replace") for value in (share, column[name])]
        pairs = np.array(flat).reshape(-1, k, 2)
        table = np.zeros((len(lines), k))
        np.put_along_axis(table, pairs[:, :, 1].astype(np.intp), pairs[:, :, 0], axis=1)
        return table

    return shares


def clean_lines(shares: Shares, threshold: float, texts: Sequence[str]) -> list[str]:
    """Clean texts by a classifier of lines: what `Cleaner.clean_many` does, without paragraphs, context and spans."""
    documents = [[line for line in text.split("\n") if line.strip()] for text in texts]
    keep = iter((shares([line for lines in documents for line in lines])[:, ARTICLE] >= threshold).tolist())
    return ["\n".join([line for line in lines if next(keep)]) for lines in documents]


def entry_of_lines(name: str, fit: Callable[[Sequence[str], np.ndarray, np.ndarray], Shares], task: Task) -> Entry:
    """Fit a classifier of lines, choose its threshold, and judge it on the test fold."""

    def fitted(unseen: Sequence[int]) -> Shares:
        own = np.flatnonzero((task.line_weights > 0) & ~np.isin(task.folds, unseen))
        return fit([task.texts[i] for i in own.tolist()], task.lines.gold[own], task.line_weights[own])

    def judged(shares: Shares, fold: int) -> np.ndarray:
        table, own = np.zeros((len(task.texts), len(Label))), np.flatnonzero(task.folds == fold)
        table[own] = shares([task.texts[i] for i in own.tolist()])
        return table

    weight, threshold = choose_of_lines(task, judged(fitted((TEST_FOLD, CHOICE_FOLD)), CHOICE_FOLD))
    shares = fitted((TEST_FOLD,))
    table = judged(shares, TEST_FOLD)
    labels = (table * [weight if label is Label.ADVERTISEMENT else 1 for label in Label]).argmax(axis=1)
    lines = replace(task.lines, labels=labels, keep=table[:, ARTICLE] >= threshold)
    return Entry(name, partial(clean_lines, shares, threshold), quality(task, lines), f"fold {TEST_FOLD}")


def choose_of_lines(task: Task, table: np.ndarray) -> tuple[float, float]:
    """The weight of advertisement and the threshold that `crossfit.choose` would take, from the lines of the choice fold."""
    pairs, thresholds = [], []
    for corpus, genre in PROMISED:
        own = task.where(corpus, genre) & (task.folds == CHOICE_FOLD)
        if own.any():
            pairs.append((task.lines.gold[own], table[own]))
            article = own & (task.lines.gold == ARTICLE)
            thresholds.append(threshold_at(DEFAULT_LOSS, table[article, ARTICLE], task.lines.words[article]))
    return advertisement_weight(pairs), min(thresholds)  # not rounded as ours is: fastText is too sure of itself for five digits


def quality(task: Task, lines: Lines) -> dict[str, tuple[float, float, float]]:
    """Macro-F1, article words kept and noise words removed on the test fold, a corpus."""
    masks = {corpus: task.where(corpus) & (task.folds == TEST_FOLD) for corpus in TEXTS}
    return {corpus: (macro_f1(own := lines.where(mask)), *words_kept(own)) for corpus, mask in masks.items() if mask.any()}


def entry_of_bundle(cleaner: Cleaner) -> Entry:
    """Ours as it is shipped, with the figures measured when it was built."""
    metrics = json.loads((cleaner.bundle.path / METRICS).read_text("utf-8"))
    figures = ("macro_f1", "article_words_kept", "noise_words_removed")
    known = {corpus: tuple(metrics[corpus][name] for name in figures) for corpus in TEXTS if corpus in metrics}
    return Entry("cleaner", _many(cleaner), known, "five folds")


def entry_of_fit(task: Task) -> tuple[Cleaner, Entry]:
    """Ours fitted without the test fold, and judged on it."""
    dataset, scheme, recipe = task.dataset, task.scheme, Recipe()
    weights = np.where(dataset.folds == TEST_FOLD, 0, task.weights)
    paragraph = fit_paragraph_model(dataset, weights, recipe)
    alone = linear_scores(paragraph, dataset.matrix)
    for fold in set(range(N_FOLDS)) - {TEST_FOLD}:
        without = fit_paragraph_model(dataset, np.where(dataset.folds == fold, 0, weights), recipe)
        own = dataset.folds == fold
        alone[own] = linear_scores(without, dataset.matrix[own])
    table = context_columns(dataset, alone, scheme)
    chooser = fit_sequence_model(table, dataset.kinds, np.where(dataset.folds == CHOICE_FOLD, 0, weights), recipe.networks)
    decisions, temperature = choose(dataset, scheme, chooser.logits(table), weights, dataset.folds == CHOICE_FOLD)
    sequence = replace(fit_sequence_model(table, dataset.kinds, weights, recipe.networks), temperature=temperature)
    lines = judge(dataset, sequence.probabilities(table), scheme, [decisions] * N_FOLDS)
    manifest = {
        "kinds": {kind: label.value for kind, label in zip(scheme.kinds, scheme.labels, strict=True)},
        "features": feature_settings(),
        **decisions.manifest(),
    }
    cleaner = Cleaner(Bundle(Path("fitted"), manifest, {**paragraph.arrays(), **sequence.arrays("sequence")}))
    return cleaner, Entry("cleaner", _many(cleaner), quality(task, lines), f"fold {TEST_FOLD}")


def _many(cleaner: Cleaner) -> Program:
    return lambda texts: [result.text for result in cleaner.clean_many(texts)]


def sample(documents: Sequence[Gold], corpus: str, n_bytes: int) -> list[str]:
    """Texts of a corpus in an order drawn once, over again where they do not suffice; empty where there are none."""
    texts = [gold.text for gold in documents if gold.corpus == corpus]
    taken: list[str] = []
    order = np.random.default_rng(0).permutation(len(texts))
    for i in cycle(order.tolist()):
        taken.append(texts[i])
        n_bytes -= _n_bytes(texts[i])
        if n_bytes <= 0:
            break
    return taken


def _n_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def compare(entries: Sequence[Entry], texts: Mapping[str, Sequence[str]], rounds: int) -> Table:
    """Time all programs on all texts."""
    rows = []
    for corpus, own in texts.items():
        seconds: dict[str, list[float]] = defaultdict(list)
        for _ in range(rounds):
            for entry in entries:
                seconds[entry.name].append(_processor_seconds(entry.clean, own))
        megabytes = sum(map(_n_bytes, own)) / 1e6
        for entry in entries:
            f1, kept, removed = entry.quality.get(corpus, (None, None, None))
            speed = megabytes / statistics.median(seconds[entry.name])
            rows.append(dict(zip(SPEED_COLUMNS, (corpus, entry.name, speed, f1, kept, removed, entry.measured), strict=True)))
    return Table("Speed and quality, one core", SPEED_COLUMNS, rows)


SPEED_COLUMNS = {
    "text": "",
    "program": "",
    "MB/s": ".2f",
    "macro-F1": ".3f",
    "article words kept": ".4f",
    "noise words removed": ".3f",
    "quality of": "",
}


def _processor_seconds(program: Program, texts: Sequence[str]) -> float:
    gc.collect()  # what others left behind is not the program's
    begin = time.process_time()
    program(texts)
    return time.process_time() - begin


class Clock:
    """Processor seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._at = time.process_time()

    def start(self) -> None:
        """Leave out what went before."""
        self._at = time.process_time()

    def lap(self, step: str) -> None:
        """Count what went before as a step's."""
        self.seconds[step] += time.process_time() - self._at
        self._at = time.process_time()


def time_steps(cleaner: Cleaner, texts: Mapping[str, Sequence[str]], rounds: int) -> Table:
    """What each step of ours costs, in nanoseconds a character."""
    figures: dict[str, Row] = {}
    for corpus, own in texts.items():
        n_chars = sum(map(len, own))
        clocks = [_clocked(cleaner, own) for _ in range(rounds)]
        for step in clocks[0].seconds:
            figures.setdefault(step, {"step": step})[corpus] = statistics.median(c.seconds[step] for c in clocks) / n_chars * 1e9
    return Table("Steps, ns a character", {"step": "", **dict.fromkeys(texts, ".1f")}, list(figures.values()))


def _clocked(cleaner: Cleaner, texts: Sequence[str]) -> Clock:
    """One round over all steps."""
    clock, model = Clock(), Model.of(cleaner.bundle)
    for batch in _batches(texts):
        _clock_probabilities(clock, model, batch)
        clock.start()
        results = list(cleaner.clean_many(batch))
        clock.lap("clean_many, all steps")
        for result in results:
            assemble(result.source, result.verdicts, cleaner.config.marker)
        clock.lap("assemble (of them)")
    return clock


def _clock_probabilities(clock: Clock, model: Model, batch: Sequence[str]) -> None:
    """The steps from texts to probabilities, one by one."""
    clock.start()
    scanned = scan(batch)
    clock.lap("scan")
    paragraphs = segment(scanned)
    clock.lap("segment")
    hashes = RangeHashes.of(scanned.folded)
    clock.lap("features: running hashes")
    terms, ranges = [], []
    for group in GROUPS:
        ranges.append(group.ranges(scanned, paragraphs))
        terms.append(Terms(columns(group, ranges[-1], hashes), ranges[-1].bounds))
        clock.lap(f"features: {group.name}")
    features = Features(tuple(terms), tuple(ranges), shape(scanned, paragraphs), word_counts(scanned, paragraphs), hashes)
    clock.lap("features: shape")
    alone = model.paragraph.logits(features.terms, features.shape)
    clock.lap("paragraph model")
    layout = lay_out(scanned, paragraphs, features)
    clock.lap("layout")
    table = context(alone, layout, model.scheme)
    clock.lap("context")
    model.sequence.probabilities(table)
    clock.lap("network")


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """Batches of the size that `Cleaner.clean_many` works on."""
    batch: list[str] = []
    for text in texts:
        if batch and sum(map(len, batch)) + len(text) > BATCH_CHARS:
            yield batch
            batch = []
        batch.append(text)
    yield batch


def time_starts(model: Path, note: str, texts: Sequence[str]) -> Table:
    """Wall time and peak memory of processes of their own: start-up, and a long run."""
    n_texts = MEMORY_BYTES * len(texts) // sum(map(_n_bytes, texts))
    with tempfile.TemporaryDirectory() as folder:
        note_path, many_path = Path(folder) / "note.txt", Path(folder) / "texts"
        note_path.write_text(note, "utf-8", newline="")
        many_path.write_bytes("\0".join(text.replace("\0", " ") for text in texts).encode("utf-8", "surrogatepass"))
        rows = [
            _launched("python alone", STARTS, "-c", "pass"),
            _launched("import cleaner", STARTS, "-c", "import cleaner"),
            _launched(f"cleaner clean note.txt ({_n_bytes(note)} bytes)", STARTS, "-c", COMMAND, "clean", note_path, "--model", model),
            _launched(f"clean_many, {MEMORY_BYTES // 10**6} MB of text", 1, "-c", MANY, model, many_path, n_texts),
        ]
    return Table("Start-up and memory", {"process": "", "runs": "", "wall s": ".3f", "peak MB": ".0f"}, rows)


def _launched(name: str, runs: int, *arguments: object) -> Row:
    """The medians of several runs of a Python process, on one thread."""
    command, environment = [sys.executable, "-c", LAUNCHER, *map(str, arguments)], {**os.environ, **ONE_THREAD}
    done = [subprocess.run(command, check=True, capture_output=True, text=True, env=environment) for _ in range(runs)]
    outputs = [process.stdout.split() for process in done]
    seconds, peaks = zip(*outputs, strict=True)
    unit = 1 if sys.platform == "darwin" else 1024  # what the system counts peak memory in
    return {
        "process": name,
        "runs": runs,
        "wall s": statistics.median(map(float, seconds)),
        "peak MB": statistics.median(map(float, peaks)) * unit / 1e6,
    }


def machine() -> str:
    """Processor and versions, for people who compare."""
    info = Path("/proc/cpuinfo")
    rows = info.read_text().splitlines() if info.exists() else []
    names = [row.partition(":")[2].strip() for row in rows if row.startswith("model name")]
    processor = names[0] if names else platform.processor() or platform.machine()
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scikit-learn {sklearn.__version__}"
    return f"{processor}, {os.cpu_count()} cores; {versions}"


def main(  # noqa: PLR0913 - a parameter an option
    data: Annotated[Path | None, typer.Option(envvar="CLEANER_DATA", help="Folder with labelled-pages.parquet and the rest.")] = None,
    seeds: Annotated[Path, typer.Option(help="The labelled documents of the project.")] = ROOT / "seeds",
    model: Annotated[str, typer.Option(help="Name of a shipped model, or a bundle's folder.")] = "default",
    fit: Annotated[bool, typer.Option("--fit", help="Fit ours without the test fold, and time and judge that.")] = False,
    steps: Annotated[bool, typer.Option("--steps", help="Also time each step, start-up and memory.")] = False,
    megabytes: Annotated[float, typer.Option(help="Size of each text.")] = 5.0,
    rounds: Annotated[int, typer.Option(help="Rounds; the median counts.")] = 5,
    json_file: Annotated[Path | None, typer.Option("--json", help="Also write the figures here.")] = None,
) -> None:
    """Measure speed and quality on plain text."""
    try:
        with threadpool_limits(1):
            tables = measure(data, seeds, Cleaner.load(model), fit, Effort(megabytes, rounds, steps))
    except CleanerError as error:
        typer.echo(f"bench_text: {error}", err=True)
        raise typer.Exit(1) from error
    print(machine(), "", *(table.markdown() for table in tables), sep="\n")
    if json_file:
        figures = {"machine": machine(), **{table.title: list(table.rows) for table in tables}}
        json_file.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")


@dataclass(frozen=True, slots=True)
class Effort:
    """How much to measure.

    Attributes:
        megabytes: size of each text.
        rounds: how often everything is timed.
        steps: whether steps, start-up and memory are measured too.
    """

    megabytes: float
    rounds: int
    steps: bool


def measure(data: Path | None, seeds: Path, cleaner: Cleaner, fit: bool, effort: Effort) -> list[Table]:
    """Fit the others, and ours if asked to; then time everything.

    Raises:
        GoldError: the labelled documents cannot be read.
    """
    scheme, documents = read_documents(seeds, data)
    texts = {corpus: own for corpus in TEXTS if (own := sample(documents, corpus, round(effort.megabytes * 1e6)))}
    tables = []
    if effort.steps:
        note = next(gold.text for gold in documents if (gold.corpus, gold.genre, gold.language) == ("posts", "article", "en"))
        tables = [time_starts(cleaner.bundle.path, note, texts["posts"]), time_steps(cleaner, texts, effort.rounds)]
    task = Task.of(scheme, documents)
    ours = entry_of_fit(task)[1] if fit else entry_of_bundle(cleaner)
    others = [entry_of_lines("scikit-learn", fit_linear, task), entry_of_lines("fastText", fit_fasttext, task)]
    return [compare([ours, *others], texts, effort.rounds), *tables]


if __name__ == "__main__":
    typer.run(main)
