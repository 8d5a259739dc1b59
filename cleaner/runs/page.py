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
NAME_CHARS, NAME_END_CHARS = 75, 25  # of long names of documents; the data beside the page have them whole


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
    texts = [(row[0], row[1], row[2], row[3], _short(row[4])) for _, row in summary.texts.largest(N_TEXTS)]
    sites = [(site, row[0], row[1], share(row[2], row[1]), share(row[4], row[3])) for site, row in summary.sites.largest(N_SITES)]
    changed = [(_short(name), n, dropped, share(dropped, n)) for dropped, n, name in summary.changed]
    parts = [
        section("In short", table(("", ""), facts)),
        section("Labels", table(("label", "paragraphs", "share"), labels)),
        section("Kinds", _KEY + _bars(report.paragraphs_by_kind, report.dropped_by_kind), _KINDS),
        section("Scores", _KEY + "".join(_histogram(label, *rows) for label, rows in summary.scores.items()), _SCORES),
        section("What was removed most often", table(_TEXT_COLUMNS, texts), _texts_note(summary)),
        section("Sites", table(("site", "documents", "paragraphs", "dropped", "characters dropped"), sites), _bound(summary.sites)),
        section("Documents that lost most", table(("document", "characters", "dropped", "share"), changed)),
    ]
    return whole_page("What cleaner removed", parts)


_TEXT_COLUMNS = ("times", "characters", "kind", "begins", "first seen in")
_KINDS = "Paragraphs of each kind, and the share of them that was dropped."
_SCORES = "How probable the label was for the paragraphs that got it, in steps of 0.05."
_SQUARE = '<svg class="key" viewBox="0 0 10 10"><rect class="{0}" width="10" height="10"/></svg>{0}'
_KEY = f"<p>{_SQUARE.format('kept')} {_SQUARE.format('dropped')}</p>\n"


def _short(name: str) -> str:
    """A name without its middle where it is long."""
    return name if len(name) <= NAME_CHARS else f"{name[: NAME_CHARS - NAME_END_CHARS]} … {name[-NAME_END_CHARS:]}"


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
    return _wide(f'<svg viewBox="0 0 800 {max(1, len(rows)) * height}" role="img" aria-label="{title}">{"".join(rows)}</svg>')


def _histogram(label: str, kept: Sequence[int], dropped: Sequence[int]) -> str:
    """Columns of the paragraphs of a label by score, the axis of counts at the left."""
    most, left = max([1, *(a + b for a, b in zip(kept, dropped, strict=True))]), 60
    width = (800 - left) / N_BINS
    columns = []
    for i, (a, b) in enumerate(zip(kept, dropped, strict=True)):
        high_kept, high_dropped = 100 * a / most, 100 * b / most
        x, size = f'x="{left + i * width + 2:.1f}"', f'width="{width - 4:.1f}"'
        columns.append(
            f"<g><title>{i / N_BINS:.2f} to {(i + 1) / N_BINS:.2f}: {a:,} kept, {b:,} dropped</title>"
            f'<rect class="kept" {x} y="{130 - high_kept:.1f}" {size} height="{high_kept:.1f}"/>'
            f'<rect class="dropped" {x} y="{130 - high_kept - high_dropped:.1f}" {size} height="{high_dropped:.1f}"/></g>'
        )
    n = sum(kept) + sum(dropped)
    grid = "".join(
        f'<line class="axis" x1="{left}" y1="{y}" x2="800" y2="{y}"/><text x="{left - 6}" y="{y + 4}" text-anchor="end">{count:,}</text>'
        for y, count in ((30, most), (130, 0))
    )
    ticks = "".join(
        f'<text x="{left + (800 - left) * at:.1f}" y="148" text-anchor="{anchor}">{at:g}</text>'
        for at, anchor in ((0, "start"), (0.25, "middle"), (0.5, "middle"), (0.75, "middle"), (1, "end"))
    )
    head = f'<text x="{left}" y="14" font-weight="bold">{escape(label)}: {n:,} paragraph{"s" * (n != 1)}</text>'
    title = f"Paragraphs of {escape(label)} by score, kept and dropped"
    return _wide(f'<svg viewBox="0 0 800 152" role="img" aria-label="{title}">{head}{grid}{"".join(columns)}{ticks}</svg>')


def _wide(drawing: str) -> str:
    """A drawing that can be moved sideways where the screen is narrow."""
    return f'<div class="wide">{drawing}</div>\n'
