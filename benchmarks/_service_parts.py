"""The parts of the service's benchmark, each of which gives figures."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from benchmarks._service_client import Aim, Load, load, together
from benchmarks._service_echo import PEER
from benchmarks._service_prompts import prompts
from benchmarks._service_server import Served
from benchmarks.figures import Figure
from schemas.errors import WordtoneError

STARTS = 5
CLIENTS = 8
SECONDS, QUICK_SECONDS = 20.0, 4.0
WARM = 100
"""Prompts asked before anything is measured."""

LONG = {"question": {"prompt": "techno", "duration_s": 120}, "candidates": 16}
SAID_EVERY_S = 30.0


@dataclass
class Bench:
    """What all parts share: the service and its peer are started at first use and end together."""

    folder: Path
    home: Path
    seed: int
    soak_s: float
    quick: bool
    say: Callable[[str], None]
    ends: ExitStack
    asked: Iterator[str] = field(init=False)
    _served: Served | None = None
    _echo: Served | None = None
    _alone: Load | None = None

    def __post_init__(self) -> None:
        self.asked = prompts(self.seed)

    @property
    def seconds(self) -> float:
        return QUICK_SECONDS if self.quick else SECONDS

    @property
    def served(self) -> Served:
        if self._served is None:
            self._served = self.ends.enter_context(Served.wordtone(self.folder, self.home))
            self._served.until_answered("/healthz")
            for prompt in islice(self.asked, WARM):
                self._served.ask("/v1/conditioning", {"prompt": prompt})
        return self._served

    @property
    def echo(self) -> Served:
        if self._echo is None:
            size = len(str(self.served.ask("/v1/conditioning", {"prompt": "jazz"})))
            command = (sys.executable, "-m", "benchmarks._service_echo", str(size))
            self._echo = self.ends.enter_context(Served(self.folder, command))
            self._echo.until_answered("/echo", {"prompt": "jazz"})
        return self._echo

    def load(self, clients: int, seconds: float, of_peer: bool = False) -> Load:
        """Raises WordtoneError for any error: a figure over failures is none."""
        aim = Aim(self.echo.port, "/echo") if of_peer else Aim(self.served.port)
        found = load(aim, self.asked, clients, seconds)
        if found.failed:
            raise WordtoneError(f"{found.failed} requests failed: {'; '.join(found.errors)}")
        return found

    @property
    def alone(self) -> Load:
        """One client, nothing else to do."""
        if self._alone is None:
            self._alone = self.load(1, self.seconds)
        return self._alone


def start(bench: Bench) -> list[Figure]:
    """Medians over several starts; files are in the page cache after the first."""
    health, first, mapping = [], [], []
    for _ in range(2 if bench.quick else STARTS):
        with Served.wordtone(bench.folder, bench.home) as one:
            health.append(one.until_answered("/healthz"))
            one.ask("/v1/conditioning", {"prompt": "UK garage with trumpets"})
            first.append(time.perf_counter() - one.begun)
            mapping.append(one.rss_mb())
    spread = f"{len(health)} starts, {min(health):.2f} … {max(health):.2f}"
    return [
        Figure("start_s", _middle(health), "s", "< 2", note=f"to /healthz; {spread}"),
        Figure("start_conditioning_s", _middle(first), "s", note="to the first vector"),
        Figure("start_rss_mb", _middle(mapping), "MB", note="after the first vector"),
    ]


def one_client(bench: Bench) -> list[Figure]:
    before = bench.served.cpu_s()
    found = bench.alone
    cpu = 1000 * (bench.served.cpu_s() - before) / len(found.latencies)
    peer = bench.load(1, bench.seconds / 2, of_peer=True)
    note = f"{len(found.latencies)} requests, one client, {_repeats(found)}"
    return [
        Figure("conditioning_p50_ms", found.ms(50), "ms", "<= 12", note=note),
        Figure("conditioning_p99_ms", found.ms(99), "ms", "<= 40", note=note),
        Figure("conditioning_cpu_ms", cpu, "ms", note="of the service, a request"),
        Figure("echo_p50_ms", peer.ms(50), "ms", peer=PEER),
        Figure("conditioning_of_echo", found.ms(50) / peer.ms(50), "ratio", peer=PEER,
               note="p50; where this holds and the figures above do not, the machine is slow"),
    ]  # fmt: skip


def eight_clients(bench: Bench) -> list[Figure]:
    found = bench.load(CLIENTS, bench.seconds)
    peer = bench.load(CLIENTS, bench.seconds / 2, of_peer=True)
    return [
        Figure("requests_per_s_8_clients", found.a_second, "1/s", ">= 100",
               note=f"{len(found.latencies)} requests, {_repeats(found)}, {_share(found)}"),
        Figure("p50_8_clients_ms", found.ms(50), "ms"),
        Figure("p99_8_clients_ms", found.ms(99), "ms"),
        Figure("echo_requests_per_s", peer.a_second, "1/s", peer=PEER, note=_share(peer)),
        Figure("echo_of_requests", peer.a_second / found.a_second, "ratio", peer=PEER),
    ]  # fmt: skip


def generating(bench: Bench) -> list[Figure]:
    """One client while pieces of two minutes are being made, one after another."""
    quiet, served, beside = bench.alone, bench.served, list[Load]()
    while sum(one.wall_s for one in beside) < bench.seconds / 2:
        job = served.ask("/v1/generate", LONG)["job_id"]
        while _state(served, job) == "queued" or not served.ask(f"/v1/jobs/{job}")["progress"]:
            time.sleep(0.1)
        while sum(one.wall_s for one in beside) < bench.seconds:
            part = bench.load(1, 1.0)
            if _state(served, job) != "running":
                break  # a part of it was asked beside nothing
            beside.append(part)
        served.ask(f"/v1/jobs/{job}", method="DELETE")
    found = together(beside)
    note = f"{len(found.latencies)} requests while a piece was being made"
    return [
        Figure("conditioning_p50_generating_ms", found.ms(50), "ms", note=note),
        Figure("conditioning_p99_generating_ms", found.ms(99), "ms", note=note),
        Figure("generating_of_quiet_p50", found.ms(50) / quiet.ms(50), "ratio", "<= 2"),
    ]


def _state(served: Served, job: str) -> str:
    """Raises WordtoneError where the piece could not be made: there is nothing to measure then."""
    found = served.ask(f"/v1/jobs/{job}")
    if found["state"] == "failed":
        raise WordtoneError(f"the piece was not made: {found['error']}")
    return str(found["state"])


def soak(bench: Bench) -> list[Figure]:
    """Eight clients without a pause. Growth is from after the first tenth to the last tenth."""
    served, seen = bench.served, list[tuple[float, float]]()
    told = 0.0

    def watch(passed: float, so_far: Load) -> None:
        nonlocal told
        seen.append((passed, served.rss_mb()))
        if passed - told >= SAID_EVERY_S:
            told = passed
            done = f"{len(so_far.latencies)} answered, {so_far.failed} errors"
            bench.say(f"  {passed:.0f} s: {done}, {seen[-1][1]:.0f} MB")

    found = load(Aim(served.port), bench.asked, CLIENTS, bench.soak_s, watch)
    for words in found.errors:
        bench.say(f"  error: {words}")
    early = [mb for at, mb in seen if 0.1 * bench.soak_s <= at <= 0.2 * bench.soak_s]
    late = [mb for at, mb in seen if at >= 0.9 * bench.soak_s]
    if not early or not late:
        raise WordtoneError(f"--soak-s {bench.soak_s:g}: too short to see memory grow")
    note = f"{bench.soak_s:.0f} s, {len(found.latencies)} requests at {found.a_second:.0f}/s"
    return [
        Figure("soak_errors", found.failed, "1", "<= 0", note=f"{note}, {_repeats(found)}"),
        Figure("soak_rss_growth_mb", _middle(late) - _middle(early), "MB",
               note="median of the last tenth less that of the second"),
        Figure("soak_p50_ms", found.ms(50), "ms", note="8 clients"),
        Figure("soak_p99_ms", found.ms(99), "ms", note="8 clients"),
        Figure("rss_mb", _middle(late), "MB", note="the service alone, at the end of the soak"),
    ]  # fmt: skip


PARTS: Mapping[str, Callable[[Bench], list[Figure]]] = {
    "start": start,
    "one": one_client,
    "eight": eight_clients,
    "generating": generating,
    "soak": soak,
}


def _middle(values: list[float]) -> float:
    return float(np.median(values))


def _repeats(found: Load) -> str:
    return f"{found.repeats / max(found.asked, 1):.1%} of prompts repeated"


def _share(found: Load) -> str:
    return f"clients took {found.client_cpu_s / found.wall_s:.0%} of a core"
