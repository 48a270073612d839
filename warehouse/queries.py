"""One typed function per file of `sql/queries`. Tables come back as Arrow, single rows as dicts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from schemas.catalogue import RejectRow
from schemas.errors import ContractError
from schemas.features import groups
from schemas.outcomes import RejectReason, Stage
from warehouse.lake import Lake
from warehouse.sqltext import filled, identifier, sql_text

Row = dict[str, Any]

ORDERS: dict[str, str] = {
    "title": "lower(title) NULLS LAST, track_id",
    "artist": "lower(artist) NULLS LAST, lower(album) NULLS LAST, lower(title), track_id",
    "duration": "duration_s DESC NULLS LAST, track_id",
    "uri": "uri NULLS LAST, track_id",
    "id": "track_id",
}
"""Ways to order `tracks`: name → ORDER BY."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackFilter:
    """Which tracks to list; None lets everything pass.

    `text` is looked for in title, artist and album; `artist` must match whole, in any case;
    `term` is a normalised term, `kind` its TagKind.
    """

    text: str | None = None
    artist: str | None = None
    term: str | None = None
    kind: str | None = None
    state: str | None = None
    origin: str | None = None


EVERYTHING = TrackFilter()


def known_files(lake: Lake, source: str) -> pa.Table:
    """Files in the folder `source` and below: the columns of `files`, and audio_hash; by uri."""
    return _table(lake, "known_files", {"source": source})


def known_hashes(lake: Lake) -> pa.Table:
    """Every file that holds a track: uri, file_hash, track_id, audio_hash and the audio's facts."""
    return _table(lake, "known_hashes")


def tracks_by_audio_hash(lake: Lake, hashes: Sequence[str]) -> dict[str, str]:
    """audio_hash → track_id of the track that has it, for those of `hashes` that are known."""
    found = _table(lake, "tracks_by_audio_hash", {"hashes": list(hashes)})
    return dict(zip(found["audio_hash"].to_pylist(), found["track_id"].to_pylist(), strict=True))


def pending(
    lake: Lake, group_versions: Mapping[str, str], extractors: Mapping[str, str | None]
) -> pa.Table:
    """What remains to be measured: rows (track_id, uri, group), by uri.

    A track is pending in a group when a file of it is present and it has no row at the version
    that `group_versions` names, measured by the extractor that `extractors` names for the group;
    None there takes any.

    Raises
    ------
    ContractError
        For a group that does not exist, or no group.
    """
    known = groups(lake.features)
    unknown = sorted(set(group_versions) - set(known))
    if unknown or not group_versions:
        raise ContractError(
            f"feature group {', '.join(unknown) or '(none)'}: valid are {', '.join(known)}"
        )
    parts = [filled("queries", "pending_group", {"group": group}) for group in group_versions]
    sql = filled("queries", "pending", {"groups": "UNION ALL\n".join(parts)})
    versions = {f"version_{group}": version for group, version in group_versions.items()}
    measured_by = {f"extractor_{group}": extractors[group] for group in group_versions}
    return lake.query(sql, {**versions, **measured_by})


def track(lake: Lake, track_id: str) -> Row | None:
    """A track and where it is, or None: the columns of `music` and of `tracks`."""
    return _row(lake, "track", {"track_id": track_id})


def track_numbers(lake: Lake, track_id: str) -> pa.Table:
    """Every number known of a track: metric, value, unit, source."""
    return _table(lake, "track_numbers", {"track_id": track_id})


def track_values(lake: Lake, track_id: str) -> Row | None:
    """The valid value of each feature of a track, NAME_source, and key_name; or None."""
    return _row(lake, "track_values", {"track_id": track_id})


def track_nulls(lake: Lake, track_id: str) -> dict[str, str]:
    """Feature → why it is null on a track that was measured."""
    part = "SELECT null_reasons FROM features_{} WHERE track_id = $track_id"
    union = "\nUNION ALL ".join(part.format(group) for group in groups(lake.features))
    sql = filled("queries", "track_nulls", {"groups": union})
    found = lake.query(sql, {"track_id": track_id}).column(0).to_pylist()
    return {name: why for row in found for name, why in json.loads(row).items()}


def track_terms(lake: Lake, track_id: str) -> pa.Table:
    """What words say of a track: term, kind, source, weight, raw."""
    return _table(lake, "track_terms", {"track_id": track_id})


def track_rights(lake: Lake, track_id: str) -> pa.Table:
    """Licence statements about a track: layer, source, spdx, raw, holder, evidence."""
    return _table(lake, "track_rights", {"track_id": track_id})


