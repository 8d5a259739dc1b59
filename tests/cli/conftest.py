"""The command line without a model: the engine behind it is the fake one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cleaner.cli import app
from tests.fakes import FakePipeline


@pytest.fixture
def cleaner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "cleaner.pipeline", FakePipeline("cleaner.pipeline"))
    return lambda *arguments, stdin=None: CliRunner().invoke(app, arguments, input=stdin)
