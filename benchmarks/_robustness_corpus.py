"""The corpus: every case of every kind, in one order, from one seed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from benchmarks._robustness_attacks import SECRET, attacks, odd_paths
from benchmarks._robustness_bases import bases, by_libsndfile, sound
from benchmarks._robustness_lies import lies
from benchmarks._robustness_mutations import Case, mutations
from benchmarks._robustness_odd import bombs, not_sound, odd_sound, restless

SEED = 20_261_122


@dataclass(frozen=True, slots=True)
class Size:
    """How much of each: mutations of a kind for each format, hours of the longest silence."""

    each: int = 20
    hours: float = 3.0


FULL = Size()
QUICK = Size(each=4, hours=0.05)


def corpus(folder: Path, port: int, size: Size = FULL) -> Iterator[Case]:
    """All cases, those that take longest first; they are written to `folder` when they are run."""
    whole = bases(SEED)
    (folder / SECRET).write_bytes(by_libsndfile(sound(seed=SEED + 1), "WAV", "PCM_16"))
    yield from bombs(whole, size.hours)
    yield from restless(whole["WAV"])
    yield from attacks(whole, folder, port)
    yield from odd_paths(folder, whole["FLAC"])
    yield from odd_sound()
    yield from not_sound(whole)
    yield from lies(whole)
    for base in whole.values():
        yield from mutations(base, size.each, SEED)


def sample(cases: list[Case], count: int, seed: int = SEED) -> list[Case]:
    """`count` of the cases, drawn from each kind in its turn, so that none is left out."""
    random = Random(seed)
    groups: dict[str, list[Case]] = {}
    for case in cases:
        groups.setdefault(case.kind, []).append(case)
    order = [groups[key] for key in sorted(groups)]
    random.shuffle(order)
    for group in order:
        random.shuffle(group)
    chosen: list[Case] = []
    while len(chosen) < count and any(order):
        chosen += [group.pop() for group in order if group][: count - len(chosen)]
    return chosen


@dataclass
class Listener:
    """A port on loopback that counts who connects; nothing ever should."""

    calls: int = 0
    _server: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    def __enter__(self) -> Listener:
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._server.close()

    @property
    def port(self) -> int:
        port: int = self._server.getsockname()[1]
        return port

    def _listen(self) -> None:
        while True:
            try:
                caller, _ = self._server.accept()
            except OSError:
                return
            self.calls += 1
            caller.close()
