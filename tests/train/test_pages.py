"""Pages whose labels are ours and whose texts are not: rendered again, refused where they differ, found in what extractors leave."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from cleaner.errors import GoldError
from cleaner.records import Scheme
from cleaner.train.pages import DIGEST_CHARS, EXTRACTORS, SOURCES, match_kinds, read_labelled_pages, render

STORY = "The harbour froze over in January, and for the first time in forty years the ferry stayed in port."
PITCH = "Book your cabin heater today and save a quarter of its price until Sunday."
HTML = f"<html><body><nav><a href='/'>Home</a></nav><article><h1>Ice</h1><p>{STORY}</p><p>{PITCH}</p></article></body></html>"
LINES = [STORY, PITCH]
RUNS = "article:1 promotion:1"


def folder(path: Path, lines: list[str] = LINES, name: str = "p1") -> tuple[Path, Path]:
    """The labels of one page, and a data folder that holds it."""
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pytest.importorskip("resiliparse")
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()[:DIGEST_CHARS]
    labels = path / "labels.tsv"
    labels.write_text(f"id\tfirst\tlines\tsha256\truns\n{name}\t{render(HTML).index(STORY)}\t2\t{digest}\t{RUNS}\n")
    page = {"id": ["p0", "p1"], "url": ["https://news.example.com/ice"] * 2, "html": [HTML] * 2}
    for source in SOURCES:
        rows = page if source == SOURCES[0] else {key: value[:1] for key, value in page.items()}
        parquet.write_table(pyarrow.table(rows), path / source)
    return labels, path


def test_a_page_is_rendered_without_empty_lines() -> None:
    pytest.importorskip("resiliparse")
    lines = render(HTML)
    assert [line for line in lines if line in LINES] == LINES
    assert all(line == line.strip() != "" for line in lines)


def test_labels_find_their_lines(tmp_path: Path, scheme: Scheme) -> None:
    gold, *left = read_labelled_pages(*folder(tmp_path), scheme)
    assert (gold.name, gold.corpus, gold.site, gold.text) == ("p1", "extra", "example.com", "\n".join(LINES))
    assert [scheme.kinds[kind] for kind in gold.kinds] == ["article", "promotion"]
    assert left
    assert {(own.corpus, own.site) for own in left} == {("extra leftovers", "example.com")}
    assert {own.name for own in left} <= {f"p1/{name}" for name in EXTRACTORS}


def test_other_lines_than_were_labelled_are_refused(tmp_path: Path, scheme: Scheme) -> None:
    with pytest.raises(GoldError, match="p1: renders to other lines than were labelled"):
        read_labelled_pages(*folder(tmp_path, [STORY, "Something else."]), scheme)


def test_a_page_that_is_not_there_is_named(tmp_path: Path, scheme: Scheme) -> None:
    with pytest.raises(GoldError, match=r"labels\.tsv: p9 and 0 more are not in "):
        read_labelled_pages(*folder(tmp_path, name="p9"), scheme)


def test_missing_labels_are_told(tmp_path: Path, scheme: Scheme) -> None:
    with pytest.raises(GoldError, match=r"labels\.tsv: cannot be read: "):
        read_labelled_pages(tmp_path / "labels.tsv", tmp_path, scheme)


@pytest.mark.parametrize(
    ("left", "kind"),
    [
        (STORY, "article"),
        (STORY.replace(" ", "  "), "article"),
        (STORY.partition(",")[0], "article"),
        (f"{PITCH} {STORY}", None),
        ("Ice", None),
        ("Nobody has ever written this line before today.", None),
    ],
    ids=["whole", "blanks", "part", "mixed", "short", "unknown"],
)
def test_a_line_left_has_the_kind_of_where_it_came_from(left: str, kind: str | None) -> None:
    assert match_kinds([left], LINES, ["article", "promotion"]) == [kind]
