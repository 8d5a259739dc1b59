"""Short documents with the label that each paragraph should get; known failures are cases too, and are noticed when they pass."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cleaner import Cleaner

FIELDS = {"name", "input", "expected", "expect"}


def cases() -> Iterator[Any]:
    for path in sorted((Path(__file__).parent / "cases").glob("*.json")):
        for case in json.loads(path.read_text("utf-8")):
            fails = case["expect"] == "fail"
            marks = [pytest.mark.xfail(strict=True, reason=case["why"])] if fails else []
            yield pytest.param(case, id=f"{path.stem}: {case['name']}", marks=marks)


@cache
def shipped() -> Cleaner:
    return Cleaner.load()


@pytest.mark.parametrize("case", list(cases()))
def test_every_paragraph_gets_its_label(case: dict[str, Any]) -> None:
    assert case.keys() - {"why"} == FIELDS
    paragraphs = shipped().clean(case["input"]).paragraphs
    # A label or a kind: a case asks for as much as is certain.
    found = [wanted if wanted in (p.label, p.kind) else p.kind for wanted, p in zip(case["expected"], paragraphs, strict=True)]
    assert found == case["expected"]
