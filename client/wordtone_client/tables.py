"""Answers to SQL as Arrow tables; needs pyarrow."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wordtone_client.models import SqlAnswer

if TYPE_CHECKING:
    import pyarrow as pa

_PLAIN = frozenset(
    (
        "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
        "float", "double", "string",
    )
)  # fmt: skip
_DECIMAL = re.compile(r"decimal128\((\d+), (\d+)\)")
_TIMESTAMP = re.compile(r"timestamp\[(s|ms|us|ns)(?:, tz=([^\]]+))?\]")


def as_table(answer: SqlAnswer) -> pa.Table:
    """The rows of an answer as a table with the columns' own types.

    Numbers, texts, truth values, decimals, dates and moments are as the database had them; anything
    else, as lists, is what its JSON says.
    """
    import pyarrow as pa

    columns = {}
    for column in answer.columns:
        values = [row.get(column.name) for row in answer.rows]
        columns[column.name] = _array(values, column.type)
    return pa.table(columns)


def _array(values: list[Any], kind: str) -> pa.Array:
    import pyarrow as pa

    if kind in _PLAIN:
        return pa.array(values, pa.type_for_alias(kind))
    if found := _DECIMAL.fullmatch(kind):
        exact = [None if value is None else Decimal(value) for value in values]
        return pa.array(exact, pa.decimal128(int(found[1]), int(found[2])))
    if kind == "date32[day]":
        days = [None if value is None else date.fromisoformat(value) for value in values]
        return pa.array(days, pa.date32())
    if found := _TIMESTAMP.fullmatch(kind):
        moments = [None if value is None else datetime.fromisoformat(value) for value in values]
        return pa.array(moments, pa.timestamp(found[1], found[2]))
    told = pa.array(values)
    return told.cast(pa.string()) if pa.types.is_null(told.type) else told
