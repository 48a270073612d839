"""Beats and sections on their way into the warehouse.

Which feature group brings what is fixed here: `rhythm` the beats, `structure` the sections. A track
that was measured for a group has what its message holds and nothing else, so that one which no
longer has a pulse, or has fewer sections than before, keeps none of the old ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from schemas.analysis import BeatsRow, SectionRow
from schemas.tables import TABLES

GROUP_OF = {"beats": "rhythm", "sections": "structure"}
"""Table → the feature group with which it is measured."""

_SECTION_COLUMNS = {column.name: column for column in TABLES["sections"].columns}


def beats_rows(track_id: str, beats: Mapping[str, Any] | None) -> list[BeatsRow]:
    """The row of a track's beats, or none."""
    if beats is None:
        return []
    return [BeatsRow(track_id=track_id, beat_count=len(beats["times_s"]), **beats)]


def section_rows(track_id: str, sections: Sequence[Mapping[str, Any]]) -> list[SectionRow]:
    """One row a section, numbered in order; a value out of its column's range is null."""
    return [
        SectionRow(
            track_id=track_id,
            index=index,
            **{name: _in_range(name, value) for name, value in section.items()},
        )
        for index, section in enumerate(sections)
    ]


def scopes(tables: Mapping[str, pa.Table]) -> dict[str, pa.Table]:
    """Of each table, the tracks whose rows a commit of `tables` replaces: those measured now."""
    found = {}
    for name, group in GROUP_OF.items():
        measured = tables.get(f"features_{group}")
        if measured is not None:
            found[name] = measured.select(["track_id"])
    return found


def _in_range(name: str, value: Any) -> Any:
    """As in features: what is out of range is not clamped but left out."""
    column = _SECTION_COLUMNS[name]
    if value is None or not column.nullable:
        return value
    low = -math.inf if column.minimum is None else column.minimum
    high = math.inf if column.maximum is None else column.maximum
    return value if low <= value <= high else None
