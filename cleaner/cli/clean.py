"""`cleaner clean` and `cleaner label`."""

from __future__ import annotations

from cleaner.cli import options
from cleaner.cli.execute import execute
from cleaner.cli.options import config_of, packing
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
    removed: options.Removed = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Write the documents without advertising and boilerplate."""
    plan = make_plan(Task(tuple(inputs), output, packing(from_), packing(to), removed))
    execute(plan, model, config_of(keep, drop, max_article_loss, marker), quiet, verbose)


def label(  # noqa: PLR0913 - a parameter an option
    inputs: options.Inputs,
    output: options.Output = None,
    to: options.To = None,
    from_: options.From = None,
    model: options.Model = "default",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Write one JSON row a document, its text whole and the verdict on every paragraph beside it."""
    plan = make_plan(Task(tuple(inputs), output, packing(from_), packing(to), label=True))
    execute(plan, model, config_of(), quiet, verbose)
