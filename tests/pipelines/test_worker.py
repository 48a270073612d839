"""The real worker process: the limits that it sets itself hold on real audio."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from pipelines.audio.isolate import Limits, Worker, WorkerDiedError
from schemas.outcomes import RejectReason
from tests.pipelines.test_isolate import wait_for_end


@pytest.fixture(scope="module")
def long_job(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Ten minutes of 192 kHz stereo: seconds of CPU, and more than a gigabyte as one array."""
    path = tmp_path_factory.mktemp("long") / "long.flac"
    with soundfile.SoundFile(path, "w", 192_000, 2) as sink:
        for _ in range(60):
            sink.write(np.zeros((192_000 * 10, 2), np.int16))
    return {"uri": str(path), "source": str(path.parent), "groups": ["loudness", "timbre"]}


def job(path: Path) -> dict[str, Any]:
    return {"uri": str(path), "source": str(path.parent), "groups": ["loudness"]}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
def test_real_worker_keeps_its_memory_limit(long_job: dict[str, Any], tmp_path: Path) -> None:
    """A reason, no crash; and the same process goes on with the next file."""
    short = tmp_path / "short.wav"
    soundfile.write(short, np.zeros((22_050, 1), np.int16), 22_050)
    with Worker(Limits(wall_s=120)) as worker:
        assert worker.run(job(short), lambda question: {})["outcome"] == "accepted"
        needed_mb = address_space_mb(worker)
    # Much of a long file is held in memory before it is let go of; an allocator reserves more
    # than it needs where it may.
    with Worker(Limits(memory_mb=needed_mb - 40, wall_s=120)) as worker:
        assert worker.run(job(short), lambda question: {})["outcome"] == "accepted"
        reply = worker.run(long_job, lambda question: {})
        assert (reply["outcome"], reply["reason"]) == ("quarantined", "out_of_memory")
        assert worker.run(job(short), lambda question: {})["outcome"] == "accepted"


def address_space_mb(worker: Worker) -> int:
    """The most that the process of `worker` has had so far."""
    assert worker._process is not None
    status = Path(f"/proc/{worker._process.pid}/status").read_text()
    return int(status.split("VmPeak:")[1].split()[0]) // 1024


def test_real_worker_keeps_its_cpu_limit(long_job: dict[str, Any]) -> None:
    with (
        Worker(Limits(cpu_s=0.2, wall_s=120)) as worker,
        pytest.raises(WorkerDiedError, match="CPU time") as death,
    ):
        worker.run(long_job, lambda question: {})
    assert death.value.reason is RejectReason.TIMED_OUT


PARENT = """
import json, sys
from pipelines.audio.isolate import Limits, Worker
worker = Worker(Limits(wall_s=1.0))
worker._started()
print(worker._process.pid, flush=True)
worker.run(json.loads(sys.argv[1]), lambda question: {})
"""


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
def test_real_worker_ends_when_its_parent_was_killed(long_job: dict[str, Any]) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, json.dumps(long_job)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent.stdout:
        pid = int(parent.stdout.readline())
        time.sleep(0.3)  # the job is on its way
        parent.kill()
        parent.wait()
    wait_for_end(pid, 6)
