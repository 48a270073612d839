"""A worker that crashes, hangs, eats memory or talks nonsense costs its own file alone."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pipelines.analyse import Job
from pipelines.audio.isolate import Limits, Worker, WorkerDiedError, WorkerStartError
from pipelines.isolated import analyse_isolated
from schemas.outcomes import Outcome, RejectReason

# A real process with the real protocol; only what it does with a job is ours to choose.
SCRIPT = """
import ctypes, json, os, resource, subprocess, sys, time
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
def send(message):
    os.write(1, json.dumps(message).encode() + b"\\n")
send({"ready": True})
for line in sys.stdin:
    message = json.loads(line)
    number, job = message["number"], message["job"]
    what = job["do"]
    def result(**values):
        send({"number": number, "result": values})
    if what == "segfault": ctypes.string_at(0)
    if what == "abort": os.abort()
    if what == "exit": sys.exit("decoder gave up")
    if what == "signal": os.kill(os.getpid(), 40)
    if what == "hang": time.sleep(600)
    if what == "spin":
        resource.setrlimit(resource.RLIMIT_CPU, (1, resource.RLIM_INFINITY))
        while True: pass
    if what == "flood":
        while True: os.write(1, b"x" * (1 << 20))
    if what == "chatter":
        while True: os.write(2, b"x" * (1 << 20))
    if what == "noise":
        for _ in range(100): os.write(2, b"warning \\x1b[31m " * 1000)
    if what == "close": os.close(1); time.sleep(600)
    if what == "ask":
        send({"ask": {"file_hash": "abc"}})
        result(heard=json.loads(sys.stdin.readline())["answer"])
        continue
    if what == "ask without listening":
        while True: send({"ask": {"file_hash": "abc"}})
    if what == "say": os.write(1, job["line"].encode() + b"\\n"); continue
    if what == "twice": result(pid=1)
    if what in ("child", "child and crash"):
        child = subprocess.Popen(["sleep", "600"])
        print(child.pid, file=open(job["file"], "w"), flush=True)
        if what == "child and crash": os._exit(3)
        time.sleep(600)
    result(pid=os.getpid())
"""
WALL_S = 2.0


@pytest.fixture
def worker(tmp_path: Path) -> Worker:
    script = tmp_path / "worker.py"
    script.write_text(SCRIPT)
    return Worker(Limits(wall_s=WALL_S), command=(sys.executable, str(script)))


def nothing(question: object) -> dict[str, object]:
    raise AssertionError(f"not asked for: {question}")


def wait_for_end(pid: int, seconds: float) -> None:
    """Until the process `pid` is gone, or a zombie that only its new parent has to notice."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return
        except FileNotFoundError:
            return
        time.sleep(0.02)
    raise AssertionError(f"process {pid} lives on")


@pytest.mark.parametrize(
    ("do", "reason", "says"),
    [
        ("segfault", RejectReason.WORKER_CRASHED, "SIGSEGV"),
        ("abort", RejectReason.WORKER_CRASHED, "SIGABRT"),
        ("exit", RejectReason.WORKER_CRASHED, "exit code 1: decoder gave up"),
        ("signal", RejectReason.WORKER_CRASHED, "signal 40"),
        ("hang", RejectReason.TIMED_OUT, "no answer in 2 s"),
        ("flood", RejectReason.WORKER_CRASHED, "answer is over 64 MB"),
        ("chatter", RejectReason.WORKER_CRASHED, "printed over 64 MB"),
        ("close", RejectReason.WORKER_CRASHED, "closed its output"),
        ("ask without listening", RejectReason.TIMED_OUT, "no answer in 2 s"),
    ],
)
def test_only_the_culprit_is_lost(worker: Worker, do: str, reason: RejectReason, says: str) -> None:
    with worker:
        first = worker.run({"do": "work"}, nothing)["pid"]
        started = time.monotonic()
        with pytest.raises(WorkerDiedError, match=says) as death:
            worker.run({"do": do}, lambda question: {"padding": "x" * 10_000})
        assert time.monotonic() - started < WALL_S + 5
        assert death.value.reason is reason
        assert worker.run({"do": "work"}, nothing)["pid"] != first, "a fresh process goes on"


