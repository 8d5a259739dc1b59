"""Labelled documents: what is written is read, and what is malformed is refused by file and row."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleaner.errors import GoldError
from cleaner.records import Label, Scheme
from cleaner.train.gold import (
    UNLABELLED,
    Gold,
    digest,
    make_gold,
    read_gold,
    read_leftovers,
    read_pages,
    read_scheme,
    read_seeds,
    registrable,
    write_gold,
)

HEAD = "genre: news\nlanguage: en\n\n"
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\r\n")
LINES = st.lists(st.just("") | st.text(CHARACTERS, max_size=30).filter(str.strip), max_size=8)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "enn-001.gold"


def refusal(path: Path, scheme: Scheme) -> str:
    with pytest.raises(GoldError) as caught:
        read_gold(path, scheme)
    return str(caught.value)


@given(lines=LINES, data=st.data())
def test_what_is_written_is_read(scheme: Scheme, tmp_path_factory: pytest.TempPathFactory, lines: list[str], data: st.DataObject) -> None:
    solid = [line for line in lines if line]
    kinds = data.draw(st.lists(st.sampled_from(scheme.kinds), min_size=len(solid), max_size=len(solid)))
    path = tmp_path_factory.getbasetemp() / "any-001.gold"
    write_gold(path, lines, kinds, "news", "en")
    gold = read_gold(path, scheme)
    assert gold.text == "\n".join(lines)
    assert [scheme.kinds[kind] for kind in gold.kinds] == kinds
    assert [gold.text[start:end] for start, end in zip(gold.starts.tolist(), gold.ends.tolist(), strict=True)] == [s.strip() for s in solid]
    assert (gold.name, gold.site, gold.genre, gold.language, gold.corpus) == ("any-001", "any-001", "news", "en", "posts")


def test_another_kind_may_be_as_right(path: Path, scheme: Scheme) -> None:
    path.write_text(f"{HEAD}article/navigation | #harbour\n\ncomment    | First!\n")
    gold = read_gold(path, scheme)
    assert [scheme.kinds[kind] for kind in gold.kinds] == ["article", "comment"]
    assert [scheme.kinds[kind] for kind in gold.others] == ["navigation", "comment"]


@pytest.mark.parametrize(
    ("rows", "number", "problem"),
    [
        ("article | One\nTwo\n", 5, "not 'kind | text': 'Two'"),
        ("article | One\n\narticle |\n", 6, "not 'kind | text'"),
        ("article |  \n", 4, "not 'kind | text'"),
        ("article| One\n", 4, "not 'kind | text'"),
        ("spam | One\n", 4, "'spam' is no kind; kinds are article, comment,"),
        ("article/spam | One\n", 4, "'spam' is no kind"),
        ("Article | One\n", 4, "'Article' is no kind"),
    ],
)
def test_a_malformed_row_is_refused_by_its_number(path: Path, scheme: Scheme, rows: str, number: int, problem: str) -> None:
    path.write_text(HEAD + rows)
    assert refusal(path, scheme).startswith(f"{path}:{number}: {problem}")


@pytest.mark.parametrize("text", ["", "article | One\n", "genre: news\n\narticle | One\n", "genre: news\nlanguage: en\narticle | One\n"])
def test_a_malformed_head_is_refused(path: Path, scheme: Scheme, text: str) -> None:
    path.write_text(text)
    assert refusal(path, scheme) == f"{path}: the head must name genre and language and end with an empty row"


@pytest.mark.parametrize("data", [None, b"\xff\xfe\xff"])
def test_an_unreadable_file_is_refused(path: Path, scheme: Scheme, data: bytes | None) -> None:
    if data is not None:
        path.write_bytes(data)
    assert refusal(path, scheme).startswith(f"{path}: cannot be read: ")


@pytest.mark.parametrize("labels", [[], [("article", "article")] * 3])
def test_as_many_labels_as_lines_are_needed(scheme: Scheme, labels: list[tuple[str, str]]) -> None:
    with pytest.raises(GoldError, match=f"^mine: 2 lines and {len(labels)} labels; give one label a non-blank line$"):
        make_gold("mine", ["One", "", "Two"], labels, scheme, corpus="pages", site="mine")


def test_unknown_kinds_are_unlabelled(scheme: Scheme) -> None:
    gold = make_gold("mine", ["One", "Two"], [(None, None), ("article", "article")], scheme, corpus="pages", site="mine")
    assert gold.kinds.tolist() == gold.others.tolist() == [UNLABELLED, scheme.kinds.index("article")]


def test_the_scheme_is_in_alphabetical_order(scheme: Scheme) -> None:
    assert list(scheme.kinds) == sorted(scheme.kinds)
    assert len(scheme.kinds) == 9
    assert scheme.labels[scheme.kinds.index("contact")] is Label.ADVERTISEMENT


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[spam]\na = 'b'\n", r"\[spam\] is no label; labels are advertisement, article, boilerplate"),
        ("[article]\na = 'b'\n[boilerplate]\na = 'b'\n", "a kind stands under two labels"),
        ("[article\n", "cannot be read: "),
        (None, "cannot be read: "),
    ],
)
def test_a_malformed_scheme_is_refused(tmp_path: Path, text: str | None, problem: str) -> None:
    path = tmp_path / "labels.toml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(GoldError, match=f"^{re.escape(str(path))}: {problem}"):
        read_scheme(path)


def seeds(folder: Path, scheme: Scheme, *names: str) -> Path:
    pairs = list(zip(scheme.kinds, scheme.labels, strict=True))
    tables = ["\n".join([f"[{label}]", *(f"{kind} = ''" for kind, own in pairs if own is label)]) for label in Label]
    (folder / "labels.toml").write_text("\n".join(tables))
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"{HEAD}article | {name}\n")
    return folder


def test_seeds_are_read_in_the_order_of_their_names(tmp_path: Path, scheme: Scheme) -> None:
    folder = seeds(tmp_path, scheme, "written/en/b.gold", "written/de/c.gold", "written/en/a.gold", "examples/e.gold")
    found, written, examples = read_seeds(folder)
    assert found == scheme
    assert [(gold.name, gold.corpus) for gold in written + examples] == [("c", "posts"), ("a", "posts"), ("b", "posts"), ("e", "examples")]


def test_seeds_without_documents_are_refused(tmp_path: Path, scheme: Scheme) -> None:
    with pytest.raises(GoldError, match=r"no \.gold file in written/"):
        read_seeds(seeds(tmp_path, scheme, "examples/e.gold"))


def test_a_document_that_repeats_an_example_is_refused(tmp_path: Path, scheme: Scheme) -> None:
    folder = seeds(tmp_path, scheme, "written/en/a.gold", "examples/e.gold")
    for name in ("written/en/a.gold", "examples/e.gold"):
        (folder / name).write_text(f"{HEAD}article | {'A line as long as few others. ' * 3}\n")
    with pytest.raises(GoldError, match=r"^a: 'A line .*' also stands in the example e; examples never train$"):
        read_seeds(folder)


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("www.example.com", "example.com"),
        ("EXAMPLE.com", "example.com"),
        ("news.example.co.uk", "example.co.uk"),
        ("localhost", "localhost"),
    ],
)
def test_sites(host: str, site: str) -> None:
    assert registrable(host) == site


def test_pages_and_their_leftovers_share_a_site(tmp_path: Path, scheme: Scheme) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    page = {"id": ["p1"], "site": ["www.example.com"], "page_type": ["forum"], "language": [None]}
    page |= {"lines": [["One", "Two"]], "kinds": [["article", "comment"]]}
    rest = {"id": ["p1"] * 2, "extractor": ["x", "y"], "lines": [["One", "?"], []], "kinds": [["article", None], []]}
    for name, table in (("pages", page), ("rest", rest)):
        parquet.write_table(pyarrow.table(table), tmp_path / name)
    pages = read_pages(tmp_path / "pages", scheme)
    (leftover,) = read_leftovers(tmp_path / "rest", pages, scheme)
    assert [(gold.site, gold.genre, gold.language, gold.text) for gold in (*pages, leftover)] == [
        ("example.com", "forum", "", "One\nTwo"),
        ("example.com", "forum", "", "One\n?"),
    ]
    assert (leftover.name, leftover.kinds.tolist()) == ("p1/x", [0, UNLABELLED])


def test_leftovers_of_no_page_are_refused(tmp_path: Path, scheme: Scheme) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"id": ["p1"], "extractor": ["x"], "lines": [["One"]], "kinds": [["article"]]}), tmp_path / "rest")
    with pytest.raises(GoldError, match="rest: 'p1' is none of the labelled pages"):
        read_leftovers(tmp_path / "rest", [], scheme)


def test_kinds_that_the_scheme_lacks_are_refused(scheme: Scheme) -> None:
    with pytest.raises(GoldError, match="mine: 'spam' is no kind; kinds are article, "):
        make_gold("mine", ["One"], [("spam", "spam")], scheme, corpus="pages", site="mine")


def test_missing_pages_are_refused(tmp_path: Path, scheme: Scheme) -> None:
    pytest.importorskip("pyarrow")
    with pytest.raises(GoldError, match="nowhere: cannot be read: "):
        read_pages(tmp_path / "nowhere", scheme)


def test_the_digest_names_texts_and_labels(scheme: Scheme) -> None:
    def gold(text: str, kind: str) -> Gold:
        return make_gold("mine", [text], [(kind, kind)], scheme, corpus="posts", site="mine")

    assert digest([gold("One", "article")]) == digest([gold("One", "article")])
    assert len({digest([gold(text, kind)]) for text in ("One", "Two") for kind in ("article", "comment")}) == 4


def test_the_written_documents_are_well_formed(written: list[Gold]) -> None:
    assert len({gold.name for gold in written}) == len(written) > 400
    assert all(len(gold.kinds) and gold.genre and gold.language for gold in written)
