"""Tables of an export as Parquet, CSV or JSON lines, streamed batch by batch.

CSV: a list becomes one column a component (NAME_0 …). A text cell that begins with = + - @, a tab
or a carriage return would run as a formula in a spreadsheet; it gets an apostrophe in front, which
spreadsheets hide, and the manifest counts such cells. The other formats hold text as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from schemas.features import FeatureSpec
from warehouse.lake import Lake
from warehouse.sqltext import sql_text

TABLES = ("tracks", "features", "tags", "rights")
_FORMULA = r"^[=+\-@\t\r]"
_NO_ROWS = "SELECT * FROM ({}) LIMIT 0"

Append = Callable[[pa.RecordBatch], int]
"""Writes a batch; returns how many cells had to be guarded."""


@dataclass(frozen=True, slots=True)
class Written:
    """A table that was written: its file, rows, columns as exported, and guarded cells."""

    file: str
    rows: int
    schema: pa.Schema
    guarded: int


def write_tables(lake: Lake, folder: Path, form: str) -> dict[str, Written]:
    """Write all of TABLES for the registered table `chosen` into `folder`."""
    return {name: _write(lake, folder, name, form) for name in TABLES}


def _write(lake: Lake, folder: Path, name: str, form: str) -> Written:
    sql = sql_text("export", name)
    shape = lake.query(_NO_ROWS.format(sql)).schema
    spread = _spread_of(shape, lake.features) if form == "csv" else {}
    schema = _flat_schema(shape, spread)
    file = f"{name}.{form}"
    rows = guarded = 0
    with _WRITERS[form](folder / file, schema) as append:
        for batch in lake.stream(sql):
            guarded += append(_flat(batch, spread, schema))
            rows += batch.num_rows
    return Written(file, rows, schema, guarded)


def _spread_of(shape: pa.Schema, features: tuple[FeatureSpec, ...]) -> dict[str, int]:
    """Columns of lists → their number of components."""
    sizes = {spec.name: spec.size for spec in features}
    return {f.name: sizes[f.name] for f in shape if pa.types.is_list(f.type)}


def _flat_schema(shape: pa.Schema, spread: Mapping[str, int]) -> pa.Schema:
    fields = []
    for one in shape:
        if one.name in spread:
            kind = one.type.value_type
            fields += [pa.field(f"{one.name}_{i}", kind) for i in range(spread[one.name])]
        else:
            fields.append(one)
    return pa.schema(fields)


def _flat(batch: pa.RecordBatch, spread: Mapping[str, int], schema: pa.Schema) -> pa.RecordBatch:
    columns: list[pa.Array] = []
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if name in spread:
            columns += _components(column, spread[name])
        else:
            columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _components(column: pa.Array, size: int) -> list[pa.Array]:
    """A column of lists as `size` columns; what a shorter list lacks is null."""
    listed = column.to_pylist()
    kind = column.type.value_type
    return [
        pa.array([row[i] if row is not None and i < len(row) else None for row in listed], kind)
        for i in range(size)
    ]


@contextmanager
def _parquet(path: Path, schema: pa.Schema) -> Iterator[Append]:
    with pa.parquet.ParquetWriter(path, schema, compression="zstd") as writer:

        def append(batch: pa.RecordBatch) -> int:
            writer.write_batch(batch)
            return 0

        yield append


@contextmanager
def _csv(path: Path, schema: pa.Schema) -> Iterator[Append]:
    options = pa.csv.WriteOptions(quoting_style="needed")
    with pa.csv.CSVWriter(path, schema, write_options=options) as writer:

        def append(batch: pa.RecordBatch) -> int:
            safe, guarded = guarded_batch(batch)
            writer.write_batch(safe)
            return guarded

        yield append


def guarded_batch(batch: pa.RecordBatch) -> tuple[pa.RecordBatch, int]:
    """Text cells that a spreadsheet would take for a formula with an apostrophe; how many."""
    columns, guarded = [], 0
    for column in batch.columns:
        if pa.types.is_string(column.type) and len(column):
            risky = pc.fill_null(pc.match_substring_regex(column, _FORMULA), False)
            count = int(pc.sum(risky).as_py())
            if count:
                guarded += count
                quoted = pc.binary_join_element_wise("'", column, "")
                columns.append(pc.if_else(risky, quoted, column))
                continue
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema), guarded


@contextmanager
def _jsonl(path: Path, schema: pa.Schema) -> Iterator[Append]:
    with path.open("w", encoding="utf-8") as stream:

        def append(batch: pa.RecordBatch) -> int:
            stream.writelines(_line(row) for row in batch.to_pylist())
            return 0

        yield append


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, allow_nan=False, default=_text) + "\n"


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


_WRITERS: dict[str, Callable[[Path, pa.Schema], AbstractContextManager[Append]]] = {
    "parquet": _parquet,
    "csv": _csv,
    "jsonl": _jsonl,
}
