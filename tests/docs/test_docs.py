"""The documents say what the program does: every command, setting, feature and printed output."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from docs.regenerate import MAKERS, console_blocks
from schemas.features import FEATURES
from schemas.settings import PREFIX, Settings
from schemas.tables import TABLES
from service.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", MAKERS)
def test_generated_pages_are_current(name: str) -> None:
    page = (ROOT / name).read_text()
    assert MAKERS[name](page) == page, "stale: run ./dev docs"


def test_everything_is_documented() -> None:
    def page(name: str) -> str:
        return (ROOT / "docs" / f"{name}.md").read_text()

    assert [name for name in COMMANDS if f"## {name}\n" not in page("cli")] == []
    assert [spec.name for spec in FEATURES if f"`{spec.name}`" not in page("features")] == []
    assert [name for name in TABLES if f"`{name}`" not in page("warehouse")] == []
    variables = [f"{PREFIX}{field.name.upper()}" for field in dataclasses.fields(Settings)]
    assert [name for name in variables if f"`{name}`" not in page("settings")] == []


def test_a_page_without_its_markers_is_refused() -> None:
    with pytest.raises(SystemExit, match="no region 'features'"):
        MAKERS["docs/features.md"]("# nothing here")


def test_readme_shows_a_command_and_its_output_early() -> None:
    head = "\n".join(README.splitlines()[:40])
    assert console_blocks(head), "a command with its output within the first 40 lines"


def test_links_lead_somewhere() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    assert len(pages) > 5
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            if not target.startswith(("http", "mailto:")):
                assert (page.parent / target).exists(), f"{page.name} → {target}"
