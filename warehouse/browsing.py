"""The catalogue as somebody looks through it: chosen tracks in an order, page by page.

Two steps, so that a page costs little of a large catalogue: ids of a page by the one column that it
is ordered by, then what is shown of those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from schemas.errors import ContractError
from schemas.features import FEATURES
from warehouse.lake import Lake
from warehouse.selection import EVERYTHING, Selection
from warehouse.sqltext import filled, identifier, sql_text
from warehouse.views import VIEWS

NO_LICENCE = "none"
"""In place of a licence: recordings of which no statement could be read."""

_OWN = ("title", "artist", "album", "date", "duration_s")
_TEXTS = frozenset(_OWN[:4])
ORDERS: tuple[str, ...] = (*_OWN, *(spec.name for spec in FEATURES if spec.size == 1))
"""What tracks can be ordered by: a column of `tracks`, or a feature of one value."""

LARGEST = 10_000
"""Most tracks of one answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which tracks; None lets everything pass.

    `among` are ids: what a search found, or what lies in a part of the map; `ranked` says that
    their order stands where no other is asked for. `licence` is the SPDX expression of a recording,
    or NO_LICENCE; `source` what was ingested, as `files.source` has it.
    """

    selection: Selection = EVERYTHING
    among: tuple[str, ...] | None = None
    ranked: bool = False
    licence: str | None = None
    source: str | None = None

    @property
    def everything(self) -> bool:
        return self == ALL


ALL = Choice()


def chosen_ids(
    lake: Lake, choice: Choice, order: str = "", *, limit: int = LARGEST, offset: int = 0
) -> list[str]:
    """Ids of a page. `order` is "" (as ranked, else by artist), NAME or -NAME of ORDERS.

    What has no value of the order comes last, either way.

    Raises
    ------
    ContractError
        For an unknown order, or a limit or offset that cannot be.
    """
    if not 0 <= limit <= LARGEST or offset < 0:
        raise ContractError(f"limit={limit}, offset={offset}: valid is 0 … {LARGEST}, 0 or more")
    name = order.removeprefix("-")
    if name and name not in ORDERS:
        raise ContractError(f"order={order!r}: valid are {', '.join(ORDERS)}, or -NAME")
    conditions, parameters = _conditions(choice)
    parts = {
        "features": "" if name in ("", *_OWN) else _FEATURES,
        "conditions": conditions,
        "order": _order(name, down=order.startswith("-"), ranked=choice.ranked),
    }
    sql = filled("browsing", "ids", parts)
    found = lake.query(sql, {**parameters, "limit": limit, "offset": offset})
    return list(found["track_id"].to_pylist())


_FEATURES = "LEFT JOIN track_features AS f ON f.track_id = t.track_id"


def _order(name: str, *, down: bool, ranked: bool) -> str:
    if not name:
        own = "lower(t.artist) NULLS LAST, lower(t.album) NULLS LAST, lower(t.title) NULLS LAST"
        return "list_position($among, t.track_id)" if ranked else own
    column = ("t." if name in _OWN else "f.") + identifier(name)
    value = f"lower({column})" if name in _TEXTS else column
    return f"{value} {'DESC' if down else 'ASC'} NULLS LAST"


def count(lake: Lake, choice: Choice) -> int:
    """How many tracks there are of a choice."""
    conditions, parameters = _conditions(choice)
    found = lake.query(filled("browsing", "count", {"conditions": conditions}), parameters)
    return int(found["tracks"][0].as_py())


def rows(lake: Lake, ids: Sequence[str], features: Sequence[str] = ()) -> list[dict[str, Any]]:
    """The rows of `table`."""
    return list(table(lake, ids, features).to_pylist())


def table(lake: Lake, ids: Sequence[str], features: Sequence[str] = ()) -> pa.Table:
    """What is shown of `ids`, in their order: title, artist, album, date, duration_s, origin, key,
    genres, moods, instruments, licence, and the named features. Raises as `feature_values`."""
    columns = "".join(f", f.{identifier(name)}" for name in _scalars(features))
    return lake.query(filled("browsing", "rows", {"columns": columns}), {"ids": list(ids)})


def feature_values(lake: Lake, ids: Sequence[str], feature: str) -> dict[str, float]:
    """The valid value of a feature of each of `ids` that has one.

    Raises
    ------
    ContractError
        When there is no such feature of one value.
    """
    (name,) = _scalars([feature])
    parts = {"value": identifier(name)}
    found = lake.query(filled("browsing", "values", parts), {"ids": list(ids)}).to_pydict()
    return dict(zip(found["track_id"], found["value"], strict=True))


def terms_of(lake: Lake, ids: Sequence[str], kind: str) -> list[tuple[str, str]]:
    """(track_id, term) of one kind: a term with all that the vocabulary has above it, once."""
    parameters = {"ids": list(ids), "kind": kind}
    found = lake.query(sql_text("browsing", "terms"), parameters).to_pydict()
    return list(zip(found["track_id"], found["term"], strict=True))


def names_of(lake: Lake, ids: Sequence[str]) -> dict[str, tuple[str | None, str | None]]:
    """Track → title and artist."""
    found = lake.query(sql_text("browsing", "names"), {"ids": list(ids)}).to_pydict()
    pairs = zip(found["title"], found["artist"], strict=True)
    return dict(zip(found["track_id"], pairs, strict=True))


def files_of(lake: Lake, track_id: str) -> list[dict[str, Any]]:
    """Files of a track, those present first: uri, size, mtime_ns, state, source."""
    return list(lake.query(sql_text("browsing", "files"), {"track_id": track_id}).to_pylist())


def links_of(lake: Lake, track_id: str) -> list[dict[str, Any]]:
    """Links of a track as a repeat, either way, those that count first: other_id, repeats_other,
    title, artist, method, evidence, score, undone_at."""
    return list(lake.query(sql_text("browsing", "links"), {"track_id": track_id}).to_pylist())


def identifiers_of(lake: Lake, track_id: str) -> list[dict[str, Any]]:
    """By which names others know a track: scheme, value, source, evidence."""
    return list(lake.query(sql_text("browsing", "identifiers"), {"track_id": track_id}).to_pylist())


def sources(lake: Lake) -> dict[str, int]:
    """What was ingested → tracks with a file from there."""
    found = lake.query(sql_text("browsing", "sources")).to_pydict()
    return dict(zip(found["source"], found["tracks"], strict=True))


def recording_licences(lake: Lake) -> dict[str, int]:
    """SPDX expression of recordings → tracks, the commonest first."""
    found = lake.query(sql_text("browsing", "licences")).to_pydict()
    return dict(zip(found["spdx"], found["tracks"], strict=True))


def _scalars(names: Sequence[str]) -> list[str]:
    scalars = [spec.name for spec in FEATURES if spec.size == 1]
    if odd := [name for name in names if name not in scalars]:
        raise ContractError(f"feature {odd[0]!r}: valid are {', '.join(scalars)}")
    return list(names)


def _conditions(choice: Choice) -> tuple[str, dict[str, object]]:
    """A WHERE clause on `tracks AS t`, or "", and its parameters."""
    parts: list[str] = []
    parameters: dict[str, object] = {}
    if not choice.selection.everything:
        sql, parameters = choice.selection.sql()
        parts.append(f"t.track_id IN ({sql})")
    if choice.among is not None:
        parts.append("t.track_id IN (SELECT unnest($among::VARCHAR[]))")
        parameters["among"] = list(choice.among)
    if choice.licence == NO_LICENCE:
        parts.append(f"t.track_id NOT IN ({_LICENSED} AND spdx IS NOT NULL)")
    elif choice.licence is not None:
        parts.append(f"t.track_id IN ({_LICENSED} AND spdx = $licence)")
        parameters["licence"] = choice.licence
    if choice.source is not None:
        parts.append("t.track_id IN (SELECT track_id FROM files WHERE source = $source)")
        parameters["source"] = choice.source
    return "WHERE " + "\n    AND ".join(parts) if parts else "", parameters


_LICENSED = "SELECT track_id FROM rights WHERE layer = 'recording'"


def view_columns(lake: Lake) -> dict[str, list[tuple[str, str]]]:
    """Published view → its columns with their types."""
    found = {}
    for view in VIEWS:
        described = lake.query(f"DESCRIBE SELECT * FROM {identifier(view)}").to_pydict()
        found[view] = list(zip(described["column_name"], described["column_type"], strict=True))
    return found
