"""The warehouse as the mapping sees it: training examples at one snapshot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from schemas.features import FEATURES, FeatureSpec
from schemas.protocols import CatalogueReader, TrainingExample
from schemas.rights import Admission, Policy, Purpose
from warehouse import queries
from warehouse.gate import verdicts
from warehouse.lake import Lake, Location
from warehouse.pooling import Pooled, pooled

_LICENCE_LENGTH = 200


class WarehouseReader(CatalogueReader):
    """Training examples of the warehouse at `location`.

    The snapshot is fixed at the start: commits that land meanwhile are not seen. Nor are rows whose
    `recorded_at` is after `as_of`, or after the latest commit up to that snapshot. With a `policy`
    only tracks that it lets into training are read. Once examples have been read, `admission` says
    what the policy made of all tracks, and `left_out` of which features which sources could not be
    pooled.
    """

    def __init__(
        self,
        location: Location,
        *,
        as_of: int | datetime | None = None,
        features: Iterable[FeatureSpec] = FEATURES,
        policy: Policy | None = None,
    ) -> None:
        self._location = location
        self._policy = policy
        self.admission: Admission | None = None
        self._features = tuple(features)
        self.left_out: Mapping[str, Pooled] = {}
        with Lake.open(location, read_only=True, as_of=as_of, features=self._features) as lake:
            self._snapshot = lake.current_snapshot()
            commits = [s.at for s in lake.snapshots() if s.version <= self._snapshot]
        self._until = as_of if isinstance(as_of, datetime) else max(commits)

    @property
    def snapshot(self) -> int:
        return self._snapshot

    def training_examples(self) -> Sequence[TrainingExample]:
        """Rows of the view `training_examples`, by uri; what has none by track_id."""
        scalars = [spec.name for spec in self._features if spec.size == 1]
        return [_example(row, scalars) for row in self.training_table().to_pylist()]

    def training_table(self) -> pa.Table:
        """The same rows as an Arrow table; of each feature the values of one scale only."""
        with Lake.open(self._location, as_of=self._snapshot, features=self._features) as lake:
            lake.show_recorded_until(self._until)
            found = queries.training_examples(lake)
            found = self._admitted(lake, found)
            imported = {row["source"] for row in queries.metric_sources(lake).to_pylist()}
        found, self.left_out = pooled(found, self._features, imported)
        return found

    def _admitted(self, lake: Lake, found: pa.Table) -> pa.Table:
        if self._policy is None:
            return found
        asked = found["track_id"].to_pylist()
        judged = verdicts(lake, self._policy, Purpose.TRAIN)
        mine = [judged[track_id] for track_id in asked]
        self.admission = Admission.of(self._policy, Purpose.TRAIN, mine)
        return found.filter(pa.array([verdict.allowed for verdict in mine], pa.bool_()))


def _example(row: Mapping[str, Any], scalars: Sequence[str]) -> TrainingExample:
    keys = row["key_probabilities"]
    return TrainingExample(
        track_id=row["track_id"],
        text=row["text"],
        groups={
            **{name: row[name] for name in ("artist", "album", "folder")},
            "playlist": tuple(row["playlists"]),
            "recording": tuple(row["recordings"]),
        },
        features={name: row[name] for name in scalars},
        key_probabilities=tuple(keys) if keys and None not in keys else None,
        title=row["title"] or _file_name(row["uri"]),
        artist=row["artist"],
        licence=_shortened(row["recording_licence"]),
        album=row["album"],
        year=_year(row.get("date")),  # a view of an older snapshot has none
        origin=row.get("origin"),
    )


def _year(date: str | None) -> int | None:
    """Of a date as written: YYYY, YYYY-MM or YYYY-MM-DD; None for anything else."""
    found = re.match(r"(1[89]|20)\d\d(?!\d)", date or "")
    return int(found[0]) if found else None


def _file_name(uri: str | None) -> str | None:
    return uri.rsplit("/", 1)[-1] if uri else None


def _shortened(licence: str | None) -> str | None:
    # The whole text stays in `rights`; here it is a note beside a title.
    if licence is None:
        return None
    line = " ".join(licence.split())
    return line if len(line) <= _LICENCE_LENGTH else f"{line[: _LICENCE_LENGTH - 1]}…"
