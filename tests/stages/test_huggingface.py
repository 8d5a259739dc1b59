"""Hugging Face datasets, two processes: the command line's results, and a fingerprint that stays."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cleaner import Config
from cleaner.stages.stage import Stage
from tests.stages.conftest import Rows

datasets = pytest.importorskip("datasets", reason="datasets is not installed: cleaner[datasets]")
from datasets.fingerprint import Hasher

from cleaner.stages.huggingface import CleanDataset

ROOT = Path(__file__).parents[2]
FINGERPRINT = """
from datasets.fingerprint import Hasher
from cleaner import Config
from cleaner.stages.huggingface import CleanDataset
from cleaner.stages.stage import Stage
print(Hasher.hash(CleanDataset(Stage(config=Config(keep=frozenset({"comment", "legal", "contact", "related"}))))))
"""
pytestmark = pytest.mark.filterwarnings("ignore")  # its own


@pytest.fixture(scope="module", autouse=True)
def _alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    datasets.disable_progress_bars()
    datasets.config.HF_DATASETS_CACHE = tmp_path_factory.mktemp("cache")


def rows_of(dataset: Any) -> Rows:
    return list(dataset.with_format(None))


@pytest.mark.parametrize("format_", ["arrow", None])
def test_texts_are_those_of_the_command_line(documents: Rows, cleaned: dict[str, str], format_: str | None) -> None:
    dataset = datasets.Dataset.from_list(documents).with_format(format_)
    rows = rows_of(dataset.map(CleanDataset(), batched=True, batch_size=100, num_proc=2))
    assert {row["id"]: row["text"] for row in rows} == cleaned
    assert [(row["id"], row["html"], row["weight"]) for row in rows] == [(row["id"], row["html"], row["weight"]) for row in documents]


def test_verdicts_are_those_of_the_command_line(documents: Rows, labelled: dict[str, tuple[str, Rows]]) -> None:
    dataset = datasets.Dataset.from_list(documents).with_format("arrow")
    rows = rows_of(dataset.map(CleanDataset(Stage(label=True)), batched=True, batch_size=100))
    assert {row["id"]: (row["text"], row["paragraphs"]) for row in rows} == labelled


@pytest.mark.parametrize("format_", ["arrow", None])
def test_a_poisoned_row_fails_alone(poisoned: Rows, format_: str | None) -> None:
    dataset = datasets.Dataset.from_list(poisoned).with_format(format_)
    clean = CleanDataset()
    features = None if format_ == "arrow" else clean.features(dataset.features)
    rows = rows_of(dataset.map(clean, batched=True, batch_size=4, features=features))
    assert {row["id"]: row["error"] for row in rows if row["error"]} == {"poison": "'text' is empty (null)"}
    assert [row["id"] for row in rows] == [row["id"] for row in poisoned]


def test_the_fingerprint_is_the_same_in_every_process() -> None:
    seen = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": seed}
        done = subprocess.run([sys.executable, "-c", FINGERPRINT], env=environment, check=True, capture_output=True, text=True)
        seen.add(done.stdout.strip())
    assert len(seen) == 1


def test_the_fingerprint_depends_on_the_settings() -> None:
    stages = [Stage(), Stage(label=True), Stage(config=Config(keep=frozenset({"comment"}))), Stage(config=Config(marker="[…]"))]
    assert len({Hasher.hash(CleanDataset(stage)) for stage in stages}) == len(stages)


def test_settings_survive_pickling() -> None:
    stage = Stage(config=Config(keep=frozenset({"comment"}), max_article_loss=0.05), removed=True)
    assert pickle.loads(pickle.dumps(CleanDataset(stage))).stage == stage
