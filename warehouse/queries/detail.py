"""Everything known of one track."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pyarrow as pa

from schemas.features import groups
from warehouse.lake import Lake
from warehouse.queries.reading import Row, first, table
from warehouse.sqltext import filled


def track(lake: Lake, track_id: str) -> Row | None:
    """A track and where it is, or None: the columns of `music` and of `tracks`."""
    return first(lake, "track", {"track_id": track_id})


def track_numbers(lake: Lake, track_id: str) -> pa.Table:
    """Every number known of a track: metric, value, unit, source."""
    return table(lake, "track_numbers", {"track_id": track_id})


def track_values(lake: Lake, track_id: str) -> Row | None:
    """The valid value of each feature of a track, NAME_source, and key_name; or None."""
    return first(lake, "track_values", {"track_id": track_id})


def values_of(lake: Lake, track_ids: Sequence[str]) -> dict[str, Row]:
    """Track id → what `track_values` gives, with its `duration_s`; of those that exist."""
    found = table(lake, "values_of", {"track_ids": list(track_ids)}).to_pylist()
    return {row["track_id"]: row for row in found}


def track_nulls(lake: Lake, track_id: str) -> dict[str, str]:
    """Feature → why it is null on a track that was measured."""
    part = "SELECT null_reasons FROM features_{} WHERE track_id = $track_id"
    union = "\nUNION ALL ".join(part.format(group) for group in groups(lake.features))
    sql = filled("queries", "track_nulls", {"groups": union})
    found = lake.query(sql, {"track_id": track_id}).column(0).to_pylist()
    return {name: why for row in found for name, why in json.loads(row).items()}


def track_terms(lake: Lake, track_id: str) -> pa.Table:
    """What words say of a track: term, kind, source, weight, raw."""
    return table(lake, "track_terms", {"track_id": track_id})


def track_rights(lake: Lake, track_id: str) -> pa.Table:
    """Licence statements about a track: layer, source, spdx, raw, holder, evidence."""
    return table(lake, "track_rights", {"track_id": track_id})


def track_sections(lake: Lake, track_id: str) -> pa.Table:
    """Structure of a track, in order."""
    return table(lake, "track_sections", {"track_id": track_id})


def track_beats(lake: Lake, track_id: str) -> pa.Table:
    """Beats of a track, in order: index, time_s, downbeat, bar, beat; none without a pulse."""
    return table(lake, "track_beats", {"track_id": track_id})
