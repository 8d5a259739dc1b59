"""Draw docs/review.png: the review page on a real document of seeds/, in Chromium; needs the extra `browser`."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
DOCUMENT = "seeds/examples/003_9877bdb0d95091f1.txt"


def main() -> None:
    """Open the page, answer one paragraph, and take the picture."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    program = "from cleaner.cli import main; main()"
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        command = [sys.executable, "-c", program, "review", DOCUMENT, "--labels", f"{folder}/labels.jsonl", "--no-browser"]
        process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1180, "height": 760})
        page.goto(process.stderr.readline().strip())
        page.wait_for_selector("body[data-open='0']")
        for key in ("End", "k", "Enter"):
            page.keyboard.press(key)
        page.wait_for_selector("body[data-unsaved='0']")
        page.locator("#saved").evaluate("element => { element.textContent = 'all saved in labels.jsonl' }")
        page.screenshot(path=str(ROOT / "docs" / "review.png"))
        browser.close()
        process.terminate()
        process.communicate()


if __name__ == "__main__":
    main()
