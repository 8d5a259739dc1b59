"""Web pages: ours beside other extractors, on the same pages in one run.

    python scripts/bench_html.py --data DIR              all pages (DIR or $CLEANER_DATA), Markdown to standard output
    python scripts/bench_html.py --every 20 --json F     one page of twenty; the figures as JSON, too

Needs `pip install "cleaner[bench]"`. An extractor that cannot be imported is named with the reason and left out.

Quality is word F1 against the reference of a page, by page type, and precision, recall and F1 of strings that must and must
not be in the text. Ours has the out-of-fold figures of the bundle, each page judged by models that never saw its site:
of all pages, whatever `--every` says. The shipped model itself has seen these pages; it is timed, its quality is not measured.
Time is processor time of one process, in interleaved rounds; the median counts. Peak memory is that of a process of its own
that extracts all pages.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from cleaner import Cleaner
from cleaner.classify.bundle import DEFAULT, METRICS, load_bundle
from cleaner.html.parse import decode_page
from cleaner.train.gold import rows
from cleaner.train.pagefit import MIN_REFERENCE_WORDS
from cleaner.train.pages import SOURCES
from cleaner.train.webpages import word_f1, words_of

OURS = "cleaner"
MODEL = "CLEANER_MODEL"  # in the environment: name or folder of a model in the place of the shipped one
Extract = Callable[[str], str]  # a page → its text
Row = Mapping[str, Any]


def _cleaner() -> Extract:
    model = Cleaner.load(os.environ.get(MODEL, DEFAULT))
    return lambda html: model.clean(html=html).text


def _trafilatura(**settings: bool) -> Extract:
    from trafilatura import extract

    return lambda html: extract(html, **settings) or ""


def _resiliparse() -> Extract:
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html: extract_plain_text(html, main_content=True)


def _readability() -> Extract:
    from lxml.html import fromstring
    from readability import Document

    return lambda html: str(fromstring(Document(html).summary()).text_content())


def _justext() -> Extract:
    import justext

    words = justext.get_stoplist("English")
    return lambda html: "\n".join(part.text for part in justext.justext(html, words) if not part.is_boilerplate)


def _rs_trafilatura() -> Extract:
    found = importlib.import_module("rs_trafilatura").extract

    def extract(html: str) -> str:
        result = found(html)
        return str(getattr(result, "main_content", None) or getattr(result, "content_text", None) or getattr(result, "text", "") or "")

    return extract


EXTRACTORS: Mapping[str, Callable[[], Extract]] = {
    OURS: _cleaner,
    "trafilatura": _trafilatura,
    "trafilatura, no comments": lambda: _trafilatura(include_comments=False),
    "resiliparse, main content": _resiliparse,
    "readability-lxml": _readability,
    "jusText": _justext,
    "rs-trafilatura": _rs_trafilatura,
}
PACKAGES = ("cleaner", "selectolax", "trafilatura", "resiliparse", "readability-lxml", "justext", "rs-trafilatura", "lxml", "numpy")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an extractor gave.

    Attributes:
        texts: of each page, empty where it failed.
        failures: pages on which it raised.
        seconds: median of the rounds.
    """

    texts: Sequence[str]
    failures: int
    seconds: float


def read(data: Path, every: int) -> list[Row]:
    """The pages of both benchmarks, decoded."""
    found = (row for source in SOURCES for number, row in enumerate(rows(data / source)) if number % every == 0)
    return [{**row, "html": decode_page(row["html"])} for row in found]


def load() -> tuple[dict[str, Extract], dict[str, str]]:
    """The extractors that can be used, and why the others cannot."""
    usable: dict[str, Extract] = {}
    missing: dict[str, str] = {}
    for name, make in EXTRACTORS.items():
        try:
            usable[name] = make()
        except (ImportError, AttributeError) as error:
            missing[name] = str(error)
    return usable, missing


def run(extractors: Mapping[str, Extract], pages: Sequence[Row], rounds: int) -> dict[str, Outcome]:
    """Extract all pages with all extractors, in interleaved rounds."""
    seconds: dict[str, list[float]] = defaultdict(list)
    texts: dict[str, list[str]] = {}
    failures: dict[str, int] = {}
    for _ in range(rounds):
        for name, extract in extractors.items():
            begin = time.process_time()
            found = [_extracted(extract, page["html"]) for page in pages]
            seconds[name].append(time.process_time() - begin)
            texts[name], failures[name] = [text or "" for text in found], found.count(None)
    return {name: Outcome(texts[name], failures[name], statistics.median(times)) for name, times in seconds.items()}


def _extracted(extract: Extract, html: str) -> str | None:
    try:
        return extract(html)
    except Exception:  # whatever an extractor raises is a failure to be counted
        return None


