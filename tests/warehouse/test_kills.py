"""A sample of `./dev bench integrity`: kills during maintenance and ingest. Commits: see
test_concurrency."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json, pathlib, sys
from benchmarks.integrity import kill_trials
figures = kill_trials(pathlib.Path(sys.argv[1]), 0, 3, 2)
print(json.dumps({figure.name: figure.value for figure in figures}))
"""


def test_kills_lose_and_double_nothing(tmp_path, program_env):
    """Forks, so it runs in a process that has not used DuckDB yet."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        env=program_env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "kill_trials": 5,
        "kill_lost_rows": 0,
        "kill_doubled_rows": 0,
    }
