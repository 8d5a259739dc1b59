"""The command line: parse, one call, print."""

from cleaner.cli.commands import app, main

__all__ = ["app", "main"]
