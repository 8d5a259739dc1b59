"""From labelled documents to a bundle: it loads, it cleans, and it comes out the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from cleaner import Cleaner
from cleaner.classify.bundle import CARD, MANIFEST, METRICS, WEIGHTS
from cleaner.errors import GoldError
from cleaner.records import Scheme
from cleaner.train.build import build_bundle, read_documents
from cleaner.train.gold import Gold, digest
from tests.strategies import PROSE
from tests.train.conftest import TINY


def test_a_built_bundle_loads_and_is_the_same_twice(small_tables: None, tmp_path: Path, scheme: Scheme, documents: list[Gold]) -> None:
    with threadpool_limits(1):
        metrics = [build_bundle(tmp_path / part / "mine", scheme, documents, TINY) for part in ("a", "b")]
    one, other = ({path.name: path.read_bytes() for path in (tmp_path / part / "mine").iterdir()} for part in ("a", "b"))
    assert one.keys() == {MANIFEST, WEIGHTS, METRICS, CARD}
    assert one == other
    assert metrics[0] == json.loads(one[METRICS])
    cleaner = Cleaner.load(tmp_path / "a" / "mine")
    assert len(cleaner.clean("\n\n".join(PROSE)).paragraphs) == len(PROSE)
    manifest = cleaner.bundle.manifest
    assert manifest["gold_sha256"] == digest(documents)
    assert manifest["kinds"] == {kind: label.value for kind, label in zip(scheme.kinds, scheme.labels, strict=True)}
    assert metrics[0]["documents"] == {"examples": 1, "posts": len(documents) - 1}
    card = cleaner.bundle.card()
    assert card.startswith("# Model card: mine\n")
    assert f"{metrics[0]['posts']['macro_f1']:.3f}" in card


def test_losses_are_told_only_of_what_was_trained_on(small_tables: None, tmp_path: Path, scheme: Scheme, documents: list[Gold]) -> None:
    metrics = build_bundle(tmp_path / "mine", scheme, documents, TINY)
    assert all(row.keys() == {"loss", "threshold", "posts"} for row in metrics["losses"])


def test_documents_of_too_few_sites_are_refused(tmp_path: Path, scheme: Scheme, documents: list[Gold]) -> None:
    with pytest.raises(GoldError, match="they fill 1 of 5 folds; add documents"):
        build_bundle(tmp_path / "mine", scheme, documents[:1], TINY)
    assert not (tmp_path / "mine").exists()


def test_the_seeds_alone_can_be_read(tmp_path: Path) -> None:
    scheme, documents = read_documents(Path(__file__).parent.parent.parent / "seeds", None)
    assert {gold.corpus for gold in documents} == {"posts", "examples"}
    assert len(scheme.kinds) == 9


def test_a_folder_without_seeds_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"labels\.toml: cannot be read"):
        read_documents(tmp_path, None)
