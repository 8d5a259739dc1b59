"""Runs a plan for people: messages, a progress bar and a summary on standard error, and the exit code."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer

from cleaner.config import Config
from cleaner.runs import Plan, RunReport, run
from cleaner.runs.reading import ignore

SKIPPED = 3
PROGRESS_BYTES = 2**20  # less is done before a bar could be drawn


def execute(plan: Plan, model: str, config: Config, quiet: bool, verbose: bool) -> None:
    """Load the model, run the plan and tell how it went.

    Raises:
        CleanerError: the model cannot be used or a result cannot be written.
        typer.Exit: some documents were skipped.
    """
    from cleaner.pipeline import Cleaner  # after the plan: wrong usage is told at once

    # Reasons that no file keeps belong on standard error, however quiet the run.
    level = logging.INFO if verbose else logging.WARNING if plan.errors is None else logging.ERROR
    with _progress(plan, quiet) as advance, _messages(level):
        report = run(Cleaner.load(model, config), plan, advance)
    if not quiet:
        typer.echo(summary(report, plan), err=True)
    if report.skipped:
        raise typer.Exit(SKIPPED)


def summary(report: RunReport, plan: Plan) -> str:
    """A run in three lines at most."""
    lines = [f"{_number(report.cleaned, 'document')} {'labelled' if plan.label else 'cleaned'} in {report.seconds:.1f} s"]
    if report.skipped:
        lines[0] += f", {report.skipped:,} skipped" + (f" (see {plan.errors})" if plan.errors is not None else "")
    if report.passed_over:
        lines[0] += f", {_number(report.passed_over, 'file')} of unknown format passed over"
    counts = report.paragraphs_by_kind if plan.label else report.dropped_by_kind
    kinds = ", ".join(f"{kind} {n:,}" for kind, n in counts.items())
    n_paragraphs = sum(report.paragraphs_by_kind.values())
    if plan.label:
        lines.append(f"{_number(n_paragraphs, 'paragraph')}{': ' * bool(kinds)}{kinds}")
    else:
        lines.append(f"dropped {sum(counts.values()):,} of {_number(n_paragraphs, 'paragraph')}{': ' * bool(kinds)}{kinds}")
        n_chars = report.chars_kept + report.chars_dropped
        lines.append(f"kept {report.chars_kept:,} of {_number(n_chars, 'character')} ({report.chars_kept / max(1, n_chars):.1%})")
    return "\n".join(lines)


def _number(n: int, word: str) -> str:
    return f"{n:,} {word}{'' if n == 1 else 's'}"


@contextmanager
def _messages(level: int) -> Iterator[None]:
    """Show the package's log on standard error for the time of a run."""
    logger = logging.getLogger("cleaner")
    handler = logging.StreamHandler(sys.stderr)
    before = logger.level
    logger.setLevel(level)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


@contextmanager
def _progress(plan: Plan, quiet: bool) -> Iterator[Callable[[int], None]]:
    """A bar over the bytes read, on a terminal that is not busy showing the results."""
    shows_results = sys.stdout.isatty() and any(job.target is None for job in plan.jobs)
    if quiet or shows_results or not sys.stderr.isatty() or plan.n_bytes() < PROGRESS_BYTES:
        yield ignore
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("", total=plan.n_bytes())
        yield lambda n_bytes: progress.advance(bar, n_bytes)
