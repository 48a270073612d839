"""An Arrow table as text or file: table, csv, json, jsonl, parquet."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from schemas.errors import InputError, StorageError

_WIDEST = 60
_WITHOUT_NOTATION = (pa.types.is_nested, pa.types.is_timestamp, pa.types.is_interval)


def write_table(table: pa.Table, kind: str, target: Path | BinaryIO) -> None:
    """Write `table` in format `kind` to a path, or to a stream opened in binary mode.

    csv: RFC 4180 with a header, lists and structs as JSON. json: one array of objects.
    jsonl: one object a line. parquet: as typed. table: aligned columns for a person, cells cut at
    60 characters. All text is UTF-8; moments are ISO 8601 in UTC.

    Raises
    ------
    InputError
        For an unknown format, or a number that is not finite in json or jsonl.
    StorageError
        When the path cannot be written.
    """
    writer = FORMATS.get(kind)
    if writer is None:
        raise InputError(f"format {kind!r}: valid are {', '.join(FORMATS)}")
    if not isinstance(target, Path):
        writer(table, target)
        return
    try:
        with target.open("wb") as stream:
            writer(table, stream)
    except OSError as error:
        raise StorageError(f"{target}: cannot be written ({error.strerror or error})") from error


def write_answer(table: pa.Table, facts: Mapping[str, Any], target: Path | BinaryIO) -> None:
    """Write one JSON object: `facts`, and the rows of `table` under "rows".

    Raises
    ------
    InputError
        A number is not finite: JSON has no notation for it.
    StorageError
        When the path cannot be written.
    """
    text = _json({**facts, "rows": _records(table)}) + "\n"
    if not isinstance(target, Path):
        target.write(text.encode())
        return
    try:
        target.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{target}: cannot be written ({error.strerror or error})") from error


def table_text(table: pa.Table) -> str:
    """`table` in aligned columns, numbers to the right, with the number of rows below."""
    rows = [[_cell(value) for value in row.values()] for row in _records(table)]
    names = table.column_names
    widths = [max([len(name), *(len(row[i]) for row in rows)]) for i, name in enumerate(names)]
    right = [_is_number(field.type) for field in table.schema]
    lines = [_line(names, widths, right), "  ".join("─" * width for width in widths)]
    lines += [_line(row, widths, right) for row in rows]
    lines.append(f"({'1 row' if table.num_rows == 1 else f'{table.num_rows} rows'})")
    return "\n".join(lines) + "\n"


def _write_table(table: pa.Table, stream: BinaryIO) -> None:
    stream.write(table_text(table).encode())


def _write_csv(table: pa.Table, stream: BinaryIO) -> None:
    columns = [_flat(table.column(i)) for i in range(table.num_columns)]
    flat = pa.Table.from_arrays(columns, names=table.column_names)
    buffer = io.BytesIO()  # pyarrow closes what it writes to
    options = pa.csv.WriteOptions(quoting_style="needed")
    pa.csv.write_csv(flat, buffer, options)
    stream.write(buffer.getvalue())


def _flat(values: pa.ChunkedArray) -> Any:
    """Columns that CSV has no notation for, as text."""
    if not any(is_kind(values.type) for is_kind in _WITHOUT_NOTATION):
        return values
    listed = values.to_pylist()
    return pa.array([None if value is None else _text(value) for value in listed], pa.string())


def _write_json(table: pa.Table, stream: BinaryIO) -> None:
    lines = [_json(record) for record in _records(table)]
    stream.write(("[" + ",\n ".join(lines) + "]\n").encode())


def _write_jsonl(table: pa.Table, stream: BinaryIO) -> None:
    for record in _records(table):
        stream.write((_json(record) + "\n").encode())


def _write_parquet(table: pa.Table, stream: BinaryIO) -> None:
    buffer = io.BytesIO()
    pa.parquet.write_table(table, buffer, compression="zstd")
    stream.write(buffer.getvalue())


FORMATS: dict[str, Callable[[pa.Table, BinaryIO], None]] = {
    "table": _write_table,
    "csv": _write_csv,
    "json": _write_json,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
}
"""Format → its writer."""


def _records(table: pa.Table) -> list[dict[str, Any]]:
    return list(table.to_pylist())


def _json(value: object) -> str:
    try:
        return json.dumps(value, default=_text, ensure_ascii=False, allow_nan=False)
    except ValueError as error:
        raise InputError("a number is not finite, and JSON has no notation for it") from error


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, (list, dict)):
        return _json(value)
    return str(value)


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = f"{value:.6g}" if isinstance(value, float) else _text(value)
    text = " ".join(text.split())
    return text if len(text) <= _WIDEST else text[: _WIDEST - 1] + "…"


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _line(cells: list[str], widths: list[int], right: list[bool]) -> str:
    padded = [
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    ]
    return "  ".join(padded).rstrip()
