"""How the modules of this package run a file of `sql/queries`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from warehouse.lake import Lake
from warehouse.sqltext import sql_text

Row = dict[str, Any]


def table(lake: Lake, name: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
    """What `sql/queries/NAME.sql` finds."""
    return lake.query(sql_text("queries", name), parameters)


def first(lake: Lake, name: str, parameters: Mapping[str, object] | None = None) -> Row | None:
    """Its first row, or None."""
    rows = table(lake, name, parameters).to_pylist()
    return dict(rows[0]) if rows else None


def only(lake: Lake, name: str, parameters: Mapping[str, object] | None = None) -> Row:
    """The one row that it always has."""
    return dict(table(lake, name, parameters).to_pylist()[0])


def listed(lake: Lake, name: str, parameters: Mapping[str, object] | None = None) -> list[Row]:
    """Its rows."""
    return list(table(lake, name, parameters).to_pylist())


def counts(lake: Lake, name: str) -> dict[str, int]:
    """Its columns `name` and `count`, as a dict."""
    return {row["name"]: row["count"] for row in table(lake, name).to_pylist()}
