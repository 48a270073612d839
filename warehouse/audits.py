"""Audits: each is a query that returns the rows which break a rule; a sound warehouse has none.

`sql/audits/*.sql` holds the rules between tables; the grain, and the rules of a single column
(null, range, valid values), are generated from TABLES, so that they check what is stored and not
what the store believes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from schemas.columns import ColumnSpec, TableSpec
from schemas.features import groups
from warehouse.lake import Lake
from warehouse.sqltext import filled, identifier, identifiers, literal, sql_names, sql_text

_EXAMPLES = 100


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What one audit found: how many rows break `rule`, and at most 100 of them."""

    name: str
    rule: str
    count: int
    rows: pa.Table

    @property
    def passed(self) -> bool:
        return self.count == 0


def run_audits(lake: Lake, names: Iterable[str] | None = None) -> list[AuditResult]:
    """Run every audit, or those of these names."""
    listed = audit_sql(lake)
    return [_run(lake, name, listed[name]) for name in (listed if names is None else names)]


def in_words(result: AuditResult) -> str:
    """One line: which audit failed, and with how many rows."""
    return f"audit {result.name} failed: {result.count} rows ({result.rule})"


def failing_audits(lake: Lake) -> list[AuditResult]:
    """Those of `run_audits` that found something."""
    return [result for result in run_audits(lake) if not result.passed]


def grain_of_keys(lake: Lake, spec: TableSpec, keys: pa.Table) -> AuditResult:
    """The audit of a table's grain, of the rows with these keys only: what a commit has touched."""
    names = identifiers(spec.grain)
    same = " AND ".join(f"k.{identifier(key)} = t.{identifier(key)}" for key in spec.grain)
    sql = (
        f"{_grain_rule(spec)}\nSELECT {names}, count(*) AS rows FROM {identifier(spec.name)} AS t "
        f"SEMI JOIN touched AS k ON {same} GROUP BY {names} HAVING count(*) > 1"
    )
    with lake.registered(touched=keys.select(spec.grain)):
        return _run(lake, f"grain_{spec.name}", sql)


def audit_sql(lake: Lake) -> Mapping[str, str]:
    """Audit → its query; the first line is a comment that states the rule."""
    found = {f"grain_{spec.name}": _grain(spec) for spec in lake.tables.values()}
    found |= {f"columns_{spec.name}": _columns(spec) for spec in lake.tables.values()}
    found |= {name: sql_text("audits", name) for name in sql_names("audits")}
    found |= {
        f"{group}_has_track": filled("audits/parts", "features_have_track", {"group": group})
        for group in groups(lake.features)
    }
    return found


def _run(lake: Lake, name: str, sql: str) -> AuditResult:
    rows = lake.query(sql)
    rule = sql.partition("\n")[0].removeprefix("-- ")
    return AuditResult(name, rule, rows.num_rows, rows.slice(0, _EXAMPLES))


def _grain(spec: TableSpec) -> str:
    keys = identifiers(spec.grain)
    return (
        f"{_grain_rule(spec)}\n"
        f"SELECT {keys}, count(*) AS rows FROM {identifier(spec.name)} "
        f"GROUP BY {keys} HAVING count(*) > 1"
    )


def _grain_rule(spec: TableSpec) -> str:
    return f"-- {spec.name}: one row for each {', '.join(spec.grain)}."


def _columns(spec: TableSpec) -> str:
    broken = ", ".join(
        f"CASE WHEN {_breaks(column)} THEN {literal(column.name)} END"
        for column in spec.all_columns
        if _breaks(column)
    )
    return (
        f"-- {spec.name}: every column has a value, in range and among the valid ones.\n"
        f"SELECT * FROM (SELECT {identifiers(spec.grain)}, "
        f"concat_ws(', ', {broken}) AS broken FROM {identifier(spec.name)}) WHERE broken <> ''"
    )


def _breaks(column: ColumnSpec) -> str:
    """SQL condition that holds when the column's value is not valid; "" when all are."""
    name = identifier(column.name)
    rules = [] if column.nullable else [f"{name} IS NULL"]
    if column.values is not None:
        rules.append(f"{name} NOT IN ({', '.join(literal(v) for v in column.values)})")
    least, most = (f"list_min({name})", f"list_max({name})")
    if not pa.types.is_list(column.type):
        least = most = name
    if column.minimum is not None:
        rules.append(f"{least} < {column.minimum!r}::{_bound_type(column)}")
    if column.maximum is not None:
        rules.append(f"{most} > {column.maximum!r}::{_bound_type(column)}")
    if column.length is not None:
        rules.append(f"len({name}) > {column.length}")
    return " OR ".join(rules)


def _bound_type(column: ColumnSpec) -> str:
    narrow = pa.types.is_list(column.type) and pa.types.is_float32(column.type.value_type)
    return "FLOAT" if narrow else "DOUBLE"
