"""The tables of docs/warehouse.md, out of their row dataclasses."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.columns import ColumnSpec, TableSpec
from schemas.tables import TABLES


def tables() -> str:
    """Every table: its grain, and each column with type, range and meaning."""
    return "\n\n".join("\n".join(_table(spec)) for spec in TABLES.values())


def _table(spec: TableSpec) -> Iterator[str]:
    yield f"### `{spec.name}`"
    yield ""
    yield f"{spec.description}. One row for each {', '.join(f'`{key}`' for key in spec.grain)}."
    yield ""
    yield "| column | type | valid | meaning |"
    yield "|---|---|---|---|"
    for column in spec.columns:
        cells = (f"`{column.name}`", _type(column), _valid(column), column.description)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type(column: ColumnSpec) -> str:
    return str(column.type).replace("list<item: ", "list of ").replace(">", "")


def _valid(column: ColumnSpec) -> str:
    rules = []
    if column.values is not None:
        rules.append(", ".join(column.values))
    if column.minimum is not None or column.maximum is not None:
        low = "" if column.minimum is None else f"{column.minimum:g}"
        high = "" if column.maximum is None else f"{column.maximum:g}"
        rules.append(f"{low} … {high}".strip())
    if column.length is not None:
        rules.append(f"up to {column.length} elements")
    if column.nullable:
        rules.append("or null")
    return "; ".join(rules)
