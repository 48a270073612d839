"""What harmonisation asks of the warehouse."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from schemas.features import FeatureSpec
from warehouse.lake import Lake
from warehouse.sqltext import filled, identifier, sql_text


def calibrations(lake: Lake) -> list[dict[str, Any]]:
    """Every calibration that was tried, with its reason where there is none."""
    return list(lake.query(sql_text("imports", "calibrations")).to_pylist())


def metric_counts(lake: Lake) -> list[dict[str, Any]]:
    """Numbers of metadata sets: source, metric, unit, tracks."""
    return list(lake.query(sql_text("imports", "metric_counts")).to_pylist())


def extractors(lake: Lake, feature: FeatureSpec) -> list[str]:
    """Who measured the feature, the commonest first."""
    sql = (
        f"SELECT extractor, count(*) AS tracks FROM {identifier('features_' + feature.group)} "
        f"WHERE {identifier(feature.name)} IS NOT NULL GROUP BY extractor "
        "ORDER BY tracks DESC, extractor"
    )
    return [str(row["extractor"]) for row in lake.query(sql).to_pylist()]


def measured_pairs(
    lake: Lake, source: str, metric: str, feature: FeatureSpec, extractor: str
) -> pa.Table:
    """Tracks with a set's value x and a measured value y: track_id, holder, x, y."""
    reference = (
        f"(SELECT track_id, {identifier(feature.name)} AS value "
        f"FROM {identifier('features_' + feature.group)} "
        f"WHERE extractor = $reference AND {identifier(feature.name)} IS NOT NULL)"
    )
    return _pairs(lake, reference, source, metric, extractor)


def imported_pairs(
    lake: Lake, source: str, metric: str, feature: FeatureSpec, reference: str
) -> pa.Table:
    """Tracks with a set's value x and a value y of another set that counts as the feature."""
    other = "(SELECT track_id, value FROM metrics WHERE source = $reference AND metric = $feature)"
    return _pairs(lake, other, source, metric, reference, feature.name)


def _pairs(
    lake: Lake, relation: str, source: str, metric: str, reference: str, feature: str | None = None
) -> pa.Table:
    sql = filled("imports", "pairs", {"reference": relation})
    asked = {"source": source, "source_metric": metric, "reference": reference}
    return lake.query(sql, asked | ({"feature": feature} if feature else {}))
