"""One run of `./dev demo`'s program, shared: real music where Debian packages can be had."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class DemoRun:
    """What the demonstration printed, and the home it left behind."""

    output: str
    home: Path
    real: bool
    seconds: float


def environment() -> dict[str, str]:
    """That of a person who has set nothing."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WORDTONE_", "PREFECT_"))}
    return {**kept, "PYTHONPATH": str(ROOT)}


def run_demo(folder: Path) -> subprocess.CompletedProcess[str]:
    """As `./dev demo > file` in `folder`: without a terminal it ends after its steps."""
    return subprocess.run(
        [sys.executable, "-m", "service.demonstration"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=880,
    )


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    folder = tmp_path_factory.mktemp("demo")
    started = time.monotonic()
    done = run_demo(folder)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    home = folder / ".wordtone" / "demo"
    real = "freely licensed recordings" in done.stdout
    return DemoRun(done.stdout, home, real, time.monotonic() - started)
