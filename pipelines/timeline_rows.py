"""Beats and sections on their way into the warehouse.

Which features bring what is in `pipelines.timeline.MEASURED_WITH`. A track that was measured for
one of them has what its message holds and nothing else, so that one which no longer has a pulse, or
has fewer sections than before, keeps none of the old ones.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from pipelines.timeline import MEASURED_WITH, measured_with
from schemas.analysis import BeatsRow, SectionRow
from schemas.tables import TABLES

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
    for name, (group, _) in MEASURED_WITH.items():
        measured = tables.get(f"features_{group}")
        if measured is not None:
            found[name] = measured.filter(_brings(name, measured)).select(["track_id"])
    return found


def _brings(name: str, measured: pa.Table) -> pa.Array:
    """Of each staged row, whether its features were measured together with table `name`."""
    versions = measured["feature_versions"].to_pylist()
    return pa.array([text is None or measured_with(name, json.loads(text)) for text in versions])


def _in_range(name: str, value: Any) -> Any:
    """As in features: what is out of range is not clamped but left out."""
    column = _SECTION_COLUMNS[name]
    if value is None or not column.nullable:
        return value
    low = -math.inf if column.minimum is None else column.minimum
    high = math.inf if column.maximum is None else column.maximum
    return value if low <= value <= high else None
