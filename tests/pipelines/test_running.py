"""Runs under way as other processes see them: going on, ended, killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.progress import Problem, Silent, Tally
from pipelines.running import Running, recorded, running
from schemas.outcomes import Outcome, RejectReason
from schemas.settings import Settings

_KILLED = """
import sys, time
from pathlib import Path
from pipelines.running import recorded
from schemas.settings import Settings
with recorded(Settings(home=Path(sys.argv[1])), "ingest", ["/music"]) as shown:
    shown.start(7)
    print("begun", flush=True)
    time.sleep(60)
"""


def test_a_run_is_seen_while_it_lasts(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    problem = Problem("/m/\x1b[31mbad\n.mp3", Outcome.REJECTED, RejectReason.NOT_AUDIO, "x" * 999)
    inner = Tally(Silent())
    with recorded(settings, "ingest", ["/m"], inner) as shown:
        shown.named("run-1")
        shown.stage("analysing")
        shown.start(3)
        shown.looking("/m/one.wav")
        shown.file(Outcome.ACCEPTED)
        shown.file(Outcome.REJECTED, problem)
        shown.note("a note\x07 of ours")
        (seen,) = running(settings)
        assert (seen.flow, seen.run, seen.stage) == ("ingest", "run-1", "analysing")
        assert (seen.done, seen.total, seen.alive) == (2, 3, True)
        assert seen.counts == {"accepted": 1, "rejected": 1}
        assert seen.looking_at == "/m/one.wav"
        assert seen.problems[0]["uri"] == "/m/[31mbad .mp3"
        assert len(seen.problems[0]["detail"]) == 300
        assert seen.notes == ["a note of ours"]
        assert seen.rate is not None
        assert seen.left_s is not None
        assert seen.left_s == pytest.approx(1 / seen.rate)
    assert running(settings) == []
    assert inner.counts == {Outcome.ACCEPTED: 1, Outcome.REJECTED: 1}
    assert list((tmp_path / "running").iterdir()) == []


def test_an_error_ends_a_run_too(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with pytest.raises(ValueError, match="of the run"), recorded(settings, "train", []):
        raise ValueError("of the run")
    assert running(settings) == []


def test_a_killed_run_is_told_from_one_that_lives(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-c", _KILLED, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as out:
        assert out.readline() == "begun\n"
        (seen,) = running(settings)
        assert (seen.alive, seen.total, seen.pid) == (True, 7, process.pid)
        os.kill(process.pid, signal.SIGKILL)
        process.wait(10)
    (seen,) = running(settings)
    assert not seen.alive
    with recorded(settings, "ingest", ["/music"]):
        (seen,) = running(settings)
        assert seen.alive
        assert seen.pid == os.getpid()


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"flow": 1}', "\x00" * 99, '{"flow": "x", "counts": {"a": "b"}}']
)
def test_a_file_that_says_nothing_is_passed_over(tmp_path: Path, content: str) -> None:
    (tmp_path / "running").mkdir()
    (tmp_path / "running" / "x.json").write_text(content)
    assert running(Settings(home=tmp_path)) == []


def test_a_moment_that_is_none_is_passed_over(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with recorded(settings, "ingest", []):
        (path,) = (tmp_path / "running").glob("*.json")
        values = json.loads(path.read_text()) | {"started_at": "yesterday"}
        (tmp_path / "running" / "y.json").write_text(json.dumps(values))
        assert len(running(settings)) == 1


def test_writing_is_rare(tmp_path: Path) -> None:
    """A file that is told of every input would cost more than looking at small inputs."""
    with recorded(Settings(home=tmp_path), "ingest", []) as shown:
        (path,) = (tmp_path / "running").glob("*.json")
        shown.start(100_000)
        time.sleep(0.6)
        written = set()
        for number in range(2_000):
            shown.file(Outcome.ACCEPTED)
            if number % 20 == 0:
                written.add(path.stat().st_ino)
        assert len(written) <= 5


def test_a_home_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "none")
    with recorded(settings, "train", []) as shown:
        shown.start(1)
        shown.file(Outcome.ACCEPTED)
    assert not (tmp_path / "none").exists()


def test_the_rate_waits_for_the_first() -> None:
    fresh = Running("ingest", [], "files", "2026-01-01T00:00:00+00:00", 1)
    assert (fresh.done, fresh.rate, fresh.left_s) == (0, None, None)
