"""Golden pages: what each is rendered to, line by line, and how much of its content the shipped model keeps.

A page is `golden/<name>.html`, its lines with their kinds `golden/<name>.gold`, in the form of `seeds/`. The floors of the second
test come from `python -m tests.html.test_golden`, which measures the shipped model and writes them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cleaner import Cleaner
from cleaner.html.page import render_page
from cleaner.records import Label, Page, Scheme
from cleaner.train.gold import Gold, read_gold, read_scheme
from cleaner.train.webpages import word_f1

FOLDER = Path(__file__).parent / "golden"
FLOORS = FOLDER.parent / "floors.json"
SEEDS = FOLDER.parents[2] / "seeds"
NAMES = sorted(path.stem for path in FOLDER.glob("*.html"))


def page(name: str) -> Page:
    return Page((FOLDER / f"{name}.html").read_bytes())


def gold(name: str, scheme: Scheme) -> Gold:
    return read_gold(FOLDER / f"{name}.gold", scheme)


def article(found: Gold, scheme: Scheme) -> str:
    """The lines that a careful reader keeps."""
    kept = scheme.columns(Label.ARTICLE.value)
    lines = zip(found.starts.tolist(), found.ends.tolist(), found.kinds.tolist(), strict=True)
    return "\n".join(found.text[start:end] for start, end, kind in lines if kind in kept)


def measured(model: Cleaner, name: str, scheme: Scheme) -> float:
    """Word F1 of a cleaned page against its article lines."""
    given = page(name)
    return word_f1(model.clean(html=given.html, url=given.url).text, article(gold(name, scheme), scheme))


def test_every_page_has_its_gold() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.gold")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_rendered_line_by_line(name: str, scheme: Scheme) -> None:
    assert render_page(page(name)).text == gold(name, scheme).text


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_something(name: str, scheme: Scheme) -> None:
    assert len(article(gold(name, scheme), scheme).split()) >= 5 or "。" in article(gold(name, scheme), scheme)


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_model_reaches_the_floor(cleaner: Cleaner, scheme: Scheme, name: str) -> None:
    if "page" not in cleaner.bundle.manifest:
        pytest.skip("the shipped model has no passes over web pages")
    floors = json.loads(FLOORS.read_text("utf-8")) if FLOORS.exists() else {}
    assert name in floors, "no floor: run python -m tests.html.test_golden"
    score = measured(cleaner, name, scheme)
    print(f"{name}: word F1 {score:.4f}, floor {floors[name]:.4f}")  # noqa: T201
    assert score >= floors[name]


def main() -> None:
    """Write the floors of the shipped model, rounded down, and name those that got lower."""
    model, scheme = Cleaner.load(), read_scheme(SEEDS / "labels.toml")
    before = json.loads(FLOORS.read_text("utf-8")) if FLOORS.exists() else {}
    floors = {name: int(measured(model, name, scheme) * 1000) / 1000 for name in NAMES}
    for name, floor in floors.items():
        print(f"{name:24} {floor:.3f}" + (f"  lower than before: {before[name]:.3f}" if floor < before.get(name, 0) else ""))  # noqa: T201
    if "page" in model.bundle.manifest:
        FLOORS.write_text(json.dumps(floors, indent=1) + "\n", "utf-8")
    else:
        print(f"{FLOORS} left as it was: the shipped model has no passes over web pages")  # noqa: T201


if __name__ == "__main__":
    main()
