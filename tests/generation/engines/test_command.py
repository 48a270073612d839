"""An engine on the command line, in a process of its own as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile

from tests.generation.engines.conftest import needs_engines

pytestmark = needs_engines


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_generate_runs_an_engine_from_a_folder(
    folder_of: Callable[..., Path], tmp_path: Path
) -> None:
    """Found once: commands leave pandas out, and torch failed where it merely asks for it."""
    asked = [
        "generate", "calm piano", "--length", "2", "--engine", "musicgen", "--seed", "3",
        "--weights", str(folder_of("musicgen")), "--out", str(tmp_path / "a.wav"),
        "--format", "json",
    ]  # fmt: skip
    done = subprocess.run(
        [str(Path(sys.executable).with_name("wordtone")), *asked],
        env={**os.environ, "WORDTONE_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["weights"][0]["licence"] == "LicenseRef-Unknown"
    assert result["provenance"]["engine"] == "musicgen"
    assert soundfile.info(tmp_path / "a.wav").duration == pytest.approx(2.0, abs=0.01)
