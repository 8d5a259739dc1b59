"""Checkouts of the benchmarks become the data folder again; what differs from what was labelled is refused or left out."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from cleaner.errors import GoldError
from cleaner.records import Scheme
from cleaner.train.build import read_documents
from cleaner.train.gold import digest, rows
from cleaner.train.pages import DIGEST_CHARS, render
from cleaner.train.public import EXTRACTORS, rebuild
from tests.conftest import ROOT

STORIES = [
    "The harbour froze over in January, and for the first time in forty years the ferry stayed in port.",
    "Nobody on the island had thought of that, and the shop ran out of coffee before the week was over.",
    "On Sunday the ice broke under a fishing boat, and by the evening the ferry had called at the pier again.",
]
PITCH = "Book your cabin heater today and save a quarter of its price until Sunday."
BODY = "".join(f"<p>{line}</p>" for line in STORIES)
HTML = f"<html><body><nav><a href='/'>Home</a></nav><article><h1>Ice</h1>{BODY}<p>{PITCH}</p></article></body></html>"
STRINGS = {"file": "ice.html", "with": ["froze over"], "without": ["Book your cabin"]}


def digest_of(lines: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:DIGEST_CHARS]


def write(path: Path, table: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]), delimiter="\t")
        writer.writeheader()
        writer.writerows(table)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two checkouts of one page each, and seeds with the facts of these pages."""
    pytest.importorskip("pyarrow")
    pytest.importorskip("resiliparse")
    public, seeds = tmp_path / "public", tmp_path / "seeds"
    wcxb, tests = public / "wcxb" / "dev", public / "trafilatura" / "tests"
    for folder in (wcxb / "html", wcxb / "ground-truth", tests / "eval"):
        folder.mkdir(parents=True)
    (wcxb / "html" / "0001.html.gz").write_bytes(gzip.compress(HTML.encode()))
    truth = {"main_content": "\n".join(STORIES), "with": STORIES[:1], "without": [PITCH]}
    (wcxb / "ground-truth" / "0001.json").write_text(json.dumps({"ground_truth": truth}))
    (tests / "eval" / "ice.html").write_text(HTML)
    (tests / "evaldata.py").write_text(f"EVAL_PAGES = {{'https://ice.example/': {STRINGS!r}}}\nprint('run')\n")
    lines = render(HTML)
    runs = f"navigation:1 article:{len(lines) - 2} promotion:1"
    facts = {"first": 0, "lines": len(lines), "sha256": digest_of(lines), "runs": runs}
    names = {"wcxb-0001": "https://a.example/", "traf-ice": "https://ice.example/"}
    pages = [{"id": name, "url": url, "page_type": "article", "language": ""} for name, url in names.items()]
    write(seeds / "pages" / "sources.tsv", pages)
    write(seeds / "pages" / "benchmarks.tsv", [{"id": name, "site": f"{name}.example", **facts} for name in names])
    write(seeds / "pages" / "labels.tsv", [{"id": "x", **facts}])
    (seeds / "pages" / "labels.tsv").write_text("id\tfirst\tlines\tsha256\truns\n")
    outputs = {name: extract(HTML) for name, extract in EXTRACTORS.items()}
    left: list[dict[str, object]] = [
        {"id": "traf-ice", "extractor": name, "sha256": digest_of(lines), "runs": f"-:1 article:{len(lines) - 1}"}
        for name, lines in outputs.items()
    ]
    left[-1]["sha256"] = "0" * DIGEST_CHARS
    write(seeds / "pages" / "leftovers.tsv", left)
    (seeds / "pages" / "leftovers.tsv.gz").write_bytes(gzip.compress((seeds / "pages" / "leftovers.tsv").read_bytes()))
    shutil.copy(ROOT / "seeds" / "labels.toml", seeds)
    shutil.copytree(ROOT / "seeds" / "written" / "pl", seeds / "written" / "pl")
    return public, seeds


