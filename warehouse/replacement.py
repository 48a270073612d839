"""Replacement: which stored rows a batch stands in for, so that those it lacks are deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import pyarrow as pa

from schemas.columns import TableSpec
from schemas.errors import ContractError
from warehouse.sqltext import identifier, identifiers

Scope: TypeAlias = Sequence[str] | pa.Table
"""Column names (values as in the batch), or a table of values; NAME_prefix: NAME starts with;
NAME_not_prefix: NAME starts otherwise. A null prefix is no condition."""

_PREFIX, _NOT_PREFIX = "_prefix", "_not_prefix"


def scope_table(spec: TableSpec, scope: Scope, batch: pa.Table) -> pa.Table:
    """Distinct values of the scope's columns.

    Raises
    ------
    ContractError
        The scope has no column, or one that the table has not.
    """
    names = scope.column_names if isinstance(scope, pa.Table) else list(scope)
    valid = [c.name for c in spec.columns]
    texts = [
        c.name + suffix
        for c in spec.columns
        if pa.types.is_string(c.type)
        for suffix in (_PREFIX, _NOT_PREFIX)
    ]
    allowed = {*valid, *texts} if isinstance(scope, pa.Table) else {*valid}
    wrong = sorted(set(names) - allowed)
    if wrong or not names:
        found = ", ".join(wrong) or "none"
        raise ContractError(
            f"{spec.name}: replacement by column {found}; valid are {', '.join(valid)}, and in a "
            "table of values, for text, NAME_prefix and NAME_not_prefix"
        )
    values = scope if isinstance(scope, pa.Table) else batch.select(names)
    return values.group_by(names).aggregate([])


def deletion_sql(spec: TableSpec, scope: pa.Table) -> str:
    """Keys of stored rows that are in `scope` and not in `batch` (both registered)."""
    inside = " AND ".join(_condition(spec, name) for name in scope.column_names)
    same = " AND ".join(f"b.{identifier(key)} = t.{identifier(key)}" for key in spec.grain)
    return (
        f"SELECT {identifiers(spec.grain, 't.')} FROM {identifier(spec.name)} AS t "
        f"WHERE EXISTS (SELECT 1 FROM scope AS s WHERE {inside}) "
        f"AND NOT EXISTS (SELECT 1 FROM batch AS b WHERE {same})"
    )


def _condition(spec: TableSpec, name: str) -> str:
    if name in spec.row_schema.names:
        return f"t.{identifier(name)} IS NOT DISTINCT FROM s.{identifier(name)}"
    negated = name.endswith(_NOT_PREFIX)
    column = identifier(name.removesuffix(_NOT_PREFIX if negated else _PREFIX))
    wanted = f"{'NOT ' if negated else ''}starts_with(t.{column}, s.{identifier(name)})"
    return f"(s.{identifier(name)} IS NULL OR {wanted})"
