"""Measure adapting: leave one group of documents out of a model, then give it labels of that group.

`python scripts/measure_adapt.py` works on seeds/ alone; `--data DIR` (or $CLEANER_DATA) adds one in eight of the labelled pages.
A base model is fitted without the group and without fold 0. Half of the group's documents give the labels, the other half is
judged; the documents of fold 0 outside the group say what became of everything else. Neither was seen by the base.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from zlib import crc32

import numpy as np
import typer
from threadpoolctl import threadpool_limits

from cleaner.classify.model import Decisions
from cleaner.records import Scheme
from cleaner.train.adapt import Adapter, Adapting, Passes, adapt
from cleaner.train.build import read_documents
from cleaner.train.crossfit import choose, held_out
from cleaner.train.dataset import N_FOLDS, Dataset, build_dataset, fold_of
from cleaner.train.evaluate import judge, report
from cleaner.train.fit import Recipe, context_columns, fit_paragraph_model, fit_sequence_model, linear_scores, paragraph_weights
from cleaner.train.gold import UNLABELLED, Gold

HELD_FOLD = 0  # says what became of everything else
ROOT = Path(__file__).parent.parent
OTHER_SCRIPTS = {"ar", "el", "hi", "ja", "ko", "ru", "th", "uk", "zh", "zh-Hant"}
MIN_RECRUITING = 0.15  # of a document's labelled lines


def _has_recruiting(gold: Gold, scheme: Scheme) -> bool:
    return bool(len(gold.kinds)) and float(np.mean(gold.kinds == scheme.kinds.index("recruiting"))) >= MIN_RECRUITING


GROUPS: dict[str, Callable[[Gold, Scheme], bool]] = {
    "forum pages": lambda gold, _: gold.genre in {"forum", "forum_thread"},
    "product pages": lambda gold, _: gold.genre in {"product", "product_page", "product_review"},
    "service pages": lambda gold, _: gold.genre in {"service", "service_page"},
    "German pages": lambda gold, _: gold.language == "de",
    "Spanish pages": lambda gold, _: gold.language == "es",
    "newsletters": lambda gold, _: gold.genre == "newsletter",
    "press releases": lambda gold, _: gold.genre == "press_release",
    "Polish documents": lambda gold, _: gold.language == "pl",
    "recruiting-heavy": _has_recruiting,
    "other scripts": lambda gold, _: gold.language in OTHER_SCRIPTS,
}
FIGURES = ("macro_f1", "article_words_kept", "noise_words_removed", "calibration_error")
Curve = Sequence[tuple[float, float]]
CHOICE = tuple(GROUPS)[::2]  # settings are chosen on these groups, and reported on the others


class Bench:
    """A base model without one group, and what is known of the group."""

    def __init__(self, dataset: Dataset, scheme: Scheme, recipe: Recipe, group: str) -> None:
        self.dataset, self.scheme = dataset, scheme
        self.mine = np.array([GROUPS[group](gold, scheme) for gold in dataset.documents])
        sites = {gold.site for gold, own in zip(dataset.documents, self.mine, strict=True) if own}
        same_site = np.array([gold.site in sites for gold in dataset.documents])
        held = np.array([fold_of(gold.site) == HELD_FOLD for gold in dataset.documents])
        self.elsewhere = held & ~same_site
        self.base_rows = (~held & ~same_site)[dataset.document]
        # As `cleaner train` does: it has the project's documents to replay, and no pages.
        posts = np.array([gold.corpus == "posts" for gold in dataset.documents])
        self.replays = self.base_rows & posts[dataset.document]
        self.base, self.decisions = self._fit(recipe)
        self.before = self.base.probabilities(dataset, scheme)

    def _fit(self, recipe: Recipe) -> tuple[Passes, Decisions]:
        """The base model: first passes out of fold for the second, which sees everything else that the shipped one would."""
        data = self.dataset
        weights = np.where(self.base_rows, paragraph_weights(data, recipe), 0)
        n_kinds = len(self.scheme.kinds)
        without = [fit_paragraph_model(data, np.where(data.folds == fold, 0, weights), recipe, n_kinds) for fold in range(N_FOLDS)]
        paragraph = without[HELD_FOLD]  # of which the base sees nothing anyway
        scores = held_out(data.folds, [linear_scores(model, data.matrix) for model in without])
        columns = context_columns(data, scores, self.scheme)
        # Decisions need held-out scores: fold 1 is left out of one more second pass.
        probe = fit_sequence_model(columns, data.kinds, np.where(data.folds == 1, 0, weights), replace(recipe.networks, count=1), n_kinds)
        decisions, temperature = choose(data, self.scheme, probe.logits(columns), weights, self.base_rows & (data.folds == 1))
        sequence = fit_sequence_model(columns, data.kinds, weights, recipe.networks, n_kinds)
        return Passes(paragraph, replace(sequence, temperature=temperature)), decisions

    def figures(self, probabilities: np.ndarray, curve: Curve, documents: np.ndarray) -> dict[str, Any]:
        """The report on some documents."""
        decisions = replace(self.decisions, curve=curve)
        lines = judge(self.dataset, probabilities, self.scheme, [decisions] * N_FOLDS)
        return report(lines.where(documents[lines.document]), self.scheme)

    def split(self, draw: int) -> tuple[np.ndarray, np.ndarray]:
        """A half of the group's sites to label and the other to judge: shape (n,) paragraphs, and documents; bool."""
        pool = np.array([crc32(f"half {draw} {gold.site}".encode()) % 2 == 0 for gold in self.dataset.documents])
        labelled = self.dataset.kinds != UNLABELLED
        return (self.mine & pool)[self.dataset.document] & labelled, self.mine & ~pool

    def adapter(self, rows: np.ndarray, settings: Adapting) -> Adapter:
        """What adapts the base to the labels of some paragraphs."""
        data = self.dataset
        new_documents = np.zeros(len(data.documents), bool)
        new_documents[data.document[rows]] = True
        is_new = new_documents[data.document]
        only = np.full(len(data.kinds), UNLABELLED)
        only[rows] = data.kinds[rows]
        part = replace(data, kinds=np.where(is_new, only, data.kinds))
        # Nothing but the base's own documents is replayed; what is judged is neither new nor replayed.
        return Adapter(self.base, part, is_new, self.replays & ~is_new, self.scheme, settings)

    def random_rows(self, pool: np.ndarray, n: int, seed: int, by_document: bool = False) -> np.ndarray:
        """N paragraphs to label: at random, or whole documents in random order."""
        rng = np.random.default_rng(seed)
        rows = np.flatnonzero(pool)
        if not by_document:
            return np.sort(rng.permutation(rows)[:n])
        order = rng.permutation(len(self.dataset.documents))
        return rows[np.argsort(order[self.dataset.document[rows]], kind="stable")][:n]


