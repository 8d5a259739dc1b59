"""What all tests share: hypothesis' profile, the shipped model, the scheme of kinds and the written documents."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from cleaner import Cleaner
from cleaner.records import Scheme
from cleaner.train.gold import Gold, read_gold, read_scheme

ROOT = Path(__file__).parent.parent

settings.register_profile(
    "cleaner",
    deadline=None,  # the first example of a run builds the tables of characters
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("cleaner")


@pytest.fixture(scope="session")
def cleaner() -> Cleaner:
    """The shipped model."""
    return Cleaner.load()


@pytest.fixture(scope="session")
def scheme() -> Scheme:
    """The project's kinds and labels."""
    return read_scheme(ROOT / "seeds" / "labels.toml")


@pytest.fixture(scope="session")
def written(scheme: Scheme) -> list[Gold]:
    """The written documents of all languages."""
    return [read_gold(path, scheme) for path in sorted((ROOT / "seeds" / "written").glob("*/*.gold"))]
