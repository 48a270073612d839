"""Versions of the mapping, as the page lists them and draws their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipelines.printable import printable
from schemas.operations import PromotionAction
from service.report.page.curves import Point, course
from service.report.page.html import Html

if TYPE_CHECKING:
    from pipelines.registry.ledger import Entry, Ledger

_STATES: Mapping[str, str] = {
    "current": "in use",
    "before": "was in use",
    "refused": "refused by the gate",
    "waiting": "waiting",
    "gone": "its files are gone",
}
_AIM = 0.9


@dataclass(frozen=True, slots=True)
class Version:
    """One trained mapping. `passed` is the gate's word on it: None where it was never asked, or had
    nothing to compare with; `events` say what became of it, oldest first."""

    model_id: str
    state: str
    told: str
    trained_at: datetime | None
    snapshot: int | None
    tracks: int | None
    encoder: str
    code: str
    policy: str
    r2: float | None
    skill: float | None
    coverage: float | None
    passed: bool | None
    events: tuple[tuple[datetime, str], ...]

    @property
    def short(self) -> str:
        """The end of the id, as much as a person tells versions apart by."""
        return self.model_id.rpartition("-")[2][:8] or self.model_id


@dataclass(frozen=True, slots=True)
class Versions:
    """All of them, newest first; `current` is none before one has been trained, `before` the one
    that a rollback would put in use."""

    listed: tuple[Version, ...]
    current: Version | None
    before: Version | None

    def named(self, model_id: str) -> Version | None:
        """The one of that id."""
        return next((one for one in self.listed if one.model_id == model_id), None)


NONE = Versions((), None, None)


def versions(ledger: Ledger) -> Versions:
    """The registry for a template."""
    listed = tuple(_version(entry) for entry in ledger.entries)
    by_id = {one.model_id: one for one in listed}
    stack = ledger.stack
    return Versions(
        listed,
        by_id.get(stack[-1]) if stack else None,
        by_id.get(stack[-2]) if len(stack) > 1 else None,
    )


def _version(entry: Entry) -> Version:
    from service.report.models import described, event_text

    found = described(entry)
    events = [
        (event["decided_at"], printable(event_text(event, entry.model_id), 600))
        for event in found["events"]
    ]
    return Version(
        model_id=entry.model_id,
        state=entry.state,
        told=_STATES[entry.state],
        trained_at=found["trained_at"],
        snapshot=found["snapshot"],
        tracks=found["tracks"],
        encoder=printable(str(found["encoder"]), 160),
        code=printable(str(found["code"] or "–"), 60),
        policy=printable(str(found["policy"] or "–"), 60),
        r2=found["mean_r2"],
        skill=found["crps_skill"],
        coverage=found["coverage90"],
        passed=_passed(entry.model_id, found["events"]),
        events=tuple(events),
    )


def _passed(model_id: str, events: Sequence[Mapping[str, Any]]) -> bool | None:
    """The gate's last word on a model: a gate that had figures to go by, or that refused."""
    for event in reversed(events):
        gate = event["gate"] or {}
        if event["model_id"] != model_id or event["action"] == PromotionAction.ROLLED_BACK:
            continue
        if gate.get("refused"):
            return False
        if gate.get("figures"):
            return True
    return None


def figures(found: Versions) -> Sequence[tuple[str, str, Html]]:
    """What three figures did from version to version, oldest first: name, meaning, picture."""
    oldest = [one for one in reversed(found.listed) if one.r2 is not None]
    if len(oldest) < 2:
        return ()
    kinds = (
        ("mean R²", "the higher, the more of the variation the words explain", "r2", None),
        ("CRPS skill", "0: no better than knowing the catalogue; 1: perfect", "skill", None),
        ("in 90 % intervals", "belongs on the dashed line, at 0.9", "coverage", _AIM),
    )
    return [
        (name, meaning, course(name, _points(oldest, field), aim))
        for name, meaning, field, aim in kinds
    ]


def _points(listed: Sequence[Version], field: str) -> list[Point]:
    return [
        Point(one.short, float(value), current=one.state == "current")
        for one in listed
        if (value := getattr(one, field)) is not None
    ]
