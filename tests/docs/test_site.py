"""The documentation as a site: whole, in four parts, and of this machine alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[2]
_LOADED = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=\"?([^\"\s>]+)")
_LINKED = re.compile(r"<a\b[^>]*?\bhref=\"?([^\"\s>]+)")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False, timeout=250
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.mark.slow
def test_every_page_is_on_it(site: Path) -> None:
    pages = {path.stem for path in (ROOT / "docs").glob("*.md")}
    assert len(pages) > 30
    assert {name for name in pages if not (site / f"{name}.html").is_file()} == set()
    start = (site / "index.html").read_text()
    assert all(part in start for part in ("Tutorial", "How to", "Reference", "How it works"))


@pytest.mark.slow
def test_it_loads_nothing_from_elsewhere(site: Path) -> None:
    for page in site.glob("*.html"):
        text = page.read_text()
        outside = [url for url in _LOADED.findall(text) if urlsplit(url).netloc]
        assert outside == [], page.name


@pytest.mark.slow
def test_its_links_lead_somewhere(site: Path) -> None:
    broken, seen = [], 0
    for page in sorted(site.glob("*.html")):
        if page.name == "404.html":  # answered at any address, so its links begin at the root
            continue
        for url in _LINKED.findall(page.read_text()):
            parts = urlsplit(url)
            if parts.scheme or parts.netloc or not parts.path:
                continue
            seen += 1
            if not (page.parent / unquote(parts.path)).exists():
                broken.append((page.name, url))
    assert seen > 500
    assert broken == []


@pytest.mark.slow
def test_python_pages_come_from_the_code(site: Path) -> None:
    text = (site / "api.html").read_text()
    for name in ("mapping.model.Mapping.condition", "warehouse.lake.Lake.open", "Raises"):
        assert name in text, name