def read_bench(data: Path | None, every: int) -> tuple[Scheme, Dataset]:
    """Written documents, and of a data folder one labelled page of so many."""
    scheme, documents = read_documents(ROOT / "seeds", data)
    kept = [gold for gold in documents if gold.corpus == "posts" or (gold.corpus == "pages" and crc32(gold.name.encode()) % every == 0)]
    print(f"{len(kept)} documents", flush=True)
    return scheme, build_dataset(kept)


# Pull, pull of the sequence model, weight of what is replayed.
GRID = [
    Adapting(pull=pull, sequence_pull=sequence_pull, replay=replay)
    for pull, sequence_pull, replay in ((0.1, 10, 2000), (0.1, 30, 2000), (0.1, 100, 2000))
]
MAX_FALL = 0.005  # of macro-F1 elsewhere, mean over groups
Draws = Annotated[int, typer.Option(help="Draws of labels a group, each with other halves of its sites.")]
Data = Annotated[Path | None, typer.Option(envvar="CLEANER_DATA", help="Folder with labelled-pages.parquet and the rest.")]
Every = Annotated[int, typer.Option(help="Take one labelled page of so many.")]
Names = Annotated[str, typer.Option("--groups", help="Names of groups, separated by commas; all if empty.")]


def main(  # noqa: PLR0913 - an option each
    data: Data = None,
    every: Every = 8,
    labels: Annotated[int, typer.Option(help="Labelled paragraphs of the group.")] = 200,
    draws: Draws = 3,
    by_document: Annotated[bool, typer.Option("--by-document", help="Label whole documents, not paragraphs here and there.")] = False,
    names: Names = "",
    output: Annotated[Path, typer.Option("-o", help="JSON of all figures.")] = Path("adapt.json"),
) -> None:
    """Measure adapting."""
    found: dict[str, Any] = {}
    for group, bench in benches(data, every, names):
        found[group] = measure(bench, labels, draws, by_document)
        output.write_text(json.dumps(found, indent=1))
    print(table(found))


