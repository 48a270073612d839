"""What ingestion asks: what is known, what is pending, what was rejected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import pyarrow as pa

from schemas.catalogue import RejectRow
from schemas.errors import ContractError
from schemas.features import groups
from schemas.outcomes import RejectReason, Stage
from warehouse.lake import Lake
from warehouse.queries.reading import table
from warehouse.sqltext import filled


def known_files(lake: Lake, source: str) -> pa.Table:
    """Files in the folder `source` and below: the columns of `files`, and audio_hash; by uri."""
    return table(lake, "known_files", {"source": source})


def known_uris(lake: Lake, source: str, uris: Sequence[str]) -> pa.Table:
    """Files among `uris`, and those that the listing `source` brought; columns as `known_files`."""
    return table(lake, "known_uris", {"source": source, "uris": list(uris)})


def known_hashes(lake: Lake) -> pa.Table:
    """Every file that holds a track: uri, file_hash, track_id, audio_hash and the audio's facts."""
    return table(lake, "known_hashes")


def tracks_by_audio_hash(lake: Lake, hashes: Sequence[str]) -> dict[str, str]:
    """audio_hash → track_id of the track that has it, for those of `hashes` that are known."""
    found = table(lake, "tracks_by_audio_hash", {"hashes": list(hashes)})
    return dict(zip(found["audio_hash"].to_pylist(), found["track_id"].to_pylist(), strict=True))


def pending(
    lake: Lake, group_versions: Mapping[str, str], extractors: Mapping[str, str | None]
) -> pa.Table:
    """What remains to be measured: rows (track_id, uri, group, feature_versions), by uri.

    A track is pending in a group when a file of it is present and it has no row at the version
    that `group_versions` names, measured by the extractor that `extractors` names for the group;
    None there takes any. `feature_versions` says what an older row by that extractor holds; it is
    null where there is none, or where it was written before features had versions of their own.

    Raises
    ------
    ContractError
        For a group that does not exist, or no group.
    """
    sql = pending_sql(lake, group_versions)
    versions = {f"version_{group}": version for group, version in group_versions.items()}
    measured_by = {f"extractor_{group}": extractors[group] for group in group_versions}
    return lake.query(sql, {**versions, **measured_by})


def pending_sql(lake: Lake, group_names: Iterable[str]) -> str:
    """The statement behind `pending`; parameters version_GROUP and extractor_GROUP.

    Raises ContractError for a group that does not exist, or no group.
    """
    names, known = list(group_names), groups(lake.features)
    unknown = sorted(set(names) - set(known))
    if unknown or not names:
        raise ContractError(
            f"feature group {', '.join(unknown) or '(none)'}: valid are {', '.join(known)}"
        )
    parts = [filled("queries", "pending_group", {"group": group}) for group in names]
    return filled("queries", "pending", {"groups": "UNION ALL\n".join(parts)})


def rejects(lake: Lake, *, include_resolved: bool = False) -> pa.Table:
    """Inputs that were not accepted, with stage, reason and detail."""
    return table(lake, "rejects", {"include_resolved": include_resolved})


def unresolved_rejects(lake: Lake) -> list[RejectRow]:
    """Rejects of earlier runs that no later run has resolved, as rows of the table."""
    return [
        RejectRow(**{**row, "stage": Stage(row["stage"]), "reason": RejectReason(row["reason"])})
        for row in rejects(lake).to_pylist()
    ]
