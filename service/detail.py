"""Everything that the warehouse knows of one track, gathered for the command line and HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from warehouse import queries
from warehouse.lake import Lake


def track_detail(lake: Lake, track_id: str) -> dict[str, Any] | None:
    """A track as plain values; None when there is no such track.

    To the columns of `queries.track` come `features` (name → value, unit, source, and the reason
    where the value is null; only those that were looked for), `beats` (count, times_s and the
    positions of downbeats, or null where there is no pulse), `sections`, `terms` and `rights`.
    """
    found = queries.track(lake, track_id)
    if found is None:
        return None
    return found | {
        "features": _features(lake, track_id),
        "beats": _beats(queries.track_beats(lake, track_id).to_pylist()),
        "sections": queries.track_sections(lake, track_id).to_pylist(),
        "terms": queries.track_terms(lake, track_id).to_pylist(),
        "rights": queries.track_rights(lake, track_id).to_pylist(),
    }


def _features(lake: Lake, track_id: str) -> dict[str, dict[str, Any]]:
    values = queries.track_values(lake, track_id) or {}
    nulls = queries.track_nulls(lake, track_id)
    return {
        spec.name: {
            "value": values.get(spec.name),
            "unit": spec.unit,
            "source": values.get(f"{spec.name}_source"),
            "null_reason": nulls.get(spec.name) if values.get(spec.name) is None else None,
        }
        for spec in lake.features
        if values.get(spec.name) is not None or spec.name in nulls
    }


def _beats(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    if not rows:
        return None
    return {
        "count": len(rows),
        "times_s": [row["time_s"] for row in rows],
        "downbeats": [row["index"] for row in rows if row["downbeat"]],
    }
