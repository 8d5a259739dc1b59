"""The report as one web page that needs no network, and the same for programs. Whatever comes from documents is escaped."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from html import escape
from typing import Any

from cleaner.report import Cell, section, share, table
from cleaner.report import page as whole_page
from cleaner.runs.outputs import Finished, PartFile
from cleaner.runs.plan import data_of
from cleaner.runs.report import RunReport
from cleaner.runs.summary import N_BINS, Counts, Summary

N_TEXTS, N_SITES = 100, 100


def write_report(path: str, report: RunReport, summary: Summary) -> list[Finished]:
    """Write the report under its unfinished names.

    Args:
        path: the page; its data lie beside it under the same name with `.json`.
        report: the counts.
        summary: everything else.

    Returns:
        Page and data, to be published.

    Raises:
        CleanerError: they cannot be written.
    """
    files = []
    for name, text in ((path, page(report, summary)), (data_of(path), json.dumps(data(report, summary), indent=1) + "\n")):
        file = PartFile(name).begin()
        file.write(text.encode("utf-8", "replace"))
        files.append(file.finish())
    return files


def data(report: RunReport, summary: Summary) -> dict[str, Any]:
    """The report as JSON has it."""
    text_names = ("times", "chars", "kind", "example", "document")
    site_names = ("documents", "paragraphs", "paragraphs_dropped", "chars", "chars_dropped")
    return {
        "counts": asdict(report),
        "scores": {label: {"kept": kept, "dropped": dropped} for label, (kept, dropped) in summary.scores.items()},
        "removed_texts": [dict(zip(text_names, row, strict=True)) for _, row in summary.texts.largest(N_TEXTS)],
        "removed_texts_are_lower_bounds_by": summary.texts.floor,
        "sites": [{"site": site, **dict(zip(site_names, row, strict=True))} for site, row in summary.sites.largest(N_SITES)],
        "sites_are_lower_bounds_by": summary.sites.floor,
        "most_changed": [{"document": name, "chars": n, "chars_dropped": dropped} for dropped, n, name in summary.changed],
    }


def page(report: RunReport, summary: Summary) -> str:
    """The report as a web page."""
    n_chars = report.chars_kept + report.chars_dropped
    facts: list[Sequence[Cell]] = [
        ("documents read", report.read),
        ("documents written", report.cleaned),
        ("documents skipped", report.skipped),
        ("files of unknown format passed over", report.passed_over),
        ("paragraphs", sum(report.paragraphs_by_kind.values())),
        ("paragraphs dropped", sum(report.dropped_by_kind.values())),
        ("characters of paragraphs", n_chars),
        ("characters dropped", report.chars_dropped),
        ("share of characters dropped", share(report.chars_dropped, n_chars)),
        ("seconds", round(report.seconds, 1)),
    ]
    n_paragraphs = sum(report.paragraphs_by_label.values())
    labels = [(label, n, share(n, n_paragraphs)) for label, n in report.paragraphs_by_label.items()]
    texts = [(row[0], row[1], row[2], row[3], row[4]) for _, row in summary.texts.largest(N_TEXTS)]
    sites = [(site, row[0], row[1], share(row[2], row[1]), share(row[4], row[3])) for site, row in summary.sites.largest(N_SITES)]
    changed = [(name, n, dropped, share(dropped, n)) for dropped, n, name in summary.changed]
    parts = [
        section("In short", table(("", ""), facts)),
        section("Labels", table(("label", "paragraphs", "share"), labels)),
        section("Kinds", _bars(report.paragraphs_by_kind, report.dropped_by_kind), _LEGEND),
        section("Scores", "".join(_histogram(label, *rows) for label, rows in summary.scores.items()), f"{_LEGEND} {_SCORES}"),
        section("What was removed most often", table(_TEXT_COLUMNS, texts), _texts_note(summary)),
        section("Sites", table(("site", "documents", "paragraphs", "dropped", "characters dropped"), sites), _bound(summary.sites)),
        section("Documents that lost most", table(("document", "characters", "dropped", "share"), changed)),
    ]
    return whole_page("What cleaner removed", parts)


_TEXT_COLUMNS = ("times", "characters", "kind", "begins", "first seen in")
_LEGEND = "Green was kept, red was dropped."
_SCORES = "Each bar is a twentieth of the scale from 0 to 1: how probable the label was for the paragraphs that got it."


def _texts_note(summary: Summary) -> str:
    return f"Texts that differ only in case, blanks and digits count as one. {_bound(summary.texts)}"


def _bound(counts: Counts) -> str:
    """What the counts of a table are worth."""
    if not counts.floor:
        return "The counts are exact."
    return f"The counts are lower bounds: rare rows had to be forgotten in between, so each may be short by up to {counts.floor:,}."


def _bars(seen: Mapping[str, int], dropped: Mapping[str, int]) -> str:
    """A bar a kind, as long as its paragraphs are many, the dropped ones at its end."""
    most, height = max([1, *seen.values()]), 24
    rows = []
    for i, (kind, n) in enumerate(seen.items()):
        n_dropped = dropped.get(kind, 0)
        kept_width, dropped_width = 480 * (n - n_dropped) / most, 480 * n_dropped / most
        y = i * height
        rows.append(
            f'<text x="110" y="{y + 16}" text-anchor="end">{escape(kind)}</text>'
            f'<rect class="kept" x="120" y="{y + 4}" width="{kept_width:.1f}" height="16"/>'
            f'<rect class="dropped" x="{120 + kept_width:.1f}" y="{y + 4}" width="{dropped_width:.1f}" height="16"/>'
            f'<text x="{128 + kept_width + dropped_width:.1f}" y="{y + 16}">{n:,}, {share(n_dropped, n)} dropped</text>'
        )
    title = "Paragraphs of each kind, kept and dropped"
    return f'<svg viewBox="0 0 800 {max(1, len(rows)) * height}" role="img" aria-label="{title}">{"".join(rows)}</svg>\n'


def _histogram(label: str, kept: Sequence[int], dropped: Sequence[int]) -> str:
    """Columns of the paragraphs of a label by score."""
    most, width = max([1, *(a + b for a, b in zip(kept, dropped, strict=True))]), 800 / N_BINS
    columns = []
    for i, (a, b) in enumerate(zip(kept, dropped, strict=True)):
        high_kept, high_dropped = 100 * a / most, 100 * b / most
        x = i * width + 2
        columns.append(f'<rect class="kept" x="{x:.1f}" y="{120 - high_kept:.1f}" width="{width - 4:.1f}" height="{high_kept:.1f}"/>')
        top = 120 - high_kept - high_dropped
        columns.append(f'<rect class="dropped" x="{x:.1f}" y="{top:.1f}" width="{width - 4:.1f}" height="{high_dropped:.1f}"/>')
    return (
        f'<svg viewBox="0 0 800 140" role="img" aria-label="Scores of {escape(label)}">{"".join(columns)}'
        f'<line class="axis" x1="0" y1="120" x2="800" y2="120"/><text x="2" y="12">{escape(label)}: {sum(kept) + sum(dropped):,}</text>'
        '<text x="2" y="136">0</text><text x="798" y="136" text-anchor="end">1</text></svg>\n'
    )
