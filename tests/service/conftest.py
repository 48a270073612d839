"""The command line as a person runs it: a process of its own, with a clean environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

WORDTONE = str(Path(sys.executable).with_name("wordtone"))
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment(home: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WORDTONE_", "PREFECT_"))}
    return {**kept, "WORDTONE_HOME": str(home), **(extra or {})}


@pytest.fixture
def wordtone(tmp_path: Path) -> Run:
    def run(*arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [WORDTONE, *arguments],
            env=environment(tmp_path / "home", extra),
            capture_output=True,
            text=True,
            check=False,
            timeout=200,
        )

    return run
