"""The page of the mapping in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_are_accessible(
    page: Page, accessible: Callable[[Page], None], scheme: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto("/mapping")
    version = page.locator("#in-use ~ p a").get_attribute("href")
    model = str(version).rpartition("/")[2]
    for path in (
        f"/mapping?a={model}&b=starter&prompt=dark+jazz+130+BPM",
        f"{version}",
        "/mapping/back",
    ):
        page.goto(path)
        page.locator("h1").wait_for()
        accessible(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} scrolls sideways"


def test_a_prompt_is_put_to_two_versions(page: Page) -> None:
    page.goto("/mapping")
    page.get_by_role("textbox", name="Prompt").fill("dark jazz, 130 BPM")
    page.locator("#b").select_option("starter")
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="“dark jazz, 130 BPM”").wait_for()
    tempo = page.locator("table.beside tr", has_text="tempo")
    assert tempo.locator("td.n").all_inner_texts() == ["130 BPM", "130 BPM"]
    assert page.locator("svg.pair").count() > 5
    page.get_by_role("heading", name="How far answers moved").wait_for()
    page.get_by_role("link", name="Worst prompts").click()
    page.locator("#worst").wait_for()
