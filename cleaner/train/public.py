"""Checkouts of the public benchmarks → the data folder that training reads: pages from there, labels from `seeds/pages/`.

`seeds/pages/` holds facts alone: which pages, which of their lines have which kind, and digests of those lines. Whatever a
checkout, another version of an extractor or a wrong guess about a folder changes shows as a digest that differs.
"""

from __future__ import annotations

import ast
import csv
import gzip
import io
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from cleaner.errors import GoldError
from cleaner.train.pages import SOURCES, is_digest_of, kinds_of, labelled, solid_lines

WCXB, TRAFILATURA = "wcxb", "trafilatura"  # folders of the two checkouts; ids begin with `wcxb-` and `traf-`
NO_KIND = "-"  # in `runs`: lines of which nobody knows the kind
BATCH_PAGES = 64
_UNREADABLE = (OSError, ValueError, SyntaxError, RecursionError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How much of the data folder a checkout gave.

    Attributes:
        pages: labelled pages, all of them with the lines that were labelled.
        leftovers: outputs of extractors that are the same as when they were labelled.
        others: outputs that are not, left out; another version of the extractor makes them.
    """

    pages: int
    leftovers: int
    others: int


def rebuild(public: Path, seeds: Path, output: Path) -> Rebuilt:
    """Write the data folder that `build_bundle` reads.

    Args:
        public: a folder with checkouts of the benchmarks: `wcxb/dev/html/NNNN.html`, perhaps `.gz`, with `wcxb/dev/ground-truth/NNNN.json`;
            and `trafilatura/tests/` with `NAME.html` in any folder below, and the strings to look for in its `eval*.py`.
        seeds: the project's `seeds/`.
        output: folder to write, as Parquet: `labelled-pages`, `leftovers`, `wcxb-dev` and `segments-dev`.

    Raises:
        GoldError: a page is missing or renders to other lines than were labelled.
    """
    output.mkdir(parents=True, exist_ok=True)
    pages = {row["id"]: row for row in _facts(seeds / "pages" / "sources.tsv")}
    labels = {row["id"]: row for row in _facts(seeds / "pages" / "benchmarks.tsv")}
    found = {**_files(public / WCXB / "dev" / "html", "wcxb-"), **_files(public / TRAFILATURA / "tests", "traf-")}
    if missing := [name for name in pages if name not in found]:
        more = f"{missing[0]} and {len(missing) - 1} more pages"
        raise GoldError(f"{public}: {more} are not there; CONTRIBUTING.md says what the folder holds")
    strings = _strings(public / TRAFILATURA / "tests")
    _write(output / SOURCES[0], (_wcxb(row, found[name], public) for name, row in pages.items() if name.startswith("wcxb-")))
    _write(output / SOURCES[1], (_segments(row, found[name], strings) for name, row in pages.items() if name.startswith("traf-")))
    _write(output / "labelled-pages.parquet", (_page(label, pages[name], _html(found[name])) for name, label in labels.items()))
    n_others = 0

    def leftovers() -> Iterator[dict[str, Any]]:
        nonlocal n_others
        for label in _facts(seeds / "pages" / "leftovers.tsv.gz"):
            lines = EXTRACTORS[label["extractor"]](_text(_html(found[label["id"]])))
            if is_digest_of(label["sha256"], lines):
                kinds = [None if kind == NO_KIND else kind for kind in kinds_of(label["runs"])]
                yield {"id": label["id"], "extractor": label["extractor"], "lines": lines, "kinds": kinds}
            else:
                n_others += 1

    return Rebuilt(len(labels), _write(output / "leftovers.parquet", leftovers()), n_others)


def _page(label: Mapping[str, str], facts: Mapping[str, str], html: str | bytes) -> dict[str, Any]:
    lines, kinds = labelled(_text(html), label)
    known = {name: facts[name] or None for name in ("page_type", "language")}
    return {"id": label["id"], "url": facts["url"], "site": label["site"], **known, "lines": lines, "kinds": kinds}


def _wcxb(facts: Mapping[str, str], path: Path, public: Path) -> dict[str, Any]:
    """A page of WCXB with its reference."""
    name = public / WCXB / "dev" / "ground-truth" / f"{facts['id'].removeprefix('wcxb-')}.json"
    try:
        whole = json.loads(name.read_text("utf-8"))
        truth = whole.get("ground_truth", whole)
        content = {"main_content": "" + truth["main_content"], "with_": list(truth["with"]), "without": list(truth["without"])}
    except (*_UNREADABLE, AttributeError, KeyError, TypeError) as error:
        raise GoldError(f"{name}: no reference of this page ({error!r}); take the benchmark's own checkout") from error
    return {**{key: facts[key] for key in ("id", "url", "page_type")}, **content, "html": _text(_html(path))}


def _segments(facts: Mapping[str, str], path: Path, strings: Mapping[str, Mapping[str, list[str]]]) -> dict[str, Any]:
    """A page of trafilatura's evaluation with the strings to look for; none where the checkout names none."""
    own = strings.get(facts["id"].removeprefix("traf-"), {})
    return {
        "id": facts["id"],
        "url": facts["url"],
        "language": facts["language"] or None,
        "with_": own.get("with", []),
        "without": own.get("without", []),
        "html": _html(path),
    }


def _files(folder: Path, prefix: str) -> dict[str, Path]:
    """The pages below a folder by id; of several with one name the first."""
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.htm*")):
        stem = path.name.removesuffix(".gz").rpartition(".")[0]
        found.setdefault(prefix + stem, path)
    return found


def _strings(folder: Path) -> dict[str, dict[str, list[str]]]:
    """The strings of trafilatura's evaluation by the name of the page's file: read from its Python source, which is not run."""
    found: dict[str, dict[str, list[str]]] = {}
    for path in sorted(folder.glob("eval*.py")):
        try:
            tree = ast.parse(path.read_text("utf-8"))
        except _UNREADABLE as error:
            raise GoldError(f"{path}: cannot be read: {error}; take the benchmark's own checkout") from error
        for node in ast.walk(tree):
            keys = {key.value for key in node.keys if isinstance(key, ast.Constant)} if isinstance(node, ast.Dict) else set()
            if not {"file", "with", "without"} <= keys:
                continue
            try:
                page = ast.literal_eval(node)
                strings = {name: [str(string) for string in page[name]] for name in ("with", "without")}
                found.setdefault(str(page["file"]).rpartition(".")[0], strings)
            except (ValueError, TypeError):  # computed, not written down: no strings for this page
                continue
    return found


def _html(path: Path) -> bytes:
    try:
        data = path.read_bytes()
        return gzip.decompress(data) if path.suffix == ".gz" else data
    except _UNREADABLE as error:
        raise GoldError(f"{path}: cannot be read: {error}") from error


def _text(html: str | bytes) -> str:
    """A page as it was decoded when it was labelled: as UTF-8, whatever it declares."""
    return html if isinstance(html, str) else html.decode("utf-8", "replace")


def _facts(path: Path) -> Iterator[dict[str, str]]:
    try:
        data = path.read_bytes()
        text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode("utf-8")
    except _UNREADABLE as error:
        raise GoldError(f"{path}: cannot be read: {error}; give the project's seeds folder") from error
    yield from csv.DictReader(io.StringIO(text, newline=""), delimiter="\t")


def _write(path: Path, found: Iterable[Mapping[str, Any]]) -> int:
    """Write rows to Parquet, some pages at a time; returns how many."""
    try:
        import pyarrow as pa
        from pyarrow import parquet
    except ImportError as error:
        raise GoldError('pyarrow is not installed; pip install "cleaner[train]"') from error
    n, rest = 0, iter(found)
    types = dict.fromkeys(("lines", "kinds", "with_", "without"), pa.list_(pa.string()))
    types |= {"html": pa.binary()} if path.name == SOURCES[1] else {}
    schema, writer = None, None
    try:
        while batch := list(islice(rest, BATCH_PAGES)):
            schema = schema or pa.schema([(name, types.get(name, pa.string())) for name in batch[0]])
            writer = writer or parquet.ParquetWriter(path, schema, compression="zstd")
            writer.write_table(pa.Table.from_pylist(batch, schema))
            n += len(batch)
    finally:
        if writer is not None:
            writer.close()
    if not n:
        raise GoldError(f"{path}: nothing to write; none of its pages could be rebuilt")
    return n


def _by_trafilatura(html: str, comments: bool) -> list[str]:
    from trafilatura import extract

    return solid_lines(extract(html, include_comments=comments) or "")


def _by_resiliparse(html: str) -> list[str]:
    from resiliparse.extract.html2text import extract_plain_text

    return solid_lines(extract_plain_text(html.lstrip("\ufeff"), main_content=True, preserve_formatting=True, alt_texts=False))


# Of the extractors whose outputs were labelled, those that a package still gives line by line as they were.
EXTRACTORS: dict[str, Callable[[str], list[str]]] = {
    "trafilatura": lambda html: _by_trafilatura(html, True),
    "trafilatura_nocomments": lambda html: _by_trafilatura(html, False),
    "resiliparse_main": _by_resiliparse,
}
