"""Measure adapting: leave one group of documents out of a model, then give it labels of that group.

`python scripts/measure_adapt.py` works on seeds/ alone; `--data DIR --every 8` adds one page in eight of the labelled pages.
A base model is fitted without the group and without fold 0. Half of the group's documents give the labels, the other half is
judged; the documents of fold 0 outside the group say what became of everything else. Neither was seen by the base.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from zlib import crc32

import numpy as np
import typer
from threadpoolctl import threadpool_limits

from cleaner.records import Scheme
from cleaner.train.adapt import Adapter, Adapting, Passes, adapt
from cleaner.train.build import read_documents
from cleaner.train.crossfit import DEFAULT_LOSS, choose, held_out
from cleaner.train.dataset import N_FOLDS, Dataset, build_dataset, fold_of
from cleaner.train.evaluate import judge, report
from cleaner.train.fit import Recipe, context_columns, fit_paragraph_model, fit_sequence_model, linear_scores, paragraph_weights
from cleaner.train.gold import UNLABELLED, Gold

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
# Settings are chosen on one half of the groups and reported on the other.
GRID = [Adapting(replay=1000.0), Adapting(replay=4000.0), Adapting(pull=0.1, sequence_pull=10.0, replay=2000.0)]


class Bench:
    """A base model without one group, and what is known of the group."""

    def __init__(self, dataset: Dataset, scheme: Scheme, recipe: Recipe, group: str) -> None:
        self.dataset, self.scheme = dataset, scheme
        mine = np.array([GROUPS[group](gold, scheme) for gold in dataset.documents])
        sites = {gold.site for gold, own in zip(dataset.documents, mine, strict=True) if own}
        same_site = np.array([gold.site in sites for gold in dataset.documents])
        pool = np.array([crc32(b"half " + gold.site.encode()) % 2 == 0 for gold in dataset.documents])
        held = np.array([fold_of(gold.site) == 0 for gold in dataset.documents])
        at = dataset.document
        self.n_documents = int(mine.sum())
        self.pool, self.judged = (mine & pool)[at] & (dataset.kinds != UNLABELLED), mine & ~pool
        self.elsewhere = held & ~same_site
        self.base_rows = (~held & ~same_site)[at]
        self.base, self.weights, self.curve = self._fit(recipe)
        self.before = self.base.probabilities(dataset, scheme)

    def _fit(self, recipe: Recipe) -> tuple[Passes, np.ndarray, Sequence[tuple[float, float]]]:
        """The base model: first passes out of fold for the second, which sees everything else that the shipped one would."""
        data = self.dataset
        weights = np.where(self.base_rows, paragraph_weights(data, recipe), 0)
        n_kinds = len(self.scheme.kinds)
        without = [fit_paragraph_model(data, np.where(data.folds == fold, 0, weights), recipe, n_kinds) for fold in range(N_FOLDS)]
        scores = held_out(data.folds, [linear_scores(model, data.matrix) for model in without])
        columns = context_columns(data, scores, self.scheme)
        # Decisions need held-out scores: fold 1 is left out of one more second pass.
        probe = fit_sequence_model(columns, data.kinds, np.where(data.folds == 1, 0, weights), replace(recipe.networks, count=1), n_kinds)
        decisions = choose(data, self.scheme, probe.logits(columns), weights, self.base_rows & (data.folds == 1))
        sequence = fit_sequence_model(columns, data.kinds, weights, recipe.networks, n_kinds)
        sequence = replace(sequence, temperature=decisions.temperature)
        paragraph = fit_paragraph_model(data, weights, recipe, n_kinds)
        return Passes(paragraph, sequence), decisions.label_weights, decisions.curve

    def figures(self, probabilities: np.ndarray, curve: Sequence[tuple[float, float]], documents: np.ndarray) -> dict[str, Any]:
        """The report on some documents."""
        threshold = dict(curve)[DEFAULT_LOSS]
        lines = judge(self.dataset, probabilities, self.scheme, np.tile(self.weights, (N_FOLDS, 1)), np.full(N_FOLDS, threshold))
        return report(lines.where(documents[lines.document]), self.scheme)

    def after(self, rows: np.ndarray, settings: Adapting) -> tuple[np.ndarray, Sequence[tuple[float, float]]]:
        """Probabilities and thresholds after adapting to the labels of some paragraphs."""
        data = self.dataset
        new_documents = np.zeros(len(data.documents), bool)
        new_documents[data.document[rows]] = True
        is_new = new_documents[data.document]
        only = np.full(len(data.kinds), UNLABELLED)
        only[rows] = data.kinds[rows]
        part = replace(data, kinds=np.where(is_new, only, data.kinds))
        # Nothing but the base's own documents is replayed; what is judged is neither new nor replayed.
        adapted = adapt(Adapter(self.base, part, is_new, self.base_rows & ~is_new, self.scheme, settings), self.curve)
        return adapted.passes.probabilities(data, self.scheme), adapted.curve

    def random_rows(self, n: int, seed: int, by_document: bool) -> np.ndarray:
        """N paragraphs to label: at random, or whole documents in random order."""
        rng = np.random.default_rng(seed)
        pool = np.flatnonzero(self.pool)
        if not by_document:
            return np.sort(rng.permutation(pool)[:n])
        documents = rng.permutation(np.unique(self.dataset.document[pool]))
        rows = np.concatenate([pool[self.dataset.document[pool] == document] for document in documents])
        return rows[:n]


def main(  # noqa: PLR0913 - an option each
    data: Annotated[Path | None, typer.Option(help="Folder with labelled-pages.parquet and the rest.")] = None,
    every: Annotated[int, typer.Option(help="Take one labelled page of so many.")] = 8,
    labels: Annotated[int, typer.Option(help="Labelled paragraphs of the group.")] = 200,
    output: Annotated[Path, typer.Option("-o", help="JSON of all figures.")] = Path("adapt.json"),
    seeds: Annotated[int, typer.Option(help="Draws of labels a group.")] = 1,
    by_document: Annotated[bool, typer.Option("--by-document", help="Label whole documents, not paragraphs here and there.")] = False,
    groups: Annotated[str, typer.Option(help="Names of groups, separated by commas; all if empty.")] = "",
) -> None:
    """Measure adapting."""
    scheme, documents = read_documents(ROOT / "seeds", data)
    documents = [
        gold for gold in documents if gold.corpus == "posts" or (gold.corpus == "pages" and crc32(gold.name.encode()) % every == 0)
    ]
    print(f"{len(documents)} documents", flush=True)
    found: dict[str, Any] = {}
    with threadpool_limits(1):
        dataset = build_dataset(documents)
        for group in [name.strip() for name in groups.split(",")] if groups else GROUPS:
            begin = time.perf_counter()
            bench = Bench(dataset, scheme, Recipe(), group)
            found[group] = measure(bench, labels, seeds, by_document)
            output.write_text(json.dumps(found, indent=1))
            print(f"{group}: {time.perf_counter() - begin:.0f} s", flush=True)
    print(table(found))


def measure(bench: Bench, n: int, seeds: int, by_document: bool) -> dict[str, Any]:
    """Macro-F1 and kept article words before and after, for every setting of the grid."""

    def pair(probabilities: np.ndarray, curve: Sequence[tuple[float, float]]) -> list[dict[str, Any]]:
        names = ("macro_f1", "article_words_kept", "noise_words_removed", "calibration_error")
        parts = [bench.figures(probabilities, curve, own) for own in (bench.judged, bench.elsewhere)]
        return [{name: part[name] for name in names} for part in parts]

    rows = [bench.random_rows(n, seed, by_document) for seed in range(seeds)]
    return {
        "documents": bench.n_documents,
        "labels": [len(own) for own in rows],
        "before": pair(bench.before, bench.curve),
        "after": [[pair(*bench.after(own, settings)) for own in rows] for settings in GRID],
    }


def gains(one: dict[str, Any], setting: int) -> tuple[float, float]:
    """What a setting adds to macro-F1 on the group and elsewhere, mean over draws."""
    parts = [[pair[i]["macro_f1"] - one["before"][i]["macro_f1"] for pair in one["after"][setting]] for i in (0, 1)]
    return float(np.mean(parts[0])), float(np.mean(parts[1]))


def best(found: dict[str, Any], names: Sequence[str]) -> int:
    """The setting with the best mean gain among those that cost everything else least."""

    def value(setting: int) -> float:
        both = np.array([gains(found[name], setting) for name in names]).mean(axis=0)
        return float(both[0] + 4 * min(both[1] + 0.002, 0))

    return max(range(len(GRID)), key=value)


def table(found: dict[str, Any]) -> str:
    """The table of groups, each with the setting chosen on the groups of the other half."""
    names = list(found)
    lines = [
        "| group | documents | setting | macro-F1 | gain | elsewhere | change | article words kept, group | elsewhere |",
        "|" + "---|" * 9,
    ]
    sums = []
    for i, name in enumerate(names):
        setting = best(found, [other for j, other in enumerate(names) if j % 2 != i % 2] or names)
        one, chosen = found[name], GRID[setting]
        gain, change = gains(one, setting)
        sums.append((gain, change))
        after = one["after"][setting][0]
        kept = [f"{one['before'][k]['article_words_kept']:.4f} → {after[k]['article_words_kept']:.4f}" for k in (0, 1)]
        setting_name = f"{chosen.pull:g}/{chosen.sequence_pull:g}/{chosen.replay:g}"
        lines.append(
            f"| {name} | {one['documents']} | {setting_name} | {one['before'][0]['macro_f1']:.3f} "
            f"| {gain:+.3f} | {one['before'][1]['macro_f1']:.3f} | {change:+.4f} | {kept[0]} | {kept[1]} |"
        )
    gain, change = np.mean(sums, axis=0)
    lines.append(f"| mean | | | | {gain:+.3f} | | {change:+.4f} | | |")
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(main)
