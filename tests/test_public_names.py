"""The public names: sorted, importable, documented."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

import pytest

import cleaner
from cleaner import CleanerError

NAMES = [found.name for found in pkgutil.walk_packages(cleaner.__path__, "cleaner.")]


def modules() -> Iterator[ModuleType]:
    """All modules, but for adapters to what is not installed."""
    yield cleaner
    for name in NAMES:
        try:
            yield importlib.import_module(name)
        except ImportError as error:
            if not (name.startswith("cleaner.stages.") and isinstance(error, CleanerError)):
                raise


MODULES = list(modules())
LISTS = [module for module in MODULES if hasattr(module, "__all__")]
PUBLIC = [getattr(cleaner, name) for name in cleaner.__all__]


def test_the_public_names() -> None:
    assert cleaner.__all__ == sorted(cleaner.__all__)
    assert {"Cleaner", "CleanerError", "Config", "Label", "Paragraph", "Result"} <= set(cleaner.__all__)


@pytest.mark.parametrize("module", LISTS, ids=lambda module: module.__name__)
def test_lists_of_names_are_whole(module: ModuleType) -> None:
    assert len(set(module.__all__)) == len(module.__all__)
    assert [name for name in module.__all__ if not hasattr(module, name)] == []


@pytest.mark.parametrize("public", PUBLIC, ids=lambda public: public.__name__)
def test_public_names_and_their_methods_are_documented(public: type) -> None:
    # A dataclass without a docstring gets one that repeats its signature.
    assert re.search(r"[a-z] [a-z]", inspect.getdoc(public) or "")
    assert not (public.__doc__ or "").startswith(f"{public.__name__}(")
    bare = [name for name, member in vars(public).items() if not name.startswith("_") and callable(member) and not inspect.getdoc(member)]
    assert bare == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_modules_say_what_they_are_for(module: ModuleType) -> None:
    assert re.search(r"[a-z] [a-z]", (module.__doc__ or "").split("\n", maxsplit=1)[0])


def test_the_version_is_a_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+\w*", cleaner.__version__)
