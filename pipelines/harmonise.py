"""Harmonise: values of metadata sets brought to the scale that is measured here.

For each metric of a set that is, or may become, a feature: the reference is the extractor that
measured the feature on most tracks; where none did, the set whose values count as the feature and
are most. A calibration that could not be fitted is stored, too, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa

from pipelines.calibrate import VERSION, Fitted, Pairs, calibrate
from pipelines.sources.sets.registry import calibration_targets
from schemas.analysis import CalibrationRow
from schemas.features import FEATURES, FeatureSpec
from schemas.settings import Settings
from warehouse import calibrations as stored
from warehouse.lake import Lake, RunStamp
from warehouse.location import Location
from warehouse.store import Store

_COMPARED = (
    *("source_metric", "x", "y", "method", "tracks", "spearman", "error_before", "error_after"),
    *("error_constant", "reason", "version"),
)


@dataclass(slots=True)
class Harmonised:
    """Every calibration that was tried, and whether any has changed."""

    rows: list[CalibrationRow] = field(default_factory=list)
    changed: bool = False

    @property
    def usable(self) -> list[CalibrationRow]:
        return [row for row in self.rows if row.reason is None]


@dataclass(frozen=True, slots=True)
class Case:
    """One metric of a set, and the feature and reference that it is held against."""

    spec: FeatureSpec
    source: str
    metric: str
    unit: str
    reference: str
    measured: bool

    def table(self, lake: Lake) -> pa.Table:
        """Tracks that have both."""
        ask = stored.measured_pairs if self.measured else stored.imported_pairs
        return ask(lake, self.source, self.metric, self.spec, self.reference)


def harmonise(settings: Settings) -> Harmonised:
    """`fit_all` as a run of its own.

    Raises
    ------
    WarehouseError
        There is no warehouse, or it cannot be written.
    """
    location = Location.from_settings(settings)
    run_id = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid4().hex[:8]}"
    with Lake.open(location, read_only=True) as lake, Store(location) as store:
        return fit_all(store, lake, run_id)


def fit_all(store: Store, lake: Lake, run_id: str) -> Harmonised:
    """Fit all calibrations on the catalogue as it is; what comes out the same stays as it was."""
    before = {_key(row): row for row in stored.calibrations(lake)}
    snapshot = lake.current_snapshot()
    rows = [_row(lake, case, snapshot) for case in cases(lake)]
    kept = [_unless_new(row, before.get((row.metric, row.source, row.reference))) for row in rows]
    scope = pa.table({"version": pa.array([row["version"] for row in before.values()], pa.int64())})
    stamp = RunStamp(run_id, "harmonise", f"{len(kept)} calibrations")
    report = store.write({"calibrations": kept}, stamp, replace_by={"calibrations": scope})
    return Harmonised(kept, report.changed)


def cases(lake: Lake) -> Iterator[Case]:
    """What there is to calibrate."""
    specs = {spec.name: spec for spec in FEATURES if spec.size == 1}
    targets, counts = calibration_targets(), stored.metric_counts(lake)
    for row in counts:
        spec = specs.get(targets.get(row["metric"], row["metric"]))
        if spec is None or (row["metric"] == spec.name and row["unit"] != spec.unit):
            continue
        extractors = stored.extractors(lake, spec)
        same = (other for other in counts if (other["metric"], other["unit"]) == _own(spec))
        sets = sorted(same, key=lambda other: (-other["tracks"], other["source"]))
        reference = [*extractors[:1], *(other["source"] for other in sets[:1])][:1]
        if reference and reference[0] != row["source"]:
            yield Case(
                spec, row["source"], row["metric"], row["unit"], reference[0], bool(extractors)
            )


def _own(spec: FeatureSpec) -> tuple[str, str]:
    return spec.name, spec.unit


def pairs_of(table: pa.Table) -> Pairs:
    """Values of `warehouse.calibrations.measured_pairs`."""
    x, y = (np.asarray(table[name].to_numpy(), np.float64) for name in ("x", "y"))
    return Pairs(x, y, table["holder"].to_pylist())


def _row(lake: Lake, case: Case, snapshot: int) -> CalibrationRow:
    same_unit = case.unit == case.spec.unit
    found = calibrate(case.spec, pairs_of(case.table(lake)), same_unit=same_unit)
    return _stored_as(case, found, snapshot)


def _stored_as(case: Case, found: Fitted, snapshot: int) -> CalibrationRow:
    return CalibrationRow(
        metric=case.spec.name,
        source=case.source,
        reference=case.reference,
        source_metric=case.metric,
        x=list(found.curve.x) if found.curve else [],
        y=list(found.curve.y) if found.curve else [],
        method=found.method,
        tracks=found.tracks,
        spearman=found.spearman,
        error_before=found.error_before,
        error_after=found.error_after,
        error_constant=found.error_constant,
        reason=found.reason,
        fitted_at=datetime.now(UTC),
        snapshot=snapshot,
        version=VERSION,
    )


def _key(row: dict[str, Any]) -> tuple[str, str, str]:
    return row["metric"], row["source"], row["reference"]


def _unless_new(row: CalibrationRow, before: dict[str, Any] | None) -> CalibrationRow:
    """The row as it is stored, when nothing but the time of fitting would change."""
    if before is None or any(getattr(row, name) != before[name] for name in _COMPARED):
        return row
    return CalibrationRow(**{name: before[name] for name in CalibrationRow.__dataclass_fields__})