def benches(data: Path | None, every: int, names: str) -> Iterator[tuple[str, Bench]]:
    """A base model without each group, one after the other."""
    with threadpool_limits(1):
        scheme, dataset = read_bench(data, every)
        for group in [name.strip() for name in names.split(",")] if names else GROUPS:
            begin = time.perf_counter()
            yield group, Bench(dataset, scheme, Recipe(), group)
            print(f"{group}: {time.perf_counter() - begin:.0f} s", flush=True)


def measure(bench: Bench, n: int, draws: int, by_document: bool) -> dict[str, Any]:
    """The figures before and after, on the group and elsewhere, for every draw and every setting of the grid."""
    found: dict[str, Any] = {"documents": int(bench.mine.sum()), "labels": [], "before": [], "after": [[] for _ in GRID]}
    for draw in range(draws):
        pool, judged = bench.split(draw)
        rows = bench.random_rows(pool, n, draw, by_document)

        def both(probabilities: np.ndarray, curve: Curve, judged: np.ndarray = judged) -> list[dict[str, Any]]:
            parts = [bench.figures(probabilities, curve, own) for own in (judged, bench.elsewhere)]
            return [{name: part[name] for name in FIGURES} for part in parts]

        found["labels"].append(len(rows))
        found["before"].append(both(bench.before, bench.decisions.curve))
        for setting, after in zip(GRID, found["after"], strict=True):
            adapted = adapt(bench.adapter(rows, setting), bench.decisions)
            after.append(both(adapted.passes.probabilities(bench.dataset, bench.scheme), adapted.decisions.curve))
    return found


def mean(pairs: Sequence[Sequence[dict[str, Any]]], where: int, name: str) -> float:
    """A figure on the group (0) or elsewhere (1), mean over draws."""
    return float(np.mean([pair[where][name] for pair in pairs]))


def gains(one: dict[str, Any], setting: int) -> tuple[float, float]:
    """What a setting adds to macro-F1 on the group and elsewhere, mean over draws."""
    group, elsewhere = (mean(one["after"][setting], i, "macro_f1") - mean(one["before"], i, "macro_f1") for i in (0, 1))
    return group, elsewhere


def best(found: dict[str, Any]) -> int:
    """The setting that gains most on the groups to choose on, among those that cost everything else little enough, if any does."""
    chosen_on = [name for name in found if name in CHOICE] or list(found)

    def value(setting: int) -> tuple[bool, float]:
        gain, change = np.mean([gains(found[name], setting) for name in chosen_on], axis=0)
        return bool(change >= -MAX_FALL), float(gain if change >= -MAX_FALL else change)

    return max(range(len(GRID)), key=value)


def table(found: dict[str, Any]) -> str:
    """Mean gains of every setting, and each group at the setting that was chosen."""
    lines = ["| setting | gain, groups to choose on | change elsewhere | gain, other groups | change elsewhere |", "|" + "---|" * 5]
    parts = [[name for name in found if (name in CHOICE) == is_choice] for is_choice in (True, False)]
    for number, setting in enumerate(GRID):
        means = [np.mean([gains(found[name], number) for name in names], axis=0) for names in parts if names]
        cells = " | ".join(f"{gain:+.3f} | {change:+.4f}" for gain, change in means)
        lines.append(f"| {setting.pull:g}/{setting.sequence_pull:g}/{setting.replay:g} | {cells} |")
    number = best(found)
    kept = "article words kept, group | elsewhere"
    lines += ["", f"Setting {number + 1}:", "", f"| group | documents | macro-F1 | gain | elsewhere | change | {kept} |", "|" + "---|" * 8]
    for name, one in found.items():
        gain, change = gains(one, number)
        before, after = one["before"], one["after"][number]
        words = [f"{mean(before, i, 'article_words_kept'):.4f} → {mean(after, i, 'article_words_kept'):.4f}" for i in (0, 1)]
        lines.append(
            f"| {name}{' *' if name in CHOICE else ''} | {one['documents']} | {mean(before, 0, 'macro_f1'):.3f} "
            f"| {gain:+.3f} | {mean(before, 1, 'macro_f1'):.3f} | {change:+.4f} | {words[0]} | {words[1]} |"
        )
    gain, change = np.mean([gains(one, number) for one in found.values()], axis=0)
    lines += [f"| mean | | | {gain:+.3f} | | {change:+.4f} | | |", "", "* the setting was chosen on these groups."]
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(main)
