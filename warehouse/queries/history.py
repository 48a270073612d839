"""Runs, models and which of them were in use."""

from __future__ import annotations

import pyarrow as pa

from warehouse.lake import Lake
from warehouse.queries.reading import Row, first, listed, table


def runs(
    lake: Lake,
    limit: int = 20,
    offset: int = 0,
    flow: str | None = None,
    state: str | None = None,
) -> pa.Table:
    """The last runs, newest first; of one flow or state, where one is named."""
    asked = {"limit": limit, "offset": offset, "flow": flow, "state": state}
    return table(lake, "runs", asked)


def run(lake: Lake, run_id: str) -> Row | None:
    """One run, or None."""
    return first(lake, "run", {"run": run_id})


def run_kinds(lake: Lake) -> list[Row]:
    """How many runs there were: flow, state, runs."""
    return listed(lake, "run_kinds")


def run_rejects(lake: Lake, run_id: str, limit: int = 100) -> list[Row]:
    """Inputs that a run did not accept whole and no later run wrote of; `inputs` counts all."""
    return listed(lake, "run_rejects", {"run": run_id, "limit": limit})


def import_sources(lake: Lake) -> list[Row]:
    """Rows of metadata sets as last read: source, outcome, rows, files, last_read."""
    return listed(lake, "import_sources")


def latest_model(lake: Lake, kind: str) -> Row | None:
    """The model of `kind` that was recorded last, or None."""
    return first(lake, "latest_model", {"kind": kind})


def models(lake: Lake, kind: str) -> list[Row]:
    """Every model of `kind`, newest first."""
    return listed(lake, "models", {"kind": kind})


def promotions(lake: Lake, kind: str) -> list[Row]:
    """What became of the models of `kind`, oldest first."""
    return listed(lake, "promotions", {"kind": kind})
