"""A sound warehouse passes every audit, and every audit finds what it is for."""

from __future__ import annotations

import pytest

from schemas.features import groups
from schemas.tables import TABLES
from warehouse.audits import audit_sql, run_audits
from warehouse.lake import Lake

OTHERS = "'run', TIMESTAMPTZ '2024-01-01 00:00:00+00'"
FILES = "uri, size, mtime_ns, file_hash, track_id, state, source, run_id, recorded_at"
LINKS = "track_id, canonical_id, method, evidence, score, undone_at, run_id, recorded_at"

# Audit → statements that break its rule. The store would refuse them, or cannot see them.
BREAKS = {
    "file_has_track": (
        f"INSERT INTO files ({FILES}) VALUES ('/x', 1, 0, NULL, 'no', 'present', '/', {OTHERS})"
    ),
    "section_order": (
        f"INSERT INTO sections VALUES ('t1', 0, 5, 5, 'A', NULL, NULL, NULL, NULL, NULL, {OTHERS})"
    ),
    "section_numbers": (
        f"INSERT INTO sections VALUES ('t1', 1, 0, 5, 'A', NULL, NULL, NULL, NULL, NULL, {OTHERS})"
    ),
    "beat_order": f"INSERT INTO beats VALUES ('t1', 3, [0.5, 1.5, 1.0], [], {OTHERS})",
    "beat_downbeats": f"INSERT INTO beats VALUES ('t1', 2, [0.5, 1.0], [0, 2], {OTHERS})",
    "duplicate_link": (
        f"INSERT INTO duplicates ({LINKS}) VALUES ('t1', 't1', 'audio_hash', '', 1, NULL, {OTHERS})"
    ),
    "duplicate_audio": (
        f"INSERT INTO duplicates ({LINKS}) VALUES ('t1', 't2', 'audio_hash', '', 1, NULL, {OTHERS})"
    ),
    "rejected_file_has_reason": (
        f"INSERT INTO files ({FILES}) VALUES ('/x', 1, 0, NULL, NULL, 'rejected', '/', {OTHERS})"
    ),
    "reject_times": (
        "INSERT INTO rejects VALUES ('/x', 'probe', 'not_audio', '', now(), "
        f"now() - INTERVAL 1 DAY, false, {OTHERS})"
    ),
    "run_times": (
        "INSERT INTO runs VALUES ('r', 'f', 'failed', now(), now() - INTERVAL 1 DAY, "
        f"'{{}}', '{{}}', '', '', {OTHERS})"
    ),
    "review_has_generation": (
        "INSERT INTO reviews VALUES ('r', 'g', 'me', NULL, NULL, NULL, NULL, NULL, '', NULL, "
        f"{OTHERS})"
    ),
}
ORPHANS = ("tags", "rights", "scores", "metrics", "overrides", "sections", "beats")


@pytest.fixture
def lake(location, store, make, stamp):
    tracks = [make.track("t1", audio_hash="a"), make.track("t2", audio_hash="b")]
    store.write({"tracks": tracks, "files": [make.file("/a", "t1")]}, stamp)
    store.close()
    with Lake.open(location) as opened:
        yield opened


def _failing(lake, *prefixes):
    """Of the audits whose names start so, those that found something."""
    names = [name for name in audit_sql(lake) if name.startswith(prefixes)]
    assert names
    return {audit.name for audit in run_audits(lake, names) if not audit.passed}


BEATS = ("beat", "grain_beats", "columns_beats")


def _insert(name, **values):
    """INSERT of one row of a table, valid unless `values` say otherwise."""
    parts = []
    for column in TABLES[name].all_columns:
        if column.name in values:
            parts.append(values[column.name])
        elif column.nullable:
            parts.append("NULL")
        elif column.values is not None:
            parts.append(f"'{column.values[0]}'")
        else:
            parts.append(_plain(str(column.type)))
    return f"INSERT INTO {name} VALUES ({', '.join(parts)})"


def _plain(kind):
    return {
        "string": "'x'",
        "bool": "false",
        "timestamp[us, tz=UTC]": "now()",
        "list<item: string>": "['x']",
        "list<item: double>": "[0.5]",
        "list<item: int64>": "[]",
    }.get(kind, "1")


def test_a_sound_warehouse_passes(lake):
    results = run_audits(lake)
    assert [r.name for r in results if not r.passed] == []
    assert len(results) == len(audit_sql(lake)) > 2 * len(TABLES)
    assert all(r.rule and not r.rule.startswith("SELECT") for r in results)


@pytest.mark.parametrize(
    "values",
    ["1, [0.5], [0]", "2, [0.5, 0.6], []", "4, [0.0, 0.1, 0.2, 0.3], [1, 3]"],
)
def test_sound_beats(lake, values):
    lake.execute(f"INSERT INTO beats VALUES ('t1', {values}, {OTHERS})")
    assert _failing(lake, *BEATS) == set()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("beat_order", "3, [0.5, 1.0], []"),
        ("beat_order", "2, [0.5, NULL], []"),
        ("beat_order", "2, [0.5, 0.5], []"),
        ("beat_downbeats", "3, [0.5, 1.0, 1.5], [1, 0]"),
        ("beat_downbeats", "2, [0.5, 1.0], [NULL]"),
    ],
)
def test_unsound_beats(lake, name, values):
    lake.execute(f"INSERT INTO beats VALUES ('t1', {values}, {OTHERS})")
    assert _failing(lake, *BEATS) == {name}


@pytest.mark.parametrize("name", BREAKS)
def test_a_rule_between_tables(lake, name):
    lake.execute(BREAKS[name])
    assert _failing(lake, name) == {name}


def test_rows_of_unknown_tracks(lake):
    for name in ORPHANS:
        lake.execute(_insert(name, track_id="'nobody'"))
    for group in groups():
        lake.execute(_insert(f"features_{group}", track_id="'nobody'"))
    wanted = {f"{name}_have_track" for name in ORPHANS} | {f"{g}_has_track" for g in groups()}
    assert _failing(lake, *wanted) == wanted


def test_the_grain_of_every_table(lake):
    for name in TABLES:
        for _ in range(2):
            lake.execute(_insert(name))
    assert _failing(lake, "grain_") == {f"grain_{name}" for name in TABLES}


def test_the_columns_of_every_table(lake):
    wanted = set()
    for name, spec in TABLES.items():
        for column in spec.columns:
            bad = "'none such'" if column.values else None
            if str(column.type).startswith("list"):
                beyond = {f"[{column.minimum} - 1]": column.minimum}
                beyond |= {f"[{column.maximum} + 1]": column.maximum}
                bad = next((sql for sql, end in beyond.items() if end is not None), None)
            elif column.minimum is not None:
                bad = f"{column.minimum} - 1"
            if bad is not None:
                lake.execute(_insert(name, **{column.name: bad}))
                wanted.add((name, column.name))
    found = {
        (audit.name.removeprefix("columns_"), broken)
        for audit in run_audits(lake, [name for name in audit_sql(lake) if "columns_" in name])
        for broken in audit.rows["broken"].to_pylist()
    }
    assert found == wanted
