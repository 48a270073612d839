"""Links between tracks as a table: those that belong together stand together under one number."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

_SHORT = pa.schema(
    [
        ("cluster", pa.int64()),
        ("track", pa.string()),
        ("repeats", pa.string()),
        ("method", pa.string()),
        ("errors_%", pa.float64()),
        ("matched_%", pa.float64()),
        ("overlap_s", pa.float64()),
        ("offset_s", pa.float64()),
        ("evidence", pa.string()),
    ]
)


def clusters(links: pa.Table, *, short: bool) -> pa.Table:
    """`links` of `queries.duplicate_links` with a column `cluster`, counted from 1, in its order.

    `short` is for a terminal: names in place of all that is known of both tracks.
    """
    rows = links.to_pylist()
    numbers = _numbers(rows)
    order = sorted(range(len(rows)), key=lambda row: (numbers[row], row))
    numbered = links.add_column(0, "cluster", pa.array(numbers, pa.int64())).take(order)
    if not short:
        return numbered
    return pa.Table.from_pylist([_named(row) for row in numbered.to_pylist()], _SHORT)


def _numbers(rows: list[dict[str, Any]]) -> list[int]:
    parent: dict[str, str] = {}

    def root(track: str) -> str:
        while parent.setdefault(track, track) != track:
            track = parent[track]
        return track

    for row in rows:
        parent[root(row["track_id"])] = root(row["canonical_id"])
    found: dict[str, int] = {}
    return [found.setdefault(root(row["track_id"]), len(found) + 1) for row in rows]


def _named(row: dict[str, Any]) -> dict[str, Any]:
    undone = f"{row['method']} (undone)" if row["undone_at"] else row["method"]
    return {
        "cluster": row["cluster"],
        "track": _name(row["track_id"], row["title"], row["uri"]),
        "repeats": _name(row["canonical_id"], row["canonical_title"], row["canonical_uri"]),
        "method": undone,
        "errors_%": _percent(row["bit_error_rate"]),
        "matched_%": _percent(row["matched_share"]),
        "overlap_s": row["overlap_s"],
        "offset_s": row["offset_s"],
        "evidence": row["evidence"],
    }


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _name(track_id: str, title: str | None, uri: str | None) -> str:
    shown = title or (uri or "").rpartition("/")[2] or "untitled"
    return f"{track_id} {shown}"
