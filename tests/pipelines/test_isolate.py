"""A worker that crashes, hangs, eats memory or talks nonsense costs its own file alone."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipelines.audio.isolate import Limits, Worker, WorkerDiedError
from schemas.outcomes import RejectReason

# A real process with the real protocol; only what it does with a job is ours to choose.
SCRIPT = """
import ctypes, json, os, resource, sys, time
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
def send(message):
    os.write(1, json.dumps(message).encode() + b"\\n")
send({"ready": True})
for line in sys.stdin:
    job = json.loads(line)["job"]
    what = job["do"]
    if what == "segfault": ctypes.string_at(0)
    if what == "abort": os.abort()
    if what == "exit": sys.exit("decoder gave up")
    if what == "hang": time.sleep(600)
    if what == "spin":
        resource.setrlimit(resource.RLIMIT_CPU, (1, resource.RLIM_INFINITY))
        while True: pass
    if what == "flood":
        while True: os.write(1, b"x" * (1 << 20))
    if what == "ask":
        send({"ask": {"file_hash": "abc"}})
        send({"heard": json.loads(sys.stdin.readline())["answer"]})
        continue
    send({"pid": os.getpid()})
"""


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    script = tmp_path / "worker.py"
    script.write_text(SCRIPT)
    return Worker(Limits(wall_s=5), command=(sys.executable, str(script)))


def nothing(question: object) -> dict[str, object]:
    raise AssertionError(f"not asked for: {question}")


@pytest.mark.parametrize(
    ("do", "reason", "says"),
    [
        ("segfault", RejectReason.WORKER_CRASHED, "SIGSEGV"),
        ("abort", RejectReason.WORKER_CRASHED, "SIGABRT"),
        ("exit", RejectReason.WORKER_CRASHED, "decoder gave up"),
        ("hang", RejectReason.TIMED_OUT, "no answer in 5 s"),
        ("spin", RejectReason.TIMED_OUT, "CPU"),
        ("flood", RejectReason.WORKER_CRASHED, "64 MB"),
    ],
)
def test_only_the_culprit_is_lost(worker: Worker, do: str, reason: RejectReason, says: str) -> None:
    with worker:
        first = worker.run({"do": "work"}, nothing)["pid"]
        with pytest.raises(WorkerDiedError, match=says) as death:
            worker.run({"do": do}, nothing)
        assert death.value.reason is reason
        assert worker.run({"do": "work"}, nothing)["pid"] != first, "a fresh process goes on"


def test_a_worker_is_kept_between_files(worker: Worker) -> None:
    with worker:
        pids = {worker.run({"do": "work"}, nothing)["pid"] for _ in range(3)}
    assert len(pids) == 1


def test_questions_are_answered_on_the_way(worker: Worker) -> None:
    with worker:
        reply = worker.run({"do": "ask"}, lambda question: {"asked": question["file_hash"]})
    assert reply == {"heard": {"asked": "abc"}}


def test_real_worker_keeps_its_memory_limit(tmp_path: Path) -> None:
    """Ten minutes of 192 kHz audio do not fit in the memory of this worker: a reason, no crash."""
    import numpy as np
    import soundfile

    path = tmp_path / "long.flac"
    with soundfile.SoundFile(path, "w", 192_000, 2) as sink:
        for _ in range(60):
            sink.write(np.zeros((192_000 * 10, 2), np.int16))
    job = {"uri": str(path), "source": str(tmp_path), "groups": ["loudness"]}
    with Worker(Limits(memory_mb=900, wall_s=120)) as worker:
        reply = worker.run(job, lambda question: {})
        assert reply["outcome"] == "quarantined"
        assert reply["reason"] == "out_of_memory"
