"""The difference between a batch and what is stored, and the statements that apply it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

import pyarrow as pa

from schemas.columns import TIMESTAMP, TableSpec
from warehouse.lake import Lake
from warehouse.replacement import deletion_sql
from warehouse.sqltext import identifier, identifiers
from warehouse.validation import checked_batch

_ACTION = "_new"

Completion: TypeAlias = Callable[[pa.Table, pa.Table], pa.Table]
"""(batch, stored rows that have its keys) → the batch to write, with the same keys."""


@dataclass(frozen=True, slots=True)
class TableReport:
    """What a write did to one table, in rows."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0

    @property
    def changed(self) -> bool:
        return self.inserted + self.updated + self.deleted > 0


@dataclass(frozen=True, slots=True)
class Work:
    """A checked batch for one table, and the scope in which it replaces what is stored."""

    spec: TableSpec
    rows: pa.Table
    scope: pa.Table | None
    complete: Completion | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What must happen to one table."""

    spec: TableSpec
    rows: pa.Table  # new and changed rows, with run_id, recorded_at and _new
    doomed: pa.Table  # keys to delete
    report: TableReport


def completed(lake: Lake, work: Work) -> Work:
    """`work` with its rows completed from what is stored now, and checked again."""
    if work.complete is None:
        return work
    spec = work.spec
    columns = identifiers(spec.row_schema.names, "t.")
    with lake.registered(batch=work.rows):
        stored = lake.query(
            f"SELECT {columns} FROM {identifier(spec.name)} AS t "
            f"SEMI JOIN batch AS b ON {_same_key(spec, 't', 'b')}"
        )
    return replace(work, rows=checked_batch(spec, work.complete(work.rows, stored)))


def compare(lake: Lake, work: Work) -> Change:
    spec, rows, scope = work.spec, work.rows, work.scope
    changed, doomed = _no_difference(spec), _no_keys(spec)
    with lake.registered(batch=rows):
        if rows.num_rows:
            changed = lake.query(_difference_sql(spec))
        if scope is not None:
            with lake.registered(scope=scope):
                doomed = lake.query(deletion_sql(spec, scope))
    new = changed[_ACTION].to_pylist().count(True)
    report = TableReport(
        inserted=new,
        updated=changed.num_rows - new,
        unchanged=rows.num_rows - changed.num_rows,
        deleted=doomed.num_rows,
    )
    return Change(spec, changed, doomed, report)


def _difference_sql(spec: TableSpec) -> str:
    """New and changed rows of `batch`; keys are never null, so a null key means no stored row."""
    name, first = identifier(spec.name), identifier(spec.grain[0])
    values = [column.name for column in spec.columns if not column.key]
    differs = " OR ".join(
        [f"t.{first} IS NULL"]
        + [f"b.{identifier(v)} IS DISTINCT FROM t.{identifier(v)}" for v in values]
    )
    return (
        f"SELECT b.*, t.{first} IS NULL AS {_ACTION} FROM batch AS b "
        f"LEFT JOIN {name} AS t ON {_same_key(spec, 'b', 't')} WHERE {differs}"
    )


def apply(lake: Lake, change: Change, run_id: str, moment: datetime) -> None:
    spec, name = change.spec, identifier(change.spec.name)
    if change.doomed.num_rows:
        with lake.registered(doomed=change.doomed):
            lake.execute(
                f"DELETE FROM {name} AS t USING doomed AS d WHERE {_same_key(spec, 't', 'd')}"
            )
    if change.rows.num_rows == 0:
        return
    rows = _stamped(change.rows, run_id, moment)
    columns = identifiers(spec.schema.names)
    with lake.registered(changed=rows):
        if change.report.updated:
            # A change is a deletion and an insertion in one transaction, as it is to DuckLake.
            lake.execute(
                f"DELETE FROM {name} AS t USING changed AS c "
                f"WHERE NOT c.{_ACTION} AND {_same_key(spec, 't', 'c')}"
            )
        lake.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM changed")


def _stamped(rows: pa.Table, run_id: str, moment: datetime) -> pa.Table:
    count = rows.num_rows
    rows = rows.append_column("run_id", pa.array([run_id] * count, pa.string()))
    return rows.append_column("recorded_at", pa.array([moment] * count, TIMESTAMP))


def _same_key(spec: TableSpec, left: str, right: str) -> str:
    return " AND ".join(
        f"{left}.{identifier(key)} = {right}.{identifier(key)}" for key in spec.grain
    )


def _no_difference(spec: TableSpec) -> pa.Table:
    return spec.row_schema.append(pa.field(_ACTION, pa.bool_())).empty_table()


def _no_keys(spec: TableSpec) -> pa.Table:
    return pa.schema([spec.row_schema.field(key) for key in spec.grain]).empty_table()
