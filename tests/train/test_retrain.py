"""From labels to an installed model, and what stands in its way."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits
from typer.testing import CliRunner

from cleaner import Cleaner
from cleaner.classify import bundle as bundles
from cleaner.classify.bundle import METRICS, WEIGHTS
from cleaner.cli.commands import app
from cleaner.errors import BundleError, GoldError
from cleaner.records import Scheme
from cleaner.train import retrain
from cleaner.train.evaluation import Evaluation, evaluate
from cleaner.train.gold import Gold
from cleaner.train.report import summary
from cleaner.train.retrain import Training, install, loses_more, train
from tests.conftest import ROOT
from tests.train.conftest import TINY


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory, documents: list[Gold], scheme: Scheme) -> Path:
    """Documents of several sites, every paragraph said to be legal: a new kind of document."""
    path = tmp_path_factory.mktemp("labels") / "labels.jsonl"
    rows = [
        {
            "id": gold.name,
            "text": gold.text,
            "source": f"source {i % 3}",
            "labels": [{"start": int(a), "end": int(b), "kind": "legal"} for a, b in zip(gold.starts, gold.ends, strict=True)],
        }
        for i, gold in enumerate(documents[:6])
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Few of the project's documents: replaying all of them takes longer than a test should."""
    folder = tmp_path_factory.mktemp("seeds") / "seeds"
    for name in ("written/pl", "examples"):
        shutil.copytree(ROOT / "seeds" / name, folder / name)
    shutil.copy(ROOT / "seeds" / "labels.toml", folder)
    return folder


