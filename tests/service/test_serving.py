"""`wordtone serve` from its start to its end: the port, signals, jobs that an end leaves behind."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks._service_server import Served
from schemas.settings import Settings
from service.http.server import listen
from service.jobs.job import JobFolder, JobState, Task
from service.jobs.runner import Runner
from tests.service.conftest import WORDTONE, Run, environment

LONG = {"question": {"prompt": "techno", "duration_s": 120}, "candidates": 16}
SHORT = {"question": {"prompt": "UK garage", "bpm": 130, "duration_s": 5}, "seed": 7}


@pytest.fixture
def taken() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield held.getsockname()[1]


def test_a_port_in_use_is_said_in_one_line(wordtone: Run, taken: int) -> None:
    done = wordtone("serve", "--port", str(taken))
    assert done.returncode == 1
    assert done.stderr == (
        f"wordtone: port {taken} of 127.0.0.1 is in use; --port takes another, 0 any free one\n"
    )


def test_an_address_of_another_machine_is_said(wordtone: Run) -> None:
    done = wordtone("serve", "--host", "203.0.113.5", WORDTONE_TOKEN="x" * 32)
    assert done.returncode == 2
    assert done.stderr == "wordtone: host '203.0.113.5' is no address of this machine\n"


@pytest.mark.slow
@pytest.mark.parametrize("sig", [signal.SIGINT, signal.SIGTERM])
def test_an_idle_service_ends_without_a_word(tmp_path: Path, sig: signal.Signals) -> None:
    with Served.wordtone(tmp_path, tmp_path / "home") as served:
        served.until_answered("/healthz")
        served.process.send_signal(sig)
        assert served.process.wait(20) == 0
        assert served.log.read_text() == f"http://127.0.0.1:{served.port}\n"


@pytest.mark.slow
def test_one_that_ends_as_it_starts_ends_too(tmp_path: Path) -> None:
    with Served.wordtone(tmp_path, tmp_path / "home") as served:
        served.end()  # which fails on a traceback


@pytest.mark.slow
def test_it_listens_on_ipv6(tmp_path: Path) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("no IPv6 here")
    log = tmp_path / "log"
    with log.open("wb") as out:
        command = [WORDTONE, "serve", "--host", "::1", "--port", "0"]
        server = subprocess.Popen(command, env=environment(tmp_path / "home"), stderr=out)
    try:
        _until(lambda: "\n" in log.read_text())
        port = int(log.read_text().strip().rpartition(":")[2])
        with contextlib.closing(http.client.HTTPConnection("::1", port, timeout=30)) as asked:
            asked.request("GET", "/healthz")
            assert asked.getresponse().status == 200
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(20) == 0


@pytest.mark.slow
def test_requests_under_way_are_answered_before_the_end(tmp_path: Path) -> None:
    with Served.wordtone(tmp_path, tmp_path / "home") as served:
        served.until_answered("/v1/conditioning", {"prompt": "jazz"})
        asking = [_Asking(served.port) for _ in range(8)]
        time.sleep(1)
        served.process.send_signal(signal.SIGTERM)
        assert served.process.wait(20) == 0
        for one in asking:
            one.thread.join(20)
            assert one.answered > 0
            assert one.cut_short == 0, "an answer that had begun was not finished"


@pytest.mark.slow
def test_a_job_under_way_at_the_end_is_done_by_the_next_service(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Served.wordtone(tmp_path, home) as served:
        served.until_answered("/healthz")
        running = served.ask("/v1/generate", LONG)["job_id"]
        waiting = served.ask("/v1/generate", SHORT)["job_id"]
        _until(lambda: served.ask(f"/v1/jobs/{running}")["progress"] > 0)
        begun = time.monotonic()
        to = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
        with contextlib.closing(to):
            to.request("GET", f"/v1/jobs/{running}/events")
            stream = to.getresponse()
            served.process.send_signal(signal.SIGTERM)
            assert b"event: progress" in stream.read(), "the stream ends, and is not torn"
        assert served.process.wait(40) == 0
        assert time.monotonic() - begun < 30
        assert "Traceback" not in served.log.read_text()
    assert {job.job_id for job in JobFolder(home / "jobs").unfinished()} == {running, waiting}
    with Served.wordtone(tmp_path, home) as served:
        served.until_answered("/healthz")
        served.ask(f"/v1/jobs/{running}", method="DELETE")
        _until(lambda: served.ask(f"/v1/jobs/{waiting}")["state"] == "done")
        assert served.ask(f"/v1/jobs/{running}")["state"] == "cancelled"


@pytest.mark.slow
def test_a_second_interrupt_ends_it_at_once_with_all_that_it_started(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Served.wordtone(tmp_path, home) as served:
        served.until_answered("/healthz")
        job = served.ask("/v1/generate", LONG)["job_id"]
        _until(lambda: served.ask(f"/v1/jobs/{job}")["progress"] > 0)
        children = _children(served.process.pid)
        assert children
        served.process.send_signal(signal.SIGINT)
        time.sleep(1)
        begun = time.monotonic()
        served.process.send_signal(signal.SIGINT)
        assert served.process.wait(20) == 1
        assert time.monotonic() - begun < 8, "it did not wait for the job"
        _until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))
        told = served.log.read_text()
        assert "left to the next service" in told
        assert "Traceback" not in told
    assert [left.job_id for left in JobFolder(home / "jobs").unfinished()] == [job]


@pytest.mark.slow
def test_a_killed_service_leaves_no_process_that_works_on(tmp_path: Path) -> None:
    with Served.wordtone(tmp_path, tmp_path / "home") as served:
        served.until_answered("/healthz")
        job = served.ask("/v1/generate", LONG)["job_id"]
        _until(lambda: served.ask(f"/v1/jobs/{job}")["state"] == "running")
        children = _children(served.process.pid)
        served.process.kill()
        served.process.wait(20)
        _until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in children))


def test_two_services_do_not_do_the_same_job(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    folder = JobFolder(tmp_path / "jobs")
    owner = folder.claim()
    assert owner is not None
    left = folder.add(Task.model_validate({"request": {"prompt": {"text": "techno"}}}))
    other = Runner(settings)
    other.start()
    found = other.job(left.job_id)
    assert found is not None
    assert found.state is JobState.QUEUED
    assert other.counts() == {"queued": 0, "running": 0}
    other.stop(finish_s=0)
    owner.close()
    again = folder.claim()
    assert again is not None
    again.close()


def test_a_stopping_runner_wakes_who_waits(tmp_path: Path) -> None:
    runner = Runner(Settings(home=tmp_path))
    job = runner.submit(Task.model_validate({"request": {"prompt": {"text": "techno"}}}))
    woken = threading.Event()

    def wait() -> None:
        runner.wait(job.job_id, job, 60)
        woken.set()

    threading.Thread(target=wait, daemon=True).start()
    runner.close()
    assert woken.wait(10)


class _Asking:
    """Asks again and again until the service is gone."""

    def __init__(self, port: int) -> None:
        self.answered = self.cut_short = 0
        self._to = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.thread = threading.Thread(target=self._ask, daemon=True)
        self.thread.start()

    def _ask(self) -> None:
        with contextlib.closing(self._to):
            self._go_on()

    def _go_on(self) -> None:
        body, kind = json.dumps({"prompt": "slow dark jazz"}), {"Content-Type": "application/json"}
        while True:
            try:
                self._to.request("POST", "/v1/conditioning", body, kind)
                answer = self._to.getresponse()
            except OSError:  # closed between two answers, as HTTP allows
                return
            try:
                assert json.loads(answer.read())["prompt"]["text"] == "slow dark jazz"
            except (OSError, ValueError, http.client.HTTPException):
                self.cut_short += 1
                return
            self.answered += 1


def _children(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(path.parent.name))
    return found


def _until(true: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_small_parts_of_an_answer_are_sent_at_once() -> None:
    """asyncio sets TCP_NODELAY on connections of a socket that says it is TCP, and on no other."""
    with listen("127.0.0.1", 0) as listening:
        assert listening.proto == socket.IPPROTO_TCP
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.proto == socket.IPPROTO_TCP
