"""The door of every adapter: packages that are not installed are named with the command that installs them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from cleaner.errors import CleanerError


class MissingExtraError(CleanerError, ImportError):
    """A package that only this adapter needs is not installed."""


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Import the packages of an extra inside of a `with`.

    Args:
        name: of the extra in `pyproject.toml`.

    Raises:
        MissingExtraError: one of them is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError(f'{error.name} is not installed; pip install "cleaner[{name}]"') from error
