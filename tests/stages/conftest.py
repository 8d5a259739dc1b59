"""What all stages are tested with: 500 documents, and what the command line makes of them."""

from __future__ import annotations

import html
import json
import random
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cleaner.cli import app
from cleaner.train.gold import Gold

N_DOCUMENTS = 500
Rows = list[dict[str, Any]]


@pytest.fixture(scope="session")
def documents(written: list[Gold]) -> Rows:
    """Texts and pages mixed from the written documents, every third a page, with fields that no stage may touch."""
    random_ = random.Random(0)
    paragraphs = [gold.text[start:end] for gold in written for start, end in zip(gold.starts.tolist(), gold.ends.tolist(), strict=True)]
    rows: Rows = []
    for number in range(N_DOCUMENTS):
        at = random_.randrange(len(paragraphs) - 20)
        lines = paragraphs[at : at + random_.randint(1, 8)] + random_.sample(paragraphs, random_.randint(0, 3))
        row: dict[str, Any] = {"id": f"d{number:03}", "text": None, "html": None, "url": None, "weight": number / 3}
        if number % 3 == 0:
            body = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
            links = "<nav><a href='/a'>Home</a> <a href='/b'>News</a></nav>"
            row["html"] = f"<html><head><title>Number {number}</title></head><body>{links}<main>{body}</main></body></html>"
            row["url"] = f"https://site{number % 7}.example/2024/{number}"
        else:
            row["text"] = "\n\n".join(lines)
        rows.append(row)
    return rows


@pytest.fixture(scope="session")
def poisoned(documents: Rows) -> Rows:
    """Few documents, one of which cannot be read."""
    return [*documents[:7], {"id": "poison", "text": None, "html": None, "url": None, "weight": 0.0}, *documents[7:20]]


@pytest.fixture(scope="session")
def cleaned(documents: Rows, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The text of each document after `cleaner clean`, by its id."""
    return {row["id"]: row["text"] for row in by_command("clean", documents, tmp_path_factory.mktemp("clean"))}


@pytest.fixture(scope="session")
def labelled(documents: Rows, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str, Rows]]:
    """Text and verdicts of each document after `cleaner label`, by its id."""
    rows = by_command("label", documents, tmp_path_factory.mktemp("label"))
    return {row["id"]: (row["text"], row["paragraphs"]) for row in rows}


def by_command(command: str, documents: Rows, folder: Path) -> Rows:
    """What a command of the command line makes of documents."""
    given, result = folder / "in.jsonl", folder / "out.jsonl"
    given.write_text("".join(f"{json.dumps(row)}\n" for row in documents), "utf-8")
    done = CliRunner().invoke(app, [command, str(given), "-o", str(result), "-q"])
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in result.read_text("utf-8").splitlines()]
