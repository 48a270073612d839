"""How a long run tells whoever watches what it is doing."""

from __future__ import annotations

import threading
from collections import Counter, deque
from dataclasses import dataclass
from typing import Protocol

from schemas.outcomes import Outcome

NOT_WHOLE = (Outcome.REJECTED, Outcome.QUARANTINED, Outcome.PARTIAL)
"""Outcomes that a person should look at."""

_KEPT_PROBLEMS = 100


@dataclass(frozen=True, slots=True)
class Problem:
    """An input that was not accepted whole: which, what became of it, why (a RejectReason)."""

    uri: str
    outcome: Outcome
    reason: str
    detail: str


class Observer(Protocol):
    """Told of everything worth showing. Called from several threads; must return at once."""

    def note(self, text: str) -> None:
        """Something happened, in one sentence."""

    def stage(self, name: str) -> None:
        """What is being done from now on, as "listing files"."""

    def start(self, total: int) -> None:
        """`total` files are about to be analysed."""

    def looking(self, uri: str) -> None:
        """An input is being looked at from now on; several are at once, one a worker."""

    def file(self, outcome: Outcome, problem: Problem | None = None) -> None:
        """One file has been analysed; `problem` says what was wrong with it, if anything."""


class Silent:
    """An observer that shows nothing."""

    def note(self, text: str) -> None: ...

    def stage(self, name: str) -> None: ...

    def start(self, total: int) -> None: ...

    def looking(self, uri: str) -> None: ...

    def file(self, outcome: Outcome, problem: Problem | None = None) -> None: ...


class Tally:
    """Counts what it is told of, keeps the last problems, and passes everything on."""

    def __init__(self, inner: Observer | None = None) -> None:
        self._inner = inner or Silent()
        self._lock = threading.Lock()
        self._counts: Counter[Outcome] = Counter()
        self._problems: deque[Problem] = deque(maxlen=_KEPT_PROBLEMS)
        self._reasons: Counter[str] = Counter()

    def note(self, text: str) -> None:
        self._inner.note(text)

    def stage(self, name: str) -> None:
        self._inner.stage(name)

    def start(self, total: int) -> None:
        self._inner.start(total)

    def looking(self, uri: str) -> None:
        self._inner.looking(uri)

    def file(self, outcome: Outcome, problem: Problem | None = None) -> None:
        with self._lock:
            self._counts[outcome] += 1
            if problem is not None:
                self._problems.append(problem)
                self._reasons[problem.reason] += 1
        self._inner.file(outcome, problem)

    @property
    def counts(self) -> Counter[Outcome]:
        """How many files have ended as what so far."""
        with self._lock:
            return Counter(self._counts)

    @property
    def problems(self) -> list[Problem]:
        """The last problems, at most 100, oldest first."""
        with self._lock:
            return list(self._problems)

    @property
    def reasons(self) -> Counter[str]:
        """How many problems had which reason."""
        with self._lock:
            return Counter(self._reasons)
