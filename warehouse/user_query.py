"""`wordtone query SQL`: one read-only statement of a trusted user.

The statement is parsed first and must be a SELECT (also WITH, VALUES, FROM …, PIVOT, DESCRIBE,
SUMMARIZE, EXPLAIN), and it runs on a lake that is attached read-only. That guards against
mistakes, not against malice: SQL of strangers goes through `warehouse.sandbox`.
"""

from __future__ import annotations

import duckdb
import pyarrow as pa

from schemas.errors import QueryError, WarehouseError
from warehouse.lake import Lake

_READING = frozenset({"SELECT", "EXPLAIN"})


def run_query(lake: Lake, sql: str, limit: int | None = None) -> pa.Table:
    """Run `sql` on a read-only `lake`; at most `limit` rows of its result.

    Raises
    ------
    QueryError
        The lake is open for writing, `sql` is empty, does not parse, holds several statements or
        one that is not a SELECT, `limit` is negative, or DuckDB refuses it (with DuckDB's message).
    """
    if not lake.read_only:
        raise QueryError("a query needs a warehouse that is open read-only")
    if limit is not None and limit < 0:
        raise QueryError(f"limit={limit}: valid is 0 or more")
    statement = _single_statement(sql)
    try:
        table = lake.query(statement)
    except WarehouseError as error:
        cause = error.__cause__
        raise QueryError(str(cause) if isinstance(cause, duckdb.Error) else str(error)) from error
    table = with_distinct_names(table)
    return table if limit is None else table.slice(0, limit)


def with_distinct_names(table: pa.Table) -> pa.Table:
    """`table` with _1, _2 … behind names that it has already: every format needs one a column.

    Raises
    ------
    QueryError
        A struct has two fields of one name, as `row(1, 2)` has.
    """
    for field in table.schema:
        _refuse_repeated_fields(field.name, field.type)
    taken: set[str] = set()
    names = []
    for name in table.column_names:
        new, number = name, 0
        while new in taken:
            number += 1
            new = f"{name}_{number}"
        taken.add(new)
        names.append(new)
    return table.rename_columns(names)


def _refuse_repeated_fields(column: str, kind: pa.DataType) -> None:
    inner = [kind.field(i) for i in range(kind.num_fields)]
    if pa.types.is_struct(kind) and len({field.name for field in inner}) < len(inner):
        raise QueryError(f"column {column}: a struct has two fields of one name; name them")
    for field in inner:
        _refuse_repeated_fields(column, field.type)


def _single_statement(sql: str) -> str:
    """Text of the one reading statement in `sql`."""
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise QueryError(str(error)) from error
    if len(statements) != 1:
        raise QueryError(f"{len(statements)} statements; valid is one SELECT")
    kind = statements[0].type.name
    if kind not in _READING:
        raise QueryError(f"a {kind.replace('_', ' ')} statement; valid is SELECT")
    return statements[0].query
