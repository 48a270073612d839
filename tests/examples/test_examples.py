"""The examples run as they stand, one after the other on one warehouse, and print what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
ORDER = {
    "ingest": (r"25 found: .*24 accepted", r"25 unchanged", r"broken\.flac: "),
    "query": (r"24 rows of snapshot \d+", r"distance 0\.\d+", r"BPM"),
    "train": (r"24 tracks, snapshot", r"tempo_bpm +error +[\d.]+ BPM", r"mean R²"),
    "condition_a_gpu_generator": (r"musicgen: max_new_tokens, text", r"tempo_bpm .* met"),
}
"""Example → what it must print, in the order in which they need each other."""
FIGURES = {"condition_a_gpu_generator": "generator"}


def scripts() -> set[str]:
    return {path.stem for path in EXAMPLES.glob("*.py")} - {"worker"}


def test_every_example_is_run_and_described() -> None:
    assert scripts() == set(ORDER)
    page = (EXAMPLES / "README.md").read_text()
    for name in (*ORDER, "worker"):
        assert f"[{name}.py]({name}.py)" in page
        text = (EXAMPLES / f"{name}.py").read_text()
        assert text.startswith('"""')
        assert name == "worker" or text.count("\n# %%") >= 5


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples") / "out"


@pytest.mark.slow
@pytest.mark.parametrize("name", ORDER)
def test_an_example_runs_whole(out: Path, name: str) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("WORDTONE_", "PREFECT_"))}
    done = subprocess.run(
        [sys.executable, f"examples/{name}.py"],
        cwd=ROOT,
        env={**kept, "EXAMPLES_OUT": str(out)},
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    for expected in ORDER[name]:
        assert re.search(expected, done.stdout), (expected, done.stdout)
    picture = (out / f"{FIGURES.get(name, name)}.png").read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) > 5_000
