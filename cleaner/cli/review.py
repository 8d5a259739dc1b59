"""`cleaner review` and `cleaner labels`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cleaner.cli import options
from cleaner.cli.options import packing
from cleaner.errors import ConfigError, DocumentError, GoldError
from cleaner.formats import Document, Reading, known
from cleaner.runs.inputs import find
from cleaner.runs.reading import entries

if TYPE_CHECKING:
    from cleaner.formats import Entry
    from cleaner.pipeline import Cleaner
    from cleaner.records import Scheme

Labels = Annotated[Path, typer.Option("--labels", metavar="FILE", help="JSON Lines file that answers are read from and saved to.")]
By = Annotated[str | None, typer.Option("--by", metavar="NAME", help="Who answers; stands beside each answer.")]
Port = Annotated[int, typer.Option("--port", metavar="N", min=0, max=65535, help="Port of the page; 0 takes one that is free.")]
Browser = Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser, or only print its address.")]
Suggested = Annotated[
    Path | None,
    typer.Option("--suggested", metavar="FILE", help="What 'cleaner suggest' wrote: only these documents, the most useful first."),
]
LabelFiles = Annotated[list[Path], typer.Argument(metavar="FILE...", help="Files of labels.", show_default=False)]
LabelOutput = Annotated[Path, typer.Option("-o", "--output", metavar="OUT", help="File to write.", show_default=False)]
FromForm = Annotated[
    str | None, typer.Option("--from", metavar="FORM", help="Form of the files, for instance prodigy. Default: what their first row shows.")
]
ToForm = Annotated[str, typer.Option("--to", metavar="FORM", help="jsonl, csv, label-studio, prodigy, doccano or argilla.")]


def review(  # noqa: PLR0913 - a parameter an option
    inputs: options.Inputs,
    labels: Labels = Path("labels.jsonl"),
    suggested: Suggested = None,
    from_: options.From = None,
    model: options.Model = "default",
    by: By = None,
    port: Port = 0,
    browser: Browser = True,
    text_field: options.TextField = "text",
    id_field: options.IdField = "id",
) -> None:
    """Open a page on this machine to see verdicts and correct them."""
    from cleaner.pipeline import Cleaner
    from cleaner.review.desk import Desk
    from cleaner.review.server import serve
    from cleaner.review.store import Store

    found = find(inputs, packing(from_), [str(labels)])
    cleaner = Cleaner.load(model)
    scheme = _scheme(cleaner)
    read = chain.from_iterable(chain.from_iterable(entries(source, Reading(text_field, id_field)) for source in found.sources))
    documents = _documents(chain(found.problems, read))
    if suggested is not None:
        documents = _chosen(documents, suggested)
    desk = Desk(documents, cleaner, Store(labels, scheme), scheme, by)
    if not len(desk):
        raise ConfigError(f"{inputs[0]}: nothing here to review; known formats are {known()}")
    try:
        serve(desk, port, lambda address: typer.echo(f"{address}\nAnswers go to {labels}. Ctrl+C ends.", err=True), browser)
    except KeyboardInterrupt:
        typer.echo("cleaner: review ended; every answer is saved", err=True)


def labels(files: LabelFiles, output: LabelOutput, from_: FromForm = None, to: ToForm = "jsonl", model: options.Model = "default") -> None:
    """Turn files of labels into one of another form, checked."""
    from cleaner.labels import read_labels, write_labels
    from cleaner.pipeline import Cleaner

    if any(output.exists() and output.samefile(file) for file in files if file.exists()):
        raise ConfigError(f"{output}: is an input, and inputs are never overwritten; name another output")
    scheme = _scheme(Cleaner.load(model))
    documents = [document for file in files for document in read_labels(file, scheme, from_)]
    places: dict[str, str] = {}
    for document in documents:
        if places.setdefault(document.id, document.where) != document.where:
            raise ConfigError(
                f"{document.where}: {document.id!r} stands at {places[document.id]} already; name files of different documents"
            )
    write_labels(output, documents, to)
    n_answers = sum(len(document.answers) for document in documents)
    typer.echo(f"{len(documents):,} documents with {n_answers:,} labels written to {output}", err=True)


def _chosen(documents: Iterable[Document], suggested: Path) -> Iterator[Document]:
    """The documents that a file of suggestions names, in its order.

    Raises:
        GoldError: the file is malformed.
    """
    from cleaner.labels.files import rows

    order: dict[str, int] = {}
    for where, row in rows(suggested):
        name = row.get("document") if isinstance(row, dict) else None
        if not isinstance(name, str):
            raise GoldError(f"{where}: no 'document' in it; give a file that 'cleaner suggest -o' wrote")
        order.setdefault(name, len(order))
    yield from sorted((document for document in documents if document.id in order), key=lambda document: order[document.id])


def _scheme(cleaner: Cleaner) -> Scheme:
    """The kinds that a model tells apart."""
    return next(cleaner.clean_many([""])).verdicts.scheme


def _documents(read: Iterable[Entry]) -> Iterator[Document]:
    """The documents; what could not be read is named."""
    for entry in read:
        if isinstance(entry, DocumentError):
            typer.echo(f"cleaner: {entry}", err=True)
        else:
            yield entry
