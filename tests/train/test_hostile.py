"""What others hand over - model folders, labels, documents - is refused in one line or shown harmlessly."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from cleaner.classify.bundle import CARD, MANIFEST, METRICS, WEIGHTS
from cleaner.cli.commands import app
from tests.conftest import ROOT
from tests.train.test_report import Tags

STORY = "The council met on Tuesday evening and agreed, after two hours of talk, to mend the bridge before winter comes."
EVIL = '</td></table><script src="http://evil.example/x.js">alert(1)</script><img src=x onerror=alert(1)>'
STEERING = "\x1b]0;pwned\x07\x1b[2J\x9b31m"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def refused(result: Result) -> str:
    """The one line that the run ended with."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    (line,) = result.stderr.strip().split("\n")
    return line


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    path = tmp_path / "labels.jsonl"
    path.write_text(json.dumps({"id": "a", "text": STORY, "labels": [{"start": 0, "end": len(STORY), "kind": "article"}]}) + "\n")
    return path


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The shipped model, to be spoilt."""
    folder = tmp_path / "theirs"
    shutil.copytree(ROOT / "models" / "default", folder)
    return folder


def sign(folder: Path, **facts: Any) -> None:  # noqa: ANN401 - whatever JSON holds
    """Change the manifest, and make its digests right again."""
    weights = hashlib.sha256((folder / WEIGHTS).read_bytes()).hexdigest()
    manifest = {**json.loads((folder / MANIFEST).read_text()), "weights_sha256": weights, **facts}
    del manifest["sha256"]
    manifest["sha256"] = hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(manifest))


def change_arrays(folder: Path, change: Callable[[np.ndarray], np.ndarray]) -> None:
    with np.load(folder / WEIGHTS) as archive:
        arrays = {name: change(archive[name]) if name == "sequence_hidden" else archive[name] for name in archive.files}
    np.savez_compressed(folder / WEIGHTS, allow_pickle=True, **arrays)
    sign(folder)


@pytest.mark.parametrize("name", ["..", "../default", "default/..", "/", "/dev/zero", "/etc/passwd", "a" * 300, "no\x00name", "", "~/x"])
def test_names_that_lead_elsewhere_are_no_models(labels: Path, name: str) -> None:
    for command in (("evaluate", "--labels", labels, "--model", name), ("models", "show", name), ("models", "install", name)):
        assert len(refused(run(*command))) < 600


@pytest.mark.parametrize("goal", ["/dev/zero", "/etc/passwd", "."])
@pytest.mark.parametrize("name", [MANIFEST, WEIGHTS])
def test_links_in_place_of_a_model_s_files_are_refused(labels: Path, model: Path, name: str, goal: str) -> None:
    (model / name).unlink()
    (model / name).symlink_to(goal)
    refused(run("evaluate", "--labels", labels, "--model", model))


@pytest.mark.parametrize("name", [MANIFEST, WEIGHTS])
def test_a_pipe_in_place_of_a_file_does_not_hang(labels: Path, model: Path, name: str) -> None:
    (model / name).unlink()
    os.mkfifo(model / name)
    refused(run("evaluate", "--labels", labels, "--model", model))


@pytest.mark.parametrize(
    "change",
    [
        lambda array: array[:, :-1],
        lambda array: array.ravel(),
        lambda array: array.astype("<c8"),
        lambda array: array.astype("<U8"),
        lambda array: array.astype(object),
        lambda array: np.full(array.shape, np.nan),
        lambda array: np.zeros((0, 0), np.float32),
        lambda array: np.zeros((2**20, 100), np.int8),
    ],
    ids=["narrower", "flat", "complex", "text", "objects", "nan", "empty", "huge"],
)
def test_arrays_of_other_shapes_and_types_are_refused(labels: Path, model: Path, change: Callable[[np.ndarray], np.ndarray]) -> None:
    change_arrays(model, change)
    assert str(model) in refused(run("evaluate", "--labels", labels, "--model", model))


@pytest.mark.parametrize(
    "kinds",
    [
        {},
        [],
        {"article": "article"},
        {f"k{i}": "article" for i in range(9)},
        {f"k{i}": "villain" for i in range(9)},
        {f"k{i}": i for i in range(9)},
    ],
)
def test_other_kinds_than_the_weights_have_are_refused(labels: Path, model: Path, kinds: object) -> None:
    sign(model, kinds=kinds)
    refused(run("evaluate", "--labels", labels, "--model", model))


@pytest.mark.parametrize("data", [b"", b"[]", b"[" * 100_000, b'{"adapted": 1}', b'{"adapted": {"models": "xy"}}', b"\xff"])
def test_figures_of_any_shape_do_not_install_a_model(model: Path, data: bytes) -> None:
    digest = json.loads((model / MANIFEST).read_text())["weights_sha256"]
    sign(model, adapted_from=digest)
    (model / METRICS).write_bytes(data)
    assert METRICS in refused(run("models", "install", model))


def test_a_card_cannot_steer_the_terminal(model: Path) -> None:
    (model / CARD).write_text(f"# Theirs{STEERING}\n")
    result = run("models", "show", model)
    assert result.exit_code == 0
    assert result.stdout.isprintable() or not set(result.stdout) & set("\x1b\x07\x9b")


def test_a_manifest_of_markup_is_shown_as_text(tmp_path: Path, labels: Path, model: Path) -> None:
    kinds = json.loads((model / MANIFEST).read_text())["kinds"]
    sign(model, kinds={(EVIL if name == "legal" else name): label for name, label in kinds.items()}, cleaner=EVIL)
    theirs = model.rename(tmp_path / "<script>alert(1)<")
    result = run("evaluate", "--labels", labels, "--model", theirs, "--report", tmp_path / "r.html")
    assert result.exit_code == 0, result.output
    assert not {"script", "img"} & set(Tags((tmp_path / "r.html").read_text()).names)


@pytest.mark.parametrize(
    "row",
    [
        {"start": 10**400, "end": 10**401},
        {"start": 1e308, "end": 2},
        {"start": -1, "end": 5},
        {"start": 0, "end": 5, "kind": EVIL},
        {"start": 0, "end": 5, "kind": ["article"]},
        {"start": 0, "end": 5, "label": {"a": 1}},
        {"start": True, "end": 5},
    ],
)
@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_labels_that_make_no_sense_end_in_one_line(tmp_path: Path, row: dict[str, Any], command: str) -> None:
    path = tmp_path / "l.jsonl"
    path.write_text(json.dumps({"id": "x", "text": STORY, "labels": [{"kind": "article", **row}]}) + "\n")
    extra = ("-o", tmp_path / "mine") if command == "train" else ()
    line = refused(run(command, "--labels", path, *extra))
    assert f"{path}:1" in line
    assert len(line) < 600
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("goal", ["/dev/zero", "/dev/stdin", "/etc", "nowhere"])
def test_links_in_place_of_labels_are_refused(tmp_path: Path, goal: str) -> None:
    (tmp_path / "l.jsonl").symlink_to(goal)
    assert "l.jsonl" in refused(run("evaluate", "--labels", tmp_path / "l.jsonl"))


@pytest.mark.parametrize(
    "text",
    [EVIL, f"{STORY} \ud800 \udfff", f"{STORY}{STEERING}", "\x00" * 50 + STORY, "a" * 300_000, "\u202e" + STORY, "\n" * 1000 + STORY],
    ids=["markup", "half pairs", "steering", "nul", "one word", "right to left", "blank"],
)
def test_any_text_is_judged_and_shown_as_text(tmp_path: Path, text: str) -> None:
    lead = len(text) - len(text.lstrip("\n"))
    row = {"id": f"../../{EVIL}", "text": text, "source": EVIL, "language": EVIL, "url": "http://[", "labels": []}
    row["labels"] = [{"start": lead, "end": len(text), "kind": "promotion"}]
    other = {"id": "\x1b[2J", "text": STORY, "labels": [{"start": 0, "end": len(STORY), "kind": "article"}]}
    (tmp_path / "l.jsonl").write_text("".join(json.dumps(each) + "\n" for each in (row, other)))
    result = run("evaluate", "--labels", tmp_path / "l.jsonl", "--report", tmp_path / "out" / "r.html")
    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.stdout
    tags = Tags((tmp_path / "out" / "r.html").read_text())
    assert tags.open == []
    assert not {"script", "img"} & set(tags.names)
    assert json.loads((tmp_path / "out" / "r.json").read_text())["lines"] == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["l.jsonl", "out"]


@pytest.mark.parametrize("html", ["", "<", "<p>" * 20_000, "<script>alert(1)</script>", "\x00", f"<p>{STORY}</p>" * 2])
def test_any_page_behind_a_text_is_judged(tmp_path: Path, html: str) -> None:
    row = {"id": "a", "text": STORY, "html": html, "labels": [{"start": 0, "end": len(STORY), "kind": "article"}]}
    (tmp_path / "l.jsonl").write_text(json.dumps(row) + "\n")
    result = run("evaluate", "--labels", tmp_path / "l.jsonl")
    assert result.exit_code == 0, result.output
    assert "1 web pages judged by their text alone" in result.stderr
