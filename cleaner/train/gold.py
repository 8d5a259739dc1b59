"""Labelled documents: the `.gold` files of `seeds/`, the labelled pages and what extractors left of them."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cleaner.errors import GoldError
from cleaner.records import Label, Scheme

UNLABELLED = -1
_KIND_CHARS = 10  # the kind column of a .gold row
_BAR = " | "
LONG_CHARS = 80  # shorter lines, such as menus and notices, may well be the same in two documents


@dataclass(frozen=True, slots=True)
class Gold:
    """One labelled document.

    Attributes:
        name: what messages call it.
        corpus: `pages`, `leftovers`, `extra`, `extra leftovers`, `posts` or `examples`; every figure names it.
        site: the unit of splitting: all documents of a site fall into one fold.
        genre: page type or genre, empty where unknown.
        language: ISO code, empty where unknown.
        text: the document.
        starts: shape (n,), int64, first code point of each labelled line.
        ends: shape (n,), int64, one past its last.
        kinds: shape (n,), int64, columns of the scheme, `UNLABELLED` where nobody knows.
        others: shape (n,), int64, another kind that is as right; equal to `kinds` where there is none.
    """

    name: str
    corpus: str
    site: str
    genre: str
    language: str
    text: str
    starts: np.ndarray
    ends: np.ndarray
    kinds: np.ndarray
    others: np.ndarray


def read_scheme(path: Path) -> Scheme:
    """Read the label scheme.

    Raises:
        GoldError: a table that is no label, or a kind that stands twice.
    """
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GoldError(f"{path}: cannot be read: {error}") from error
    pairs = []
    for label, kinds in tables.items():
        if label not in list(Label):
            raise GoldError(f"{path}: [{label}] is no label; labels are {', '.join(Label)}")
        pairs += [(kind, Label(label)) for kind in kinds]
    pairs.sort()
    kinds = tuple(kind for kind, _ in pairs)
    if len(set(kinds)) != len(kinds):
        raise GoldError(f"{path}: a kind stands under two labels")
    return Scheme(kinds, tuple(label for _, label in pairs))


def read_gold(path: Path, scheme: Scheme, corpus: str = "posts") -> Gold:
    """Read one `.gold` file; `seeds/README.md` describes the form.

    Raises:
        GoldError: a row that is not `kind | text`, an unknown kind, or a head without genre and language; file and row are named.
    """
    try:
        head, blank, body = path.read_text("utf-8").partition("\n\n")
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: cannot be read: {error}") from error
    facts = dict(row.partition(": ")[::2] for row in head.split("\n"))
    if not blank or not {"genre", "language"} <= facts.keys():
        raise GoldError(f"{path}: the head must name genre and language and end with an empty row")
    lines, labels = [], []
    for number, row in enumerate(body.removesuffix("\n").split("\n"), head.count("\n") + 3):
        line, kinds = _row(row, scheme, f"{path}:{number}")
        lines.append(line)
        labels += kinds
    return make_gold(path.stem, lines, labels, scheme, corpus=corpus, site=path.stem, genre=facts["genre"], language=facts["language"])


def _row(row: str, scheme: Scheme, where: str) -> tuple[str, list[tuple[str, str]]]:
    """The line of a row, and its kind and other kind; no kinds for a blank row."""
    if not row.strip():
        return "", []
    column, bar, line = row.partition(_BAR)
    kind, _, other = column.strip().partition("/")
    if not bar or not line.strip():
        raise GoldError(f"{where}: not 'kind | text': {row[:60]!r}")
    for name in (kind, other or kind):
        if name not in scheme.kinds:
            raise GoldError(f"{where}: {name!r} is no kind; kinds are {', '.join(scheme.kinds)}")
    return line, [(kind, other or kind)]


def make_gold(  # noqa: PLR0913 - the columns of a labelled document, all of them facts about it
    name: str,
    lines: Sequence[str],
    labels: Sequence[tuple[str | None, str | None]],
    scheme: Scheme,
    *,
    corpus: str,
    site: str,
    genre: str = "",
    language: str = "",
) -> Gold:
    """Join lines to a text and note where each labelled line lies.

    Args:
        name: what messages call the document.
        lines: all lines, blank ones included.
        labels: kind and other kind of each non-blank line, None where unknown.
        scheme: the kinds.
        corpus: see `Gold`.
        site: see `Gold`.
        genre: see `Gold`.
        language: see `Gold`.

    Raises:
        GoldError: as many labels as non-blank lines are needed, and the scheme must know them.
    """
    ends = np.cumsum([len(line) + 1 for line in lines]) - 1
    solid = np.array([bool(line.strip()) for line in lines], bool)
    if solid.sum() != len(labels):
        raise GoldError(f"{name}: {solid.sum()} lines and {len(labels)} labels; give one label a non-blank line")
    column = {kind: i for i, kind in enumerate(scheme.kinds)}
    if unknown := {kind for pair in labels for kind in pair if kind is not None} - column.keys():
        raise GoldError(f"{name}: {sorted(unknown)[0]!r} is no kind; kinds are {', '.join(scheme.kinds)}")
    starts = ends - [len(line.lstrip()) for line in lines]
    ends = ends - [len(line) - len(line.rstrip()) for line in lines]
    kinds = np.array([[UNLABELLED if kind is None else column[kind] for kind in pair] for pair in labels], np.int64).reshape(-1, 2)
    return Gold(name, corpus, site, genre, language, "\n".join(lines), starts[solid], ends[solid], kinds[:, 0], kinds[:, 1])


def write_gold(path: Path, lines: Sequence[str], kinds: Sequence[str], genre: str, language: str) -> None:
    """Write one `.gold` file, a row a line; blank lines take no kind."""
    remaining = iter(kinds)
    rows = [f"{next(remaining):<{_KIND_CHARS}}{_BAR}{line}" if line.strip() else "" for line in lines]
    path.write_text("\n".join([f"genre: {genre}", f"language: {language}", "", *rows]) + "\n", "utf-8")


def read_seeds(folder: Path) -> tuple[Scheme, list[Gold], list[Gold]]:
    """Read `seeds/`.

    Returns:
        The scheme, the written documents (to train on) and the examples (to test on, never to train).

    Raises:
        GoldError: a malformed file, no document at all, or a long line of an example that training would see too.
    """
    scheme = read_scheme(folder / "labels.toml")
    written = [read_gold(path, scheme) for path in sorted((folder / "written").glob("*/*.gold"))]
    examples = [read_gold(path, scheme, "examples") for path in sorted((folder / "examples").glob("*.gold"))]
    if not written:
        raise GoldError(f"{folder}: no .gold file in written/; give the project's seeds folder")
    _check_apart(written, examples)
    return scheme, written, examples


def _check_apart(written: Sequence[Gold], examples: Sequence[Gold]) -> None:
    """Refuse to train on what is there to test with.

    Raises:
        GoldError: a long line stands in both.
    """
    places = {line: gold.name for gold in examples for line in _long_lines(gold)}
    for gold in written:
        if shared := sorted(places.keys() & _long_lines(gold)):
            raise GoldError(f"{gold.name}: {shared[0][:60]!r} also stands in the example {places[shared[0]]}; examples never train")


def _long_lines(gold: Gold) -> set[str]:
    return {line for line in map(str.strip, gold.text.split("\n")) if len(line) >= LONG_CHARS}


def read_pages(path: Path, scheme: Scheme) -> list[Gold]:
    """Read labelled pages: Parquet with `id, site, page_type, language, lines, kinds`."""
    return [
        make_gold(
            row["id"],
            row["lines"],
            [(kind, kind) for kind in row["kinds"]],
            scheme,
            corpus="pages",
            site=registrable(row["site"]),
            genre=row["page_type"] or "",
            language=row["language"] or "",
        )
        for row in rows(path)
    ]


def registrable(host: str) -> str:
    """The registrable domain of a host name, near enough for splitting: its last two labels, three under `co.uk` and the like."""
    labels = host.lower().removesuffix(".html").split(".")
    return ".".join(labels[-3:] if len(labels) > 2 and len(labels[-2]) <= 3 and len(labels[-1]) == 2 else labels[-2:])


def read_leftovers(path: Path, pages: Sequence[Gold], scheme: Scheme) -> list[Gold]:
    """Read what extractors left of labelled pages: Parquet with `id, extractor, lines, kinds`; a kind may be null.

    Raises:
        GoldError: the page of a row is not there, or the file is malformed.
    """
    by_name = {gold.name: gold for gold in pages}
    found = []
    for row in rows(path):
        page = by_name.get(row["id"])
        if page is None:
            raise GoldError(f"{path}: {row['id']!r} is none of the labelled pages; take both files from the same build")
        if row["lines"]:
            facts = {"site": page.site, "genre": page.genre, "language": page.language}
            kinds = [(kind, kind) for kind in row["kinds"]]
            found.append(make_gold(f"{row['id']}/{row['extractor']}", row["lines"], kinds, scheme, corpus="leftovers", **facts))
    return found


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file, one dictionary each.

    Raises:
        GoldError: pyarrow is not installed, or the file cannot be read.
    """
    try:
        from pyarrow import parquet
    except ImportError as error:
        raise GoldError('pyarrow is not installed; pip install "cleaner[train]"') from error
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(256):
                yield from batch.to_pylist()
    except (OSError, ValueError) as error:
        raise GoldError(f"{path}: cannot be read: {error}") from error


def digest(documents: Sequence[Gold]) -> str:
    """SHA-256 over texts and labels: names the data that a model was fitted on."""
    sha = hashlib.sha256()
    for gold in documents:
        sha.update(gold.text.encode("utf-8", "surrogatepass"))
        sha.update(gold.kinds.astype("<i8").tobytes())
    return sha.hexdigest()
