"""The `cleaner` command: its commands, and how errors that people can mend reach them."""

from __future__ import annotations

import io
import os
import signal
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cleaner import __version__
from cleaner.cli.clean import clean, label
from cleaner.cli.execute import FAILED, INTERRUPTED
from cleaner.cli.explain import explain
from cleaner.cli.models import models
from cleaner.cli.restore import restore
from cleaner.cli.review import labels, review
from cleaner.cli.serve import serve
from cleaner.cli.training import evaluate, suggest, train
from cleaner.errors import CleanerError, ConfigError

USAGE, PIPE_CLOSED = 2, 141


class _Commands(TyperGroup):
    """Commands whose expected errors end as one line on standard error and an exit code."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - the class of contexts is private to typer
        try:
            return super().invoke(ctx)
        except CleanerError as error:
            typer.echo(f"cleaner: {error}", err=True)
            raise typer.Exit(USAGE if isinstance(error, ConfigError) else FAILED) from error
        except KeyboardInterrupt as error:
            typer.echo("cleaner: interrupted; complete results stay, half-written ones are gone", err=True)
            raise typer.Exit(INTERRUPTED) from error
        except BrokenPipeError as error:
            # Whoever read our output has had enough; nothing may be flushed into the closed pipe on the way out.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(PIPE_CLOSED) from error
        except OSError as error:
            typer.echo(f"cleaner: {error.filename or 'standard output'}: {error.strerror or error}", err=True)
            raise typer.Exit(FAILED) from error


# Plain help and tracebacks: their rich forms would cost every start a tenth of a second.
app = typer.Typer(cls=_Commands, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
app.command()(clean)
app.command()(label)
app.command()(explain)
app.command()(restore)
app.command()(serve)
app.command()(review)
app.command()(labels)
app.command()(train)
app.command()(evaluate)
app.command()(suggest)
app.add_typer(models, name="models")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"cleaner {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")] = False,
) -> None:
    """Take advertising and boilerplate out of article texts.

    Exit codes: 0 done, 1 the run failed, 2 wrong usage, 3 done but some documents were skipped.
    """


def _interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line."""
    for name in ("SIGTERM", "SIGHUP"):  # what batch schedulers and closing terminals send: end as an interruption does
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _interrupt)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a letter the terminal lacks is no reason to stop
    app()
