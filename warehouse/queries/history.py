"""Runs, models and which of them were in use."""

from __future__ import annotations

import pyarrow as pa

from warehouse.lake import Lake
from warehouse.queries.reading import Row, first, listed, table


def runs(lake: Lake, limit: int = 20) -> pa.Table:
    """The last runs, newest first."""
    return table(lake, "runs", {"limit": limit})


def latest_model(lake: Lake, kind: str) -> Row | None:
    """The model of `kind` that was recorded last, or None."""
    return first(lake, "latest_model", {"kind": kind})


def models(lake: Lake, kind: str) -> list[Row]:
    """Every model of `kind`, newest first."""
    return listed(lake, "models", {"kind": kind})


def promotions(lake: Lake, kind: str) -> list[Row]:
    """What became of the models of `kind`, oldest first."""
    return listed(lake, "promotions", {"kind": kind})
