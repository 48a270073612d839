"""Uploads that mean harm, that go away, and a service that is killed: nothing is left of any."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from benchmarks._robustness_attacks import attacks
from benchmarks._robustness_bases import Base, bases
from benchmarks._robustness_corpus import SEED, Listener
from benchmarks._robustness_odd import bombs, not_sound
from tests.service.conftest import WORDTONE, environment

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not Path("/proc/self/fd").is_dir(), reason="reads what processes hold from /proc"
    ),
]
WAV = {"content-type": "audio/wav"}
AT_WORK_S = 1.5
EVERY = 11
"""Of the attacks, every so many: all differ in their target, and all names of a kind alike."""


@pytest.fixture(scope="module")
def whole() -> dict[str, Base]:
    return bases(SEED)


class Served:
    """A service as a person runs it; its temporary files lie in `spool`."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.spool = folder / "spool"
        self.spool.mkdir()
        self.log = folder / "log"
        given = {"TMPDIR": str(self.spool), **settings}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [WORDTONE, "serve", "--port", "0"],
                env=environment(folder / "home", given),
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        self.address = self._address()

    def _address(self) -> str:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and self.process.poll() is None:
            found = [line for line in self.log.read_text().splitlines() if "http://" in line]
            if found:
                return found[0][found[0].index("http://") :].split()[0]
            time.sleep(0.1)
        raise AssertionError(self.log.read_text()[-3000:])

    def workers(self) -> list[int]:
        """Ids of the processes that look at recordings."""
        threads = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        children = [int(word) for one in threads for word in _read(one).split()]
        return [one for one in children if "pipelines.audio.worker" in _read(_proc(one, "cmdline"))]

    def held(self) -> list[str]:
        """Temporary files that the service holds open, named or not."""
        folder = Path(f"/proc/{self.process.pid}/fd")
        return [
            to
            for one in folder.iterdir()
            if str(self.spool) in (to := _target(one)) and not to.endswith("/.ses")
        ]

    def left(self) -> list[str]:
        """What lies in the folder of temporary files, but for onnxruntime's own."""
        return [one.name for one in self.spool.iterdir() if one.name != ".ses"]

    def at_rest(self) -> bool:
        return not self.workers() and not self.held() and not self.left()

    def wait_for_rest(self, seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not self.at_rest():
            assert time.monotonic() < deadline, (self.workers(), self.held(), self.left())
            time.sleep(0.05)

    def end(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)


def _proc(process: int, what: str) -> Path:
    return Path(f"/proc/{process}/{what}")


def _read(path: Path) -> str:
    """What a file of /proc says; nothing, once its process is gone."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def alive(process: int) -> bool:
    state = _read(_proc(process, "stat")).rpartition(")")[2].split()
    return bool(state) and state[0] != "Z"


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    service = Served(tmp_path_factory.mktemp("uploads"), WORDTONE_FILE_TIMEOUT_S="20")
    yield service
    service.end()
    assert "Traceback" not in service.log.read_text()


def noise(seconds: float, rate: int = 22_050) -> bytes:
    target = io.BytesIO()
    signal_ = 0.1 * np.random.default_rng(3).standard_normal(int(seconds * rate))
    soundfile.write(target, signal_, rate, format="WAV", subtype="PCM_16")
    return target.getvalue()


def posting(data: bytes) -> bytes:
    """The head of a request, as bytes."""
    lines = ("POST /v1/analyse HTTP/1.1", "Host: 127.0.0.1", "Content-Type: audio/wav")
    return "\r\n".join((*lines, f"Content-Length: {len(data)}", "", "")).encode()


def test_hostile_files_are_refused_or_heard_and_nothing_more(
    served: Served, whole: dict[str, Base], tmp_path: Path
) -> None:
    answers: Counter[int] = Counter()
    with Listener() as listener, httpx.Client(base_url=served.address, timeout=120) as client:
        cases = [
            *list(attacks(whole, tmp_path, listener.port))[::EVERY],
            *[one for one in bombs(whole, hours=0.2) if "hole" not in one.name][::2],
            *list(not_sound(whole))[::5],
        ]
        for one in cases:
            path = tmp_path / "case"
            one.write(path)
            data = path.read_bytes() if path.is_file() else b""
            path.unlink(missing_ok=True)
            where = "/v1/transcribe" if len(data) < 32 << 20 else "/v1/analyse"
            answer = client.post(where, content=data, headers=WAV)
            assert answer.status_code in (200, 422), (one.name, answer.text)
            if answer.status_code == 422:
                told = answer.json()
                assert told["status"] == 422
                assert "/proc/" not in told["detail"], one.name
                assert str(served.spool) not in told["detail"], one.name
            answers[answer.status_code] += 1
        assert client.get("/healthz").status_code == 200
        assert listener.calls == 0, "a file made a decoder connect to a host"
    assert min(answers[200], answers[422]) > 3, answers
    served.wait_for_rest()


def test_twelve_hours_of_silence_and_half_a_file(served: Served, whole: dict[str, Base]) -> None:
    silence = io.BytesIO()
    with soundfile.SoundFile(silence, "w", 4_000, 1, "PCM_16", format="FLAC") as sink:
        for _ in range(12 * 60):
            sink.write(np.zeros(4_000 * 60, np.int16))
    assert silence.tell() < 1 << 20
    with httpx.Client(base_url=served.address, timeout=120) as client:
        long = client.post("/v1/transcribe", content=silence.getvalue(), headers=WAV)
        assert long.status_code == 422
        assert "too_long" in long.json()["detail"]
        cut = whole["FLAC"].data[: len(whole["FLAC"].data) * 2 // 3]
        half = client.post("/v1/analyse?name=half.flac&groups=loudness", content=cut, headers=WAV)
        assert half.status_code == 200
        (report,) = half.json()["files"]
        assert (report["outcome"], report["path"]) == ("partial", "half.flac")
    served.wait_for_rest()


def test_a_worker_that_dies_costs_its_request_alone(served: Served) -> None:
    async def both() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=served.address, timeout=120) as client:
            sent = asyncio.create_task(client.post("/v1/analyse", content=noise(900), headers=WAV))
            seen: dict[int, float] = {}
            killed: set[int] = set()
            while not sent.done():
                # In the midst of its work; and it is tried twice, for a crash may come once.
                for one in served.workers():
                    if time.monotonic() - seen.setdefault(one, time.monotonic()) > AT_WORK_S:
                        os.kill(one, signal.SIGSEGV)
                        killed.add(one)
                await asyncio.sleep(0.05)
            assert len(killed) == 2
            return [await sent, await client.get("/healthz")]

    died, health = asyncio.run(both())
    assert health.status_code == 200
    assert died.status_code == 422
    assert "SIGSEGV" in died.json()["detail"]
    assert died.headers["content-type"] == "application/problem+json"
    served.wait_for_rest()


def test_a_caller_that_goes_away_takes_its_worker_along(served: Served) -> None:
    data = noise(500)
    head = posting(data)
    port = int(served.address.rpartition(":")[2])
    for sent in (data, data[: len(data) // 2]):
        with socket.create_connection(("127.0.0.1", port)) as caller:
            caller.sendall(head + sent)
            deadline = time.monotonic() + 30
            while not (served.workers() if sent is data else served.held()):
                assert time.monotonic() < deadline
                time.sleep(0.02)
        served.wait_for_rest(10)


def test_more_than_it_can_hold_are_told_to_come_back(served: Served) -> None:
    async def many() -> list[httpx.Response]:
        async with httpx.AsyncClient(base_url=served.address, timeout=120) as client:
            body = noise(20)
            posts = [client.post("/v1/transcribe", content=body, headers=WAV) for _ in range(12)]
            return list(await asyncio.gather(*posts))

    answers = asyncio.run(many())
    told = Counter(one.status_code for one in answers)
    assert set(told) == {200, 429}, told
    assert told[200] >= 6
    refused: Any = next(one for one in answers if one.status_code == 429)
    assert int(refused.headers["retry-after"]) >= 1
    served.wait_for_rest()


def test_a_service_that_is_killed_leaves_nothing(tmp_path: Path) -> None:
    service = Served(tmp_path)
    data = noise(500)
    head = posting(data)
    port = int(service.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as caller:
        caller.sendall(head + data)
        deadline = time.monotonic() + 30
        while not service.workers():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        workers = service.workers()
        service.process.kill()
        service.process.wait(20)
    deadline = time.monotonic() + 30
    while any(alive(one) for one in workers):
        assert time.monotonic() < deadline, "a worker outlives its service"
        time.sleep(0.1)
    assert service.left() == []


def test_a_service_that_ends_waits_for_no_long_recording(tmp_path: Path) -> None:
    service = Served(tmp_path)

    async def ended() -> httpx.Response:
        async with httpx.AsyncClient(base_url=service.address, timeout=120) as client:
            body = noise(6_000, rate=8_000)
            sent = asyncio.create_task(client.post("/v1/analyse", content=body, headers=WAV))
            while not service.workers():
                await asyncio.sleep(0.05)
            service.process.send_signal(signal.SIGINT)
            return await sent

    answer = asyncio.run(ended())
    workers = service.workers()
    service.process.wait(60)
    assert answer.status_code in (200, 503), "200: it was quick enough"
    assert not any(alive(one) for one in workers)
    assert service.left() == []
    assert "Traceback" not in service.log.read_text()
