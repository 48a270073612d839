"""The service as a person meets it: a real server on a small catalogue, seen by a real browser."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks._service_server import Served
from tests.service.browser import CHROMIUM
from tests.service.conftest import WORDTONE, environment

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

TRACKS = 36
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
# The browser's own name for an answer that the page itself deals with and shows.
_EXPECTED = re.compile(r"Failed to load resource: .* 422")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = pytest.mark.skip(reason="no Chromium here; on Debian: apt install chromium")
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
            if CHROMIUM is None:
                item.add_marker(missing)


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with rendered tracks taken in and a mapping trained; made once, for all workers.

    Copy it before changing it: `served` does.
    """
    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "browser"
    try:
        shared.mkdir()
    except FileExistsError:
        deadline = time.monotonic() + 280
        while not (shared / "made").exists():
            assert time.monotonic() < deadline, "the catalogue of the browser tests was not made"
            time.sleep(0.2)
        return shared / "home"
    for command in (
        ("demo-catalogue", "--tracks", str(TRACKS), "--out", str(shared / "music")),
        ("ingest", str(shared / "music")),
        ("train", "--allow-unknown-rights"),
    ):
        done = subprocess.run(
            [WORDTONE, *command],
            env=environment(shared / "home"),
            capture_output=True,
            text=True,
            check=False,
            timeout=250,
        )
        assert done.returncode == 0, done.stderr[-3000:]
    (shared / "made").touch()
    return shared / "home"


@pytest.fixture(scope="module")
def served_home(catalogue: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The copy of the catalogue that `served` serves: commands may change it."""
    home = tmp_path_factory.mktemp("served") / "home"
    shutil.copytree(catalogue, home)
    return home


@pytest.fixture(scope="module")
def served(served_home: Path) -> Iterator[str]:
    """Address of a service on a copy of the catalogue; its end is clean, or the last test fails."""
    command = [WORDTONE, "serve", "--port", "0"]
    with Served(served_home.parent, command, environment(served_home)) as service:
        yield f"http://127.0.0.1:{service.port}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ended with its module: as long as it is there its event loop runs, and no other can."""
    from playwright.sync_api import sync_playwright

    assert CHROMIUM is not None
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, served: str) -> Iterator[Page]:
    """A page of its own; a test fails where its console shows an error or it leaves the service."""
    context = browser.new_context(base_url=served, permissions=["microphone"])
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda told: errors.append(told.text) if told.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    strangers: list[str] = []
    page.on(
        "request",
        lambda asked: (
            strangers.append(asked.url)
            if not asked.url.startswith((served, "data:", "blob:"))
            else None
        ),
    )
    yield page
    context.close()
    assert [error for error in errors if not _EXPECTED.search(error)] == []
    assert strangers == []


@pytest.fixture
def accessible() -> Callable[[Page], None]:
    """Checks a page by the rules of WCAG 2.1 A and AA that a machine can judge (axe-core)."""
    from axe_playwright_python.sync_playwright import Axe

    def check(page: Page) -> None:
        levels = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
        found = Axe().run(page, options=levels)
        told = [
            (rule["id"], [node["target"] for node in rule["nodes"]])
            for rule in found.response["violations"]
        ]
        assert told == []

    return check
