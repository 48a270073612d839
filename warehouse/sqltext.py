"""SQL files of this package, and how names and values are written into SQL text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib import resources
from string import Template

import pyarrow as pa

_DUCKDB_TYPES: dict[pa.DataType, str] = {
    pa.string(): "VARCHAR",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.bool_(): "BOOLEAN",
    pa.timestamp("us", tz="UTC"): "TIMESTAMP WITH TIME ZONE",
    pa.list_(pa.float32()): "FLOAT[]",
    pa.list_(pa.float64()): "DOUBLE[]",
    pa.list_(pa.int64()): "BIGINT[]",
    pa.list_(pa.string()): "VARCHAR[]",
}


class SqlTemplate(Template):
    """Placeholders are written @{name}; $name stays what it is to DuckDB, a parameter."""

    delimiter = "@"


@cache
def sql_text(folder: str, name: str) -> str:
    """Text of `sql/FOLDER/NAME.sql`."""
    path = resources.files("warehouse") / "sql" / folder / f"{name}.sql"
    return path.read_text(encoding="utf-8")


def sql_names(folder: str) -> tuple[str, ...]:
    """Names of the files in `sql/FOLDER`, sorted."""
    entries = (resources.files("warehouse") / "sql" / folder).iterdir()
    return tuple(sorted(e.name.removesuffix(".sql") for e in entries if e.name.endswith(".sql")))


def filled(folder: str, name: str, parts: Mapping[str, str]) -> str:
    """`sql_text` with its @{…} placeholders replaced by `parts`."""
    return SqlTemplate(sql_text(folder, name)).substitute(parts)


def identifier(name: str) -> str:
    """`name` quoted as an SQL identifier."""
    escaped = name.replace('"', '""')
    return f'"{escaped}"'


def identifiers(names: Iterable[str], prefix: str = "") -> str:
    """Quoted names with commas between, each behind `prefix` (as "t.")."""
    return ", ".join(prefix + identifier(name) for name in names)


def literal(text: str) -> str:
    """`text` quoted as an SQL string."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def duckdb_type(kind: pa.DataType) -> str:
    """Name of the DuckDB type that stores an Arrow type of `schemas.columns`."""
    return _DUCKDB_TYPES[kind]
