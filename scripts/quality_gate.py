"""The quality gate: the figures of the shipped model against `tests/floors.json`.

Without options it compares, and ends with exit code 1 where a figure is worse than its floor.
`--update` raises the floors to the figures and pins the data; it refuses where a floor would get worse.
`--accept-lower` does the same and lets floors get worse: say why in CHANGELOG.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from cleaner.classify.bundle import MANIFEST, METRICS

ROOT = Path(__file__).parent.parent
# Of these, and of nothing else, less is better.
COUNTS = ("wrong_labels", "empty")
PLAIN = ("macro_f1", "article_words_kept", "noise_words_removed", "wrong_labels")


@dataclass(frozen=True, slots=True)
class Gate:
    """What a model has to reach.

    Attributes:
        gold_sha256: digest of the labelled documents that the floors were measured on.
        floors: `data set/figure` → the worst value that passes.
    """

    gold_sha256: str
    floors: Mapping[str, float]


def measured(bundle: Path) -> Gate:
    """The figures of a bundle, as the gate that it would just pass.

    Args:
        bundle: its folder.
    """
    metrics = json.loads((bundle / METRICS).read_text("utf-8"))
    floors: dict[str, float] = {}
    for name, figures in metrics.items():
        if isinstance(figures, dict) and "macro_f1" in figures:
            floors |= {f"{name}/{figure}": value for figure, value in _figures(figures).items()}
    if (pages := metrics.get("webpages")) is not None:
        by_type = {f"webpages/word_f1 {name}": value for name, value in pages["word_f1_by_type"].items()}
        floors |= {"webpages/word_f1": pages["word_f1"], "webpages/strings_f1": pages["strings"]["f1"], **by_type}
        floors["webpages/empty"] = pages["empty"]
    return Gate(json.loads((bundle / MANIFEST).read_text("utf-8"))["gold_sha256"], floors)


def _figures(figures: Mapping[str, Any]) -> dict[str, float]:
    """The gated figures of one data set."""
    labels = {f"{label}_f1": scores["f1"] for label, scores in figures["labels"].items()}
    return {**{name: figures[name] for name in PLAIN if name in figures}, **labels}


def is_worse(name: str, value: float, floor: float) -> bool:
    """Whether a figure misses its floor; for counts of mistakes the floor is a ceiling."""
    return value > floor if name.endswith(COUNTS) else value < floor


def problems(own: Gate, gate: Gate) -> list[str]:
    """Why a model does not pass, a line each; empty where it does.

    Args:
        own: the figures of the model.
        gate: what it has to reach.
    """
    found = worse(own, gate)
    if own.gold_sha256 != gate.gold_sha256:
        digests = f"the model's data are {own.gold_sha256[:12]!r}, pinned are {gate.gold_sha256[:12]!r}"
        found.append(f"gold_sha256: {digests}; pin them with --update")
    found += [f"{name}: has no floor; add it with --update" for name in sorted(own.floors.keys() - gate.floors.keys())]
    return found


def worse(own: Gate, gate: Gate) -> list[str]:
    """The floors that a model misses, a line each."""
    found = []
    for name, floor in sorted(gate.floors.items()):
        if name not in own.floors:
            found.append(f"{name}: not measured, its floor is {floor:g}")
        elif is_worse(name, own.floors[name], floor):
            found.append(f"{name}: {own.floors[name]:g} is worse than its floor {floor:g}")
    return found


def read_gate(path: Path) -> Gate:
    """Read the floors; none are asked for where there is no file."""
    if not path.exists():
        return Gate("", {})
    saved = json.loads(path.read_text("utf-8"))
    return Gate(saved["gold_sha256"], saved["floors"])


def write_gate(path: Path, gate: Gate) -> None:
    """Write the floors, sorted, so that a change shows as the lines that changed."""
    saved = {"gold_sha256": gate.gold_sha256, "floors": dict(sorted(gate.floors.items()))}
    path.write_text(json.dumps(saved, indent=1) + "\n", "utf-8")


def main(
    bundle: Annotated[Path, typer.Option(help="Folder of the model.")] = ROOT / "models" / "default",
    floors: Annotated[Path, typer.Option(help="File of the floors.")] = ROOT / "tests" / "floors.json",
    update: Annotated[bool, typer.Option("--update", help="Raise the floors to the figures and pin the data.")] = False,
    accept_lower: Annotated[bool, typer.Option("--accept-lower", help="Update although floors get worse.")] = False,
) -> None:
    """Compare the figures of a model with their floors."""
    own, gate = measured(bundle), read_gate(floors)
    lost = worse(own, gate)
    if accept_lower or (update and not lost):
        write_gate(floors, own)
        print(f"{floors}: {len(own.floors)} floors written, {len(lost)} of them worse than before")
        return
    found = problems(own, gate) if not update else [*lost, f"{floors}: left as it was; --accept-lower lets floors get worse"]
    for line in found or [f"{len(own.floors)} figures reach their floors"]:
        print(line)
    raise typer.Exit(bool(found))


if __name__ == "__main__":
    typer.run(main)
