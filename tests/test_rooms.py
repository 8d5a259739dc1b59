"""Imports point one way, and heavy packages load only where they are used."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import cleaner

PACKAGE = Path(cleaner.__file__).parent
# Which rooms each room may use. The package itself names what is public.
ROOMS = {
    "errors": set(),
    "records": set(),
    "config": {"errors", "records"},
    "text": set(),
    "html": {"records", "text"},
    "features": {"text", "html"},
    "classify": {"errors", "records", "text", "features"},
    "assemble": {"records"},
    "report": set(),
    "pipeline": {"records", "config", "text", "html", "features", "classify", "assemble"},
    "formats": {"errors", "records", "text"},
    "runs": {"errors", "records", "formats", "assemble", "report"},
    "labels": {"errors", "records", "formats"},
    "review": {"errors", "records", "html", "formats", "labels"},
    "train": {"errors", "records", "text", "html", "features", "classify", "labels", "report", "pipeline"},
    "stages": {"errors", "records", "config", "formats", "pipeline", "runs", "text", "features", "classify", "train"},
    "cli": {"errors", "records", "config", "formats", "labels", "pipeline", "review", "runs", "stages", "train"},
    "": {"errors", "records", "config", "pipeline"},
}
HEAVY = {
    *("sklearn", "scipy", "joblib", "pandas", "trafilatura", "lxml", "pyarrow", "resiliparse", "fastwarc", "charset_normalizer", "rich"),
    *("selectolax", "typer", "starlette", "uvicorn"),
}
HEAVY_ALLOWED = {
    "train": {"sklearn", "scipy", "joblib", "pyarrow", "resiliparse", "trafilatura", "lxml"},
    "stages": {"sklearn", "pyarrow", "starlette", "uvicorn"},  # an adapter is imported by those who use its engine, and by nobody else
    "cli": {"rich", "typer"},
}
FILES = sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def imported(nodes: Iterator[ast.AST]) -> Iterator[str]:
    """Dotted names of what some statements import."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported: not those in functions, nor those for type checkers."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            continue
        yield node
        yield from at_import(node)


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_rooms_use_only_rooms_below_them(path: Path) -> None:
    used = {name.split(".")[1] for name in imported(ast.walk(tree_of(path))) if name.startswith("cleaner.")}
    assert used - {room_of(path), "__version__"} <= ROOMS[room_of(path)]


def test_the_table_of_rooms_has_no_circle_and_no_room_too_many() -> None:
    assert set(TopologicalSorter(ROOMS).static_order()) == {room_of(path) for path in FILES}


def test_every_use_in_the_table_is_used() -> None:
    used: dict[str, set[str]] = {room: set() for room in ROOMS}
    for path in FILES:
        used[room_of(path)] |= {name.split(".")[1] for name in imported(ast.walk(tree_of(path))) if name.startswith("cleaner.")}
    assert {room: allowed - used[room] for room, allowed in ROOMS.items() if allowed - used[room]} == {}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_heavy_packages_are_imported_where_they_are_used(path: Path) -> None:
    loaded = {name.split(".")[0] for name in imported(at_import(tree_of(path)))}
    assert loaded & HEAVY <= HEAVY_ALLOWED.get(room_of(path), set())


def test_cleaning_loads_nothing_heavy() -> None:
    program = "import sys, cleaner; cleaner.Cleaner.load().clean('The harbour froze.\\n\\nBuy now').paragraphs; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert "cleaner.pipeline" in loaded
    assert {name.split(".")[0] for name in loaded} & HEAVY == set()
