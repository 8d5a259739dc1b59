"""The quality gate, and the shipped model in front of it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from scripts.quality_gate import ROOT, Gate, is_worse, main, measured, problems, read_gate

SCORES = {
    "macro_f1": 0.8,
    "labels": {"article": {"f1": 0.9, "precision": 0.9, "recall": 0.9}},
    "article_words_kept": 0.99,
    "noise_words_removed": 0.7,
    "calibration_error": 0.5,
}
FLOORS = {"posts/macro_f1": 0.8, "posts/article_f1": 0.9, "posts/article_words_kept": 0.99, "posts/noise_words_removed": 0.7}
GATE = Gate("abc", {**FLOORS, "posts/wrong_labels": 3})


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """A bundle that just passes `GATE`, whose floors are written beside it."""
    write_bundle(tmp_path)
    (tmp_path / "floors.json").write_text(json.dumps({"gold_sha256": "abc", "floors": GATE.floors}))
    return tmp_path


def write_bundle(folder: Path, gold: str = "abc", **changes: Any) -> None:  # noqa: ANN401 - figures of all types
    metrics = {"posts": {**SCORES, "wrong_labels": 3, **changes}, "documents": {"posts": 5}, "threshold": 0.1}
    (folder / "metrics.json").write_text(json.dumps(metrics))
    (folder / "manifest.json").write_text(json.dumps({"gold_sha256": gold}))


def gate(folder: Path, *options: str) -> Result:
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(main)
    return CliRunner().invoke(app, ["--bundle", str(folder), "--floors", str(folder / "floors.json"), *options])


def test_the_shipped_model_reaches_its_floors() -> None:
    assert problems(measured(ROOT / "models" / "default"), read_gate(ROOT / "tests" / "floors.json")) == []


def test_the_gated_figures_of_every_data_set_are_read(bundle: Path) -> None:
    assert measured(bundle) == GATE


@pytest.mark.parametrize("name", FLOORS)
def test_a_share_may_not_fall(name: str) -> None:
    own = replace(GATE, floors={**GATE.floors, name: GATE.floors[name] - 0.0001})
    assert [line.partition(":")[0] for line in problems(own, GATE)] == [name]


@pytest.mark.parametrize(
    ("name", "value", "expected"), [("posts/macro_f1", 0.81, False), ("posts/wrong_labels", 4, True), ("posts/wrong_labels", 2, False)]
)
def test_more_is_better_except_for_mistakes(name: str, value: float, expected: bool) -> None:
    assert is_worse(name, value, GATE.floors[name]) is expected


def test_a_figure_that_is_no_longer_measured_is_a_problem() -> None:
    assert problems(Gate("abc", FLOORS), GATE) == ["posts/wrong_labels: not measured, its floor is 3"]


def test_a_figure_without_a_floor_is_a_problem() -> None:
    assert problems(GATE, Gate("abc", FLOORS)) == ["posts/wrong_labels: has no floor; add it with --update"]


def test_other_data_than_pinned_are_a_problem() -> None:
    found = problems(replace(GATE, gold_sha256="def"), GATE)
    assert found == ["gold_sha256: the model's data are 'def', pinned are 'abc'; pin them with --update"]


def test_a_model_that_passes_ends_with_exit_code_0(bundle: Path) -> None:
    assert (gate(bundle).exit_code, gate(bundle).stdout) == (0, "5 figures reach their floors\n")


def test_a_model_that_falls_behind_ends_with_exit_code_1(bundle: Path) -> None:
    write_bundle(bundle, macro_f1=0.7)
    assert (gate(bundle).exit_code, gate(bundle).stdout) == (1, "posts/macro_f1: 0.7 is worse than its floor 0.8\n")


def test_update_raises_floors_and_pins_the_data(bundle: Path) -> None:
    write_bundle(bundle, gold="def", macro_f1=0.85)
    assert gate(bundle, "--update").exit_code == 0
    assert read_gate(bundle / "floors.json") == Gate("def", {**GATE.floors, "posts/macro_f1": 0.85})


@pytest.mark.parametrize(
    ("options", "exit_code", "floor"), [(["--update"], 1, 3), (["--accept-lower"], 0, 5), (["--update", "--accept-lower"], 0, 5)]
)
def test_floors_get_worse_only_when_told(bundle: Path, options: list[str], exit_code: int, floor: int) -> None:
    write_bundle(bundle, wrong_labels=5)
    assert gate(bundle, *options).exit_code == exit_code
    assert read_gate(bundle / "floors.json").floors["posts/wrong_labels"] == floor


def test_without_floors_the_first_update_writes_them(bundle: Path) -> None:
    (bundle / "floors.json").unlink()
    assert gate(bundle).exit_code == 1
    assert gate(bundle, "--update").exit_code == 0
    assert read_gate(bundle / "floors.json") == GATE
