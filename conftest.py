"""The examples in the adapters run real engines, whose own warnings are no failures of ours; the one of Spark needs Java."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

STAGES = Path(__file__).parent / "cleaner" / "stages"
collect_ignore = [] if shutil.which("java") or "JAVA_HOME" in os.environ else [str(STAGES / "spark.py")]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let engines warn of what they like."""
    if item.path.parent == STAGES:
        item.add_marker(pytest.mark.filterwarnings("ignore"))
