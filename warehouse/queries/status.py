"""What `wordtone status` and the report show, as counts."""

from __future__ import annotations

from warehouse.lake import Lake
from warehouse.queries.history import runs
from warehouse.queries.reading import Row, counts, listed, only
from warehouse.sqltext import filled, identifier


def status_totals(lake: Lake) -> Row:
    """Number of files, tracks, hours, artists and tags."""
    return only(lake, "status_totals")


def status_files(lake: Lake) -> dict[str, int]:
    """Files by state."""
    return counts(lake, "status_files")


def status_tags(lake: Lake) -> dict[str, int]:
    """Tags by kind."""
    return counts(lake, "status_tags")


def status_rejects(lake: Lake) -> dict[str, int]:
    """Unresolved rejects by reason."""
    return counts(lake, "status_rejects")


def status_licences(lake: Lake) -> list[Row]:
    """Tracks by layer and licence."""
    return listed(lake, "status_licences")


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
