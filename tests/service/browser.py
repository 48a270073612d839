"""A page in headless Chromium, where there is one: its console, and what it asks for."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-logging=stderr",
    "--virtual-time-budget=2000",
)


@dataclass(frozen=True)
class Seen:
    """Lines of the console, addresses that pages asked for, and the document after loading."""

    console: list[str]
    requests: list[str]
    document: str


def open_page(page: Path | str, folder: Path) -> Seen:
    """Open a file or an address and wait until it has settled."""
    assert CHROMIUM is not None
    log = folder / "net.json"
    done = subprocess.run(
        [
            CHROMIUM,
            *_FLAGS,
            f"--user-data-dir={folder / 'profile'}",
            f"--log-net-log={log}",
            "--dump-dom",
            page if isinstance(page, str) else page.as_uri(),
        ],
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        timeout=120,
    )
    console = [line for line in done.stderr.splitlines() if ":CONSOLE:" in line]
    return Seen(console, _asked(log), done.stdout)


def _asked(log: Path) -> list[str]:
    """Addresses that a document asked for: the browser's own errands name no initiator."""
    found = [event.get("params") or {} for event in json.loads(log.read_text())["events"]]
    nobody = (None, "not an origin")
    return [p["url"] for p in found if "url" in p and p.get("initiator") not in nobody]
