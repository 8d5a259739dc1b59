"""The report: one page that needs nothing else, in which nothing from a document is markup."""

from __future__ import annotations

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from cleaner.runs import Task, make_plan, run
from tests.fakes import FakeCleaner

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
EVIL = '</td><script src="http://evil.example/x.js">alert(1)</script><img src=x onerror=alert(1)>'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def report(*records: dict[str, str], label: bool = False) -> tuple[str, dict[str, object]]:
    Path("in.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    run(FakeCleaner(), make_plan(Task(("in.jsonl",), "out.jsonl", report="report.html", label=label)))
    return Path("report.html").read_text(), json.loads(Path("report.json").read_text())


class Tags(HTMLParser):
    """Collects elements and checks that they nest."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.attributes += attrs


def test_the_page_is_well_formed_and_needs_no_network() -> None:
    page, _ = report({"text": "Story.\n\nBuy now.", "url": "http://a.example/"}, {"text": "Buy now."})
    tags = Tags(page)
    assert tags.open == []
    assert not {"script", "link", "img", "iframe", "a"} & set(tags.names)
    assert not {"src", "href", "style"} & {name for name, _ in tags.attributes}
    assert re.findall(r"https?://\S+", page) == []
    assert "prefers-color-scheme: dark" in page


def test_nothing_from_a_document_is_markup() -> None:
    page, _ = report({"id": EVIL, "text": f"Buy {EVIL}", "url": f"http://{EVIL}/"})
    assert "script" not in Tags(page).names
    assert "img" not in Tags(page).names
    assert "&lt;script" in page


def test_the_data_hold_what_the_page_shows() -> None:
    first = {"id": "d1", "text": "Story.\n\nBuy now.", "url": "http://a.example/"}
    page, data = report(first, {"text": "Buy now.", "url": "http://a.example/2"}, {"text": "Hi"})
    assert data["removed_texts"] == [{"times": 2, "chars": 16, "kind": "promotion", "example": "Buy now.", "document": "d1"}]
    assert data["sites"] == [
        {"site": "a.example", "documents": 2, "paragraphs": 3, "paragraphs_dropped": 2, "chars": 24, "chars_dropped": 16},
        {"site": "(no address)", "documents": 1, "paragraphs": 1, "paragraphs_dropped": 0, "chars": 2, "chars_dropped": 0},
    ]
    assert data["most_changed"] == [
        {"document": "in.jsonl:2", "chars": 8, "chars_dropped": 8},
        {"document": "d1", "chars": 16, "chars_dropped": 8},
    ]
    assert isinstance(data["counts"], dict)
    assert data["counts"]["cleaned"] == 3
    assert data["removed_texts_are_lower_bounds_by"] == 0
    for shown in ("Buy now.", "a.example", "in.jsonl:2", "The counts are exact."):
        assert shown in page


def test_a_run_without_documents_has_a_report() -> None:
    page, data = report()
    assert Tags(page).open == []
    assert data["most_changed"] == []


def test_labelling_can_be_reported_too() -> None:
    assert "promotion" in report({"text": "Buy now."}, label=True)[0]


def test_long_names_are_short_on_the_page_and_whole_in_the_data() -> None:
    name = f"https://a.example/{'x' * 300}/end"
    page, data = report({"id": name, "text": "Buy now."})
    assert name not in page
    assert "/end" in page
    assert name in json.dumps(data)


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_shows_it_without_complaint_network_or_overflow(scheme: str, tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api")
    address = f"https://a.example/{'x' * 300}"
    report({"id": address, "url": address, "text": f"Story.\n\nBuy {'y' * 300}"}, {"id": EVIL, "text": f"Buy {EVIL}"})
    requests: list[str] = []
    complaints: list[str] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 390, "height": 800}, color_scheme=scheme)
        page.on("request", lambda request: requests.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((tmp_path / "report.html").as_uri())
        width = page.evaluate("document.documentElement.scrollWidth")
        ground, ink = page.evaluate("(style => [style.backgroundColor, style.color])(getComputedStyle(document.body))")
        bars = page.locator("rect.dropped").evaluate_all(
            "bars => bars.filter(bar => bar.getBBox().width > 1 && bar.getBBox().height > 1).length"
        )
        browser.close()
    assert (requests, complaints) == ([(tmp_path / "report.html").as_uri()], [])
    assert width <= 390
    assert bars >= 2
    assert (sum(map(int, re.findall(r"\d+", ground))) < sum(map(int, re.findall(r"\d+", ink)))) == (scheme == "dark")
