"""What `wordtone status` and the report show, as counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from schemas.features import FeatureSpec, groups
from warehouse.lake import Lake
from warehouse.queries.history import runs
from warehouse.queries.inputs import pending_sql
from warehouse.queries.reading import Row, counts, listed, only
from warehouse.sqltext import filled, identifier
from warehouse.views import view_sql

OVERRIDE = "override"
"""Source of a value that a person has set."""


def status_totals(lake: Lake) -> Row:
    """Number of files, tracks, hours, artists, albums, tags and scores."""
    return only(lake, "status_totals")


def status_files(lake: Lake) -> dict[str, int]:
    """Files by state."""
    return counts(lake, "status_files")


def status_tags(lake: Lake) -> list[Row]:
    """Tags by kind, and how many tracks have one: kind, tags, tracks."""
    return listed(lake, "status_tags")


def status_words(lake: Lake) -> int:
    """Tracks that words describe, beyond their names and what a tagger heard."""
    return int(only(lake, "status_words")["described"])


def status_terms(lake: Lake, limit: int = 5) -> list[Row]:
    """The `limit` commonest terms of each kind: kind, term, tracks."""
    return listed(lake, "status_terms", {"limit": limit})


def status_rejects(lake: Lake) -> dict[str, int]:
    """Unresolved rejects by reason."""
    return counts(lake, "status_rejects")


def status_reject_examples(lake: Lake, limit: int = 1) -> list[Row]:
    """The last `limit` of each reason: reason, its count, stage, uri, detail, last_seen."""
    return listed(lake, "status_reject_examples", {"limit": limit})


def status_licences(lake: Lake) -> list[Row]:
    """Tracks by layer and licence."""
    return listed(lake, "status_licences")


def status_rights(lake: Lake) -> list[Row]:
    """By layer, tracks whose licence is known and tracks with any statement."""
    return listed(lake, "status_rights")


def status_duplicates(lake: Lake) -> list[Row]:
    """By method, links and undone links."""
    return listed(lake, "status_duplicates")


def status_overrides(lake: Lake) -> list[Row]:
    """By metric, corrections and withdrawn corrections."""
    return listed(lake, "status_overrides")


def status_calibrations(lake: Lake) -> list[Row]:
    """How imported values were brought to the measured scale, with the errors."""
    return listed(lake, "status_calibrations")


def status_models(lake: Lake, limit: int = 3) -> list[Row]:
    """The models recorded last, newest first."""
    return listed(lake, "status_models", {"limit": limit})


def status_extractors(lake: Lake) -> list[str]:
    """Who measured: names of extractors and taggers."""
    part = "SELECT extractor FROM features_{}"
    union = "\nUNION ALL ".join(part.format(group) for group in groups(lake.features))
    sql = filled("queries", "status_extractors", {"extractors": union})
    return [str(name) for name in lake.query(sql).column(0).to_pylist()]


def status_measured(lake: Lake) -> dict[str, dict[str, int]]:
    """Feature → extractor → tracks, of those that neither imports, corrections nor twins touch."""
    members = groups(lake.features)
    parts = [
        filled("queries", "status_measured_group", {"group": group, "counts": _counts(specs)})
        for group, specs in members.items()
    ]
    sql = filled("queries", "status_measured", {"groups": "UNION ALL\n".join(parts)})
    found: dict[str, dict[str, int]] = {spec.name: {} for spec in lake.features}
    for row in lake.query(sql).to_pylist():
        for spec, count in zip(members[row["group"]], row["counts"], strict=True):
            if count:
                found[spec.name][row["extractor"]] = count
    return found


def status_resolved(lake: Lake) -> dict[str, dict[str, int]]:
    """Feature → source → tracks, of those that `status_measured` leaves out."""
    part = "features_{0} AS (SELECT * FROM main.features_{0} SEMI JOIN twins USING (track_id))"
    sources = (
        f"histogram({identifier(f'{spec.name}_source')}) AS {identifier(spec.name)}"
        for spec in lake.features
    )
    parts = {
        "tables": ",\n".join(part.format(group) for group in groups(lake.features)),
        "sources": ", ".join(sources),
        "view": view_sql("track_features", lake.features),
    }
    row = lake.query(filled("queries", "status_resolved", parts)).to_pylist()[0]
    return {name: dict(found or ()) for name, found in row.items()}


def status_coverage(lake: Lake) -> dict[str, dict[str, int]]:
    """Feature → source → tracks with a valid value from it; sources as in `track_features`."""
    measured, resolved = status_measured(lake), status_resolved(lake)
    return {name: dict(Counter(measured[name]) + Counter(resolved[name])) for name in measured}


def status_pending(lake: Lake, group_versions: Mapping[str, str]) -> dict[str, int]:
    """Group → tracks that wait for it at the version that `group_versions` names.

    When as many rows are current as there are tracks, nothing can be pending; only otherwise are
    they held against each other one by one.
    """
    versions = {f"version_{group}": version for group, version in group_versions.items()}
    parts = [filled("queries", "status_versions_group", {"group": g}) for g in group_versions]
    current = lake.query(
        filled("queries", "status_versions", {"groups": "UNION ALL\n".join(parts)}), versions
    )
    expected = only(lake, "status_expected")
    if not expected["absent"] and set(current.column(0).to_pylist()) == {expected["measured"]}:
        return {}
    sql = filled("queries", "status_pending", {"pending": pending_sql(lake, group_versions)})
    names = [f"extractor_{group}" for group in group_versions]
    found = lake.query(sql, {**versions, **dict.fromkeys(names)})
    return {row["name"]: row["count"] for row in found.to_pylist()}


def _counts(specs: Sequence[FeatureSpec]) -> str:
    return f"[{', '.join(f'count({identifier(spec.name)})' for spec in specs)}]"


def status_numbers(lake: Lake) -> Row:
    """The counts that take time on a large catalogue: plain JSON, and fixed by the snapshot."""
    return {
        **status_totals(lake),
        "described": status_words(lake),
        "files_by_state": status_files(lake),
        "tags_by_kind": status_tags(lake),
        "top_terms": status_terms(lake),
        "feature_coverage": status_coverage(lake),
        "extractors": status_extractors(lake),
        "licences": status_licences(lake),
        "rights_by_layer": status_rights(lake),
        "duplicates": status_duplicates(lake),
        "overrides": status_overrides(lake),
        "calibrations": status_calibrations(lake),
        "rejects_by_reason": status_rejects(lake),
    }


def status_counts(lake: Lake, last_runs: int = 5) -> Row:
    """Everything that `wordtone status` shows and the warehouse knows."""
    numbers = status_numbers(lake)
    return {"snapshot": lake.current_snapshot(), **numbers, **status_lists(lake, last_runs)}


def status_lists(lake: Lake, last_runs: int = 5) -> Row:
    """The last runs, models and examples of rejects, with their moments."""
    return {
        "reject_examples": status_reject_examples(lake),
        "last_runs": runs(lake, last_runs).to_pylist(),
        "models": status_models(lake),
    }
