"""Runs that are under way, as small files that other processes read: HOME/running/*.json.

A run rewrites its file (whole, by rename) a few times a second while it goes on and removes it when
it ends. Beside the file lies a lock of the operating system, which goes with the process however
that ends: a file whose lock is free tells of a run that was killed. Whoever starts the next run
removes it.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from pipelines.printable import printable, tail
from pipelines.progress import Observer, Problem, Silent, Tally
from schemas.outcomes import Outcome
from schemas.settings import Settings

_FOLDER, _LOCK = "running", ".lock"
_EVERY_S = 0.5
_KEPT = 5
_SOURCE_CHARACTERS, _URI_CHARACTERS, _TEXT_CHARACTERS = 2_000, 200, 300
_LARGEST = 64 << 10


@dataclass(slots=True)
class Running:
    """How far a run is. `flow` as in the table `runs`; `run` is its id there, once it has one.

    `counts` maps Outcome to inputs looked at since `counting_at`, of `total`; `looking_at` is the
    input that was begun last; `problems` are the last few, each with uri, outcome, reason, detail.
    Moments are ISO 8601 in UTC. `alive` is false where its process is gone.
    """

    flow: str
    sources: list[str]
    unit: str
    started_at: str
    pid: int
    run: str = ""
    stage: str = ""
    total: int = 0
    counting_at: str = ""
    updated_at: str = ""
    looking_at: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    problems: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    alive: bool = True

    @property
    def done(self) -> int:
        return sum(self.counts.values())

    @property
    def rate(self) -> float | None:
        """Inputs a second since counting began; None before the first is done."""
        if not (self.done and self.counting_at and self.updated_at):
            return None
        passed = _moment(self.updated_at) - _moment(self.counting_at)
        return self.done / max(passed.total_seconds(), 1e-3)

    @property
    def left_s(self) -> float | None:
        """Seconds that the rest takes at this rate; None where that cannot be told."""
        return (self.total - self.done) / self.rate if self.rate and self.total else None


class Recorder:
    """An observer that keeps the file of its run current, and passes everything on.

    A file that cannot be written costs the picture, never the run.
    """

    def __init__(self, path: Path, state: Running, inner: Observer) -> None:
        self._path, self._state = path, state
        self._tally = Tally(inner)
        self._notes: deque[str] = deque(maxlen=_KEPT)
        self._lock = threading.Lock()
        self._written = 0.0
        self._begun = False
        self._write(now=True)

    def named(self, run: str) -> None:
        self._state.run = run
        self._write(now=True)

    def note(self, text: str) -> None:
        self._tally.note(text)
        self._notes.append(printable(text, _TEXT_CHARACTERS))
        self._write(now=True)

    def stage(self, name: str) -> None:
        self._tally.stage(name)
        self._state.stage = name
        self._write(now=True)

    def start(self, total: int) -> None:
        self._tally.start(total)
        self._state.total, self._begun = total, False
        self._write(now=True)

    def looking(self, uri: str) -> None:
        self._tally.looking(uri)
        self._state.looking_at = tail(uri, _URI_CHARACTERS)
        self._begin()
        self._write()

    def file(self, outcome: Outcome, problem: Problem | None = None) -> None:
        self._tally.file(outcome, problem)
        self._begin()
        self._write()

    def _begin(self) -> None:
        """Time counts from the first input: what comes before, as starting Prefect, is no work."""
        if not self._begun:
            self._begun, self._state.counting_at = True, _now()

    def _write(self, *, now: bool = False) -> None:
        with self._lock:
            if not now and time.monotonic() - self._written < _EVERY_S:
                return
            self._written = time.monotonic()
            state = self._state
            state.counts = {kind.value: count for kind, count in self._tally.counts.items()}
            state.problems = [_told(problem) for problem in self._tally.problems[-_KEPT:]]
            state.notes, state.updated_at = list(self._notes), _now()
            part = self._path.with_suffix(".part")
            with suppress(OSError):
                part.write_text(json.dumps(asdict(state)), encoding="utf-8")
                part.replace(self._path)


@contextmanager
def recorded(
    settings: Settings,
    flow: str,
    sources: Sequence[str],
    observer: Observer | None = None,
    unit: str = "files",
) -> Iterator[Recorder]:
    """Record a run for as long as the block lasts; what killed runs left behind is removed first.

    Parameters
    ----------
    flow : its name in the table `runs`
    sources : what it is about, as a person named it
    unit : what is counted, in the plural
    """
    folder = settings.home_path / _FOLDER
    started = _now()
    named = [tail(source, _SOURCE_CHARACTERS) for source in sources]
    state = Running(flow, named[:_KEPT], unit, started, os.getpid())
    path = folder / f"{started[:19].replace(':', '')}-{flow}-{uuid4().hex[:8]}.json"
    with ExitStack() as stack:
        with suppress(OSError):  # no home yet, or one that cannot be written: not ours to say
            folder.mkdir(exist_ok=True)
            _sweep(folder)
            lock = stack.enter_context(path.with_suffix(_LOCK).open("w"))
            fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            yield Recorder(path, state, observer or Silent())
        finally:
            _remove(path)


def running(settings: Settings) -> list[Running]:
    """Every run under way on this home, oldest first, and those killed since the last began.

    Files that say nothing that can be read are passed over: they are only a picture.
    """
    found = []
    for path in sorted((settings.home_path / _FOLDER).glob("*.json")):
        with suppress(OSError, ValueError, TypeError):
            with path.open("rb") as file:
                state = Running(**_checked(json.loads(file.read(_LARGEST))))
            state.alive = not _free(path.with_suffix(_LOCK))
            found.append(state)
    return found


def _checked(values: Any) -> Mapping[str, Any]:
    """The fields of a file, each of its type. Raises TypeError or ValueError for any other."""
    if not isinstance(values, dict):
        raise TypeError("not an object")
    kinds = {"str": str, "int": int, "bool": bool}
    for name, known in Running.__dataclass_fields__.items():
        value = values.get(name)
        kind = kinds.get(str(known.type), list if str(known.type).startswith("list") else dict)
        if not isinstance(value, kind):
            raise TypeError(f"{name}: {value!r}")
    for moment in ("started_at", "updated_at", "counting_at"):
        if values[moment]:
            _moment(values[moment])
    if not all(isinstance(count, int) for count in values["counts"].values()):
        raise TypeError("counts")
    return values


def _sweep(folder: Path) -> None:
    for path in folder.glob("*.json"):
        if _free(path.with_suffix(_LOCK)):
            _remove(path)


def _free(lock: Path) -> bool:
    """Whether nobody holds it: its process is gone."""
    try:
        with lock.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return True
    except BlockingIOError:
        return False
    return True


def _remove(path: Path) -> None:
    for suffix in (".json", ".part", _LOCK):
        with suppress(OSError):
            path.with_suffix(suffix).unlink(missing_ok=True)


def _told(problem: Problem) -> dict[str, str]:
    return {
        "uri": tail(problem.uri, _URI_CHARACTERS),
        "outcome": problem.outcome.value,
        "reason": str(problem.reason),
        "detail": printable(problem.detail, _TEXT_CHARACTERS),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