def track_sections(lake: Lake, track_id: str) -> pa.Table:
    """Structure of a track, in order."""
    return _table(lake, "track_sections", {"track_id": track_id})


def track_beats(lake: Lake, track_id: str) -> pa.Table:
    """Beats of a track, in order: index, time_s, downbeat, bar, beat; none without a pulse."""
    return _table(lake, "track_beats", {"track_id": track_id})


def tracks(
    lake: Lake,
    limit: int = 50,
    order: str = "artist",
    where: TrackFilter = EVERYTHING,
    offset: int = 0,
) -> pa.Table:
    """A page of the catalogue: the columns of `music`.

    Raises
    ------
    ContractError
        For an unknown order, or a negative limit or offset.
    """
    if order not in ORDERS:
        raise ContractError(f"order={order!r}: valid are {', '.join(ORDERS)}")
    if limit < 0 or offset < 0:
        raise ContractError(f"limit={limit}, offset={offset}: valid is 0 or more")
    sql = filled("queries", "tracks", {"order": ORDERS[order]})
    return lake.query(sql, {**asdict(where), "limit": limit, "offset": offset})


def rejects(lake: Lake, *, include_resolved: bool = False) -> pa.Table:
    """Inputs that were not accepted, with stage, reason and detail."""
    return _table(lake, "rejects", {"include_resolved": include_resolved})


def runs(lake: Lake, limit: int = 20) -> pa.Table:
    """The last runs, newest first."""
    return _table(lake, "runs", {"limit": limit})


def unresolved_rejects(lake: Lake) -> list[RejectRow]:
    """Rejects of earlier runs that no later run has resolved, as rows of the table."""
    return [
        RejectRow(**{**row, "stage": Stage(row["stage"]), "reason": RejectReason(row["reason"])})
        for row in rejects(lake).to_pylist()
    ]


def training_examples(lake: Lake) -> pa.Table:
    """The view `training_examples`, by uri; what has none by track_id."""
    return _table(lake, "training_examples")


def latest_model(lake: Lake, kind: str) -> Row | None:
    """The model of `kind` that was recorded last, or None."""
    return _row(lake, "latest_model", {"kind": kind})


def licences(lake: Lake) -> pa.Table:
    """Every licence statement, with title and artist of its track."""
    return _table(lake, "licences")


def status_totals(lake: Lake) -> Row:
    """Number of files, tracks, hours, artists and tags."""
    return _one(lake, "status_totals")


def status_files(lake: Lake) -> dict[str, int]:
    """Files by state."""
    return _counts(lake, "status_files")


def status_tags(lake: Lake) -> dict[str, int]:
    """Tags by kind."""
    return _counts(lake, "status_tags")


def status_rejects(lake: Lake) -> dict[str, int]:
    """Unresolved rejects by reason."""
    return _counts(lake, "status_rejects")


def status_licences(lake: Lake) -> list[Row]:
    """Tracks by layer and licence."""
    return list(_table(lake, "status_licences").to_pylist())


def status_coverage(lake: Lake) -> dict[str, int]:
    """Feature → tracks that have a valid value of it."""
    names = [identifier(spec.name) for spec in lake.features]
    counts = ", ".join(f"count({name}) AS {name}" for name in names)
    sql = filled("queries", "status_coverage", {"counts": counts})
    return dict(lake.query(sql).to_pylist()[0])


def status_counts(lake: Lake, last_runs: int = 5) -> Row:
    """What `wordtone status` shows: totals, coverage, licences, rejects and the last runs."""
    return {
        "snapshot": lake.current_snapshot(),
        **status_totals(lake),
        "files_by_state": status_files(lake),
        "tags_by_kind": status_tags(lake),
        "feature_coverage": status_coverage(lake),
        "licences": status_licences(lake),
        "rejects_by_reason": status_rejects(lake),
        "last_runs": runs(lake, last_runs).to_pylist(),
    }


def _table(lake: Lake, name: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
    return lake.query(sql_text("queries", name), parameters)


def _row(lake: Lake, name: str, parameters: Mapping[str, object] | None = None) -> Row | None:
    rows = _table(lake, name, parameters).to_pylist()
    return dict(rows[0]) if rows else None


def _one(lake: Lake, name: str) -> Row:
    return dict(_table(lake, name).to_pylist()[0])


def _counts(lake: Lake, name: str) -> dict[str, int]:
    return {row["name"]: row["count"] for row in _table(lake, name).to_pylist()}
