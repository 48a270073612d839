"""From entries to Arrow tables for the store, without an object a value."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.imports.identity import Match
from pipelines.sources.sets.contract import Entry, Layout, Part
from schemas.catalogue import DuplicateRow
from schemas.columns import TableSpec
from schemas.outcomes import Outcome
from schemas.tables import TABLES

_FACTS = ("title", "artist", "album", "date", "duration_s")
_NAMES = {name: tuple(spec.row_schema.names) for name, spec in TABLES.items()}
_KEYS = {name: len(spec.grain) for name, spec in TABLES.items()}  # a key's columns come first
_TERM, _RIGHT = (attrgetter(*_NAMES[name][1:]) for name in ("tags", "rights"))
_SOURCE, _EVIDENCE = (_NAMES["rights"].index(name) for name in ("source", "evidence"))

Row = tuple[Any, ...]


class Rows:
    """Rows of one commit. Of two values with one grain the first is kept."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self._rows: dict[str, dict[Row, Row]] = {}

    def add(self, match: Match, entry: Entry) -> None:
        """What an entry says of its track."""
        source, track = self.part.layout.source, match.track_id
        for metric, (value, unit) in entry.metrics.items():
            self._put("metrics", (track, metric, source, value, unit))
        for term in entry.terms:
            self._put("tags", (track, *_TERM(term)))
        for right in entry.rights:
            row = [track, *_RIGHT(right)]
            if row[_SOURCE] != source:  # a column of the row, not of the whole set
                scheme, own = entry.identifiers[0]
                row[_EVIDENCE] += f" of {scheme} {own} in {Path(self.part.uri).name}"
            self._put("rights", tuple(row))

    def identify(self, match: Match, entry: Entry, given: Collection[tuple[str, str]]) -> None:
        """Its identifiers; `given` are those that mean a track already."""
        source, evidence = self.part.layout.source, match.evidence or "beside a known identifier"
        for number, pair in enumerate(entry.identifiers):
            if (number == 0 and match.evidence) or pair not in given:
                self._put("identifiers", (*pair, match.track_id, source, evidence))

    def track(self, match: Match, entry: Entry, stored: Mapping[str, Any] | None) -> None:
        """The row of `tracks`: only of a track without audio, whose own facts come first."""
        if stored is not None and stored["has_file"]:
            return
        names, key = _NAMES["tracks"], (match.track_id,)
        earlier = self._rows.get("tracks", {}).get(key)
        columns = {name: (stored or {}).get(name) for name in names}
        if earlier is not None:
            columns = dict(zip(names, earlier, strict=True))
        for name in _FACTS:
            value = entry.facts.get(name)
            gives_way = name in entry.placeholders or earlier is not None
            if value is not None and not (gives_way and columns[name] is not None):
                columns[name] = value
        columns |= {"track_id": match.track_id, "origin": columns["origin"] or "recording"}
        self._rows.setdefault("tracks", {})[key] = tuple(columns.values())

    def known(self, key: str, digest: str, outcome: Outcome, track_id: str | None) -> None:
        """A row of `imports`."""
        place = (self.part.layout.source, key, self.part.uri)
        self._put("imports", (*place, digest, outcome.value, track_id))

    def link(self, old: str, match: Match) -> None:
        """A track that turned out to be another: linked, so that it can be undone."""
        row = DuplicateRow(
            track_id=old,
            canonical_id=match.track_id,
            method="import",
            evidence=f"{self.part.layout.source}: {match.evidence}",
            score=1.0,
        )
        self._put("duplicates", attrgetter(*_NAMES["duplicates"])(row))

    def tables(self) -> dict[str, pa.Table]:
        """The rows by table."""
        return {name: _table(TABLES[name], rows.values()) for name, rows in self._rows.items()}

    def _put(self, name: str, row: Row) -> None:
        self._rows.setdefault(name, {}).setdefault(row[: _KEYS[name]], row)


def _table(spec: TableSpec, rows: Iterable[Row]) -> pa.Table:
    schema = spec.row_schema
    columns = zip(*rows, strict=True)
    arrays = [pa.array(c, field.type) for c, field in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def scope(layout: Layout, track_ids: Iterable[str]) -> dict[str, pa.Table]:
    """What this source said of these tracks before, for `Store.write(replace_by=…)`."""
    ids = sorted(set(track_ids))
    tracks = pa.array(ids, pa.string())
    whole = pa.array([layout.source] * len(ids), pa.string())
    by_source = pa.table({"track_id": tracks, "source": whole})
    # Tags and rights name the column, too; no source of a set begins with that of another.
    by_prefix = pa.table({"track_id": tracks, "source_prefix": whole})
    return {"metrics": by_source, "tags": by_prefix, "rights": by_prefix}


def empty(name: str) -> pa.Table:
    """No rows, for a replacement that only deletes."""
    return TABLES[name].row_schema.empty_table()
