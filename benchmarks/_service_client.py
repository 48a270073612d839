"""A cheap HTTP client: raw keep-alive connections on one event loop, as many as there are clients.

It shares the cores with the service that it measures, so its own CPU time is counted and told.
Every answer is read to its end; one in CHECKED is parsed, and must be about the prompt that was
sent. Everything else than a 200 with that prompt is an error, and so is a connection that ends.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

CHECKED = 20
TIMEOUT_S = 30.0
_KEPT_ERRORS = 5


@dataclass
class Load:
    """What clients saw: `latencies` in s, in the order of their ends; `errors` in words."""

    latencies: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    failed: int = 0
    asked: int = 0
    repeats: int = 0
    wall_s: float = 0.0
    client_cpu_s: float = 0.0

    def ms(self, percent: float) -> float:
        """A percentile of the latencies, ms."""
        return 1000 * float(np.percentile(self.latencies, percent))

    @property
    def a_second(self) -> float:
        return len(self.latencies) / self.wall_s

    def failure(self, words: str) -> None:
        self.failed += 1
        if len(self.errors) < _KEPT_ERRORS:
            self.errors.append(words)


@dataclass(frozen=True, slots=True)
class Aim:
    """Where requests go: a POST of {"prompt": …} to `path`."""

    port: int
    path: str = "/v1/conditioning"

    def request(self, prompt: str) -> bytes:
        body = json.dumps({"prompt": prompt}).encode()
        head = (
            f"POST {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def load(
    aim: Aim, asked: Iterator[str], clients: int, seconds: float, watch: Watch | None = None
) -> Load:
    """Each client asks again as soon as it is answered, for `seconds`."""
    return asyncio.run(_load(aim, asked, clients, seconds, watch))


Watch = Callable[[float, Load], None]
"""Called about once a second with the seconds that have passed and what there is so far."""


async def _load(
    aim: Aim, asked: Iterator[str], clients: int, seconds: float, watch: Watch | None
) -> Load:
    seen, known = Load(), set[int]()
    begun, cpu = time.perf_counter(), time.process_time()
    until = begun + seconds

    def drawn() -> str:
        prompt = next(asked)
        seen.asked += 1
        seen.repeats += hash(prompt) in known
        known.add(hash(prompt))
        return prompt

    async def watching() -> None:
        while True:
            await asyncio.sleep(1)
            if watch is not None:
                watch(time.perf_counter() - begun, seen)

    watcher = asyncio.create_task(watching())
    await asyncio.gather(*(_client(aim, drawn, until, seen) for _ in range(clients)))
    watcher.cancel()
    seen.wall_s = time.perf_counter() - begun
    seen.client_cpu_s = time.process_time() - cpu
    return seen


async def _client(aim: Aim, drawn: Callable[[], str], until: float, seen: Load) -> None:
    while time.perf_counter() < until:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", aim.port)
        except OSError as error:
            seen.failure(f"no connection: {error}")
            await asyncio.sleep(0.2)
            continue
        try:
            while time.perf_counter() < until:
                await asyncio.wait_for(_ask(aim, drawn(), reader, writer, seen), TIMEOUT_S)
        except (OSError, ValueError, EOFError, TimeoutError) as error:
            seen.failure(f"{type(error).__name__}: {error}")
        finally:
            writer.close()


async def _ask(
    aim: Aim, prompt: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: Load
) -> None:
    begun = time.perf_counter()
    writer.write(aim.request(prompt))
    status, body = await _answer(reader)
    seen.latencies.append(time.perf_counter() - begun)
    if status != 200:
        seen.failure(f"{status} for {prompt!r}: {body[:200]!r}")
    elif len(seen.latencies) % CHECKED == 0 and json.loads(body)["prompt"]["text"] != prompt:
        seen.failure(f"the answer to {prompt!r} is about another prompt")


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Status and body. Raises EOFError where the connection ends, ValueError for no HTTP."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    name = head.lower().index(b"content-length:") + 15
    length = int(head[name : head.index(b"\r", name)])
    return status, await reader.readexactly(length)


def together(loads: Sequence[Load]) -> Load:
    """Several loads as one."""
    whole = Load()
    for one in loads:
        whole.latencies += one.latencies
        whole.errors += one.errors
        whole.failed += one.failed
        whole.asked += one.asked
        whole.repeats += one.repeats
        whole.wall_s += one.wall_s
        whole.client_cpu_s += one.client_cpu_s
    return whole
