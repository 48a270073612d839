"""The documents say what the program does: every command, setting, feature and printed output."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from docs.regenerate import cli, console_blocks, run, settings
from schemas.features import FEATURES
from schemas.settings import PREFIX, Settings
from schemas.tables import TABLES
from service.cli.main import COMMANDS
from tests.e2e.conftest import DemoRun

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


NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def same(documented: str, printed: str) -> bool:
    """Alike but for white space, rules, drawings, ids, times, and 3 % of a number."""
    a, b = (re.sub(r"[━●·─\s]+|\d{8}T\d{6}-[\w-]+", " ", text) for text in (documented, printed))
    if NUMBER.sub("#", a) != NUMBER.sub("#", b):
        return False
    pairs = zip(NUMBER.findall(a), NUMBER.findall(b), strict=True)
    return all(abs(float(x) - float(y)) <= 0.03 * max(abs(float(x)), 0.35) for x, y in pairs)


def test_the_comparison_can_fail() -> None:
    assert same("energy 0.81  ━●━", "energy 0.82 ●")
    assert not same("energy 0.81", "energy 0.91")
    assert not same("energy 0.81", "tempo 0.81")
    assert not same("a 1 2", "a 1")


@pytest.mark.parametrize("command", [command for command, _ in console_blocks(README)])
def test_readme_output_is_the_programs(command: str, demo: DemoRun) -> None:
    if command.startswith("wordtone") and not demo.real:
        pytest.skip("README shows the catalogue of Debian music, which cannot be had here")
    documented = dict(console_blocks(README))[command]
    printed = run(command, demo.home)
    assert same(documented, printed), f"stale: run ./dev docs\n{printed}"
