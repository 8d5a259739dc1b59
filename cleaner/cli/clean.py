"""`cleaner clean` and `cleaner label`."""

from __future__ import annotations

from cleaner.cli import options
from cleaner.cli.execute import execute
from cleaner.cli.options import config_of, packing, settings_of
from cleaner.formats.document import MAX_DOCUMENT_BYTES
from cleaner.formats.streams import MAX_EXPANSION
from cleaner.runs import Task, make_plan


def clean(  # noqa: PLR0913 - a parameter an option
    inputs: options.Inputs,
    output: options.Output = None,
    to: options.To = None,
    from_: options.From = None,
    model: options.Model = "default",
    keep: options.Keep = None,
    drop: options.Drop = None,
    max_article_loss: options.MaxArticleLoss = None,
    marker: options.Marker = None,
    extractor: options.Extractor = "cleaner",
    page_type: options.PageType = "auto",
    metadata: options.WithMetadata = False,
    removed: options.Removed = None,
    report: options.Report = None,
    jobs: options.Jobs = 1,
    resume: options.Resume = None,
    text_field: options.TextField = "text",
    id_field: options.IdField = "id",
    max_document_bytes: options.MaxDocumentBytes = MAX_DOCUMENT_BYTES,
    max_document_seconds: options.MaxDocumentSeconds = 60.0,
    max_expansion: options.MaxExpansion = MAX_EXPANSION,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Write the documents without advertising and boilerplate."""
    settings = settings_of(jobs, resume, text_field, id_field, max_document_bytes, max_document_seconds, max_expansion, marker, metadata)
    plan = make_plan(Task(tuple(inputs), output, packing(from_), packing(to), removed, report=report, settings=settings))
    execute(plan, model, config_of(keep, drop, max_article_loss, marker, extractor, page_type), quiet, verbose)


def label(  # noqa: PLR0913 - a parameter an option
    inputs: options.Inputs,
    output: options.Output = None,
    to: options.To = None,
    from_: options.From = None,
    model: options.Model = "default",
    extractor: options.Extractor = "cleaner",
    metadata: options.WithMetadata = False,
    sidecar: options.Sidecar = False,
    report: options.Report = None,
    jobs: options.Jobs = 1,
    resume: options.Resume = None,
    text_field: options.TextField = "text",
    id_field: options.IdField = "id",
    max_document_bytes: options.MaxDocumentBytes = MAX_DOCUMENT_BYTES,
    max_document_seconds: options.MaxDocumentSeconds = 60.0,
    max_expansion: options.MaxExpansion = MAX_EXPANSION,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Write one JSON row a document, its text whole and the verdict on every paragraph beside it."""
    settings = settings_of(jobs, resume, text_field, id_field, max_document_bytes, max_document_seconds, max_expansion, metadata=metadata)
    task = Task(tuple(inputs), output, packing(from_), packing(to), label=True, sidecar=sidecar, report=report, settings=settings)
    execute(make_plan(task), model, config_of(extractor=extractor), quiet, verbose)
