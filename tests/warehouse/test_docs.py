"""docs/warehouse.md says what is so, and its queries run."""

from __future__ import annotations

import re
from pathlib import Path

from warehouse.lake import Lake
from warehouse.user_query import run_query
from warehouse.views import VIEWS

DOCS = Path(__file__).parents[2] / "docs" / "warehouse.md"


def test_every_view_and_example_is_right(location):
    text = DOCS.read_text(encoding="utf-8")
    Lake.open(location).close()
    with Lake.open(location, read_only=True) as lake:
        for name in VIEWS:
            assert f"`{name}`" in text
        rows = re.findall(r"^\| `(\w+)` \| a track[^|]*\| ([^|]+) \|$", text, re.MULTILINE)
        assert len(rows) == 3
        for name, columns in rows:
            assert run_query(lake, f"FROM {name}").column_names == columns.split(", ")
        examples = re.findall(r"```sql\n(.*?)```", text, re.DOTALL)
        assert len(examples) == 3
        for sql in examples:
            run_query(lake, sql)
