"""A batch is checked whole before anything is written: what is refused, and in which words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from schemas.columns import ColumnSpec, TableSpec
from schemas.errors import ContractError

Batch: TypeAlias = pa.Table | Sequence[Any]
"""Rows for one table: an Arrow table of its `row_schema`, or a sequence of its row dataclass."""

_EXAMPLES = 3
_NO_NUL = "text without NUL characters"


def checked_batch(spec: TableSpec, batch: Batch) -> pa.Table:
    """`batch` as an Arrow table of `spec.row_schema` in which every row is valid.

    Columns may come in any order and in any Arrow type that casts without loss.

    Raises
    ------
    ContractError
        For a missing or unknown column; a value of the wrong type, out of its range, not finite,
        not among the valid ones, null or empty where that is not allowed; a vector that is too
        long; two rows with one key. The message has the table, column, key, value and what is
        valid.
    """
    table = _conformed(spec, batch) if isinstance(batch, pa.Table) else spec.to_arrow(batch)
    table = table.combine_chunks()
    for column in spec.columns:
        for bad, rule in _rules(column, table[column.name]):
            _refuse(spec, table, column, bad, rule)
    _refuse_repeated_keys(spec, table)
    return table


def _conformed(spec: TableSpec, table: pa.Table) -> pa.Table:
    wanted = spec.row_schema.names
    given = table.column_names
    repeated = sorted({name for name in given if given.count(name) > 1})
    for what, names in (
        ("unknown", sorted(set(given) - set(wanted))),
        ("missing", [name for name in wanted if name not in given]),
        ("repeated", repeated),
    ):
        if names:
            raise ContractError(
                f"{spec.name}: {what} column {', '.join(names)}; valid are {', '.join(wanted)}"
            )
    columns = [_cast(spec, column, table[column.name]) for column in spec.columns]
    return pa.Table.from_arrays(columns, schema=spec.row_schema)


def _cast(spec: TableSpec, column: ColumnSpec, values: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = values.type
    if pa.types.is_timestamp(kind) and kind.tz is None:
        raise ContractError(f"{spec.name}.{column.name}: a timestamp without a time zone; use UTC")
    # Casting text to a number or a number to text would succeed and hide a mistake.
    textual = [pa.types.is_string(t) or pa.types.is_large_string(t) for t in (kind, column.type)]
    if pa.types.is_dictionary(kind):
        textual[0] = textual[1]
    if textual[0] != textual[1] and not pa.types.is_null(kind):
        raise ContractError(f"{spec.name}.{column.name}: {kind}; valid is {column.type}")
    try:
        return values.cast(column.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise ContractError(
            f"{spec.name}.{column.name}: {kind} does not fit; valid is {column.type} ({error})"
        ) from error


def _rules(column: ColumnSpec, values: pa.ChunkedArray) -> Iterator[tuple[Any, str]]:
    """Pairs (mask of the rows that break a rule, what would be valid)."""
    if not column.nullable:
        yield pc.is_null(values), "a value"
    if column.values is not None:
        known = pc.is_in(values, value_set=pa.array(column.values, pa.string()))
        yield _present(values, pc.invert(known)), f"one of {', '.join(column.values)}"
    if column.key and pa.types.is_string(column.type):
        yield _present(values, pc.equal(pc.utf8_length(values), 0)), "text that is not empty"
    if pa.types.is_string(column.type):
        yield _present(values, _has_nul(values)), _NO_NUL
    if pa.types.is_list(column.type):
        yield from _list_rules(column, values)
    else:
        for bad, rule in _number_rules(column, values):
            yield _present(values, bad), rule


def _list_rules(column: ColumnSpec, values: pa.ChunkedArray) -> Iterator[tuple[Any, str]]:
    if column.length is not None:
        too_long = pc.greater(pc.list_value_length(values), column.length)
        yield _present(values, too_long), f"at most {column.length} elements"
    elements, parents = pc.list_flatten(values), pc.list_parent_indices(values)
    for bad, rule in _number_rules(column, elements):
        rows = pc.filter(parents, _present(elements, bad))
        positions = pa.array(range(len(values)), parents.type)
        yield pc.is_in(positions, value_set=pc.unique(rows)), f"elements: {rule}"
    if pa.types.is_string(column.type.value_type):
        bad = pc.or_kleene(pc.is_null(elements), _has_nul(elements))
        rows = pc.unique(pc.filter(parents, bad))
        positions = pa.array(range(len(values)), parents.type)
        yield pc.is_in(positions, value_set=rows), f"elements that are not null: {_NO_NUL}"


def _number_rules(column: ColumnSpec, values: Any) -> Iterator[tuple[Any, str]]:
    if pa.types.is_floating(values.type):
        yield pc.invert(pc.is_finite(values)), "a finite number, or null"
    if column.minimum is not None:
        low = _bound(column.minimum, values.type)
        yield pc.less(values, low), f"{column.minimum:g} or more"
    if column.maximum is not None:
        high = _bound(column.maximum, values.type)
        yield pc.greater(values, high), f"{column.maximum:g} or less"


def _has_nul(values: Any) -> Any:
    # DuckLake puts the least and greatest text of a file into SQL, which a NUL cuts short: a table
    # with such a value could no longer be read.
    return pc.match_substring(values, "\0")


def _bound(value: float, kind: pa.DataType) -> pa.Scalar:
    # In the column's own type: 0.1 as float32 is above 0.1, and must not count as beyond it.
    return pa.scalar(int(value) if pa.types.is_integer(kind) else value, kind)


def _present(values: Any, bad: Any) -> Any:
    return pc.and_(pc.is_valid(values), pc.fill_null(bad, fill_value=False))


def _refuse(spec: TableSpec, table: pa.Table, column: ColumnSpec, bad: Any, rule: str) -> None:
    count = pc.sum(bad).as_py() or 0
    if count == 0:
        return
    rows = table.filter(bad).slice(0, _EXAMPLES).to_pylist()
    examples = "; ".join(f"{_key(spec, row)} has {_short(row[column.name])}" for row in rows)
    raise ContractError(
        f"{spec.name}.{column.name}: {_counted(count)} not valid: {examples}; valid is {rule}"
    )


def _refuse_repeated_keys(spec: TableSpec, table: pa.Table) -> None:
    counted = table.select(spec.grain).group_by(list(spec.grain)).aggregate([([], "count_all")])
    repeated = counted.filter(pc.greater(counted["count_all"], 1))
    if repeated.num_rows == 0:
        return
    rows = repeated.slice(0, _EXAMPLES).to_pylist()
    examples = "; ".join(f"{_key(spec, row)} occurs {row['count_all']} times" for row in rows)
    raise ContractError(
        f"{spec.name}: {_counted(repeated.num_rows)} with a repeated key: {examples}; "
        f"valid is one row for each {', '.join(spec.grain)}"
    )


def _key(spec: TableSpec, row: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_short(row[name])}" for name in spec.grain)


def _short(value: object) -> str:
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 80 else text[:77] + "…"


def _counted(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows} rows"


def known_tables(specs: Mapping[str, TableSpec], names: Iterable[str]) -> None:
    """Refuse table names that do not exist.

    Raises
    ------
    ContractError
        With the valid names.
    """
    unknown = sorted(set(names) - set(specs))
    if unknown:
        raise ContractError(f"no table {', '.join(unknown)}; valid are {', '.join(sorted(specs))}")
