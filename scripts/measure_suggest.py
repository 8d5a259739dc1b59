"""Measure suggesting: what a hundred suggested labels of a new kind of document are worth beside labels picked at random.

`python scripts/measure_suggest.py` works on seeds/ alone; `--data DIR` (or $CLEANER_DATA) adds one in eight of the labelled pages.
Base models, groups and halves are those of `measure_adapt.py`: the model that adapts has not seen the group, labels come from half
of the group's sites, and macro-F1 is that of the other half.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from measure_adapt import CHOICE, Bench, Data, Draws, Every, Names, benches

from cleaner.records import Result, Verdicts
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from cleaner.train.adapt import Adapting
from cleaner.train.evaluate import judge, macro_f1
from cleaner.train.suggest import suggest

RANDOM = (100, 200, 400)
SETTINGS = Adapting()


def main(
    data: Data = None,
    every: Every = 8,
    draws: Draws = 2,
    names: Names = "",
    number: Annotated[int, typer.Option("-n", help="Suggested labels.")] = 100,
    output: Annotated[Path, typer.Option("-o", help="JSON of all figures.")] = Path("suggest.json"),
) -> None:
    """Measure suggesting."""
    found: dict[str, list[dict[str, Any]]] = {}
    for group, bench in benches(data, every, names):
        found[group] = [measure(bench, draw, number) for draw in range(draws)]
        output.write_text(json.dumps(found, indent=1))
    print(table(found, number))


def measure(bench: Bench, draw: int, n: int) -> dict[str, float]:
    """Macro-F1 on the judged half of a group: before, with random labels, with suggested ones."""
    pool, judged = bench.split(draw)

    def after(rows: np.ndarray) -> float:
        probabilities = bench.adapter(rows, SETTINGS).passes().probabilities(bench.dataset, bench.scheme)
        return score(bench, probabilities, judged)

    return {
        "before": score(bench, bench.before, judged),
        **{f"random {count}": after(bench.random_rows(pool, count, draw)) for count in RANDOM},
        "suggested": after(suggested_rows(bench, pool, n)),
    }


def score(bench: Bench, probabilities: np.ndarray, documents: np.ndarray) -> float:
    """Macro-F1 on some documents."""
    lines = judge(bench.dataset, probabilities, bench.scheme, [bench.decisions] * len(np.unique(bench.dataset.folds)))
    return macro_f1(lines.where(documents[lines.document]))


def suggested_rows(bench: Bench, pool: np.ndarray, n: int) -> np.ndarray:
    """The paragraphs that `suggest` chooses of those that have a label."""
    places = {(str(bench.dataset.document[row]), start): row for row, start in _starts(bench)}
    closed = [place for place, row in places.items() if not pool[row]]
    chosen = suggest(_results(bench, pool), n, closed)
    return np.sort([places[candidate.document, candidate.start] for candidate in chosen])


def _results(bench: Bench, pool: np.ndarray) -> Iterator[tuple[str, Result]]:
    """The base's verdicts on the documents of the pool, named by their numbers."""
    for number in np.unique(bench.dataset.document[pool]).tolist():
        text = bench.dataset.documents[number].text
        paragraphs, own = segment(scan([text])), bench.before[bench.dataset.document == number]
        kinds = own.argmax(axis=1)
        verdicts = Verdicts(paragraphs.starts, paragraphs.ends, kinds, own, kinds >= 0, bench.scheme, lambda: [])
        yield str(number), Result(text, text, verdicts)


def _starts(bench: Bench) -> Iterator[tuple[int, int]]:
    """Every paragraph's row and where it begins in its document."""
    row = 0
    for gold in bench.dataset.documents:
        for start in segment(scan([gold.text])).starts.tolist():
            yield row, start
            row += 1


def worth(before: float, random: list[float], suggested: float) -> str:
    """How many random labels reach what the suggested ones did, between those that were measured."""
    counts, values = [0, *RANDOM], [before, *random]
    if suggested >= max(values):
        return f"≥ {RANDOM[-1]}"
    first = next(i for i, value in enumerate(values) if value > suggested)
    if first == 0:
        return "0"
    share = (suggested - values[first - 1]) / (values[first] - values[first - 1])
    return f"{counts[first - 1] + share * (counts[first] - counts[first - 1]):.0f}"


def table(found: dict[str, list[dict[str, float]]], n: int) -> str:
    """Gains in macro-F1 by group, and their mean over the groups that nothing was chosen on."""
    names = [f"random {count}" for count in RANDOM]
    lines = [f"| group | before | {' | '.join(names)} | suggested {n} | worth, in random labels |", "|" + "---|" * 7]
    parts = {f"{name}{' *' if name in CHOICE else ''}": draws for name, draws in found.items()}
    for label, is_choice in (("mean of the groups to choose on", True), ("mean of the others", False)):
        if own := [draw for name, draws in found.items() if (name in CHOICE) == is_choice for draw in draws]:
            parts[label] = own
    for label, draws in parts.items():
        means = {key: float(np.mean([draw[key] for draw in draws])) for key in draws[0]}
        cells = " | ".join(f"{means[key] - means['before']:+.3f}" for key in [*names, "suggested"])
        value = worth(means["before"], [means[key] for key in names], means["suggested"])
        lines.append(f"| {label} | {means['before']:.3f} | {cells} | {value} |")
    return "\n".join([*lines, "", "* other ways of suggesting may be tried on these groups."])


if __name__ == "__main__":
    typer.run(main)
