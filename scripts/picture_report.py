"""Draw docs/report.png: a part of the report on the documents in seeds/, in Chromium; needs the extra `browser`."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from cleaner import Cleaner
from cleaner.runs import Task, make_plan, run

ROOT = Path(__file__).parent.parent
HEIGHT = 1010  # from the kinds down to the first texts


def main() -> None:
    """Clean the documents, open the report, and take the picture."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        report = Path(folder, "report.html")
        inputs = (str(ROOT / "seeds" / "examples"), str(ROOT / "tests" / "html" / "golden"))
        run(Cleaner.load(), make_plan(Task(inputs, f"{folder}/out", report=str(report))))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1020, "height": 600})
        page.goto(report.as_uri())
        top = page.get_by_role("heading", name="Kinds").evaluate("heading => heading.getBoundingClientRect().top")
        page.screenshot(
            path=str(ROOT / "docs" / "report.png"), full_page=True, clip={"x": 0, "y": top - 10, "width": 1020, "height": HEIGHT}
        )
        browser.close()


if __name__ == "__main__":
    main()
