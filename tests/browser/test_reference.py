"""The API's description in a browser: found as one types, linked, accessible in every dress."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_operations_are_found_as_one_types(page: Page) -> None:
    page.goto("/")
    page.get_by_role("link", name="API").click()
    page.wait_for_url("**/docs")
    page.get_by_label("Find an operation").fill("delete jobs")
    assert page.locator(".operation:visible").count() == 1
    assert page.locator("#found").text_content() == "1 found"
    assert page.locator("#all-models").is_hidden()
    page.get_by_label("Find an operation").fill("")
    assert page.locator(".operation:visible").count() > 30
    page.locator("#chapter-conditioning a[href='#model-ConditioningVector']").first.click()
    assert page.locator("#model-ConditioningVector").is_visible()


def test_without_scripts_the_form_finds(browser: object, served: str) -> None:
    context = browser.new_context(base_url=served, java_script_enabled=False)  # type: ignore[attr-defined]
    page = context.new_page()
    page.goto("/docs")
    page.get_by_label("Find an operation").fill("delete jobs")
    page.get_by_role("button", name="Find").click()
    assert page.locator(".operation").count() == 1
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_it_is_accessible(
    page: Page, accessible: Callable[[Page], None], scheme: str, width: int
) -> None:
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/docs?q=conditioning")
    accessible(page)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    page.goto("/docs")
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
