"""Runs a plan for people: messages, a progress bar and a summary on standard error, and the exit code."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import typer

from cleaner.config import Config
from cleaner.errors import CleanerError, ConfigError
from cleaner.runs import Plan, RunReport, run
from cleaner.runs.reading import Advance, ignore

FAILED, SKIPPED, INTERRUPTED = 1, 3, 130  # the last as a shell counts it: 128 and the signal
REDRAW_SECONDS = 0.2
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
    with _told_how_to_go_on(plan), progress(plan, quiet) as advance, _messages(level):
        cleaner = Cleaner.load(model, config)
        report = run(cleaner, _identified(plan, cleaner, config), advance)
    if not quiet:
        typer.echo(summary(report, plan), err=True)
    if report.skipped:
        raise typer.Exit(SKIPPED)


@contextmanager
def _told_how_to_go_on(plan: Plan) -> Iterator[None]:
    """Say of a run that was broken off what is left of it, where something is.

    Raises:
        typer.Exit: it was interrupted, and can go on.
    """
    try:
        yield
    except ConfigError:
        raise
    except (KeyboardInterrupt, CleanerError) as error:
        if plan.state is None or not os.path.exists(plan.state):
            raise
        reason = "interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
        typer.echo(f"cleaner: {reason}; what was done is kept, the same command with --resume goes on", err=True)
        raise typer.Exit(INTERRUPTED if isinstance(error, KeyboardInterrupt) else FAILED) from error


def _identified(plan: Plan, cleaner: object, config: Config) -> Plan:
    """The plan with what else its results depend on."""
    digest = getattr(getattr(cleaner, "bundle", None), "manifest", {}).get("sha256", "")
    named = {name: str(sorted(value) if isinstance(value := getattr(config, name), frozenset) else value) for name in Config.__slots__}
    return replace(plan, settings=replace(plan.settings, engine={"model": digest, "config": str(named)}))


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
def progress(plan: Plan, quiet: bool) -> Iterator[Advance]:
    """A bar over the bytes read, on a terminal that is not busy showing the results."""
    shows_results = sys.stdout.isatty() and any(job.target is None for job in plan.jobs)
    if quiet or shows_results or not sys.stderr.isatty() or plan.n_bytes() < PROGRESS_BYTES:
        yield ignore
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn, TransferSpeedColumn

    columns = (BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    # Drawn when there is something to tell, not by a thread of its own: processes are forked while it is there.
    with Progress(*columns, console=Console(stderr=True), transient=True, auto_refresh=False) as shown:
        bar, drawn = shown.add_task("", total=plan.n_bytes()), time.monotonic()

        def advance(n_bytes: int, is_resumed: bool = False) -> None:
            nonlocal drawn
            if is_resumed:  # the speed is that of this run alone
                shown.reset(bar, completed=int(shown.tasks[0].completed) + n_bytes)
            else:
                shown.advance(bar, n_bytes)
            if time.monotonic() - drawn > REDRAW_SECONDS:
                shown.refresh()
                drawn = time.monotonic()

        yield advance
