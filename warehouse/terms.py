"""What the catalogue's words are to the vocabulary: SQL of `sql/vocabulary`."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from warehouse.lake import Lake
from warehouse.sqltext import sql_text

_FOLDER = "vocabulary"


def unknown_terms(lake: Lake, kinds: Sequence[str], limit: int = 50) -> pa.Table:
    """Terms that the vocabulary lacks: term, kind, tracks, sources, example; commonest first."""
    parameters = {"kinds": list(kinds), "limit": limit}
    return lake.query(sql_text(_FOLDER, "unknown_terms"), parameters)


def known_shares(lake: Lake, kinds: Sequence[str]) -> pa.Table:
    """By kind: tags, known_tags, terms, known_terms."""
    return lake.query(sql_text(_FOLDER, "known_shares"), {"kinds": list(kinds)})


def vocabulary_versions(lake: Lake) -> dict[str, int]:
    """Version of the table `vocabulary` → terms."""
    found = lake.query(sql_text(_FOLDER, "vocabulary_versions"))
    return dict(zip(found["version"].to_pylist(), found["terms"].to_pylist(), strict=True))


def readings(lake: Lake, kinds: Sequence[str]) -> pa.Table:
    """Distinct raw texts with their hint, source, and `stored`: the terms made of them."""
    return lake.query(sql_text(_FOLDER, "readings"), {"kinds": list(kinds)})


def affected_tracks(lake: Lake, changed: pa.Table) -> list[str]:
    """Tracks that have a tag of a reading in `changed` (raw, hint, source)."""
    with lake.registered(changed=changed):
        found = lake.query(sql_text(_FOLDER, "affected_tracks"))
    ids: list[str] = found["track_id"].to_pylist()
    return ids


def tags_of(lake: Lake, track_ids: Sequence[str]) -> pa.Table:
    """All tags of some tracks, by track."""
    chosen = pa.table({"track_id": pa.array(track_ids, pa.string())})
    with lake.registered(chosen=chosen):
        return lake.query(sql_text(_FOLDER, "tags_of"))
