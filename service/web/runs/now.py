"""Runs under way, as the page shows them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from datetime import UTC, datetime

from pipelines.printable import printable
from pipelines.running import Running, running
from schemas.settings import Settings

_SOON_S = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """`elapsed` and `left` as m:ss; `left` and `rate` are empty where they cannot be told."""

    state: Running
    elapsed: str
    rate: str
    left: str
    command: str
    about: str


def under_way(settings: Settings) -> list[Shown]:
    """Each run under way, and each that was killed since the last began."""
    return [_shown(state) for state in running(settings)]


def key(shown: list[Shown]) -> str:
    """What changes when a run begins, ends or is killed: tells the page to read itself again."""
    return " ".join(f"{one.state.started_at}/{one.state.pid}/{one.state.alive}" for one in shown)


def _shown(state: Running) -> Shown:
    from service.report.analysis import clock

    until = datetime.now(UTC) if state.alive else datetime.fromisoformat(state.updated_at)
    passed = (until - datetime.fromisoformat(state.started_at)).total_seconds()
    return Shown(
        state=state,
        elapsed=clock(max(0.0, passed)),
        rate=_rate(state),
        left=_left(state),
        command=" ".join(["wordtone", state.flow, *map(shlex.quote, _sources(state))]),
        about=", ".join(printable(source, 200) for source in state.sources),
    )


def _left(state: Running) -> str:
    from service.report.analysis import clock

    seconds = state.left_s
    if seconds is None or not state.alive:
        return ""
    return "a moment" if seconds < _SOON_S else clock(seconds)


def _sources(state: Running) -> list[str]:
    return [printable(source) for source in state.sources] if state.flow == "ingest" else []


def _rate(state: Running) -> str:
    if state.rate is None:
        return ""
    digits = 0 if state.rate >= 100 else 1 if state.rate >= 1 else 2
    return f"{state.rate:,.{digits}f} {state.unit}/s"
