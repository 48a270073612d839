"""What an import asks of the warehouse: rows known, tracks that identifiers mean, rejects."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import pyarrow as pa

from warehouse.lake import Lake
from warehouse.sqltext import sql_text


def ledger(lake: Lake, source: str) -> pa.Table:
    """Rows of one part of a set as last read: key, uri, digest, outcome, track_id."""
    return _ask(lake, "ledger", source=source)


def identified(lake: Lake, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """(scheme, value) → track_id, for those of `pairs` that are known."""
    if not pairs:
        return {}
    schemes, values = zip(*pairs, strict=True)
    asked = pa.table({"scheme": pa.array(schemes, pa.string()), "value": pa.array(values)})
    with lake.registered(asked=asked):
        found = _ask(lake, "identified")
    return {(row["scheme"], row["value"]): row["track_id"] for row in found.to_pylist()}


def tagged_identifiers(lake: Lake) -> list[dict[str, Any]]:
    """New identifiers in embedded tags: scheme, value, track_id, source, and how many tracks."""
    return list(_ask(lake, "tagged_identifiers").to_pylist())


def audio_tracks(lake: Lake) -> pa.Table:
    """Tracks that a file is present of: track_id, title, artist, duration_s, uri."""
    return _ask(lake, "audio_tracks")


def stored_tracks(lake: Lake, track_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """track_id → its row of `tracks`, and `has_file`."""
    asked = pa.table({"track_id": pa.array(list(track_ids), pa.string())})
    with lake.registered(asked=asked):
        found = _ask(lake, "stored_tracks").to_pylist()
    return {row["track_id"]: dict(row) for row in found}


def open_rejects(lake: Lake, file: str) -> dict[str, dict[str, Any]]:
    """uri → reason, detail and first_seen of the unresolved rejects of the rows of `file`."""
    return {row["uri"]: dict(row) for row in _ask(lake, "open_rejects", file=file).to_pylist()}


def _ask(lake: Lake, name: str, **parameters: object) -> pa.Table:
    return lake.query(sql_text("imports", name), parameters or None)
