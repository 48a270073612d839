"""A sample of `./dev bench integrity`: kills during maintenance and ingest. Commits: see
test_concurrency."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import json, pathlib, sys
from benchmarks.integrity import kill_trials
figures = kill_trials(pathlib.Path(sys.argv[1]), 0, *map(int, sys.argv[2:]))
print(json.dumps({figure.name: figure.value for figure in figures}))
"""


@pytest.mark.parametrize(
    ("compactions", "ingests"), [(2, 0), pytest.param(0, 1, marks=pytest.mark.slow)]
)
def test_kills_lose_and_double_nothing(tmp_path, program_env, compactions, ingests):
    """Forks, so it runs in a process that has not used DuckDB yet."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), str(compactions), str(ingests)],
        env=program_env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "kill_trials": compactions + ingests,
        "kill_lost_rows": 0,
        "kill_doubled_rows": 0,
    }
