"""Labels of users: skipped answers do not train, documents in two splits are refused, files and rows are named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cleaner import Cleaner
from cleaner.classify.bundle import load_bundle
from cleaner.classify.model import Model
from cleaner.errors import GoldError
from cleaner.train.dataset import fold_of
from cleaner.train.labelled import check_splits, read_labelled, text_digest

STORY = "The council met on Tuesday evening and agreed, after two hours of talk, to mend the bridge before winter comes."
OFFER = "Order the new kettle today and get a second one for half the price, only until the end of this very long month."


@pytest.fixture(scope="module")
def model() -> Model:
    return Model.of(load_bundle())


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def row(name: str, text: str = f"{STORY}\n{OFFER}", **more: object) -> dict[str, Any]:
    labels = [{"start": 0, "end": len(STORY), "kind": "article"}, {"start": len(STORY) + 1, "end": len(text), "kind": "promotion"}]
    return {"id": name, "text": text, "labels": labels, **more}


def apart() -> tuple[str, str]:
    """Two sites of different folds."""
    return next((f"a{i}.example", "b.example") for i in range(20) if fold_of(f"a{i}.example") != fold_of("b.example"))


def test_labels_become_lines_with_kinds(tmp_path: Path, model: Model) -> None:
    found = read_labelled([write(tmp_path / "l.jsonl", row("x", url="https://news.b.example/1", source="letters"))], model)
    (gold,) = found.documents
    assert [gold.text[a:b] for a, b in zip(gold.starts, gold.ends, strict=True)] == [STORY, OFFER]
    assert [model.scheme.kinds[kind] for kind in gold.kinds] == ["article", "promotion"]
    assert (gold.site, gold.genre, found.n_labels) == ("b.example", "letters", 2)


def test_skipped_documents_and_answers_do_not_train(tmp_path: Path, model: Model) -> None:
    unsure = row("y")
    unsure["labels"][1] |= {"kind": None, "label": None}
    found = read_labelled([write(tmp_path / "l.jsonl", row("x", skipped=True), unsure)], model)
    assert [len(gold.kinds) for gold in found.documents] == [1]
    assert found.n_skipped == 1


def test_a_label_without_a_kind_gets_one_of_that_label(tmp_path: Path, model: Model) -> None:
    given = row("x")
    given["labels"][1] = {"start": len(STORY) + 1, "end": len(given["text"]), "label": "advertisement"}
    found = read_labelled([write(tmp_path / "l.jsonl", given)], model)
    assert model.scheme.labels[int(found.documents[0].kinds[1])] == "advertisement"
    assert found.is_kind_known[0].tolist() == [True, False]


def test_the_same_document_in_two_files_is_refused(tmp_path: Path, model: Model) -> None:
    files = [write(tmp_path / name, row("x")) for name in ("a.jsonl", "b.jsonl")]
    with pytest.raises(GoldError, match=r"b\.jsonl:1: document 'x' is also in .*a\.jsonl:1"):
        read_labelled(files, model)


def test_no_labels_are_refused(tmp_path: Path, model: Model) -> None:
    with pytest.raises(GoldError, match="no labelled paragraph in 1 documents"):
        read_labelled([write(tmp_path / "l.jsonl", row("x") | {"labels": []})], model)


def test_a_document_in_two_splits_is_refused(tmp_path: Path, model: Model) -> None:
    one, two = apart()
    path = write(tmp_path / "l.jsonl", row("x", url=f"https://{one}/"), row("y", f"{STORY}\n{OFFER} ", url=f"https://{two}/"))
    with pytest.raises(GoldError, match="are the same document in two splits"):
        check_splits(read_labelled([path], model).documents)


def test_the_same_document_in_one_split_is_fine(tmp_path: Path, model: Model) -> None:
    path = write(tmp_path / "l.jsonl", row("x", source="s"), row("y", source="s"))
    check_splits(read_labelled([path], model).documents)


def test_an_example_is_refused(tmp_path: Path, model: Model) -> None:
    found = read_labelled([write(tmp_path / "l.jsonl", row("x"))], model)
    with pytest.raises(GoldError, match="is the project's example"):
        check_splits(found.documents, found.documents)


def test_blanks_do_not_change_a_document() -> None:
    assert text_digest("a  b\n") == text_digest("a b")
    assert text_digest("a b") != text_digest("ab")


def test_the_shipped_model_is_the_one_that_reads(cleaner: Cleaner, model: Model) -> None:
    assert cleaner.clean("").verdicts.scheme == model.scheme