def quality(outcome: Outcome, pages: Sequence[Row]) -> dict[str, Any]:
    """Word F1 by page type, figures of strings, and pages with something to say of which nothing is left."""
    by_type: dict[str, list[float]] = defaultdict(list)
    counts = {"hits": 0, "misses": 0, "intruders": 0}
    empty = 0
    for page, text in zip(pages, outcome.texts, strict=True):
        reference = page.get("main_content")
        if reference is not None:
            by_type[page.get("page_type") or "unknown"].append(word_f1(text, reference))
            empty += not text.strip() and len(words_of(reference)) >= MIN_REFERENCE_WORDS
            continue
        plain = " ".join(text.split())
        found = [" ".join(string.split()) in plain for string in page["with_"]]
        counts["hits"] += sum(found)
        counts["misses"] += len(found) - sum(found)
        counts["intruders"] += sum(" ".join(string.split()) in plain for string in page["without"])
    scores = [score for values in by_type.values() for score in values]
    precision = counts["hits"] / max(counts["hits"] + counts["intruders"], 1)
    recall = counts["hits"] / max(counts["hits"] + counts["misses"], 1)
    return {
        "word_f1": statistics.fmean(scores) if scores else 0.0,
        "word_f1_by_type": {name: statistics.fmean(values) for name, values in sorted(by_type.items())},
        "strings": {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(precision + recall, 1e-9)},
        "empty": empty,
    }


def out_of_fold() -> dict[str, Any] | None:
    """The bundle's own figures, None in one that was not trained on pages."""
    figures: dict[str, Any] = json.loads((load_bundle(os.environ.get(MODEL, DEFAULT)).path / METRICS).read_text("utf-8"))
    return figures.get("webpages")


def peak_memory(name: str, data: Path, every: int) -> float:
    """Peak memory of a process that extracts all pages, in MB."""
    command = [sys.executable, __file__, "--data", str(data), "--every", str(every), "--only", name]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def version(package: str) -> str:
    """The installed version of a package."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def markdown(figures: Mapping[str, Any]) -> str:
    """The figures as tables."""
    entries: Mapping[str, Mapping[str, Any]] = figures["extractors"]
    types = sorted({name for entry in entries.values() if entry["quality"] for name in entry["quality"]["word_f1_by_type"]})
    lines = [
        f"{figures['pages']} pages, {figures['megabytes']:.1f} MB, {figures['rounds']} rounds, {figures['machine']}",
        "; ".join(f"{name} {number}" for name, number in figures["versions"].items()),
        *(f"missing: {name} ({reason})" for name, reason in figures["missing"].items()),
        f"Quality of {OURS}: out of fold, all pages of the benchmarks.",
        "",
        _cells(["extractor", "word F1", *types, "strings P", "R", "F1"]),
        _cells(["---"] * (5 + len(types))),
    ]
    for name, entry in entries.items():
        found = entry["quality"]
        if found is None:
            lines.append(_cells([name, *["–"] * (4 + len(types))]))
            continue
        by_type, strings = found["word_f1_by_type"], found["strings"]
        values = [found["word_f1"], *(by_type.get(kind) for kind in types), strings["precision"], strings["recall"], strings["f1"]]
        lines.append(_cells([name, *("–" if value is None else f"{value:.3f}" for value in values)]))
    lines += ["", _cells(["extractor", "pages/s", "MB/s", "failures", "empty", "peak MB"]), _cells(["---"] * 6)]
    for name, entry in entries.items():
        numbers = [f"{entry['pages_a_second']:.1f}", f"{entry['megabytes_a_second']:.2f}", str(entry["failures"]), str(entry["empty"])]
        lines.append(_cells([name, *numbers, f"{entry['peak_megabytes']:.0f}"]))
    return "\n".join(lines)


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main(
    data: Annotated[Path, typer.Option(envvar="CLEANER_DATA", help="Folder with the pages of the benchmarks.")],
    every: Annotated[int, typer.Option(min=1, help="Take one page of so many.")] = 1,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds; the median counts.")] = 3,
    json_file: Annotated[Path | None, typer.Option("--json", help="File for the figures.")] = None,
    only: Annotated[str, typer.Option(hidden=True, help="Extract with one extractor and print the peak memory.")] = "",
) -> None:
    """Compare extractors on web pages."""
    if only:
        extract, pages = EXTRACTORS[only](), read(data, every)
        for page in pages:
            _extracted(extract, page["html"])
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        return
    pages = read(data, every)
    extractors, missing = load()
    outcomes = run(extractors, pages, rounds)
    n_bytes = sum(len(page["html"].encode("utf-8", "replace")) for page in pages)
    entries = {}
    for name, outcome in outcomes.items():
        found = quality(outcome, pages)
        entries[name] = {
            "quality": out_of_fold() if name == OURS else found,
            "pages_a_second": len(pages) / outcome.seconds,
            "megabytes_a_second": n_bytes / 1e6 / outcome.seconds,
            "failures": outcome.failures,
            "empty": found["empty"],
            "peak_megabytes": peak_memory(name, data, every),
        }
    figures = {
        "pages": len(pages),
        "megabytes": n_bytes / 1e6,
        "rounds": rounds,
        "machine": f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}",
        "versions": {package: version(package) for package in PACKAGES},
        "missing": missing,
        "extractors": entries,
    }
    print(markdown(figures))
    if json_file is not None:
        json_file.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    typer.run(main)
