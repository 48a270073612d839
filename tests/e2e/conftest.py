"""One run of `./dev demo`'s program, shared: real music where Debian packages can be had."""

from __future__ import annotations

import os
import subprocess
import sys
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


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoRun:
    folder = tmp_path_factory.mktemp("demo")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WORDTONE_", "PREFECT_"))}
    done = subprocess.run(
        [sys.executable, "-m", "service.demonstration"],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=580,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    home = folder / ".wordtone" / "demo"
    return DemoRun(done.stdout, home, "freely licensed recordings" in done.stdout)
