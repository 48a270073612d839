"""The pages of runs in Chromium, beside a real ingest in a process of its own."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import TRACKS
from tests.service.conftest import WORDTONE, environment

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_are_accessible(
    page: Page, accessible: Callable[[Page], None], scheme: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto("/runs")
    run = page.locator("#history tbody th a").first.get_attribute("href")
    for path in ("/runs", run, "/runs/rejects/not_audio", "/runs/audits"):
        page.goto(str(path))
        page.locator("h1").wait_for()
        accessible(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} scrolls sideways"


def test_an_ingest_is_seen_while_it_goes_on(page: Page, served_home: Path, catalogue: Path) -> None:
    """From nothing, through counts that grow, to a line of the history; without a reload."""
    page.goto("/runs")
    page.get_by_text("Nothing is under way").wait_for()
    page.evaluate("window.same = true")
    before = page.locator("#past ~ div tbody tr").count()
    music = catalogue.parent / "music"
    ingest = subprocess.Popen(
        [WORDTONE, "ingest", str(music), "--extractor", "librosa"],
        env=environment(served_home),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    page.get_by_role("heading", name="ingest: analysing").wait_for(timeout=120_000)
    done = page.locator("#now .facts dd").first
    seen = set()
    for _ in range(400):
        if ingest.poll() is not None:
            break
        if done.count() and re.fullmatch(r"\d+", text := done.inner_text()):
            seen.add(int(text))
        page.wait_for_timeout(250)
    assert ingest.stdout is not None
    with ingest.stdout as out:
        told = out.read()
    assert ingest.wait(200) == 0
    assert f"{TRACKS} inputs: {TRACKS} accepted" in told
    assert len(seen) > 2, "the page did not follow"
    page.get_by_text("Nothing is under way").wait_for(timeout=30_000)
    runs = page.locator("#past ~ div tbody tr")
    runs.nth(before).wait_for(timeout=30_000)
    assert runs.count() == before + 1
    runs.first.get_by_text(f"{TRACKS} accepted").wait_for()
    assert page.locator("#said").inner_text() == "The run has ended."
    assert page.evaluate("window.same"), "the page was loaded anew"


def test_a_run_leads_to_its_page_by_keyboard(page: Page) -> None:
    page.goto("/runs")
    link = page.locator("#history tbody th a").last
    link.focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Commits").wait_for()
    page.get_by_text("The counts sum up").wait_for()
