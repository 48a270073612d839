"""The page of rights in Chromium."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import TRACKS

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_is_accessible(
    page: Page, accessible: Callable[[Page], None], scheme: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.goto("/rights?policy=noncommercial&purpose=export")
    page.get_by_role("heading", name="Policies").wait_for()
    accessible(page)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= width, "the page scrolls sideways"


def test_a_question_is_put(page: Page) -> None:
    page.goto("/rights")
    page.get_by_text(f"of {TRACKS} tracks").wait_for()
    page.get_by_label("Policy").select_option("all-known")
    page.get_by_label("let unknown licences in").check()
    page.get_by_role("button", name="Ask").click()
    page.get_by_text("wordtone train --policy all-known --allow-unknown-rights").wait_for()
    assert "unknown=yes" in page.url
