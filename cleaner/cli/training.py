"""`cleaner train`, `cleaner evaluate` and `cleaner suggest`."""

from __future__ import annotations

import json
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cleaner.cli import options
from cleaner.cli.execute import SKIPPED
from cleaner.cli.options import packing
from cleaner.errors import ConfigError, DocumentError

if TYPE_CHECKING:
    from cleaner.pipeline import Cleaner
    from cleaner.records import Page, Result
    from cleaner.runs.inputs import Source

SCRATCH = "labels: macro-F1 {:.4f} by models that had not seen their site; web pages will be judged by their text alone"
_Labels = Annotated[
    list[Path],
    typer.Option("--labels", metavar="FILE", help="Labelled documents; repeat it for several files.", show_default=False),
]
_LabelFormat = Annotated[
    str | None, typer.Option("--label-format", metavar="FORMAT", help="Form of the label files. Default: by name and content.")
]
_ReportPage = Annotated[
    Path | None, typer.Option("--report", metavar="FILE", help="Web page of the figures; its data lie beside it as JSON.")
]
_Jobs = Annotated[int, typer.Option("-j", "--jobs", metavar="N", min=1, help="Processes that fit, with --from-scratch.")]


def train(  # noqa: PLR0913 - a parameter an option
    labels: _Labels,
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder of the new model.")] = Path("models/mine"),
    model: Annotated[str, typer.Option("--model", metavar="MODEL", help="Name or folder of the model to start from.")] = "default",
    from_scratch: Annotated[bool, typer.Option("--from-scratch", help="Fit anew on the project's documents and yours.")] = False,
    label_format: _LabelFormat = None,
    seeds: Annotated[Path | None, typer.Option("--seeds", metavar="DIR", help="The project's labelled documents, if elsewhere.")] = None,
    report: _ReportPage = None,
    jobs: _Jobs = 1,
    quiet: options.Quiet = False,
) -> None:
    """Train a model on your labels: the shipped one adapted to them, unless --from-scratch."""
    from cleaner.runs.threads import one_thread
    from cleaner.train.report import summary, write_report
    from cleaner.train.retrain import PAGES_BY_TEXT, Training, loses_more, train

    with _progress(quiet, "training") as advance, one_thread():
        done = train(Training(tuple(labels), output, model, seeds, from_scratch, jobs, label_format), advance)
    if report is not None and "models" in done:
        write_report(report, done, "What the labels changed")
    if report is not None and "scratch" in done:
        typer.echo("--report: a model from scratch is compared with no other; run 'cleaner evaluate' with both", err=True)
    if not quiet:
        typer.echo(summary(done) if "models" in done else SCRATCH.format(done["scratch"]["labels"]["macro_f1"]), err=True)
        if done.get("pages"):
            typer.echo(PAGES_BY_TEXT.format(n=done["pages"]), err=True)
        reason = loses_more(done)
        typer.echo(f"{output}: written" + (f"; but {reason}" if reason else "; 'cleaner models install' makes it the default"), err=True)


def evaluate(  # noqa: PLR0913 - a parameter an option
    labels: _Labels,
    model: Annotated[list[str] | None, typer.Option("--model", metavar="MODEL", help="Model to judge; twice to compare two.")] = None,
    report: _ReportPage = None,
    label_format: _LabelFormat = None,
    leave_one_source_out: Annotated[
        bool, typer.Option("--leave-one-source-out", help="Also adapt the first model to all sources but one, and judge it there.")
    ] = False,
    seeds: Annotated[Path | None, typer.Option("--seeds", metavar="DIR", help="The project's labelled documents, if elsewhere.")] = None,
    quiet: options.Quiet = False,
) -> None:
    """Judge one model, or two side by side, on labelled documents."""
    from cleaner.runs.threads import one_thread
    from cleaner.train.evaluation import Evaluation, evaluate
    from cleaner.train.report import summary, write_report

    models = tuple(model or ["default"])
    if len(models) > 2:
        raise ConfigError(f"--model: got {len(models)} models; give one, or two to compare")
    with _progress(quiet, "judging") as advance, one_thread():
        data = evaluate(Evaluation(tuple(labels), models, label_format, leave_one_source_out, seeds), advance)
    typer.echo(summary(data))
    if data["pages_by_text"] and not quiet:
        by_text = f"{data['pages_by_text']} web pages judged by their text alone"
        typer.echo(f"{by_text}: another text comes out of them than was labelled", err=True)
    if data["left_out_documents"] and not quiet:
        typer.echo(f"{data['left_out_documents']} documents left out: a model was trained on them", err=True)
    if report is not None:
        write_report(report, data)


def suggest(
    inputs: options.Inputs,
    n: Annotated[int, typer.Option("-n", "--number", metavar="N", min=1, max=10000, help="Paragraphs to suggest.")] = 100,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="JSON Lines file. Default: standard output.")
    ] = None,
    model: options.Model = "default",
    labels: Annotated[list[Path] | None, typer.Option("--labels", metavar="FILE", help="What has been labelled already.")] = None,
    from_: options.From = None,
) -> None:
    """Name the paragraphs that are worth labelling next."""
    from dataclasses import asdict

    from cleaner.labels import read_labels
    from cleaner.pipeline import Cleaner
    from cleaner.runs.inputs import find
    from cleaner.train.suggest import suggest

    cleaner, found = Cleaner.load(model), find(inputs, packing(from_))
    scheme = cleaner.clean("").verdicts.scheme
    done = [document for path in labels or () for document in read_labels(path, scheme)]
    problems = list(found.problems)
    chosen = suggest(_judged(cleaner, found.sources, problems), n, ((one.id, answer.start) for one in done for answer in one.answers))
    text = "".join(json.dumps(asdict(candidate), ensure_ascii=False) + "\n" for candidate in chosen)
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_bytes(text.encode("utf-8", "surrogatepass"))
    for problem in problems:
        typer.echo(f"cleaner: {problem}", err=True)
    if problems:
        raise typer.Exit(SKIPPED)


def _judged(cleaner: Cleaner, sources: Iterable[Source], problems: list[DocumentError]) -> Iterator[tuple[str, Result]]:
    """Names and results of all documents; those that cannot be read are remembered."""
    from cleaner.runs.reading import entries

    names: deque[str] = deque()

    def contents() -> Iterator[str | Page]:
        for entry in chain.from_iterable(chain.from_iterable(map(entries, sources))):
            if isinstance(entry, DocumentError):
                problems.append(entry)
            else:
                names.append(entry.id)
                yield entry.content

    for result in cleaner.clean_many(contents()):
        yield names.popleft(), result


@contextmanager
def _progress(quiet: bool, what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar over steps, on a terminal."""
    if quiet or not sys.stderr.isatty():
        yield lambda done, of: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as shown:
        bar = shown.add_task(what)
        yield lambda done, of: shown.update(bar, completed=done, total=of)
