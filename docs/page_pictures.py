"""Takes the pictures of the pages that the documents show, on the catalogue of `./dev demo`.

    ./dev demo --no-open ; python -m docs.page_pictures

Needs Chromium. A service is started for the time of it, on a copy: nothing is left behind.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks._service_server import Served
from docs.regenerate import DEMO_HOME

FOLDER = Path(__file__).with_name("pictures") / "pages"
PROMPT = "UK garage track with trumpets, darker than usual, 130 BPM, no vocals"
WIDTH, HEIGHT = 1280, 900


def main() -> None:
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        sys.exit("no Chromium on this machine")
    with served() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(
            base_url=address, viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light"
        )
        for name, steps in PICTURES.items():
            steps(page)
            page.screenshot(path=FOLDER / f"{name}.png")
            print(FOLDER / f"{name}.png")
        browser.close()


@contextmanager
def served() -> Iterator[str]:
    """Address of a service on a copy of the demonstration's catalogue."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        shutil.copytree(DEMO_HOME, home, ignore=shutil.ignore_patterns("prefect"))
        with Served.wordtone(Path(folder), home) as service:
            yield f"http://127.0.0.1:{service.port}"


def _generate(page: Any) -> None:
    page.goto("/")
    page.get_by_label("What do you want to hear?").fill(PROMPT)
    page.locator("mark").first.wait_for()
    page.wait_for_load_state("networkidle")


def _song(page: Any) -> None:
    page.get_by_role("button", name="Generate", exact=True).click()
    page.get_by_text("Asked and measured").wait_for(timeout=120_000)
    page.wait_for_load_state("networkidle")


def _track(page: Any) -> None:
    page.goto("/catalogue")
    page.locator("a[href^='/tracks/']").first.click()
    page.wait_for_load_state("networkidle")


def _at(path: str) -> Any:
    def steps(page: Any) -> None:
        page.goto(path)
        page.wait_for_load_state("networkidle")

    return steps


PICTURES = {
    "generate": _generate,
    "song": _song,
    "catalogue": _at("/catalogue"),
    "track": _track,
    "mapping": _at("/mapping"),
    "review": _at("/review"),
    "rights": _at("/rights"),
    "runs": _at("/runs"),
}


if __name__ == "__main__":
    main()
