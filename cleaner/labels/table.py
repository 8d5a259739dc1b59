"""CSV: a row a paragraph, for spreadsheets. Rows of one document, in their order, make its text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cleaner.errors import GoldError
from cleaner.formats.table import DELIMITERS
from cleaner.labels.files import MAX_BYTES, load
from cleaner.labels.record import FACTS, SKIPPED, Answer, LabelledDocument

COLUMNS = ("document", "start", "end", "label", "kind", "text", "by", "at", "before", "after", *FACTS, SKIPPED)
_LINE = re.compile(r"\S(?:[^\n]*\S)?")
_TRUE = frozenset({"true", "1", "yes"})


def read(path: Path) -> Iterator[tuple[str, Any]]:
    """The documents in the project's own form; `text` and one of `kind` and `label` are the only columns that must be there.

    Without `before`, which holds the blanks in front of a paragraph, paragraphs stand in lines of their own.
    """
    documents: dict[str, _Growing] = {}
    for where, row in _rows(path):
        name = row.get("document") or str(path)
        documents.setdefault(name, _Growing(name, where, row)).add(where, row)
    for document in documents.values():
        yield document.where, document.row()


class _Growing:
    """A document whose rows are being read."""

    def __init__(self, name: str, where: str, row: Mapping[str, str]) -> None:
        self.where = where
        self._row: dict[str, Any] = {"id": name, **{fact: row[fact] for fact in FACTS if row.get(fact)}}
        self._row[SKIPPED] = row.get(SKIPPED, "").strip().lower() in _TRUE
        self._pieces: list[str] = []
        self._labels: list[dict[str, Any]] = []
        self._at = 0

    def add(self, where: str, row: Mapping[str, str]) -> None:
        """Take up one row.

        Raises:
            GoldError: its paragraph does not begin where it says.
        """
        said = _position(row, where)
        before = row.get("before")
        if before is None:
            before = "\n" * (max(said - self._at, 0) if said is not None else min(self._at, 1))
        start = self._at + len(before)
        if said is not None and said != start:
            problem = f"'start' is {said}, but the rows of the document above it end at {start}"
            raise GoldError(f"{where}: {problem}; put the rows back in order, or leave 'start' and 'end' out")
        text = row["text"]
        self._at = start + len(text) + len(row.get("after", ""))
        self._pieces += [before, text, row.get("after", "")]
        if text and (label := _label(row)):
            self._labels.append({"start": start, "end": start + len(text), **label})

    def row(self) -> dict[str, Any]:
        """The document in the project's own form."""
        return {**self._row, "text": "".join(self._pieces), "labels": self._labels}


def _label(row: Mapping[str, str]) -> dict[str, Any]:
    """What a row says of its paragraph; empty where it says nothing."""
    words = {name: row[name] for name in ("label", "kind") if row.get(name, "").strip()}
    if not words:
        return {}
    facts = {name: row[name] for name in ("by", "at") if row.get(name)}
    return {**({"name": SKIPPED} if SKIPPED in words.values() else words), **facts}


def _position(row: Mapping[str, str], where: str) -> int | None:
    start = row.get("start", "").strip()
    if not start:
        return None
    if not (start.isascii() and start.isdigit() and len(start) < 18):
        raise GoldError(f"{where}: 'start' is {start[:40]!r}; give a whole number of code points, or leave the column out")
    return int(start)


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    text = load(path)
    csv.field_size_limit(min(max(len(text), 1 << 17), MAX_BYTES - 1))
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = next(reader, [])
        if "text" not in names or not {"kind", "label"} & set(names):
            raise GoldError(
                f"{path}:1: the header needs 'text' and 'kind' or 'label'; here are {', '.join(map(repr, names[:8])) or 'none'}"
            )
        at = reader.line_num + 1
        for values in reader:
            where, at = f"{path}:{at}", reader.line_num + 1
            if len(values) > len(names):
                raise GoldError(f"{where}: {len(values)} cells under {len(names)} columns; put quotes around cells that hold {delimiter!r}")
            if values:
                yield where, dict(zip(names, values + [""] * (len(names) - len(values)), strict=True))
    except csv.Error as error:
        raise GoldError(f"{path}:{reader.line_num}: not a CSV row: {error}; save the table again") from error


def write(documents: Iterable[LabelledDocument]) -> bytes:
    """The rows of some documents, those of paragraphs without an answer among them; a page's markup finds no place."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, COLUMNS)
    writer.writeheader()
    for document in documents:
        writer.writerows(_paragraphs(document))
    return out.getvalue().encode("utf-8", "surrogatepass")


def _paragraphs(document: LabelledDocument) -> Iterator[dict[str, Any]]:
    text, at = document.text, 0
    common = {"document": document.id, **document.facts, SKIPPED: "true" if document.is_skipped else ""}
    rows = []
    for start, end, answer in _pieces(document):
        said = {} if answer is None else {"label": answer.label or SKIPPED, "kind": answer.kind, "by": answer.by, "at": answer.at}
        rows.append({**common, **said, "start": start, "end": end, "before": text[at:start], "text": text[start:end]})
        at = end
    if not rows:
        return iter([{**common, "before": text}])
    rows[-1]["after"] = text[at:]
    return iter(rows)


def _pieces(document: LabelledDocument) -> Iterator[tuple[int, int, Answer | None]]:
    """The spans of all answers, and of the lines between them."""
    at = 0
    for answer in (*document.answers, None):
        until = len(document.text) if answer is None else answer.start
        for match in _LINE.finditer(document.text, at, until):
            yield *match.span(), None
        if answer is not None:
            yield answer.start, answer.end, answer
            at = answer.end
