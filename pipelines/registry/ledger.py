"""What the warehouse knows of models: their rows, and the events that put them in and out of use.

Which model is in use follows from the events in order of time: one that is promoted, forced or
adopted comes on top of the one before; a rollback takes the top one off. A refusal changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from pipelines.current_model import record_current, recorded, trained_models
from schemas.errors import InputError, MappingError
from schemas.operations import PromotionAction, PromotionRow
from schemas.settings import Settings
from warehouse import queries
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store

KIND = "mapping"
_ON_TOP = (PromotionAction.PROMOTED, PromotionAction.FORCED, PromotionAction.ADOPTED)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the registry. `row` is its row of `models`; events are those about it."""

    model_id: str
    row: Row
    on_disk: bool
    current: bool
    events: tuple[Row, ...]

    @property
    def state(self) -> str:
        """current, before (was in use), refused, waiting (never judged) or gone (no files)."""
        if not self.on_disk:
            return "gone"
        if self.current:
            return "current"
        actions = {event["action"] for event in self.events}
        if actions & set(_ON_TOP) | actions & {PromotionAction.ROLLED_BACK}:
            return "before"
        return "refused" if PromotionAction.REFUSED in actions else "waiting"


@dataclass(frozen=True, slots=True)
class Ledger:
    """The registry at one moment; `entries` newest first, `stack` the ids in use, current last."""

    entries: tuple[Entry, ...]
    stack: tuple[str, ...]

    @property
    def current(self) -> str | None:
        return self.stack[-1] if self.stack else None

    def entry(self, model_id: str) -> Entry:
        """The model of that id, or the only one whose id ends in or contains it.

        Raises
        ------
        InputError
            When there is none, or more than one.
        """
        exact = [e for e in self.entries if e.model_id == model_id]
        found = exact or [e for e in self.entries if model_id and model_id in e.model_id]
        if len(found) == 1:
            return found[0]
        names = ", ".join(e.model_id for e in (found or self.entries)) or "none yet"
        what = "names more than one model" if found else "no such model"
        raise InputError(f"{model_id!r}: {what}; there are: {names}")


def read_ledger(settings: Settings) -> Ledger:
    """The registry as the warehouse and the folder of models have it.

    A mapping in the folder that the warehouse does not know, as one copied there, is listed with
    what its manifest says. Raises WarehouseError when there is no warehouse.
    """
    with Lake.open(Location.from_settings(settings), read_only=True) as lake:
        return ledger_in(settings, lake)


def ledger_in(settings: Settings, lake: Lake) -> Ledger:
    """As `read_ledger`, from a warehouse that is open."""
    rows = {row["model_id"]: row for row in queries.models(lake, KIND)}
    return _ledger(settings, rows, queries.promotions(lake, KIND))


def _ledger(settings: Settings, rows: Mapping[str, Row], events: list[dict[str, Any]]) -> Ledger:
    trained = trained_models(settings)
    stack = in_use(events)
    if not events and trained and not recorded(settings):
        stack = (trained[-1],)
    known = dict(rows) | {
        name: _from_manifest(settings, name) for name in trained if name not in rows
    }
    entries = (
        Entry(
            name,
            row,
            name in trained,
            bool(stack) and name == stack[-1],
            tuple(event for event in events if _about(event, name)),
        )
        for name, row in sorted(known.items(), reverse=True)
    )
    return Ledger(tuple(entries), stack)


def _about(event: Row, name: str) -> bool:
    left = event["action"] == PromotionAction.ROLLED_BACK and event["previous"] == name
    return bool(event["model_id"] == name or left)


def in_use(events: Iterable[Row]) -> tuple[str, ...]:
    """Ids in use after `events`, in order of time, current last."""
    stack: list[str] = []
    for event in events:
        if event["action"] in _ON_TOP:
            stack.append(event["model_id"])
        elif event["action"] == PromotionAction.ROLLED_BACK and len(stack) > 1:
            stack.pop()
    return tuple(stack)


def _from_manifest(settings: Settings, name: str) -> Row:
    from mapping.artifact import read_manifest

    try:
        manifest = read_manifest(settings.models_path / name)
    except MappingError as error:  # one damaged folder must not hide the others
        manifest = {
            "metrics": None, "features": [], "config": {}, "data": None, "snapshot": None,
            "encoder": f"unreadable: {error}", "trained_tracks": None, "code": None,
        }  # fmt: skip
    return {
        "model_id": name,
        "path": str(settings.models_path / name),
        "metrics": json.dumps(manifest["metrics"]),
        "features": [feature["name"] for feature in manifest["features"]],
        "config": json.dumps(manifest["config"]),
        "data": json.dumps(manifest["data"]),
        "parent": None,
        "recorded_at": None,
        **{key: manifest[key] for key in ("snapshot", "encoder", "trained_tracks", "code")},
    }


def event(
    action: PromotionAction,
    model_id: str,
    previous: str | None,
    gate: Mapping[str, object],
    note: str | None = None,
) -> PromotionRow:
    """An event of now."""
    now = datetime.now(UTC)
    return PromotionRow(
        promotion_id=f"{now:%Y%m%dT%H%M%S%f}-{uuid4().hex[:8]}",
        kind=KIND,
        model_id=model_id,
        previous=previous,
        action=action,
        gate=json.dumps(gate),
        note=note,
        decided_at=now,
    )


def write_events(
    settings: Settings, rows: list[PromotionRow], run: str, now_in_use: str | None
) -> None:
    """Commit events, then let the file that services read say the same."""
    with Store(Location.from_settings(settings)) as store:
        store.write({"promotions": rows}, RunStamp(run, "models", _said(rows)))
    record_current(settings, now_in_use)


def _said(rows: list[PromotionRow]) -> str:
    return "; ".join(f"{row.action.value} {row.model_id}" for row in rows)
