"""Backfill: one feature measured again fills its own columns, and the others keep theirs.

A staged row says in `feature_versions` what was measured. Where that is not all of its group, the
stored row gives the rest: values, null reasons and versions. What it lacks, too, stays pending.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

import pyarrow as pa

from schemas.features import FEATURES, feature_versions, group_version, groups
from schemas.outcomes import FeatureStatus
from schemas.tables import TABLES
from warehouse.store import Completion

_OLDER = "incomplete"
"""Group version of a row that still lacks features: it equals no digest, so that it is pending."""

Row = dict[str, Any]


def completions(tables: Mapping[str, pa.Table]) -> dict[str, Completion]:
    """Of each table of `tables` with rows that hold a part of their group, what completes them."""
    found: dict[str, Completion] = {}
    for group in groups(FEATURES):
        batch = tables.get(f"features_{group}")
        if batch is not None and any(_is_part(group, text) for text in _versions(batch)):
            found[f"features_{group}"] = partial(_complete, group)
    return found


def _versions(batch: pa.Table) -> list[str | None]:
    return list(batch["feature_versions"].unique().to_pylist())


def _is_part(group: str, versions: str | None) -> bool:
    return versions is not None and json.loads(versions).keys() != feature_versions(group).keys()


def _complete(group: str, batch: pa.Table, stored: pa.Table) -> pa.Table:
    before = {row["track_id"]: row for row in stored.to_pylist()}
    rows = [
        _merged(group, row, before.get(row["track_id"]))
        if _is_part(group, row["feature_versions"])
        else row
        for row in batch.to_pylist()
    ]
    return pa.Table.from_pylist(rows, TABLES[f"features_{group}"].row_schema)


def _merged(group: str, part: Row, stored: Row | None) -> Row:
    measured: dict[str, str] = json.loads(part["feature_versions"])
    if stored is None or stored["extractor"] != part["extractor"]:
        stored = dict.fromkeys(part) | {"null_reasons": "{}", "feature_versions": None}
    nulls = json.loads(stored["null_reasons"])
    nulls = {name: why for name, why in nulls.items() if name not in measured}
    nulls |= json.loads(part["null_reasons"])
    versions = json.loads(stored["feature_versions"] or "{}") | measured
    current = feature_versions(group)
    versions = {name: version for name, version in versions.items() if name in current}
    values = {name: part[name] if name in measured else stored[name] for name in current}
    return {
        "track_id": part["track_id"],
        "group_version": group_version(group) if versions == current else _OLDER,
        "extractor": part["extractor"],
        "status": _status(values, nulls),
        "null_reasons": json.dumps(nulls, sort_keys=True),
        "feature_versions": json.dumps(versions, sort_keys=True),
        **values,
    }


def _status(values: Row, nulls: Mapping[str, str]) -> str:
    if all(value is None for value in values.values()):
        return FeatureStatus.EMPTY.value
    return (FeatureStatus.PARTIAL if nulls else FeatureStatus.COMPLETE).value
