"""How a row dataclass becomes a pyarrow schema: one declaration, everything else derived."""

from __future__ import annotations

import dataclasses
import types
import typing
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

import pyarrow as pa

from schemas.errors import ContractError

TIMESTAMP = pa.timestamp("us", tz="UTC")

Double = Annotated[float, "64 bits, also in a list"]
"""Element of a list that float32 is too coarse for: at 3 h it tells milliseconds apart, no less."""

_ARROW: dict[object, pa.DataType] = {
    str: pa.string(),
    int: pa.int64(),
    float: pa.float64(),
    bool: pa.bool_(),
    datetime: TIMESTAMP,
    list[float]: pa.list_(pa.float32()),
    list[Double]: pa.list_(pa.float64()),
    list[int]: pa.list_(pa.int64()),
    list[str]: pa.list_(pa.string()),
}


def column(
    description: str,
    *,
    key: bool = False,
    minimum: float | None = None,
    maximum: float | None = None,
    length: int | None = None,
    default: object = dataclasses.MISSING,
) -> Any:
    """A column of a row dataclass: its meaning, whether it is part of the grain, its range.

    `length` is the most elements that a list may have; `minimum` and `maximum` bound each of them.
    """
    metadata = {
        "description": description,
        "key": key,
        "minimum": minimum,
        "maximum": maximum,
        "length": length,
    }
    if default is dataclasses.MISSING:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column as the store checks it."""

    name: str
    type: pa.DataType
    nullable: bool
    key: bool
    description: str
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] | None = None
    length: int | None = None

    @property
    def field(self) -> pa.Field:
        return pa.field(self.name, self.type, self.nullable, {"description": self.description})


_PROVENANCE = (
    ColumnSpec("run_id", pa.string(), False, False, "run that wrote this row"),
    ColumnSpec("recorded_at", TIMESTAMP, False, False, "when this row was written"),
)


@dataclass(frozen=True, slots=True)
class TableSpec:
    """A warehouse table: its grain, columns and row dataclass.

    Every table also has `run_id` and `recorded_at`, which the store fills in.
    """

    name: str
    description: str
    columns: tuple[ColumnSpec, ...]
    row: type[Any]

    @property
    def grain(self) -> tuple[str, ...]:
        """Names of the columns that identify a row."""
        return tuple(c.name for c in self.columns if c.key)

    @property
    def all_columns(self) -> tuple[ColumnSpec, ...]:
        return self.columns + _PROVENANCE

    @property
    def row_schema(self) -> pa.Schema:
        """Schema of what a caller hands in: without run_id and recorded_at."""
        return pa.schema([c.field for c in self.columns])

    @property
    def schema(self) -> pa.Schema:
        """Schema of what is stored."""
        return pa.schema([c.field for c in self.all_columns])

    def to_arrow(self, rows: typing.Iterable[Any]) -> pa.Table:
        """Rows of this table's dataclass as an Arrow table of `row_schema`.

        Raises
        ------
        ContractError
            When a row is of another class or a value does not fit its column's type.
        """
        listed = list(rows)
        for row in listed:
            if not isinstance(row, self.row):
                raise ContractError(
                    f"{self.name}: a row of {type(row).__name__}; valid is {self.row.__name__}"
                )
        arrays = [self._array(c, [getattr(row, c.name) for row in listed]) for c in self.columns]
        return pa.Table.from_arrays(arrays, schema=self.row_schema)

    def _array(self, column: ColumnSpec, values: list[Any]) -> pa.Array:
        # pyarrow truncates 1.5 to the integer 1 and takes a moment without a zone for UTC.
        for value in values:
            whole = pa.types.is_integer(column.type) and isinstance(value, float)
            if whole or (isinstance(value, datetime) and value.tzinfo is None):
                wanted = "a whole number" if whole else "a moment with a time zone"
                raise ContractError(f"{self.name}.{column.name}: {value!r}; valid is {wanted}")
        try:
            return pa.array(values, column.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError) as error:
            raise ContractError(
                f"{self.name}.{column.name}: a value does not fit its column: {error}"
            ) from error


def table_spec(name: str, description: str, row: type[Any]) -> TableSpec:
    """Derive the table of a row dataclass from its annotations and `column()` metadata."""
    hints = typing.get_type_hints(row, include_extras=True)
    columns = tuple(_column_spec(f, hints[f.name]) for f in dataclasses.fields(row))
    if not any(c.key for c in columns):
        raise ContractError(f"{name}: no key column, so its rows have no grain")
    return TableSpec(name, description, columns, row)


def _column_spec(field: dataclasses.Field[Any], hint: Any) -> ColumnSpec:
    base, nullable = _strip_optional(hint)
    values = None
    if isinstance(base, type) and issubclass(base, StrEnum):
        values, base = tuple(str(member.value) for member in base), str
    return ColumnSpec(
        name=field.name,
        type=_ARROW[base],
        nullable=nullable,
        key=field.metadata["key"],
        description=field.metadata["description"],
        minimum=field.metadata["minimum"],
        maximum=field.metadata["maximum"],
        values=values,
        length=field.metadata["length"],
    )


def _strip_optional(hint: Any) -> tuple[Any, bool]:
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        inner = [part for part in typing.get_args(hint) if part is not type(None)]
        return inner[0], len(inner) < len(typing.get_args(hint))
    return hint, False
