"""What the measuring scripts make of their figures."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from tests.conftest import ROOT


@pytest.fixture(scope="module")
def scripts() -> Iterator[tuple[ModuleType, ModuleType]]:
    sys.path.insert(0, str(ROOT / "scripts"))
    import measure_adapt
    import measure_suggest

    yield measure_adapt, measure_suggest
    sys.path.remove(str(ROOT / "scripts"))


def figures(group: float, elsewhere: float) -> list[dict[str, Any]]:
    return [{"macro_f1": value, "article_words_kept": 1.0} for value in (group, elsewhere)]


def one(*after: tuple[float, float]) -> dict[str, Any]:
    """A group's figures, 0.5 and 0.8 before."""
    return {"documents": 9, "labels": [200], "before": [figures(0.5, 0.8)], "after": [[figures(*each)] for each in after]}


def test_the_setting_that_gains_most_within_the_limit_is_chosen(scripts: tuple[ModuleType, ModuleType]) -> None:
    adapt, _ = scripts
    name = adapt.CHOICE[0]
    other = next(group for group in adapt.GROUPS if group not in adapt.CHOICE)
    found = {name: one((0.7, 0.79), (0.6, 0.798), (0.55, 0.8)), other: one((0.9, 0.8), (0.5, 0.8), (0.5, 0.8))}
    assert adapt.best(found) == 1
    found = {name: one((0.7, 0.7), (0.6, 0.75), (0.55, 0.6))}
    assert adapt.best(found) == 1
    assert "| +0.100 |" in adapt.table(found)


def test_what_suggested_labels_are_worth(scripts: tuple[ModuleType, ModuleType]) -> None:
    _, suggest = scripts
    assert suggest.RANDOM == (100, 200, 400)
    assert suggest.worth(0.5, [0.6, 0.7, 0.8], 0.65) == "150"
    assert suggest.worth(0.5, [0.6, 0.7, 0.8], 0.8) == "≥ 400"
    assert suggest.worth(0.5, [0.6, 0.7, 0.6], 0.75) == "≥ 400"
    assert suggest.worth(0.5, [0.6, 0.7, 0.8], 0.4) == "0"
