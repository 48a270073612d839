"""What a warehouse's catalogue lacks compared with the tables and views of this code.

A writer applies `changes`. A reader may not write, so it puts `shims` into DuckDB's in-memory
database, ahead of the lake in the search path: views of the same names in which a missing column
is null and a missing table is empty. So every query runs on a snapshot of any age.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import duckdb

from schemas.columns import ColumnSpec, TableSpec
from schemas.errors import WarehouseError
from schemas.features import FeatureSpec
from schemas.tables import tables
from warehouse.sqltext import duckdb_type, identifier, identifiers, literal
from warehouse.views import VIEWS, view_sql

GUARD_TABLE = "write_guards"
"""One row a table, updated by every commit that touches the table: see `warehouse.store`."""

_GUARD_DDL = f"CREATE TABLE {GUARD_TABLE} (table_name VARCHAR NOT NULL, writes BIGINT NOT NULL)"

_IN_LAKE = "WHERE database_name = 'lake' AND schema_name = 'main'"
_LAKE_VIEWS = f"FROM duckdb_views() {_IN_LAKE}"


@dataclass(frozen=True, slots=True)
class Stored:
    """What the attached catalogue holds: column → (type, comment) by table, view → comment."""

    tables: Mapping[str, Mapping[str, tuple[str, str | None]]]
    table_comments: Mapping[str, str | None]
    views: Mapping[str, str | None]


def stored(connection: duckdb.DuckDBPyConnection) -> Stored:
    """Read the tables and views of the attached lake."""
    listed = connection.execute(
        f"SELECT table_name, comment FROM duckdb_tables() {_IN_LAKE}"
    ).fetchall()
    columns: dict[str, dict[str, tuple[str, str | None]]] = {name: {} for name, _ in listed}
    rows = connection.execute(
        "SELECT table_name, column_name, data_type, comment FROM duckdb_columns() "
        f"{_IN_LAKE} ORDER BY column_index"
    ).fetchall()
    for table, column, kind, comment in rows:
        if table in columns:
            columns[table][column] = (kind, comment)
    views = connection.execute(f"SELECT view_name, comment {_LAKE_VIEWS}").fetchall()
    return Stored(columns, dict(listed), dict(views))


def up_to_date(connection: duckdb.DuckDBPyConnection, features: tuple[FeatureSpec, ...]) -> bool:
    """Whether the attached lake has this code's tables and views; far cheaper than `stored`.

    The comment of each view ends in a digest of its text and of all tables. What changes a table
    changes the views in the same commit.
    """
    found = dict(connection.execute(f"SELECT view_name, comment {_LAKE_VIEWS}").fetchall())
    return all(found.get(name) == _view_comment(name, features) for name in VIEWS)


def changes(found: Stored, features: Iterable[FeatureSpec]) -> list[str]:
    """Statements that bring the catalogue up to date; empty when it is.

    Raises
    ------
    WarehouseError
        When a stored column has another type than this code's.
    """
    listed = tuple(features)
    specs = tables(listed)
    _refuse_other_types(found, specs)
    statements = [s for spec in specs.values() for s in _table_changes(found, spec)]
    statements += _guard_changes(found, specs)
    for name in VIEWS:
        sql, comment = view_sql(name, listed), _view_comment(name, listed)
        if found.views.get(name) != comment:
            statements.append(f"CREATE OR REPLACE VIEW {name} AS {sql}")
            statements.append(f"COMMENT ON VIEW {name} IS {literal(comment)}")
    return statements


def shims(found: Stored, features: Iterable[FeatureSpec]) -> list[str]:
    """Statements that make an older snapshot look up to date without writing to it.

    Raises
    ------
    WarehouseError
        When a stored column has another type than this code's.
    """
    listed = tuple(features)
    specs = tables(listed)
    _refuse_other_types(found, specs)
    incomplete = [spec for spec in specs.values() if _missing(found, spec)]
    stale = any(found.views.get(name) != _view_comment(name, listed) for name in VIEWS)
    if not incomplete and not stale:
        return []
    statements = [_table_shim(found, spec) for spec in incomplete]
    return statements + [f"CREATE VIEW {name} AS {view_sql(name, listed)}" for name in VIEWS]


def recorded_until(found: Stored, features: Iterable[FeatureSpec], moment: datetime) -> list[str]:
    """Statements after which every table and view holds only rows recorded at `moment` or before.

    As `shims`, they write to DuckDB's in-memory database alone.
    """
    listed = tuple(features)
    limit = f"WHERE recorded_at <= TIMESTAMPTZ {literal(moment.isoformat())}"
    statements = ["SET search_path = 'memory.main,lake.main'"]
    for spec in tables(listed).values():
        statements.append(_table_shim(found, spec, limit if spec.name in found.tables else ""))
    views = (f"CREATE OR REPLACE VIEW {name} AS {view_sql(name, listed)}" for name in VIEWS)
    return [*statements, *views]


def _refuse_other_types(found: Stored, specs: Mapping[str, TableSpec]) -> None:
    for spec in specs.values():
        for column in spec.all_columns:
            kind, _ = found.tables.get(spec.name, {}).get(column.name, (None, None))
            wanted = duckdb_type(column.type)
            if kind is not None and kind != wanted:
                raise WarehouseError(
                    f"{spec.name}.{column.name} is {kind} in this warehouse and {wanted} in this "
                    "version of wordtone; use the version that wrote it, or ingest into a new "
                    "warehouse"
                )


def _missing(found: Stored, spec: TableSpec) -> list[ColumnSpec]:
    present = found.tables.get(spec.name, {})
    return [column for column in spec.all_columns if column.name not in present]


def _table_changes(found: Stored, spec: TableSpec) -> Iterator[str]:
    name = identifier(spec.name)
    if spec.name not in found.tables:
        columns = ", ".join(_column_ddl(column) for column in spec.all_columns)
        yield f"CREATE TABLE {name} ({columns})"
    else:
        for column in _missing(found, spec):
            # Old rows have no value: the store, not the table, keeps a new column from being null.
            kind = duckdb_type(column.type)
            yield f"ALTER TABLE {name} ADD COLUMN {identifier(column.name)} {kind}"
    if found.table_comments.get(spec.name) != spec.description:
        yield f"COMMENT ON TABLE {name} IS {literal(spec.description)}"
    known = found.tables.get(spec.name, {})
    for column in spec.all_columns:
        if known.get(column.name, ("", None))[1] != column.description:
            target = f"{name}.{identifier(column.name)}"
            yield f"COMMENT ON COLUMN {target} IS {literal(column.description)}"


def _column_ddl(column: ColumnSpec) -> str:
    suffix = "" if column.nullable else " NOT NULL"
    return f"{identifier(column.name)} {duckdb_type(column.type)}{suffix}"


def _guard_changes(found: Stored, specs: Mapping[str, TableSpec]) -> Iterator[str]:
    if GUARD_TABLE not in found.tables:
        yield _GUARD_DDL
    new = [name for name in specs if name not in found.tables]
    if new:
        rows = ", ".join(f"({literal(name)}, 0)" for name in new)
        yield f"INSERT INTO {GUARD_TABLE} VALUES {rows}"


def _table_shim(found: Stored, spec: TableSpec, where: str = "") -> str:
    name = identifier(spec.name)
    nulls = [f"NULL::{duckdb_type(c.type)} AS {identifier(c.name)}" for c in _missing(found, spec)]
    create = f"CREATE OR REPLACE VIEW {name} AS SELECT"
    if spec.name not in found.tables:
        return f"{create} {', '.join(nulls)} WHERE false"
    columns = ", ".join([identifiers(found.tables[spec.name]), *nulls])
    return f"{create} {columns} FROM lake.main.{name} {where}"


@cache
def _view_comment(name: str, features: tuple[FeatureSpec, ...]) -> str:
    # DuckDB rewrites the text of a view, so its definition is recognised by a digest.
    text = f"{view_sql(name, features)}{_tables_text(features)}"
    return f"{VIEWS[name]} [{hashlib.blake2b(text.encode(), digest_size=6).hexdigest()}]"


@cache
def _tables_text(features: tuple[FeatureSpec, ...]) -> str:
    """Everything that `_table_changes` compares."""
    lines = []
    for spec in tables(features).values():
        lines += [spec.name, spec.description]
        lines += [f"{_column_ddl(column)}: {column.description}" for column in spec.all_columns]
    return "\n".join(lines)
