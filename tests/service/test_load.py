"""The service under load: many at once, beside a generation, and with many who only wait."""

from __future__ import annotations

import contextlib
import http.client
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks._service_client import Aim, Load, load
from benchmarks._service_prompts import many, prompts, repeated
from benchmarks._service_server import Served
from schemas.settings import Settings
from service.http.holder import MappingHolder

LONG = {"question": {"prompt": "techno", "duration_s": 120}, "candidates": 16}
SOAK_S = 15.0
GROWTH_MB = 25.0


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A service that answers from the starter, warm."""
    folder = tmp_path_factory.mktemp("load")
    with Served.wordtone(folder, folder / "home") as served:
        served.until_answered("/healthz")
        for prompt in many(3, 40):
            served.ask("/v1/conditioning", {"prompt": prompt})
        yield served


def test_prompts_are_many_and_the_same_for_a_seed() -> None:
    drawn = many(1, 4000)
    assert drawn == many(1, 4000)
    assert repeated(drawn) < 0.05
    assert repeated(["a", "b", "a", "a"]) == 0.5


@pytest.mark.slow
def test_eight_at_once_are_answered_without_errors_or_growth(served: Served) -> None:
    seen: list[tuple[float, float]] = []

    def watch(passed: float, _: Load) -> None:
        seen.append((passed, served.rss_mb()))

    found = load(Aim(served.port), prompts(5), 8, SOAK_S, watch)
    assert found.errors == []
    assert len(found.latencies) >= 8
    early = [mb for at, mb in seen if at < SOAK_S / 3]
    late = [mb for at, mb in seen if at > 2 * SOAK_S / 3]
    assert np.median(late) - np.median(early) < GROWTH_MB


@pytest.mark.slow
def test_an_answer_does_not_depend_on_who_else_asks(served: Served) -> None:
    asked = many(11, 30)
    alone = {prompt: _condition(served, prompt) for prompt in asked}
    mixed = 2 * asked
    random.Random(1).shuffle(mixed)
    with ThreadPoolExecutor(8) as pool:
        for prompt, answer in zip(
            mixed, pool.map(lambda p: _condition(served, p), mixed), strict=True
        ):
            assert answer == alone[prompt]


@pytest.mark.slow
def test_a_generation_does_not_hold_conditioning_up(served: Served) -> None:
    quiet = load(Aim(served.port), prompts(6), 1, 4.0)
    job = served.ask("/v1/generate", LONG)["job_id"]
    try:
        while not served.ask(f"/v1/jobs/{job}")["progress"]:
            time.sleep(0.05)
        beside = load(Aim(served.port), prompts(7), 1, 4.0)
        assert served.ask(f"/v1/jobs/{job}")["state"] == "running"
    finally:
        served.ask(f"/v1/jobs/{job}", method="DELETE")
    assert quiet.errors == beside.errors == []
    assert beside.ms(50) < 3 * quiet.ms(50)


@pytest.mark.slow
def test_who_waits_for_a_job_takes_no_thread_of_those_that_answer(served: Served) -> None:
    quiet = load(Aim(served.port), prompts(8), 1, 2.0)
    engines = _seconds(served, "/v1/engines")
    job = served.ask("/v1/generate", LONG)["job_id"]
    with contextlib.ExitStack() as watching:
        for _ in range(60):
            to = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)
            watching.enter_context(contextlib.closing(to))
            to.request("GET", f"/v1/jobs/{job}/events")
            watching.enter_context(contextlib.closing(to.getresponse()))
        beside = load(Aim(served.port), prompts(9), 1, 2.0)
        later = _seconds(served, "/v1/engines")
    served.ask(f"/v1/jobs/{job}", method="DELETE")
    assert beside.errors == []
    assert beside.ms(50) < 6 * quiet.ms(50)
    assert later < 20 * engines


def test_while_one_loads_another_mapping_the_rest_are_answered(tmp_path: Path) -> None:
    holder = MappingHolder(Settings(home=tmp_path))
    first = holder.get()
    assert holder.get() is first
    (tmp_path / "models").mkdir()  # a sign that another may be in use: it is not
    assert holder.get() is first
    (tmp_path / "models" / "other").mkdir()
    with holder._lock:  # somebody looks what is in use now
        assert holder.get() is first


def _condition(served: Served, prompt: str) -> Any:
    return served.ask("/v1/conditioning", {"prompt": prompt, "samples": 3, "seed": 1})


def _seconds(served: Served, path: str) -> float:
    """Median time of a few requests."""
    took = []
    for _ in range(5):
        begun = time.perf_counter()
        served.ask(path)
        took.append(time.perf_counter() - begun)
    return float(np.median(took))


@pytest.mark.slow
def test_short_questions_do_not_queue_behind_long_ones(served: Served) -> None:
    quiet = load(Aim(served.port), prompts(12), 1, 3.0)
    words = " ".join(many(13, 400))[:19_000]
    with ThreadPoolExecutor(4) as pool:
        long = [pool.submit(_condition, served, f"{n} {words}") for n in range(4)]
        beside = load(Aim(served.port), prompts(14), 1, 3.0)
        done = [one.done() for one in long]
        for one in long:
            one.result()
    assert not all(done), "the long ones took no time: they were not beside the short ones"
    assert beside.ms(50) < 5 * quiet.ms(50)
