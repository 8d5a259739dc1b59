"""The options that commands share, and what becomes of their values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from cleaner.config import Config
from cleaner.formats import Packing, packing_named

Inputs = Annotated[
    list[str], typer.Argument(metavar="INPUT...", help="Files, folders, patterns; '-' is standard input.", show_default=False)
]
Input = Annotated[str, typer.Argument(metavar="INPUT", help="A file; '-' is standard input.", show_default=False)]
Output = Annotated[
    str | None,
    typer.Option("-o", "--output", metavar="OUT", help="File to write; a folder for several inputs. Default: standard output."),
]
To = Annotated[
    str | None, typer.Option("--to", metavar="FORMAT", help="Format of the results, for instance jsonl.gz. Default: that of the inputs.")
]
From = Annotated[
    str | None,
    typer.Option("--from", metavar="FORMAT", help="Format of the inputs whatever their names, for instance jsonl for '-'."),
]
Model = Annotated[str, typer.Option("--model", metavar="MODEL", help="Name or folder of a model.")]
Keep = Annotated[
    list[str] | None,
    typer.Option("--keep", metavar="NAME", help="Label or kind to keep besides article; repeat it or separate names by commas."),
]
Drop = Annotated[list[str] | None, typer.Option("--drop", metavar="NAME", help="Label or kind to drop although it would be kept.")]
MaxArticleLoss = Annotated[
    float | None,
    typer.Option(
        "--max-article-loss", metavar="SHARE", help="Share of article words that may be lost, 0 to 0.5. Default: the model's own."
    ),
]
Marker = Annotated[
    str | None,
    typer.Option("--marker", metavar="TEXT", help="Line to leave where something was dropped; {n} and {kinds} are filled in."),
]
Removed = Annotated[str | None, typer.Option("--removed", metavar="FILE", help="JSON Lines file for every dropped paragraph.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress bar and no summary.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Tell about every file.")]


def config_of(
    keep: Iterable[str] | None = None,
    drop: Iterable[str] | None = None,
    max_article_loss: float | None = None,
    marker: str | None = None,
) -> Config:
    """The config that options ask for.

    Raises:
        ConfigError: a value is out of range, or a name is both kept and dropped.
    """
    return Config(keep=_names(keep), drop=_names(drop), max_article_loss=max_article_loss, marker=marker)


def packing(name: str | None) -> Packing | None:
    """The format that an option names.

    Raises:
        ConfigError: there is no such format.
    """
    return None if name is None else packing_named(name)


def _names(values: Iterable[str] | None) -> frozenset[str]:
    return frozenset(name.strip() for value in values or () for name in value.split(",") if name.strip())
