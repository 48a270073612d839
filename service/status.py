"""What `wordtone status` says, as one document: counts, coverage, size, and what to attend to."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pipelines.current_model import named_current
from schemas.errors import ArtifactError
from schemas.features import group_version, groups
from schemas.settings import Settings
from service.attention import attention

if TYPE_CHECKING:
    from warehouse.lake import Lake

MEASURED, IMPORTED, OVERRIDE = "measured", "imported", "override"
"""The three kinds of source that a value of `track_features` can have."""


def gather(settings: Settings, lake: Lake) -> dict[str, Any]:
    """Everything that the dashboard shows, ready for JSON but for moments, which are datetimes.

    `feature_coverage` maps feature → source → tracks; `coverage_by_kind` has the same with the
    sources summed up as measured, imported and override.
    """
    from warehouse import queries
    from warehouse.maintenance import space

    snapshots = lake.snapshots()
    numbers = _remembered(settings, lake, str(snapshots[-1].at) if snapshots else "")
    found: dict[str, Any] = {
        "snapshot": lake.current_snapshot(),
        **numbers,
        **queries.status_lists(lake),
    }
    coverage, extractors = found["feature_coverage"], found["extractors"]
    found |= {
        "home": str(settings.home_path),
        "coverage_by_kind": {
            name: by_kind(sources, extractors) for name, sources in coverage.items()
        },
        "snapshots": {
            "count": len(snapshots),
            "oldest": snapshots[0].at if snapshots else None,
            "newest": snapshots[-1].at if snapshots else None,
        },
        "space": asdict(space(lake)),
        "model_in_use": _model_in_use(settings),
        "at": datetime.now(UTC),
    }
    return {**found, "attention": [asdict(line) for line in attention(found)]}


def _model_in_use(settings: Settings) -> str | None:
    """Its id; None where there is none, or what names it is damaged (`wordtone models` says so)."""
    with suppress(ArtifactError):
        return named_current(settings)
    return None


def _remembered(settings: Settings, lake: Lake, moment: str) -> dict[str, Any]:
    """The slow counts, from the last time when that was at this snapshot of this warehouse.

    A snapshot never changes, so what was counted at it holds. The moment of its commit is part of
    what it is known by: a warehouse that was made anew counts its snapshots from the start.
    """
    from warehouse import queries

    versions = _wanted_versions(settings, lake)
    snapshot = lake.current_snapshot()
    about = [str(lake.location), snapshot, moment, version("wordtone"), versions]
    key = hashlib.blake2b(json.dumps(about).encode(), digest_size=16).hexdigest()
    path = settings.home_path / "cache" / "status.json"
    with suppress(OSError, ValueError, KeyError, TypeError):
        stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["key"] == key:
            return dict(stored["numbers"])
    numbers = queries.status_numbers(lake) | {"pending": queries.status_pending(lake, versions)}
    if lake.current_snapshot() == snapshot:
        with suppress(OSError):  # a read-only home costs time, nothing else
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}.part")
            part.write_text(json.dumps({"key": key, "numbers": numbers}), encoding="utf-8")
            part.replace(path)
    return numbers


def by_kind(sources: Mapping[str, int], extractors: list[str]) -> dict[str, int]:
    """Tracks by kind of source: measured, imported, override; the three are always there."""
    kinds = {MEASURED: 0, IMPORTED: 0, OVERRIDE: 0}
    for source, count in sources.items():
        kind = OVERRIDE if source == OVERRIDE else MEASURED if source in extractors else IMPORTED
        kinds[kind] += count
    return kinds


def _wanted_versions(settings: Settings, lake: Lake) -> dict[str, str]:
    """What the next ingest would measure: without a tagger nobody waits for what taggers hear."""
    names = (g for g in groups(lake.features) if g != "perceptual" or settings.tagger)
    return {name: group_version(name, lake.features) for name in names}
