"""Write ROUNDS commits that each touch every table: rows of our own, and rows that all write.

every_table.py CATALOGUE STORAGE NAME ROUNDS
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from schemas.columns import ColumnSpec, TableSpec
from schemas.tables import TABLES
from warehouse.lake import Location, RunStamp
from warehouse.store import Store

SHARED, OWN = 3, 2


def keys(name: str, turn: int) -> list[str]:
    shared = [f"shared-{turn}-{i}" for i in range(SHARED)]
    return shared + [f"{name}-{turn}-{i}" for i in range(OWN)]


def batch(spec: TableSpec, names: list[str]) -> pa.Table:
    """Valid rows, one for each of `names`: it is the first textual key; other keys are constant."""
    first = next(c.name for c in spec.columns if c.key and pa.types.is_string(c.type))
    arrays = [
        pa.array(names if c.name == first else [_value(c)] * len(names), c.type)
        for c in spec.columns
    ]
    return pa.Table.from_arrays(arrays, schema=spec.row_schema)


def _value(column: ColumnSpec) -> Any:
    if column.values:
        return column.values[0]
    if column.nullable and not column.key:
        return None
    for is_kind, value in (
        (pa.types.is_string, "{}"),
        (pa.types.is_timestamp, datetime(2024, 1, 1, tzinfo=UTC)),
        (pa.types.is_boolean, False),
        (pa.types.is_list, []),
    ):
        if is_kind(column.type):
            return value
    return column.minimum or 0


def main() -> None:
    catalogue, storage, name, rounds = sys.argv[1:]
    with Store(Location(catalogue, storage)) as store:
        for turn in range(int(rounds)):
            rows = {table: batch(spec, keys(name, turn)) for table, spec in TABLES.items()}
            store.write(rows, RunStamp(name, "test", f"{turn}"))


if __name__ == "__main__":
    main()
