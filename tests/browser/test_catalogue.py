"""The pages of the tracks in Chromium: map and table together, a track heard, SQL."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_PATIENCE_S = 90


@pytest.fixture
def page(page: Page) -> Page:
    """The first page of a new service counts and places all tracks."""
    page.set_default_timeout(1000 * _PATIENCE_S)
    return page


def _until(page: Page, true: str, given: object = None) -> None:
    """Wait for an expression; `wait_for_function` would need eval, which the pages forbid."""
    deadline = time.monotonic() + _PATIENCE_S
    while not page.evaluate(true, given):
        assert time.monotonic() < deadline, true
        page.wait_for_timeout(50)


def _loaded(page: Page) -> None:
    _until(page, "document.querySelector('#map canvas').dataset.points > 0")


def _catalogue(page: Page, query: str = "") -> int:
    """Open the page; the tracks that its table has."""
    page.goto(f"/catalogue{query}")
    _loaded(page)
    return _tracks(page)


def _heading(page: Page) -> str:
    return page.locator("#found-title").inner_text()


def _tracks(page: Page) -> int:
    return int(_heading(page).split()[0])


def _until_heading(page: Page, start: str) -> None:
    _until(page, "s => document.querySelector('#found-title').innerText.startsWith(s)", start)


def _drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Across the map, in shares of its width and height."""
    box = page.locator("#map canvas").bounding_box()
    assert box
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=4)
    page.mouse.up()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize(
    "path", ["/catalogue?where=energy%3E%3D0.2&colour=energy", "track", "/sql"]
)
def test_the_pages_are_accessible(
    page: Page, accessible: Callable[[Page], None], scheme: str, width: int, path: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    if path == "track":
        page.goto("/catalogue")
        path = page.locator("#found tbody a").first.get_attribute("href") or ""
        page.goto(path)
        page.locator("#similar li").first.wait_for()
        _until(page, "document.querySelector('.wave').getAttribute('d')")
    elif path == "/sql":
        page.goto(path)
        page.get_by_role("button", name="Run").click()
        page.locator("#answer table").first.wait_for()
    else:
        _catalogue(page, path.removeprefix("/catalogue"))
    accessible(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, "the page scrolls sideways"


def test_brushing_the_map_filters_the_table_and_the_address_says_it(page: Page) -> None:
    whole = _catalogue(page)
    assert _heading(page) == f"{whole} tracks"
    _drag(page, (0.02, 0.02), (0.5, 0.98))
    page.wait_for_url("**box=**")
    page.locator(".chosen li").wait_for()
    left = _tracks(page)
    assert 0 < left < whole
    shared = page.url
    page.reload()
    _loaded(page)
    assert _tracks(page) == left
    page.get_by_role("link", name="part of the map").click()
    _until_heading(page, f"{whole} tracks")
    page.go_back()
    _until_heading(page, f"{left} ")
    assert page.url == shared


def test_filters_and_colour_change_without_a_new_page(page: Page) -> None:
    whole = _catalogue(page)
    page.evaluate("window.stays = true")
    page.locator("summary", has_text="Filters").click()
    page.get_by_label("Feature").select_option("energy")
    page.get_by_label("at least").fill("0.5")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**where=energy**")
    page.locator(".chosen li").wait_for()
    chosen = _tracks(page)
    page.get_by_label("colour").select_option("tempo_bpm")
    page.wait_for_url("**colour=tempo_bpm**")
    page.locator(".ramp").wait_for()
    page.get_by_role("link", name=re.compile("^tempo")).click()
    page.wait_for_url("**sort=-tempo_bpm**")
    page.locator("[aria-sort=descending]").wait_for()
    tempi = [
        int(text)
        for text in page.locator("#found tbody td:nth-child(5)").all_inner_texts()
        if text != "–"
    ]
    assert tempi == sorted(tempi, reverse=True)
    assert _tracks(page) == chosen
    assert page.evaluate("window.stays") is True
    page.get_by_role("link", name=re.compile("energy=0.5")).click()
    _until_heading(page, f"{whole} tracks")


def test_the_map_by_keyboard_and_pointer(page: Page) -> None:
    _catalogue(page)
    page.locator("#map canvas").focus()
    page.keyboard.press("ArrowRight")
    first = page.locator("#map-said").inner_text()
    assert first
    said = {first}
    for key in ("ArrowLeft", "ArrowUp", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
        said.add(page.locator("#map-said").inner_text())
    assert len(said) > 1
    tip = page.locator("#map .tip")
    assert tip.is_visible()
    before = tip.evaluate("e => e.style.transform")
    page.keyboard.press("+")
    _until(page, "was => document.querySelector('#map .tip').style.transform != was", before)
    page.keyboard.press("Enter")
    page.wait_for_url("**/tracks/*")


def test_a_track_is_heard_and_followed(page: Page) -> None:
    page.goto("/catalogue")
    page.locator("#found tbody a").first.click()
    _until(page, "document.querySelector('.wave').getAttribute('d')")
    _until(page, "document.querySelector('#timeline audio').duration > 1")
    page.locator(".timeline").click(position={"x": 200, "y": 80})
    _until(page, "document.querySelector('#timeline audio').currentTime > 0.5")
    at = page.locator(".playhead").get_attribute("x1")
    assert at
    page.evaluate("document.querySelector('#timeline audio').play()")
    _until(page, "was => document.querySelector('.playhead').getAttribute('x1') != was", at)
    page.evaluate("document.querySelector('#timeline audio').pause()")
    page.locator("#similar li a").first.click()
    page.wait_for_url("**/tracks/*")
    page.get_by_role("link", name="Use as a prompt").click()
    assert page.locator("#prompt").input_value()


def test_a_value_is_corrected_and_taken_back(page: Page) -> None:
    page.goto("/catalogue")
    page.locator("#found tbody a").nth(3).click()
    page.get_by_label("Feature", exact=True).select_option("tempo_bpm")
    page.get_by_label("Value", exact=True).fill("77")
    page.get_by_label("Why").fill("counted")
    page.get_by_label("Who says so").fill("Ada")
    page.get_by_role("button", name="Correct").click()
    page.locator(".corrected", has_text="77 BPM").wait_for()
    page.get_by_role("button", name="Take back").click()
    page.locator("#corrections td", has_text="taken back").wait_for()
    assert page.locator(".corrected").count() == 0


def test_sql_by_keyboard(page: Page) -> None:
    page.goto("/sql")
    page.get_by_role("link", name="Brightness against energy").click()
    page.locator(".scatter .dot").first.wait_for()
    drawn = page.locator(".scatter .dot").count()
    assert drawn > 10
    page.locator("#sql").fill("SELECT count(energy) AS n FROM track_features")
    page.locator("#sql").press("Control+Enter")
    page.locator("#answer td", has_text=str(drawn)).wait_for()


@pytest.fixture
def plain(browser: Browser, served: str) -> Iterator[Page]:
    """A page in a browser whose scripts are off."""
    context = browser.new_context(base_url=served, java_script_enabled=False)
    page = context.new_page()
    page.set_default_timeout(1000 * _PATIENCE_S)
    yield page
    context.close()


def test_without_scripts_map_form_and_sql_still_work(plain: Page) -> None:
    plain.goto("/catalogue")
    points = plain.locator("#map svg a").count()
    assert points > 10
    plain.locator("#colour").select_option("energy")
    plain.get_by_role("button", name="Colour").click()
    assert "colour=energy" in plain.url
    plain.locator("summary", has_text="Filters").click()
    plain.get_by_label("at least").fill("0.4")
    plain.get_by_role("button", name="Apply").click()
    assert "where=energy" in plain.url
    assert 0 < plain.locator("#map svg .faint").count() < points
    plain.locator("#found tbody a").last.click()  # no other test has looked at it
    plain.get_by_role("link", name="Draw the waveform").click()
    assert plain.locator(".wave").get_attribute("d")
    plain.get_by_role("link", name="Find them").click()
    assert plain.locator("#similar li").count() > 3
    plain.goto("/sql")
    plain.get_by_role("button", name="Run").click()
    assert plain.locator("#answer table").count() > 0
