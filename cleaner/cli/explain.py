"""`cleaner explain`."""

from __future__ import annotations

import typer

from cleaner.cli import options
from cleaner.cli.execute import SKIPPED
from cleaner.cli.options import config_of, packing
from cleaner.errors import ConfigError
from cleaner.formats import known
from cleaner.runs.inputs import find


def explain(
    input_: options.Input,
    from_: options.From = None,
    model: options.Model = "default",
    keep: options.Keep = None,
    drop: options.Drop = None,
    max_article_loss: options.MaxArticleLoss = None,
) -> None:
    """Show why each paragraph is kept or dropped."""
    from cleaner.cli.explanation import show_all
    from cleaner.pipeline import Cleaner

    found = find([input_], packing(from_))
    if not found.sources:
        raise ConfigError(f"{input_}: nothing here to explain; known formats are {known()}")
    config = config_of(keep, drop, max_article_loss)
    if not show_all(Cleaner.load(model, config), found.sources, found.problems):
        raise typer.Exit(SKIPPED)
