"""Ctrl-C and SIGKILL at any moment: nothing is lost, the next run completes the work once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.ingest import ingest
from pipelines.recovery import left_over
from schemas.errors import WarehouseBusy
from schemas.operations import RunState
from schemas.outcomes import Outcome
from schemas.settings import Settings
from tests.pipelines.conftest import write_loop
from tests.pipelines.test_ingest import rows, run

FILES = 12


@pytest.fixture
def many(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    for i in range(FILES):
        write_loop(folder / f"{i:02d}.wav", 80 + 5 * i, 150 + 10 * i, seconds=12)
    return folder


def start(settings: Settings, folder: Path) -> subprocess.Popen[str]:
    """`wordtone ingest` in a process group of its own, two files a chunk."""
    environ = {
        **os.environ,
        "WORDTONE_HOME": str(settings.home),
        "WORDTONE_WORKERS": "2",
        "WORDTONE_CHUNK_FILES": "2",
    }
    command = [str(Path(sys.executable).with_name("wordtone")), "ingest", str(folder)]
    return subprocess.Popen(
        command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def staged(settings: Settings) -> list[Path]:
    return list(settings.staging_path.rglob("chunk-*.parquet"))


def wait_until_busy(settings: Settings, process: subprocess.Popen[str]) -> None:
    """Until the run has its staging folder: workers are starting or at work."""
    while process.poll() is None and not list(settings.staging_path.glob("*/lock")):
        time.sleep(0.02)


def complete(settings: Settings, folder: Path) -> None:
    """The next run finishes the work; every file ends up in the warehouse exactly once."""
    run(settings, folder)
    assert rows(settings, "SELECT count(*) AS n FROM files WHERE state = 'present'") == [
        {"n": FILES}
    ]
    for table in ("tracks", "features_rhythm", "features_quality"):
        counted = rows(
            settings, f"SELECT count(*) AS n, count(DISTINCT track_id) AS d FROM {table}"
        )
        assert counted == [{"n": FILES, "d": FILES}], table
    assert rows(settings, "SELECT count(*) AS n FROM duplicates") == [{"n": 0}]
    assert not left_over(settings.staging_path)
    assert run(settings, folder).state is RunState.NOTHING_TO_DO


@pytest.mark.slow
def test_ctrl_c_keeps_what_is_done(settings: Settings, many: Path) -> None:
    process = start(settings, many)
    wait_until_busy(settings, process)
    while process.poll() is None and not staged(settings):
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1, err
    assert "Traceback" not in err
    assert "run the same command to go on" in out
    (row,) = rows(settings, "FROM runs")
    counts = json.loads(row["counts"])
    assert row["state"] == "interrupted"
    assert 0 < counts["left"] < FILES
    assert counts["accepted"] + counts["left"] == FILES
    complete(settings, many)


def test_a_killed_run_is_completed_by_the_next(settings: Settings, many: Path) -> None:
    chance = random.Random(20261122)
    for _ in range(3):
        process = start(settings, many)
        wait_until_busy(settings, process)
        time.sleep(chance.uniform(0.2, 2.5))
        process.kill()
        process.communicate()
        if process.returncode == 0:
            break
    complete(settings, many)


@pytest.mark.slow
def test_staged_results_of_a_dead_run_are_not_analysed_again(
    settings: Settings, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between staging and commit: the chunks are committed, not worked out again."""

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pipelines.flows.ingest.commit_staged", die)
        with pytest.raises(KeyboardInterrupt):
            ingest(settings, [many])
    found = staged(settings)
    assert found
    report = run(settings, many)
    assert report.recovered > 0
    assert report.counts[Outcome.UNCHANGED] == report.recovered
    states = {row["state"] for row in rows(settings, "FROM runs")}
    assert "interrupted" in states
    complete(settings, many)


@pytest.mark.slow
def test_a_second_ingest_at_once_is_told_to_wait(settings: Settings, many: Path) -> None:
    process = start(settings, many)
    wait_until_busy(settings, process)
    try:
        with pytest.raises(WarehouseBusy, match="another ingest is running"):
            ingest(settings, [many])
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    complete(settings, many)