@pytest.fixture(scope="module")
def mine(labels: Path, seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "mine"
    with threadpool_limits(1):
        train(Training([labels], folder, seeds=seeds))
    return folder


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of installed models to change."""
    shutil.copytree(ROOT / "models", tmp_path / "models")
    for module in (bundles, retrain):
        monkeypatch.setattr(module, "models_folder", lambda: tmp_path / "models")
    return tmp_path / "models"


def test_an_adapted_model_loads_and_is_the_same_twice(mine: Path, labels: Path, seeds: Path, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    with threadpool_limits(1):
        train(Training([labels], tmp_path / "mine", seeds=seeds), lambda done, of: steps.append((done, of)))
    assert {path.name: path.read_bytes() for path in mine.iterdir()} == {
        path.name: path.read_bytes() for path in (tmp_path / "mine").iterdir()
    }
    assert len(Cleaner.load(mine).clean("The harbour froze over.").paragraphs) == 1
    assert steps[-1][0] == steps[-1][1]
    assert (mine / WEIGHTS).read_bytes() != (ROOT / "models" / "default" / WEIGHTS).read_bytes()


def test_no_text_of_a_document_gets_into_the_bundle(mine: Path, labels: Path) -> None:
    text = json.loads(labels.read_text().splitlines()[0])["text"].split("\n")[0]
    assert text not in (mine / METRICS).read_text() + (mine / "MODEL_CARD.md").read_text() + (mine / "manifest.json").read_text()


def test_what_a_model_was_trained_on_does_not_judge_it(mine: Path, labels: Path) -> None:
    with pytest.raises(GoldError, match="all 6 documents were used to train a model"):
        evaluate(Evaluation([labels], ["default", str(mine)]))


def test_leaving_one_source_out(labels: Path, seeds: Path) -> None:
    data = evaluate(Evaluation([labels], ["default"], leave_one_source_out=True, seeds=seeds))
    assert sorted(row["source"] for row in data["left_out"]) == ["source 0", "source 1", "source 2"]
    assert sum(row["lines"] for row in data["left_out"]) == data["lines"]
    assert summary(data).count("adapted to the other sources, 'source ") == 3


def test_a_model_that_loses_more_is_not_installed_without_force(mine: Path, models: Path, tmp_path: Path) -> None:
    worse = tmp_path / "worse"
    shutil.copytree(mine, worse)
    metrics = json.loads((worse / METRICS).read_text())
    metrics["adapted"] |= {"elsewhere": [0.99, 0.9]}
    (worse / METRICS).write_text(json.dumps(metrics))
    before = (models / "default" / WEIGHTS).read_bytes()
    with pytest.raises(BundleError, match=r"keeps 90\.00% of the article words, the model before 99\.00%; --force"):
        install(worse)
    assert (models / "default" / WEIGHTS).read_bytes() == before
    install(worse, force=True)
    assert (models / "default" / WEIGHTS).read_bytes() == (mine / WEIGHTS).read_bytes()
    assert (models / "previous" / WEIGHTS).read_bytes() == before


def test_a_model_of_another_base_is_not_installed_without_force(mine: Path, models: Path) -> None:
    install(mine, force=True)
    with pytest.raises(BundleError, match="was not adapted from the default model"):
        install(models / "previous")


def test_a_model_without_its_comparison_is_refused(mine: Path, models: Path, tmp_path: Path) -> None:
    shutil.copytree(mine, tmp_path / "bare")
    (tmp_path / "bare" / METRICS).write_text("[]")
    with pytest.raises(BundleError, match=r"metrics\.json: no comparison in it"):
        install(tmp_path / "bare")


def test_only_the_model_itself_is_installed(mine: Path, models: Path, tmp_path: Path) -> None:
    shutil.copytree(mine, tmp_path / "more")
    (tmp_path / "secret").write_text("of somebody else")
    (tmp_path / "more" / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "more" / "loop").symlink_to(tmp_path / "more")
    install(tmp_path / "more", force=True)
    assert sorted(path.name for path in (models / "default").iterdir()) == sorted(retrain.FILES)


def test_from_scratch_labels_and_the_project_s_documents_make_a_model(
    labels: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrain, "Recipe", lambda: TINY)
    seeds = tmp_path / "seeds"
    for name in ("written/pl", "written/cs"):
        shutil.copytree(ROOT / "seeds" / name, seeds / name)
    shutil.copy(ROOT / "seeds" / "labels.toml", seeds)
    arguments = ["train", "--labels", str(labels), "-o", str(tmp_path / "mine"), "--seeds", str(seeds), "--from-scratch"]
    result = CliRunner().invoke(app, [*arguments, "--report", str(tmp_path / "r.html")])
    assert result.exit_code == 0, result.output
    assert "web pages will be judged by their text alone" in result.stderr
    assert "--report: a model from scratch is compared with no other" in result.stderr
    assert "but it was not compared with the model that it would replace" in result.stderr
    metrics = json.loads((tmp_path / "mine" / METRICS).read_text())
    assert metrics["labels"]["documents"] == 6
    assert Cleaner.load(tmp_path / "mine").clean("The harbour froze over.").paragraphs
    assert not (tmp_path / "r.html").exists()


def test_too_few_documents_for_a_model_from_scratch_are_refused(labels: Path, tmp_path: Path) -> None:
    (tmp_path / "seeds" / "written" / "en").mkdir(parents=True)
    shutil.copy(ROOT / "seeds" / "labels.toml", tmp_path / "seeds")
    one = next((ROOT / "seeds" / "written" / "en").glob("*.gold"))
    shutil.copy(one, tmp_path / "seeds" / "written" / "en")
    with pytest.raises(GoldError, match="documents of too few sites"):
        train(Training([labels], tmp_path / "mine", seeds=tmp_path / "seeds", from_scratch=True))
    assert not (tmp_path / "mine").exists()


def test_a_folder_of_other_things_is_not_overwritten(labels: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years")
    with pytest.raises(BundleError, match="is there and holds no model"):
        train(Training([labels], tmp_path))


def test_labels_of_one_site_do_not_show_that_a_model_is_safe() -> None:
    one = {"figures": {"article_words_kept": {"value": 0.99}}}
    assert loses_more({"models": [one, one], "is_held_out": True}) is None
    assert "too few sites" in (loses_more({"models": [one, one], "is_held_out": False}) or "")


def test_the_command_line_judges_and_reports(labels: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["evaluate", "--labels", str(labels), "--report", str(tmp_path / "r.html")])
    assert result.exit_code == 0
    assert "6 documents" in result.stdout
    assert (tmp_path / "r.html").exists()


def test_the_command_line_suggests(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Subscribe to read on.\n\nThe harbour froze over in January.")
    result = CliRunner().invoke(app, ["suggest", str(tmp_path / "a.txt"), "-n", "1"])
    assert result.exit_code == 0
    row = json.loads(result.stdout)
    assert row["document"] == str(tmp_path / "a.txt")
    assert row["text"] in (tmp_path / "a.txt").read_text()


def test_bad_labels_end_as_one_line_with_file_and_row(tmp_path: Path) -> None:
    (tmp_path / "l.jsonl").write_text('{"id": "x", "text": "a", "labels": [{"start": 0, "end": 99, "kind": "article"}]}\n')
    result = CliRunner().invoke(app, ["train", "--labels", str(tmp_path / "l.jsonl"), "-o", str(tmp_path / "mine")])
    assert result.exit_code == 1
    assert "l.jsonl:1" in result.stderr
    assert not (tmp_path / "mine").exists()
