"""The evaluation report: one web page that needs no network, and its data as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from cleaner.labels import save
from cleaner.records import Label
from cleaner.report import Cell, page, section, table
from cleaner.train.compare import MAIN

STYLE = """
:root { --a: #2257a8; --b: #b8550f; } @media (prefers-color-scheme: dark) { :root { --a: #7fb0f5; --b: #f0a35e; } }
.m0 { --own: var(--a); } .m1 { --own: var(--b); } polyline { fill: none; stroke: var(--own); stroke-width: 2; } circle { fill: var(--own); }
.shade { fill: var(--own); } .grid { stroke: var(--line); stroke-width: 1; } .ideal { stroke: var(--soft); stroke-dasharray: 4 4; }
svg.m0 .name, .m0 > .name { fill: var(--a); } svg.m1 .name, .m1 > .name { fill: var(--b); } svg.half { max-width: 32rem; }
td:not(.n):not(:empty) { min-width: 6.2rem; }
"""
WIDTH, HEIGHT, LEFT, BOTTOM = 640, 320, 60, 40
_Data = Mapping[str, Any]


def write_report(path: Path, data: _Data, title: str = "How good the labels are") -> Path:
    """Write the page, and its data beside it under the same name with `.json`; each appears whole or not at all.

    Returns:
        Where the data lie.

    Raises:
        CleanerError: one of them cannot be written.
    """
    beside = path.with_suffix(".json") if path.suffix != ".json" else path.with_suffix(".data.json")
    for file, text in ((path, render(data, title)), (beside, json.dumps(data, indent=1, ensure_ascii=False) + "\n")):
        save(file, text.encode("utf-8", "replace"))
    return beside


def render(data: _Data, title: str = "How good the labels are") -> str:
    """The report as a web page.

    Args:
        data: what `compare` returns.
        title: of the page.
    """
    models = data["models"]
    facts: list[Sequence[Cell]] = [
        ("documents", data["documents"]),
        *_pages(data),
        ("sites", data["sites"]),
        ("labelled paragraphs", data["lines"]),
        ("documents set aside or without labels", data["skipped_documents"]),
        *((f"threshold of {one['name']}{' for texts' if data['pages'] else ''}", one["threshold"]) for one in models),
    ]
    parts = [
        section("In short", table(("", ""), facts)),
        section("Figures", _figures(models), f"Values with 95% intervals from 1,000 bootstrap draws of {data['drawn']}."),
        section("Differences", _differences(data["paired"]), "Both models on the same draws.") if data.get("paired") else "",
        section("Keeping and removing", _curves(models), "Each point is a threshold; the dot is what the model does."),
        section(
            "Calibration", _calibrations(models), "How often a label is right, by how probable it was said to be. The dashed line is ideal."
        ),
        *(section(f"Labels given, {one['name']}", _confusion(one, i), "Rows are what people said.") for i, one in enumerate(models)),
        *(section(f"Kinds given, {one['name']}", _kinds(one, data["kinds"]), _KINDS) for one in models),
        *_parts(models, "by_source", "By source", "The largest sources."),
        *_parts(models, "by_language", "By language", ""),
        *_parts(models, "without_source", "Without one source", "What is left of the figures when a source is taken out of the test."),
        section("Adapted to the other sources", _left_out(data["left_out"]), _LEFT_OUT) if data.get("left_out") else "",
        *(section(f"To read first, {one['name']}", _mistakes(one["mistakes"]), _MISTAKES) for one in models),
    ]
    return page(title, parts, STYLE)


_MISTAKES = "Article text that was dropped, then the labels that were surest and wrong."
_KINDS = "Rows are what people said, where they gave the kind; columns are what the model said."
_LEFT_OUT = "Each source judged by the model as it is, and after adapting it to the labels of all other sources."


def summary(data: _Data) -> str:
    """The main figures as lines of text."""
    rows = [f"{data['lines']:,} labelled paragraphs, {data['documents']:,} documents, {data['sites']:,} sites"]
    width = max(len(one["name"]) for one in data["models"])
    for one in data["models"]:
        figures = "  ".join(f"{_name(name)} {_with_interval(one['figures'][name])}" for name in MAIN)
        rows.append(f"{one['name']:<{width}}  {figures}")
    if data.get("paired"):
        rows.append(
            f"{'change':<{width}}  " + "  ".join(f"{_name(n)} {_with_interval(data['paired']['differences'][n], '+')}" for n in MAIN)
        )
    for row in data.get("left_out", ()):
        figures = "  ".join(f"{_name(name)} {row['before'][name]:.4f} → {row['after'][name]:.4f}" for name in MAIN)
        rows.append(f"adapted to the other sources, {row['source']!r}: {figures}")
    return "\n".join(rows)


def _pages(data: _Data) -> list[Sequence[Cell]]:
    """How web pages among the documents were judged, where there are any."""
    by_text = data.get("pages_by_text", data["pages"])  # training looks at their text alone
    rows = [("web pages, judged with their markup", data["pages"] - by_text), ("web pages, judged by their text alone", by_text)]
    return [row for row in rows if row[1]]


def _figures(models: Sequence[_Data]) -> str:
    names = list(models[0]["figures"])
    rows = [(_name(name), *(_with_interval(one["figures"][name]) for one in models)) for name in names]
    rows.append(("calibration error", *(f"{one['calibration_error']:.4f}" for one in models)))
    return table(("figure", *(one["name"] for one in models)), rows)


def _differences(paired: _Data) -> str:
    rows = [(_name(name), _with_interval(value, "+"), _reading(value["interval"])) for name, value in paired["differences"].items()]
    return table(("figure", f"{paired['last']} less {paired['first']}", ""), rows)


def _reading(interval: Sequence[float] | None) -> str:
    return "" if interval is None else "better" if interval[0] > 0 else "worse" if interval[1] < 0 else "no clear difference"


def _name(name: str) -> str:
    return name.replace("_", " ").replace("f1", "F1")


def _with_interval(value: _Data, sign: str = "") -> str:
    if value["value"] is None or value["interval"] is None:
        return "–"
    low, high = value["interval"]
    return f"{value['value']:{sign}.4f} ({low:{sign}.4f} to {high:{sign}.4f})"


def _curves(models: Sequence[_Data]) -> str:
    dots = [one["figures"]["article_words_kept"]["value"] for one in models]
    lowest = max(0, min(9, *(int(10 * kept - 0.2) for kept in dots))) / 10  # whatever lies well below the dots is of no use to anybody
    rows = []
    for i, one in enumerate(models):
        points = [(kept, removed) for _, kept, removed in one["curve"] if kept >= lowest]
        figures = one["figures"]
        dot = (figures["article_words_kept"]["value"], figures["noise_words_removed"]["value"])
        rows.append(_line(i, one["name"], [(removed, kept) for kept, removed in points], lowest, (dot[1], dot[0])))
    return _chart("Article words kept against noise words removed", "noise words removed", "article words kept", (lowest, 1.0), rows)


def _calibrations(models: Sequence[_Data]) -> str:
    rows = [_segment((0, 0), (1, 1), 0.0, "ideal")]
    for i, one in enumerate(models):
        rows.append(_line(i, one["name"], [(own["stated"], own["right"]) for own in one["calibration"]], 0.0))
    return _chart("Share of right labels by stated probability", "stated probability", "share of right labels", (0.0, 1.0), rows)


def _chart(title: str, x_name: str, y_name: str, y_range: tuple[float, float], rows: Sequence[str]) -> str:
    low, high = y_range
    ticks = []
    for i in range(6):
        x, y = _at((i / 5, low + (high - low) * i / 5), low)
        ticks.append(_segment((0, low + (high - low) * i / 5), (1, low + (high - low) * i / 5), low, "grid"))
        ticks.append(f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 16}" text-anchor="middle">{i / 5:g}</text>')
        ticks.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{low + (high - low) * i / 5:.3g}</text>')
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{"".join(ticks)}{"".join(rows)}'
        f'<text x="{(WIDTH + LEFT) / 2}" y="{HEIGHT - 6}" text-anchor="middle">{escape(x_name)}</text>'
        f'<text x="{LEFT}" y="12">{escape(y_name)}</text></svg>\n'
    )


def _line(number: int, name: str, points: Sequence[tuple[float, float]], low: float, dot: tuple[float, float] | None = None) -> str:
    """A model's curve, its name, and a dot where one is given; points are pairs of x and y."""
    placed = [_at(point, low) for point in points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
    mark = ""
    if dot is not None and dot[1] >= low:
        cx, cy = _at(dot, low)
        mark = f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="5"><title>the threshold that {escape(name)} uses</title></circle>'
    x, anchor = (LEFT + 12, "start") if dot is not None else (WIDTH - 32, "end")  # where no curve runs
    label = f'<text class="name" x="{x}" y="{HEIGHT - BOTTOM - 12 - 18 * number}" text-anchor="{anchor}">{escape(name)}</text>'
    return f'<g class="m{number % 2}"><polyline points="{path}"/>{mark}{label}</g>'


def _segment(begin: tuple[float, float], end: tuple[float, float], low: float, style: str) -> str:
    (x1, y1), (x2, y2) = _at(begin, low), _at(end, low)
    return f'<line class="{style}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _at(point: tuple[float, float], low: float) -> tuple[float, float]:
    """Where a point lies in a chart whose x runs from 0 to 1, its y from `low` to 1."""
    x, y = point
    return LEFT + x * (WIDTH - LEFT - 20), 20 + (1 - (y - low) / (1 - low)) * (HEIGHT - BOTTOM - 20)


def _confusion(one: _Data, number: int) -> str:
    """Shaded squares with their counts; the shade is the share of the row."""
    names, cells = [label.value for label in Label], []
    for i, row in enumerate(one["confusion"]):
        cells.append(f'<text x="120" y="{70 + 60 * i}" text-anchor="end">{names[i]}</text>')
        cells.append(f'<text x="{180 + 110 * i}" y="20" text-anchor="middle">{names[i]}</text>')
        for j, n in enumerate(row):
            opacity = 0.75 * n / max(sum(row), 1)
            cells.append(f'<rect class="shade" x="{130 + 110 * j}" y="{36 + 60 * i}" width="100" height="52" opacity="{opacity:.2f}"/>')
            text = f"{n:,}, {n / max(sum(row), 1):.0%}"
            cells.append(f'<text x="{180 + 110 * j}" y="{68 + 60 * i}" text-anchor="middle">{text}</text>')
    return f'<svg class="half m{number % 2}" viewBox="0 0 470 220" role="img" aria-label="Confusion of labels">{"".join(cells)}</svg>\n'


def _kinds(one: _Data, kinds: Sequence[str]) -> str:
    """The confusion of kinds; what nobody said and no model gave is left out."""
    counts = one["kind_confusion"]
    used = [i for i in range(len(kinds)) if sum(counts[i]) or sum(row[i] for row in counts)]
    rows = [(kinds[i], *(counts[i][j] or "" for j in used)) for i in used]
    return table(("", *(kinds[j] for j in used)), rows)


def _parts(models: Sequence[_Data], key: str, title: str, note: str) -> list[str]:
    rows: list[Sequence[Cell]] = [
        (name, part["lines"], *(f"{one[key][name][figure]:.4f}" for one in models for figure in MAIN))
        for name, part in models[0][key].items()
    ]
    if len(rows) < 2:
        return []
    heads = [f"{_name(figure)}, {one['name']}" for one in models for figure in MAIN]
    return [section(title, table(("", "paragraphs", *heads), rows), note)]


def _left_out(rows: Sequence[_Data]) -> str:
    body = [(row["source"], row["lines"], *(f"{row[when][name]:.4f}" for name in MAIN for when in ("before", "after"))) for row in rows]
    heads = [f"{_name(name)}, {when}" for name in MAIN for when in ("as it is", "adapted")]
    return table(("source", "paragraphs", *heads), body)


def _mistakes(rows: Sequence[_Data]) -> str:
    body = [
        (
            row["text"],
            row["gold"],
            f"{row['predicted']}{', dropped' if row['dropped'] else ''}",
            f"{row['probability']:.3f}",
            row["document"],
        )
        for row in rows
    ]
    return table(("text", "people", "model", "probability", "document"), body)
