"""The catalogue as lists: tracks, training examples, licences."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pyarrow as pa

from schemas.errors import ContractError
from warehouse.lake import Lake
from warehouse.queries.reading import Row, listed, table
from warehouse.sqltext import filled

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


def training_examples(lake: Lake) -> pa.Table:
    """The view `training_examples`, by uri; what has none by track_id."""
    return table(lake, "training_examples")


def licences(lake: Lake) -> pa.Table:
    """Every licence statement, with title and artist of its track."""
    return table(lake, "licences")


def metric_sources(lake: Lake) -> pa.Table:
    """Metadata sets that numbers were imported from, with how many tracks each speaks of."""
    return table(lake, "metric_sources")


def score_files(lake: Lake) -> list[Row]:
    """MIDI files that a generator might learn from: track_id, source, uri, file_hash, origin."""
    return listed(lake, "score_files")


def sound_licences(lake: Lake) -> dict[str, list[str]]:
    """Track → SPDX expressions of its recording and composition; unclear: LicenseRef-Unknown."""
    return {row["track_id"]: row["licences"] for row in listed(lake, "sound_licences")}
