"""Restoring: cleaned documents and what was removed from them give the documents as they were."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import Result as Ended

from cleaner.assemble import assemble
from cleaner.config import Config
from cleaner.errors import CleanerError, DocumentError
from cleaner.formats import Document
from cleaner.records import Result, Verdicts
from cleaner.runs import Task, make_plan, run
from cleaner.runs.restore import restore, restored
from cleaner.runs.work import removed_rows
from cleaner.text.paragraphs import segment
from cleaner.text.scan import scan
from tests.cli.conftest import cleaner as cleaner  # noqa: PLC0414 - the fixture
from tests.fakes import SCHEME, FakeCleaner
from tests.strategies import texts

TEXT = "\nBuy one.\n\n  Story one.\n\n\nBuy two.\nCopyright us.\nStory two.\n\nBuy three.\n \n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    return tmp_path


@given(texts(), st.data(), st.none() | st.sampled_from(["", "[…]", "{n} of {kinds}", "\n"]))
def test_what_assembly_cut_can_be_put_back(text: str, data: st.DataObject, marker: str | None) -> None:
    paragraphs = segment(scan([text]))
    n = len(paragraphs.starts)
    keep = np.array(data.draw(st.lists(st.booleans(), min_size=n, max_size=n)), bool)
    kinds = np.where(keep, 0, 1)
    verdicts = Verdicts(paragraphs.starts, paragraphs.ends, kinds, np.eye(3, dtype=np.float32)[kinds], keep, SCHEME, lambda: [""] * n)
    cleaned = assemble(text, verdicts, marker)
    rows = [json.loads(f"{{{row}") for row in removed_rows(Document("a", text), Result(text, cleaned, verdicts), marker)]
    assert len(rows) == int((~keep).sum())
    assert restored(cleaned, rows, "a") == text


def clean(*inputs: str, output: str = "out", marker: str | None = None) -> None:
    task = Task(inputs or ("in",), output, removed="removed.jsonl")
    plan = make_plan(task)
    object.__setattr__(plan.settings, "marker", marker)
    run(FakeCleaner(Config(marker=marker)), plan)


def put_back(cleaned: str = "out", output: str = "back") -> list[DocumentError]:
    return restore(make_plan(Task((cleaned,), output)), "removed.jsonl").skipped


ORIGINALS = {
    "a.txt": TEXT.encode(),
    "b.txt": "Größe.\n\nBuy Füße.\n".encode("cp1252"),
    "c.txt": TEXT.encode("utf-16"),
    "d.txt": b"\xef\xbb\xbfStory\r\nBuy\r\n",
    "e.txt": b"",
    "f.txt.gz": gzip.compress(TEXT.encode(), mtime=0),
    "sub/g.md": b"Story\n",
    "h.jsonl": b"".join(json.dumps({"id": i, "text": TEXT[i:]}).encode() + b"\n" for i in range(9)),
    "i.csv": b'n,text\r\n1,"Story\n\nBuy"\r\n2,Buy\r\n',
}


@pytest.mark.parametrize("marker", [None, "[{n}]"])
def test_a_tree_is_restored_byte_for_byte(marker: str | None) -> None:
    for name, data in ORIGINALS.items():
        Path("in", name).parent.mkdir(exist_ok=True)
        Path("in", name).write_bytes(data)
    clean(marker=marker)
    assert Path("out/a.txt").read_bytes() != ORIGINALS["a.txt"]
    assert put_back() == []
    found = {str(path.relative_to("back")): path.read_bytes() for path in Path("back").rglob("*") if path.is_file()}
    assert gzip.decompress(found.pop("f.txt.gz")) == TEXT.encode()  # the compression may differ
    assert found == {name: data for name, data in ORIGINALS.items() if name != "f.txt.gz"}


def test_one_file_is_restored_under_any_name() -> None:
    Path("in/a.txt").write_text(TEXT)
    clean("in/a.txt", output="out.txt")
    Path("out.txt").rename("other.txt")
    assert put_back("other.txt", "back.txt") == []
    assert Path("back.txt").read_text() == TEXT


def test_many_texts_in_one_file_of_records_are_restored() -> None:
    for name in "abc":
        Path(f"in/{name}.txt").write_text(f"{name}\n\n{TEXT}")
    clean(output="all.jsonl")
    put_back("all.jsonl", "back.jsonl")
    assert [json.loads(line)["text"] for line in Path("back.jsonl").read_text().splitlines()] == [f"{name}\n\n{TEXT}" for name in "abc"]


def test_skipped_documents_do_not_shift_the_rows() -> None:
    Path("in/a.jsonl").write_text(f"bad\n{json.dumps({'text': TEXT})}\nbad\n{json.dumps({'text': 'Buy'})}\n")
    clean()
    assert put_back() == []
    assert [json.loads(line)["text"] for line in Path("back/a.jsonl").read_text().splitlines()] == [TEXT, "Buy"]


def test_an_encoding_that_cannot_give_the_bytes_back_is_refused_for_that_document() -> None:
    Path("in/a.txt").write_bytes("Größen, Grüße, Füße ".encode() + b"\xff")
    Path("in/b.txt").write_text(TEXT)
    clean()
    (error,) = put_back()
    assert str(error) == "out/a.txt: it was read as utf-8 with places that this encoding cannot give back; keep the original of this one"
    assert [path.name for path in Path("back").iterdir()] == ["b.txt"]


@pytest.mark.parametrize("change", ["Story one.", "Xx", ""])
def test_a_cleaned_text_that_was_changed_is_refused(change: str) -> None:
    Path("in/a.txt").write_text(TEXT)
    clean()
    Path("out/a.txt").write_text(change)
    (error,) = put_back()
    assert "the removed paragraphs do not fit this text" in error.problem


def test_rows_without_a_document_are_told() -> None:
    for name in "ab":
        Path(f"in/{name}.txt").write_text(TEXT)
    clean()
    Path("out/a.txt").unlink()
    assert [str(error) for error in put_back()] == ["a.txt: removed.jsonl has rows for it, and it is not among the inputs"]


def test_a_document_without_its_place_is_told() -> None:
    Path("in/a.jsonl").write_text(json.dumps({"text": "Story"}) + "\n" + json.dumps({"text": "Buy"}) + "\n")
    clean()
    Path("out/a.jsonl").write_text(json.dumps({"text": "Story"}) + "\n")
    assert [str(error) for error in put_back()] == ["out/a.jsonl:2: rows were removed from this document, and it is not there"]


@pytest.mark.parametrize("data", [b"no rows", b'{"text": "a"}\n', b'{"file": "a.txt", "row": 0, \n'])
def test_a_file_of_something_else_is_refused(data: bytes) -> None:
    Path("in/a.txt").write_text(TEXT)
    clean()
    Path("removed.jsonl").write_bytes(data)
    with pytest.raises(CleanerError, match=r"^removed.jsonl:"):
        put_back()


def test_the_command_restores(cleaner: Callable[..., Ended]) -> None:
    Path("note.txt").write_text(TEXT)
    cleaner("clean", "note.txt", "-o", "out.txt", "--removed", "removed.jsonl", "--marker", "[{kinds}]")
    result = cleaner("restore", "out.txt", "--removed", "removed.jsonl")
    assert (result.exit_code, result.stdout, result.stderr) == (0, TEXT, "1 document restored\n")


def test_the_command_tells_what_it_could_not_restore(cleaner: Callable[..., Ended]) -> None:
    Path("note.txt").write_text(TEXT)
    cleaner("clean", "note.txt", "-o", "out.txt", "--removed", "removed.jsonl")
    Path("out.txt").write_text("Other")
    result = cleaner("restore", "out.txt", "--removed", "removed.jsonl", "-q")
    assert result.exit_code == 3
    assert result.stderr.startswith("out.txt: the removed paragraphs do not fit this text")
