"""Any valid row of any table is read back as it was written; any invalid one is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from schemas.columns import ColumnSpec, TableSpec
from schemas.errors import ContractError
from schemas.tables import TABLES
from warehouse.lake import Lake, RunStamp
from warehouse.store import Store
from warehouse.validation import checked_batch

TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12)


def _number(column: ColumnSpec, kind: pa.DataType) -> st.SearchStrategy:
    low, high = column.minimum, column.maximum
    if pa.types.is_integer(kind):
        return st.integers(
            -(2**63) if low is None else int(low), 2**63 - 1 if high is None else int(high)
        )
    if pa.types.is_float32(kind):
        ends = (None if x is None else float(np.float32(x)) for x in (low, high))
        return st.floats(*ends, allow_nan=False, allow_infinity=False, width=32)
    return st.floats(low, high, allow_nan=False, allow_infinity=False)


def _value(column: ColumnSpec) -> st.SearchStrategy:
    kind = column.type
    if column.values is not None:
        found = st.sampled_from(column.values)
    elif pa.types.is_string(kind):
        found = TEXT.filter(bool) if column.key else TEXT
    elif pa.types.is_boolean(kind):
        found = st.booleans()
    elif pa.types.is_timestamp(kind):
        found = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)).map(
            lambda moment: moment.replace(tzinfo=UTC)
        )
    elif pa.types.is_list(kind):
        text = pa.types.is_string(kind.value_type)
        element = TEXT if text else st.none() | _number(column, kind.value_type)
        found = st.lists(element, max_size=column.length or 4)
    else:
        found = _number(column, kind)
    return st.none() | found if column.nullable else found


def _rows(spec: TableSpec) -> st.SearchStrategy:
    row = st.builds(spec.row, **{c.name: _value(c) for c in spec.columns})
    return st.lists(row, max_size=4, unique_by=lambda r: tuple(getattr(r, k) for k in spec.grain))


BATCHES = st.fixed_dictionaries({name: _rows(spec) for name, spec in TABLES.items()})


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    from warehouse.lake import Location

    folder = tmp_path_factory.mktemp("round_trip")
    location = Location(str(folder / "catalogue.sqlite"), str(folder / "data"))
    with Store(location) as store:
        yield store


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(batches=BATCHES)
def test_what_is_written_is_read_back(shared, batches):
    stamp = RunStamp("property", "test", "round trip")
    shared.write(batches, stamp, {name: [TABLES[name].grain[0]] for name in batches})
    again = shared.write(batches, stamp)
    assert not again.changed
    with Lake.open(shared.location, read_only=True) as lake:
        for name, rows in batches.items():
            spec = TABLES[name]
            wanted = {_key(spec, row): row for row in spec.to_arrow(rows).to_pylist()}
            found = lake.query(f"SELECT * EXCLUDE (run_id, recorded_at) FROM {name}").to_pylist()
            kept = {_key(spec, row): row for row in found if _key(spec, row) in wanted}
            assert kept == wanted
            assert len(found) == len({_key(spec, row) for row in found})


def _key(spec: TableSpec, row: dict) -> tuple:
    return tuple(row[name] for name in spec.grain)


def _invalid(column: ColumnSpec) -> list[object]:
    """Values of the column's Arrow type that its rules forbid."""
    found: list[object] = [] if column.nullable else [None]
    as_list = pa.types.is_list(column.type)
    kind = column.type.value_type if as_list else column.type
    if column.values is not None:
        found.append("no such value")
    if column.key and pa.types.is_string(kind):
        found.append("")
    if pa.types.is_string(kind):
        found.append(["a\0b"] if as_list else "a\0b")
    numbers: list[object] = []
    if column.minimum is not None and column.minimum > -(2**31):
        numbers.append(type(column.minimum)(column.minimum - 1))
    if column.maximum is not None:
        numbers.append(type(column.maximum)(column.maximum + 1))
    if pa.types.is_floating(kind):
        numbers += [float("nan"), float("-inf")]
    found += [[number] for number in numbers] if as_list else numbers
    if column.length is not None:
        found.append([None] * (column.length + 1))
    return found


CASES = [
    (name, column.name, value)
    for name, spec in TABLES.items()
    for column in spec.columns
    for value in _invalid(column)
]


@pytest.mark.parametrize("name", sorted(TABLES))
def test_every_rule_of_every_column_refuses(name):
    spec = TABLES[name]
    cases = [(column, value) for table, column, value in CASES if table == name]
    assert cases
    for column, value in cases:
        row = {c.name: _plain(c) for c in spec.columns}
        checked_batch(spec, pa.Table.from_pylist([row], schema=spec.row_schema))
        schema = pa.schema([f.with_nullable(True) for f in spec.row_schema])
        table = pa.Table.from_pylist([row | {column: value}], schema=schema)
        with pytest.raises(ContractError, match=rf"^{name}\.{column}: 1 row not valid"):
            checked_batch(spec, table)


def _plain(column: ColumnSpec) -> object:
    if column.nullable:
        return None
    if column.values is not None:
        return column.values[0]
    if pa.types.is_timestamp(column.type):
        return datetime(2024, 1, 1, tzinfo=UTC)
    if pa.types.is_list(column.type):
        return []
    if pa.types.is_boolean(column.type):
        return False
    return "x" if pa.types.is_string(column.type) else column.minimum or 0


def test_texts_that_could_break_a_statement(shared, make, stamp):
    texts = [
        "'",
        '"',
        "''; DROP TABLE tracks; --",
        "\\",
        "%_",
        "\n\t",
        "$1",
        "@{x}",
        "音楽",
        "\x7f",
    ]
    rows = [make.track(text, title=text) for text in texts]
    shared.write({"tracks": rows}, RunStamp("'", '"; --', "it's\na message"))
    with Lake.open(shared.location, read_only=True) as lake:
        for text in texts:
            sql = "SELECT title FROM tracks WHERE track_id = $id"
            assert lake.query(sql, {"id": text}).to_pylist() == [{"title": text}]
