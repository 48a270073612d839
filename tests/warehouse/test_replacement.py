"""Scopes of a replacement that name what is to stay."""

from __future__ import annotations

import pyarrow as pa


def test_a_prefix_may_be_excluded_and_null_sets_no_condition(store, make, stamp, read):
    sources = ("file:genre", "path:folder", "tagger:a:words", "tagger:b:words")
    store.write(
        {"tags": [make.tag(t, "pop", source=s) for t in ("t1", "t2") for s in sources]}, stamp
    )
    scope = pa.table(
        {
            "track_id": ["t1", "t2"],
            "source_prefix": ["", "tagger:a:"],
            "source_not_prefix": pa.array(["tagger:", None], pa.string()),
        }
    )
    store.write({"tags": [make.tag("t1", "jazz", source="file:genre")]}, stamp, {"tags": scope})
    found = read("SELECT track_id, source, term FROM tags")
    left = {(row["track_id"], row["source"], row["term"]) for row in found}
    assert left == {
        ("t1", "file:genre", "jazz"),
        ("t1", "tagger:a:words", "pop"),
        ("t1", "tagger:b:words", "pop"),
        ("t2", "file:genre", "pop"),
        ("t2", "path:folder", "pop"),
        ("t2", "tagger:b:words", "pop"),
    }
