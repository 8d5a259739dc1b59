"""`cleaner restore`."""

from __future__ import annotations

from typing import Annotated

import typer

from cleaner.cli import options
from cleaner.cli.execute import SKIPPED, progress
from cleaner.cli.options import packing, settings_of
from cleaner.runs import Task, make_plan


def restore(
    cleaned: Annotated[str, typer.Argument(metavar="CLEANED", help="A cleaned file or folder.", show_default=False)],
    removed: Annotated[str, typer.Option("--removed", metavar="FILE", help="What 'cleaner clean --removed' wrote.", show_default=False)],
    output: options.Output = None,
    from_: options.From = None,
    text_field: options.TextField = "text",
    quiet: options.Quiet = False,
) -> None:
    """Rebuild the documents as they were before they were cleaned."""
    from cleaner.runs.restore import restore as put_back

    plan = make_plan(Task((cleaned,), output, packing(from_), settings=settings_of(text_field=text_field)))
    with progress(plan, quiet) as advance:
        done = put_back(plan, removed, advance)
    for error in () if plan.errors is not None else done.skipped:
        typer.echo(f"{error}", err=True)
    if not quiet:
        skipped = f", {len(done.skipped):,} not (see {plan.errors or 'above'})" if done.skipped else ""
        typer.echo(f"{done.written:,} document{'s' * (done.written != 1)} restored{skipped}", err=True)
    if done.skipped:
        raise typer.Exit(SKIPPED)
