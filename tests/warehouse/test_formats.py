"""Tables as text and files."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet
import pytest

from schemas.errors import InputError, StorageError
from warehouse.formats import FORMATS, table_text, write_table

MOMENT = datetime(2024, 5, 17, 12, 30, tzinfo=UTC)
TABLE = pa.table(
    {
        "name": ['a "quoted", name', "two\nlines", None],
        "number": [1.5, 120.123456789, None],
        "count": [1, 20, None],
        "vector": [[0.5, None], [], None],
        "at": pa.array([MOMENT, None, None], pa.timestamp("us", tz="UTC")),
        "terms": [[{"term": "jazz", "weight": 1.0}], [], None],
    }
)
EMPTY = TABLE.slice(0, 0)


def _bytes(table, kind):
    stream = io.BytesIO()
    write_table(table, kind, stream)
    return stream.getvalue()


def test_csv_is_read_back_by_the_standard_reader():
    rows = list(csv.DictReader(io.StringIO(_bytes(TABLE, "csv").decode(), newline="")))
    assert [row["name"] for row in rows] == ['a "quoted", name', "two\nlines", ""]
    assert [row["number"] for row in rows] == ["1.5", "120.123456789", ""]
    assert json.loads(rows[0]["vector"]) == [0.5, None]
    assert json.loads(rows[0]["terms"]) == [{"term": "jazz", "weight": 1.0}]
    assert rows[0]["at"] == "2024-05-17T12:30:00+00:00"


@pytest.mark.parametrize("kind", ["json", "jsonl"])
def test_json_holds_every_value(kind):
    text = _bytes(TABLE, kind).decode()
    rows = json.loads(text) if kind == "json" else [json.loads(x) for x in text.splitlines()]
    wanted = TABLE.to_pylist()
    wanted[0]["at"] = "2024-05-17T12:30:00+00:00"
    assert rows == wanted


def test_parquet_keeps_the_types(tmp_path):
    write_table(TABLE, "parquet", tmp_path / "x.parquet")
    assert pa.parquet.read_table(tmp_path / "x.parquet").equals(TABLE)


def test_text_is_aligned_cut_and_counted():
    text = table_text(pa.table({"name": ["x" * 100, "b"], "n": [1.0, 123456.789]}))
    lines = text.splitlines()
    assert lines[2] == "x" * 59 + "…" + "       1"
    assert lines[3].endswith("123457")
    assert lines[-1] == "(2 rows)"
    assert "two lines" in table_text(TABLE)


@pytest.mark.parametrize("kind", FORMATS)
def test_no_rows(kind):
    found = _bytes(EMPTY, kind)
    assert {"json": b"[]\n", "jsonl": b""}.get(kind, found) == found
    if kind == "csv":
        assert found.decode().strip() == '"name","number","count","vector","at","terms"'


def test_what_cannot_be_written(tmp_path):
    with pytest.raises(InputError, match="format 'xml': valid are table, csv, json, jsonl"):
        write_table(TABLE, "xml", io.BytesIO())
    with pytest.raises(StorageError, match="cannot be written"):
        write_table(TABLE, "csv", tmp_path / "no" / "x.csv")
