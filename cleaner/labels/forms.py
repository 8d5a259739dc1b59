"""Which form a file of labels has, and reading and writing it whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cleaner.errors import ConfigError, GoldError
from cleaner.labels import argilla, doccano, jsonl, label_studio, prodigy, table
from cleaner.labels.files import rows, save
from cleaner.labels.record import LabelledDocument, document_of
from cleaner.records import Scheme


@dataclass(frozen=True, slots=True)
class Form:
    """A way to store labels.

    Attributes:
        read: gives the rows of a file in the project's own form, each with its place.
        write: makes the bytes of a file.
        ending: of its files.
        marks: names of fields of which a row of this form has one.
    """

    read: Callable[[Path], Iterator[tuple[str, Any]]]
    write: Callable[[Iterable[LabelledDocument]], bytes]
    ending: str
    marks: frozenset[str] = frozenset()


# In the order in which a row is tried; the last one takes what has no marks.
FORMS = {
    "csv": Form(table.read, table.write, ".csv"),
    "label-studio": Form(label_studio.read, label_studio.write, ".json", frozenset({"data"})),
    "argilla": Form(argilla.read, argilla.write, ".json", frozenset({"fields", "responses"})),
    "prodigy": Form(prodigy.read, prodigy.write, ".jsonl", frozenset({"spans", "answer", "_task_hash"})),
    "doccano": Form(doccano.read, doccano.write, ".jsonl", frozenset({"label", "entities", "Comments"})),
    "jsonl": Form(jsonl.read, jsonl.write, ".jsonl"),
}


def read_labels(path: str | Path, scheme: Scheme, form: str | None = None) -> list[LabelledDocument]:
    """Read a file of labels and check all of it.

    Args:
        path: the file.
        scheme: the kinds that labels may name.
        form: one of `FORMS`; None goes by the ending and the first row.

    Raises:
        ConfigError: there is no such form.
        GoldError: the file cannot be used; the message has its row.
    """
    path = Path(path)
    places: dict[str, str] = {}
    documents = []
    for where, row in form_named(form or _form_of(path)).read(path):
        document = document_of(row, scheme, where)
        if document.id in places:
            problem = f"{document.id[:80]!r} stands at {places[document.id]} already"
            raise GoldError(f"{where}: {problem}; keep one row a document, of several annotators the one to trust")
        places[document.id] = where
        documents.append(document)
    return documents


def write_labels(path: str | Path, documents: Iterable[LabelledDocument], form: str | None = None) -> None:
    """Write a file of labels, in one step.

    Args:
        path: the file; what was there is replaced.
        documents: in order.
        form: one of `FORMS`; None makes CSV where the name ends so, and the project's own form elsewhere.

    Raises:
        CleanerError: it cannot be written.
        ConfigError: there is no such form.
    """
    save(Path(path), dump_labels(documents, form or ("csv" if Path(path).suffix.lower() == ".csv" else "jsonl")))


def dump_labels(documents: Iterable[LabelledDocument], form: str = "jsonl") -> bytes:
    """The bytes of a file of labels.

    Raises:
        ConfigError: there is no such form.
    """
    return form_named(form).write(documents)


def form_named(name: str) -> Form:
    """The form of a name.

    Raises:
        ConfigError: there is none.
    """
    if name not in FORMS:
        raise ConfigError(f"{name!r} is no form of labels; known are {', '.join(sorted(FORMS))}")
    return FORMS[name]


def _form_of(path: Path) -> str:
    """The form that a file's ending or first row shows."""
    if path.suffix.lower() == ".csv":
        return "csv"
    _, row = next(rows(path), ("", {}))
    if not isinstance(row, Mapping) or _is_own(row):
        return "jsonl"
    return next((name for name, form in FORMS.items() if form.marks & row.keys()), "jsonl" if not _has_triples(row) else "doccano")


def _is_own(row: Mapping[str, Any]) -> bool:
    """Whether a row has `labels` as the project's own form has them, whatever else it holds."""
    labels = row.get("labels")
    return isinstance(labels, list) and "text" in row and all(isinstance(label, dict) and "start" in label for label in labels)


def _has_triples(row: Mapping[str, Any]) -> bool:
    """Whether `labels` are those of an old doccano."""
    labels = row.get("labels")
    return isinstance(labels, list) and any(isinstance(label, list) for label in labels)
