"""What the page shows, read from one snapshot: counted in the warehouse, and capped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from schemas.features import FeatureSpec
from schemas.settings import Settings
from service.report.page.charts import GRID
from service.status import gather as gather_status

if TYPE_CHECKING:
    from warehouse.lake import Lake
    from warehouse.queries import Bins

Row = Mapping[str, Any]

_BINS = 30
_NAMED = ("key_pitch_class", "key_mode")  # drawn as keys, not as numbers
_COMPARED = ("tempo_bpm", "energy", "brightness_hz", "loudness_lufs", "danceability")
_TERMS, _RUNS, _EXAMPLES = 15, 40, 3


@dataclass(frozen=True, slots=True)
class Distribution:
    """One feature: how many tracks have it, its quantiles (as `report_summary`), its bins."""

    spec: FeatureSpec
    count: int
    quantiles: list[float]
    bins: Bins
    counts: list[int]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The page's material."""

    at: datetime
    snapshot_at: datetime | None
    status: Row
    distributions: list[Distribution]
    compared: list[FeatureSpec]
    genres: Sequence[Row]
    cells: Sequence[Row]
    keys: Mapping[str, int]
    years: Sequence[Row]
    terms: Sequence[Row]
    unknown_terms: Sequence[Row]
    artists: Row
    top_artists: Mapping[str, int]
    duplicates: Sequence[Row]
    overrides: Sequence[Row]
    rejects: Sequence[Row]
    runs: Sequence[Row]


def gather(settings: Settings, lake: Lake) -> Catalogue:
    """Read everything; the number of rows is bounded, whatever the catalogue holds."""
    from warehouse import queries

    compared = [spec for spec in lake.features if spec.name in _COMPARED]
    moments = {snapshot.version: snapshot.at for snapshot in lake.snapshots()}
    return Catalogue(
        at=datetime.now(UTC),
        snapshot_at=moments.get(lake.current_snapshot()),
        status=gather_status(settings, lake),
        distributions=distributions(lake),
        compared=compared,
        genres=queries.report_genres(lake, compared),
        cells=queries.report_map(lake, GRID),
        keys=queries.report_keys(lake),
        years=queries.report_years(lake),
        terms=queries.status_terms(lake, _TERMS),
        unknown_terms=queries.report_unknown_terms(lake),
        artists=queries.report_artists(lake),
        top_artists=queries.report_top_artists(lake),
        duplicates=queries.report_duplicates(lake),
        overrides=queries.report_overrides(lake),
        rejects=queries.status_reject_examples(lake, _EXAMPLES),
        runs=list(queries.runs(lake, _RUNS).to_pylist()),
    )


def distributions(lake: Lake) -> list[Distribution]:
    """Every feature of one number that some track has, with bins over where its values lie."""
    from warehouse import queries

    scalar = [spec for spec in lake.features if spec.size == 1 and spec.name not in _NAMED]
    summary = queries.report_summary(lake, [spec.name for spec in scalar])
    there = [spec for spec in scalar if summary[spec.name]["count"]]
    if not there:
        return []
    bins = [_bins(spec, summary[spec.name]["quantiles"]) for spec in there]
    counts = queries.report_bins(lake, bins)
    return [
        Distribution(
            spec, summary[spec.name]["count"], summary[spec.name]["quantiles"], b, counts[spec.name]
        )
        for spec, b in zip(there, bins, strict=True)
    ]


def _bins(spec: FeatureSpec, quantiles: list[float]) -> Bins:
    """Bins over the bulk of the values: one far away must not make a single bar of the others."""
    from warehouse.queries import Bins

    least, low, *_, high, most = quantiles
    if spec.unit in ("beats", "sections", "labels"):
        first, last = round(least), round(high if most - least > _BINS else most)
        return Bins(spec.name, first - 0.5, max(first, last) + 0.5, max(first, last) - first + 1)
    reach = high - low or max(abs(high), 1e-3)
    start, end = max(least, low - reach), min(most, high + reach)
    if start == end:
        start, end = start - reach / 2, end + reach / 2
    log = spec.scale == "log2" and start > 0 and end / start > 1.5
    return Bins(spec.name, start, end, _BINS, log)
