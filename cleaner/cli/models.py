"""`cleaner models`: which models are there, and what each is good for."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

models = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="List, show and install models.")


@models.command("list")
def list_models() -> None:
    """Print the names of the installed models, one a line."""
    from cleaner.pipeline import installed_models

    for name in installed_models():
        typer.echo(name)


@models.command()
def show(name: Annotated[str, typer.Argument(metavar="[NAME]", help="Name or folder of a model.")] = "default") -> None:
    """Print the card of a model: intended use, data, scores, known failures."""
    from cleaner.pipeline import load_bundle

    card = load_bundle(name).card()
    # A card is somebody's text: what would steer the terminal is shown as what it is not.
    typer.echo("".join(letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in card))


@models.command()
def install(
    name: Annotated[str, typer.Argument(metavar="DIR", help="Folder of a model that 'cleaner train' wrote.", show_default=False)],
    force: Annotated[bool, typer.Option("--force", help="Even if it loses more article words than the one before.")] = False,
) -> None:
    """Make a model the default one; the one before stays, named 'previous'."""
    from cleaner.train.retrain import install as put_in_place

    typer.echo(f"{put_in_place(Path(name), force)}: installed; the model before is 'previous'", err=True)