def test_cpu_time_is_limited_apart_from_wall_time(worker: Worker, tmp_path: Path) -> None:
    patient = Worker(Limits(wall_s=60), command=(sys.executable, str(tmp_path / "worker.py")))
    with patient, pytest.raises(WorkerDiedError, match="CPU time") as death:
        patient.run({"do": "spin"}, nothing)
    assert death.value.reason is RejectReason.TIMED_OUT


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("hello", "no JSON: hello"),
        ("\\xff\x1b[2J", "no JSON"),
        ("", "no JSON"),
        ("[1, 2]", "no object but a list"),
        ("{}", "to no question"),
        ('{"number": 2, "result": 5}', "to no question"),
        ('{"number": 1, "result": {}}', "to no question"),
        ('{"number": 2, "result": {"tempo": NaN}}', "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('{"number": 2, "result": ' + "9" * 5_000 + "}", "no JSON"),
        ('{"ask": "anything"}', "not of one thing"),
        ('{"ask": {"file_hash": {"x": 1}}}', "not text"),
    ],
)
def test_garbage_for_an_answer(worker: Worker, line: str, says: str) -> None:
    with worker:
        worker.run({"do": "work"}, nothing)
        with pytest.raises(WorkerDiedError, match=says) as death:
            worker.run({"do": "say", "line": line}, nothing)
        assert death.value.reason is RejectReason.WORKER_CRASHED
        assert len(death.value.detail) < 200
        assert worker.run({"do": "work"}, nothing)["pid"]


@pytest.mark.parametrize(
    "result",
    [
        {},
        {"outcome": "wonderful"},
        {"outcome": "accepted", "unknown": 1},
        {"outcome": ["accepted"]},
        {"outcome": "rejected", "reason": "bored"},
    ],
)
def test_an_answer_of_another_shape_costs_its_file(
    worker: Worker, tmp_path: Path, result: dict[str, Any]
) -> None:
    script = tmp_path / "shape.py"
    script.write_text(
        "import json, sys\n"
        "print(json.dumps({'ready': True}), flush=True)\n"
        "for line in sys.stdin:\n"
        "    number = json.loads(line)['number']\n"
        f"    print(json.dumps({{'number': number, 'result': {result!r}}}), flush=True)\n"
    )
    with Worker(Limits(wall_s=WALL_S), command=(sys.executable, str(script))) as wrong:
        found = analyse_isolated(wrong, Job("a.wav", "/", ()), lambda question: {})
    assert (found.outcome, found.reason) == (Outcome.QUARANTINED, RejectReason.WORKER_CRASHED)
    assert found.detail.startswith("its answer is no result")


def test_a_second_answer_is_not_taken_for_the_next_file(worker: Worker) -> None:
    with worker:
        worker.run({"do": "twice"}, nothing)
        with pytest.raises(WorkerDiedError, match="to no question"):
            worker.run({"do": "work"}, nothing)


def test_noise_is_no_harm(worker: Worker) -> None:
    with worker:
        pids = {worker.run({"do": "noise"}, nothing)["pid"] for _ in range(3)}
        assert len(pids) == 1
        with pytest.raises(WorkerDiedError, match=r"exit code 1: decoder gave up$"):
            worker.run({"do": "exit"}, nothing)


def test_a_worker_is_kept_between_files(worker: Worker) -> None:
    with worker:
        pids = {worker.run({"do": "work"}, nothing)["pid"] for _ in range(3)}
    assert len(pids) == 1


def test_questions_are_answered_on_the_way(worker: Worker) -> None:
    with worker:
        reply = worker.run({"do": "ask"}, lambda question: {"asked": question["file_hash"]})
    assert reply == {"heard": {"asked": "abc"}}


def test_a_worker_that_died_idle_is_replaced(worker: Worker) -> None:
    with worker:
        first = worker.run({"do": "work"}, nothing)["pid"]
        os.kill(first, signal.SIGKILL)
        wait_for_end(first, 5)
        assert worker.run({"do": "work"}, nothing)["pid"] != first


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.parametrize(
    ("do", "says"), [("child", "no answer in 2 s"), ("child and crash", "exit code 3")]
)
def test_descendants_end_with_the_worker(
    worker: Worker, tmp_path: Path, do: str, says: str
) -> None:
    """They hold its pipes open, and must neither hide its death nor outlive it."""
    with worker, pytest.raises(WorkerDiedError, match=says):
        worker.run({"do": do, "file": str(tmp_path / "pid")}, nothing)
    wait_for_end(int((tmp_path / "pid").read_text()), 5)


@pytest.mark.parametrize(
    ("program", "says"),
    [
        ("import sys; sys.exit('no memory for numpy')", "no memory for numpy"),
        ("print('hello', flush=True); input()", "no JSON: hello"),
        ("print('{}', flush=True); input()", "not that it is ready"),
    ],
)
def test_no_file_is_blamed_when_no_worker_starts(program: str, says: str) -> None:
    worker = Worker(Limits(), command=(sys.executable, "-c", program))
    with worker, pytest.raises(WorkerStartError, match=says):
        worker.run({"do": "work"}, nothing)


def test_a_missing_interpreter_is_no_fault_of_a_file() -> None:
    with (
        Worker(Limits(), command=("/nowhere/python",)) as worker,
        pytest.raises(WorkerStartError, match="No such file"),
    ):
        worker.run({"do": "work"}, nothing)
