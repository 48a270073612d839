"""The tables in words: the generated region of docs/warehouse.md.

`python -m warehouse.describe FILE` writes the region into FILE anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from schemas.columns import ColumnSpec, TableSpec
from schemas.errors import InputError
from schemas.tables import TABLES

BEGIN = "<!-- generated from schemas.tables: begin -->"
END = "<!-- generated from schemas.tables: end -->"


def tables_markdown() -> str:
    """Every table: its grain, and each column with type, range and meaning."""
    return "\n\n".join("\n".join(_table(spec)) for spec in TABLES.values())


def with_tables(text: str) -> str:
    """`text` with the region between BEGIN and END written anew.

    Raises
    ------
    InputError
        When a marker is missing.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise InputError(f"the text has no region between {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{tables_markdown()}\n\n{END}{after}"


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


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")
