"""The documents say what the program does: every command, setting, feature and printed output."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from docs.regenerate import cli, console_blocks, settings
from schemas.features import FEATURES
from schemas.settings import PREFIX, Settings
from schemas.tables import TABLES
from service.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_command_pages_are_current() -> None:
    page = (ROOT / "docs" / "cli.md").read_text()
    assert all(f"## {name}\n" in page for name in COMMANDS)
    assert cli(page) == page, "stale: run ./dev docs"


def test_settings_page_is_current() -> None:
    page = (ROOT / "docs" / "settings.md").read_text()
    assert all(f"`{PREFIX}{f.name.upper()}`" in page for f in dataclasses.fields(Settings))
    assert settings(page) == page, "stale: run ./dev docs"


def test_every_feature_and_table_is_documented() -> None:
    features = (ROOT / "docs" / "features.md").read_text()
    warehouse = (ROOT / "docs" / "warehouse.md").read_text()
    assert [spec.name for spec in FEATURES if f"`{spec.name}`" not in features] == []
    assert [name for name in TABLES if f"`{name}`" not in warehouse] == []


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
