"""The options that commands share, and what becomes of their values."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Annotated

import typer

from cleaner.config import Config
from cleaner.formats import Packing, Reading, packing_named
from cleaner.formats.document import MAX_DOCUMENT_BYTES
from cleaner.formats.streams import MAX_EXPANSION
from cleaner.runs import Settings

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
Extractor = Annotated[str, typer.Option("--extractor", metavar="NAME", help="What finds the text of web pages: cleaner, or trafilatura.")]
PageType = Annotated[
    str,
    typer.Option("--page-type", metavar="TYPE", help="What to do with comments on web pages: forum keeps, article drops, auto decides."),
]
WithMetadata = Annotated[
    bool, typer.Option("--metadata", help="Add title, author, date and language of web pages to JSON records; takes longer than cleaning.")
]
Removed = Annotated[str | None, typer.Option("--removed", metavar="FILE", help="JSON Lines file for every dropped paragraph.")]
Report = Annotated[
    str | None, typer.Option("--report", metavar="FILE", help="Web page that shows what was removed; its data lie beside it as JSON.")
]
Sidecar = Annotated[
    bool, typer.Option("--sidecar", help="Write only the verdicts, as spans beside the documents: the attributes of the Dolma toolkit.")
]
Jobs = Annotated[int, typer.Option("-j", "--jobs", metavar="N", min=0, help="Processes that work side by side; 0 is one a processor.")]
Resume = Annotated[
    bool | None,
    typer.Option("--resume/--no-resume", help="Go on with an unfinished run of this output, or drop it. Default: ask for one of them."),
]
TextField = Annotated[str, typer.Option("--text-field", metavar="NAME", help="Field or column of a record that holds its text.")]
IdField = Annotated[str, typer.Option("--id-field", metavar="NAME", help="Field or column of a record that holds its name.")]
MaxDocumentBytes = Annotated[
    int, typer.Option("--max-document-bytes", metavar="N", min=1, help="Skip larger documents; one takes 60 times its size in memory.")
]
MaxDocumentSeconds = Annotated[
    float, typer.Option("--max-document-seconds", metavar="S", min=0, help="Skip documents that take longer to judge; 0 waits for all.")
]
MaxExpansion = Annotated[
    int, typer.Option("--max-expansion", metavar="N", min=1, help="Stop reading a compressed file that grows more than this many times.")
]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress bar and no summary.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Tell about every file.")]


def config_of(
    keep: Iterable[str] | None = None,
    drop: Iterable[str] | None = None,
    max_article_loss: float | None = None,
    marker: str | None = None,
    extractor: str = "cleaner",
    page_type: str = "auto",
) -> Config:
    """The config that options ask for.

    Raises:
        ConfigError: a value is out of range, or a name is both kept and dropped.
    """
    return Config(
        keep=_names(keep), drop=_names(drop), max_article_loss=max_article_loss, marker=marker, extractor=extractor, page_type=page_type
    )


def settings_of(  # noqa: PLR0913 - an option each
    jobs: int = 1,
    resume: bool | None = None,
    text_field: str = "text",
    id_field: str = "id",
    max_document_bytes: int = MAX_DOCUMENT_BYTES,
    max_document_seconds: float = 60.0,
    max_expansion: int = MAX_EXPANSION,
    marker: str | None = None,
    metadata: bool = False,
) -> Settings:
    """How a run works that options ask for."""
    reading = Reading(text_field, id_field, max_document_bytes)
    return Settings(reading, jobs or os.cpu_count() or 1, max_document_seconds, max_expansion, resume, marker, metadata)


def packing(name: str | None) -> Packing | None:
    """The format that an option names.

    Raises:
        ConfigError: there is no such format.
    """
    return None if name is None else packing_named(name)


def _names(values: Iterable[str] | None) -> frozenset[str]:
    return frozenset(name.strip() for value in values or () for name in value.split(",") if name.strip())
