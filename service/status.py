"""What `wordtone status` says, as one document: counts, coverage, size, and what to attend to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

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

    found: dict[str, Any] = queries.status_counts(lake)
    coverage, extractors = found["feature_coverage"], found["extractors"]
    snapshots = lake.snapshots()
    found |= {
        "home": str(settings.home_path),
        "coverage_by_kind": {
            name: by_kind(sources, extractors) for name, sources in coverage.items()
        },
        "pending": queries.status_pending(lake, _wanted_versions(settings, lake)),
        "snapshots": {
            "count": len(snapshots),
            "oldest": snapshots[0].at if snapshots else None,
            "newest": snapshots[-1].at if snapshots else None,
        },
        "space": asdict(space(lake)),
        "at": datetime.now(UTC),
    }
    return {**found, "attention": [asdict(line) for line in attention(found)]}


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
