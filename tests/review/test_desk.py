"""The desk: documents with verdicts and answers, and every answer in the file before it is confirmed."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from cleaner.errors import CleanerError, GoldError
from cleaner.formats import Document
from cleaner.labels import read_labels
from tests.fakes import SCHEME, FakeCleaner
from tests.review.fakes import LEFT, PAGE, STORY, desk_of

PROMOTION = {"label": "advertisement", "kind": "promotion"}


def saved(path: Path) -> dict[str, list[tuple[int, int, str]]]:
    return {document.id: [(a.start, a.end, a.name) for a in document.answers] for document in read_labels(path, SCHEME)}


def test_a_document_is_shown_with_verdicts_reasons_and_answers(tmp_path: Path) -> None:
    shown = desk_of(tmp_path / "labels.jsonl").open(0)
    assert [(one["text"], one["kind"], one["keep"]) for one in shown["paragraphs"]] == [
        ("Story one.", "article", True),
        ("Buy now.", "promotion", False),
        ("Story two.", "article", True),
        ("Copyright us.", "legal", False),
    ]
    assert shown["paragraphs"][1]["reason"] == "because of first word +1.50; alone it would be article; or else legal 0.10"
    assert shown["answers"] == [None] * 4


def test_an_answer_is_in_the_file_with_its_span_person_and_time(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    now = desk_of(path, by="ann").answer(0, [(2, PROMOTION), (3, {"label": None, "kind": None})])
    assert now == [{**PROMOTION, "by": "ann"}, {"label": None, "kind": None, "by": "ann"}]
    row = json.loads(path.read_text())
    assert (row["id"], row["text"]) == ("left.txt", STORY)
    first, second = row["labels"]
    assert STORY[first["start"] : first["end"]] == "Story two."
    assert (first["kind"], first["by"], second["kind"]) == ("promotion", "ann", None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", first["at"])


def test_answers_are_found_again_and_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    desk_of(path).answer(0, [(0, PROMOTION), (1, PROMOTION)])
    again = desk_of(path)
    assert [answer is not None for answer in again.open(0)["answers"]] == [True, True, False, False]
    again.answer(0, [(0, None)])
    assert saved(path) == {"left.txt": [(12, 20, "promotion")]}
    assert [one["n_answers"] for one in again.contents()["documents"]] == [1, 0]


def test_a_document_set_aside_keeps_its_answers_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    desk = desk_of(path)
    desk.answer(0, [(0, PROMOTION)])
    desk.skip(0, True)
    assert (read_labels(path, SCHEME)[0].is_skipped, desk.open(0)["skipped"]) == (True, True)
    desk.skip(0, False)
    assert saved(path) == {"left.txt": [(0, 10, "promotion")]}


def test_a_page_keeps_its_markup_and_address(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    desk = desk_of(path, [PAGE])
    desk.answer(0, [(1, PROMOTION)])
    (document,) = read_labels(path, SCHEME)
    assert (document.text, document.url) == ("Straße eins.\n\nBuy now.", "https://sandholm.example/a")
    assert document.html == "<meta charset='latin1'><p>Straße eins.</p><p>Buy now.</p>"


def test_what_others_wrote_meanwhile_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    one, two = desk_of(path), desk_of(path)
    one.answer(0, [(0, PROMOTION)])
    two.answer(1, [(1, PROMOTION)])
    one.answer(0, [(1, PROMOTION)])
    assert saved(path) == {"left.txt": [(0, 10, "promotion"), (12, 20, "promotion")], "night.txt": [(16, 26, "promotion")]}


def test_other_rows_and_fields_of_the_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"id": "other", "text": "x y", "crawl": 7, "labels": [{"start": 0, "end": 3, "kind": "legal"}]}\n')
    desk_of(path).answer(0, [(0, PROMOTION)])
    other, mine = (json.loads(line) for line in path.read_text().splitlines())
    assert (other["crawl"], other["labels"][0]["kind"], mine["id"]) == (7, "legal", "left.txt")


def test_a_file_that_is_no_file_of_labels_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text("precious notes\n")
    with pytest.raises(GoldError, match=r"labels\.jsonl:1: not JSON"):
        desk_of(path)
    assert path.read_text() == "precious notes\n"


def test_a_file_that_somebody_breaks_meanwhile_is_not_touched_either(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    desk = desk_of(path)
    desk.answer(0, [(0, PROMOTION)])
    path.write_text("broken\n")
    with pytest.raises(GoldError, match=r"labels\.jsonl:1: not JSON"):
        desk.answer(0, [(1, PROMOTION)])
    assert path.read_text() == "broken\n"


def test_answers_for_another_text_of_the_same_name_are_not_mixed(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    desk_of(path).answer(0, [(0, PROMOTION)])
    other = desk_of(path, [Document("left.txt", "Story of others.")])
    for act in (lambda: other.open(0), lambda: other.answer(0, [(0, PROMOTION)])):
        with pytest.raises(
            GoldError, match=r"'left\.txt' was labelled with another text; take that row out, or name another file with --labels"
        ):
            act()
    assert saved(path) == {"left.txt": [(0, 10, "promotion")]}


def test_a_save_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "labels.jsonl"
    desk = desk_of(path)
    desk.answer(0, [(0, PROMOTION)])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(CleanerError, match="cannot be written: No space left on device"):
        desk.answer(0, [(1, PROMOTION)])
    monkeypatch.undo()
    assert (saved(path), desk.open(0)["answers"][1]) == ({"left.txt": [(0, 10, "promotion")]}, None)
    assert [one.name for one in tmp_path.iterdir()] == ["labels.jsonl"]


def test_a_second_document_of_a_name_is_left_out_and_named(tmp_path: Path) -> None:
    desk = desk_of(tmp_path / "labels.jsonl", [LEFT, LEFT])
    assert (len(desk), desk.contents()["problems"]) == (1, ["left.txt: a second document of this name; give each its own 'id'"])


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ((9, PROMOTION), "no paragraph 9; it has 4"),
        ((-1, PROMOTION), "no paragraph -1"),
        ((0, {"label": "advert", "kind": None}), "no answer of this scheme"),
        ((0, {"label": "article", "kind": "promotion"}), "'promotion' is no kind of 'article'"),
        ((0, {"label": None, "kind": "promotion"}), "'promotion' is no kind of None"),
        ((0, {"label": 1, "kind": []}), "no answer of this scheme"),
        ((0, "promotion"), "no answer of this scheme"),
    ],
)
def test_answers_of_no_sense_are_refused(tmp_path: Path, said: tuple[int, object], problem: str) -> None:
    path = tmp_path / "labels.jsonl"
    with pytest.raises(GoldError, match=re.escape(problem)):
        desk_of(path).answer(0, [(1, PROMOTION), said])
    assert not path.exists()


def test_a_document_that_cannot_be_judged_leaves_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = desk_of(tmp_path / "labels.jsonl")
    with monkeypatch.context() as patched:
        patched.setattr(FakeCleaner, "explain", lambda *_: 1 / 0)
        with pytest.raises(CleanerError, match=r"left\.txt: cannot be judged: ZeroDivisionError"):
            desk.open(0)
    assert desk.open(1)["id"] == "night.txt"


def test_half_letters_reach_the_page_as_letters(tmp_path: Path) -> None:
    desk = desk_of(tmp_path / "labels.jsonl", [Document("a", "Story \ud800.")])
    assert desk.open(0)["paragraphs"][0]["text"] == "Story ?."
    desk.answer(0, [(0, PROMOTION)])
    assert read_labels(tmp_path / "labels.jsonl", SCHEME)[0].text == "Story \ud800."