def test_the_data_folder_has_pages_labels_and_references(folders: tuple[Path, Path], tmp_path: Path, scheme: Scheme) -> None:
    found = rebuild(*folders, tmp_path / "data")
    assert (found.pages, found.leftovers, found.others) == (2, len(EXTRACTORS) - 1, 1)
    page, other = rows(tmp_path / "data" / "labelled-pages.parquet")
    assert (page["id"], page["site"], page["kinds"][-1]) == ("wcxb-0001", "wcxb-0001.example", "promotion")
    assert other["lines"] == page["lines"] == render(HTML)
    (reference,) = rows(tmp_path / "data" / "wcxb-dev.parquet")
    assert (reference["main_content"], reference["without"]) == ("\n".join(STORIES), [PITCH])
    (segments,) = rows(tmp_path / "data" / "segments-dev.parquet")
    assert (segments["with_"], segments["html"]) == (STRINGS["with"], HTML.encode())
    assert [row["kinds"][0] for row in rows(tmp_path / "data" / "leftovers.parquet")] == [None] * found.leftovers
    _, documents = read_documents(folders[1], tmp_path / "data")
    assert {gold.corpus for gold in documents} == {"posts", "pages", "leftovers"}


def test_the_same_checkout_gives_the_same_digest(folders: tuple[Path, Path], tmp_path: Path) -> None:
    digests = []
    for name in ("one", "two"):
        rebuild(*folders, tmp_path / name)
        digests.append(digest(read_documents(folders[1], tmp_path / name)[1]))
    assert digests[0] == digests[1]


def test_a_page_that_was_changed_is_refused(folders: tuple[Path, Path], tmp_path: Path) -> None:
    page = folders[0] / "trafilatura" / "tests" / "eval" / "ice.html"
    page.write_text(HTML.replace("coffee", "tea"))
    with pytest.raises(GoldError, match="traf-ice: renders to other lines than were labelled"):
        rebuild(*folders, tmp_path / "data")


def test_a_page_that_is_missing_is_named(folders: tuple[Path, Path], tmp_path: Path) -> None:
    (folders[0] / "wcxb" / "dev" / "html" / "0001.html.gz").unlink()
    with pytest.raises(GoldError, match=r"public: wcxb-0001 and 0 more pages are not there"):
        rebuild(*folders, tmp_path / "data")


@pytest.mark.parametrize("data", [b"", b"[]", b"{}", b'{"main_content": null}', b"\xff", b"[" * 100_000])
def test_a_damaged_reference_is_refused_with_its_file(folders: tuple[Path, Path], tmp_path: Path, data: bytes) -> None:
    (folders[0] / "wcxb" / "dev" / "ground-truth" / "0001.json").write_bytes(data)
    with pytest.raises(GoldError, match=r"0001\.json: no reference of this page"):
        rebuild(*folders, tmp_path / "data")


@pytest.mark.parametrize("data", [b"not a page", b"\x1f\x8b"])
def test_a_damaged_archive_is_refused_with_its_file(folders: tuple[Path, Path], tmp_path: Path, data: bytes) -> None:
    (folders[0] / "wcxb" / "dev" / "html" / "0001.html.gz").write_bytes(data)
    with pytest.raises(GoldError, match=r"0001\.html\.gz: cannot be read"):
        rebuild(*folders, tmp_path / "data")


def test_a_checkout_is_read_and_never_run(folders: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rebuild(*folders, tmp_path / "data")
    assert "run" not in capsys.readouterr().out
    (folders[0] / "trafilatura" / "tests" / "evaldata.py").write_text("EVAL_PAGES = {'x': {'file': open('y'), 'with': [], 'without': 1}}")
    rebuild(*folders, tmp_path / "again")
    (segments,) = rows(tmp_path / "again" / "segments-dev.parquet")
    assert segments["with_"] == []


def test_the_facts_in_the_project_hold_no_text_of_pages() -> None:
    folder = ROOT / "seeds" / "pages"
    for name in ("benchmarks.tsv", "labels.tsv"):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter="\t"):
                counts = [int(run.rpartition(":")[2]) for run in row["runs"].split()]
                assert sum(counts) == int(row["lines"])
                assert row.keys() <= {"id", "site", "first", "lines", "sha256", "runs"}
