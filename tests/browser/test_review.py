"""Listening and judging in Chromium: keys, switching between two, and what a machine can check."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.service.conftest import WORDTONE, environment

if TYPE_CHECKING:
    from playwright.sync_api import Page

PROMPTS = ("calm piano", "calm piano", "fast techno 135 BPM")


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three pieces made by the mapping that ships: no tracks are needed to review."""
    home = tmp_path_factory.mktemp("made") / "home"
    for prompt in PROMPTS:
        done = subprocess.run(
            [WORDTONE, "generate", prompt, "--length", "6"],
            env=environment(home),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr[-2000:]
    return home


def until(page: Page, true: str) -> None:
    """Wait until an expression is true; Playwright's own way evaluates text, which the page's
    policy forbids."""
    deadline = time.monotonic() + 20
    while not page.evaluate(true):
        assert time.monotonic() < deadline, true
        page.wait_for_timeout(50)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_are_accessible(
    page: Page, accessible: Callable[[Page], None], scheme: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for path in ("/review", "/review/pairs", "/review/findings"):
        page.goto(path)
        accessible(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} scrolls sideways"


def test_a_piece_is_heard_and_judged_by_keys_alone(page: Page) -> None:
    page.goto("/review")
    page.locator(".play:not([disabled])").wait_for()
    page.keyboard.press("p")
    until(page, "document.querySelector('audio.mix').currentTime > 0.3")
    page.keyboard.press("p")
    assert page.evaluate("document.querySelector('audio.mix').paused")
    at = page.evaluate("document.querySelector('audio.mix').currentTime")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.querySelector('audio.mix').currentTime") >= at + 1.9
    page.keyboard.press("4")
    assert page.locator("input[name=rating]:checked").get_attribute("value") == "4"
    # Within a group of choices the arrows choose, as they do everywhere.
    page.keyboard.press("ArrowRight")
    assert page.locator("input[name=rating]:checked").get_attribute("value") == "5"
    page.locator("#note").press_sequentially("gsup 1")
    assert page.locator("#note").input_value() == "gsup 1"
    page.locator("h1").click()
    page.keyboard.press("g")
    page.get_by_role("region", name="What you judged last").wait_for()
    assert "embedded" in page.get_by_role("region", name="What you judged last").inner_text()
    page.keyboard.press("u")
    page.get_by_text("Taken back").wait_for()


def test_single_keys_can_be_turned_off(page: Page) -> None:
    page.goto("/review")
    page.get_by_label("single keys work").uncheck()
    page.locator("h1").click()
    page.keyboard.press("4")
    assert page.locator("input[name=rating]:checked").count() == 0
    page.reload()
    assert not page.get_by_label("single keys work").is_checked()
    page.get_by_label("single keys work").check()


def test_switching_goes_on_at_the_same_place_equally_loud(page: Page) -> None:
    page.goto("/review/pairs")
    page.locator(".play:not([disabled])").wait_for()
    page.keyboard.press("p")
    sides = "[...document.querySelectorAll('.side audio')]"
    until(page, f"{sides}[0].currentTime > 0.5")
    page.keyboard.press("b")
    until(page, f"{sides}[0].paused && !{sides}[1].paused")
    first, second = page.evaluate(f"{sides}.map((a) => a.currentTime)")
    assert abs(first - second) < 0.5
    assert page.get_by_role("button", name="Hear B").get_attribute("aria-pressed") == "true"
    volumes = page.evaluate(f"{sides}.map((a) => a.volume)")
    assert max(volumes) == 1
    assert min(volumes) > 0
    page.keyboard.press("p")
    page.keyboard.press("2")
    page.keyboard.press("g")
    page.get_by_role("region", name="What you compared last").wait_for()
    page.get_by_role("button", name="Take it back").click()
    page.get_by_text("Taken back").wait_for()


def test_without_scripts_it_can_be_judged(page: Page, served: str) -> None:
    browser = page.context.browser
    assert browser is not None
    context = browser.new_context(java_script_enabled=False, base_url=served)
    plain = context.new_page()
    plain.goto("/review")
    assert plain.locator("audio.mix").is_visible()
    assert not plain.locator(".play").is_visible()
    plain.get_by_label("3 fair").check()
    plain.get_by_role("button", name="Give this judgement").click()
    plain.get_by_role("button", name="Take it back").click()
    assert plain.get_by_text("Taken back").is_visible()
    context.close()
