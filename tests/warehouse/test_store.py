"""Writes: what is refused, what is written, what is left alone."""

from __future__ import annotations

import subprocess
import threading
import time
from datetime import datetime

import pyarrow as pa
import pytest

from schemas.analysis import OverrideRow, SectionRow
from schemas.catalogue import TrackRow
from schemas.errors import CommitConflict, ContractError, WarehouseBusy, WarehouseError
from schemas.tables import TABLES
from warehouse.lake import Lake, RunStamp
from warehouse.retry import RetryPolicy, with_retry
from warehouse.store import Store


def test_new_changed_and_identical_rows(store, make, stamp, read):
    rows = [make.track(f"t{i}", title=f"title {i}") for i in range(4)]
    assert store.write({"tracks": rows}, stamp).tables["tracks"].inserted == 4
    rows[1] = make.track("t1", title="other")
    rows.append(make.track("t9"))
    report = store.write({"tracks": rows}, RunStamp("run-2", "ingest", "again")).tables["tracks"]
    assert (report.inserted, report.updated, report.unchanged, report.deleted) == (1, 1, 3, 0)
    found = read("SELECT track_id, title, run_id FROM tracks ORDER BY track_id")
    assert [(r["track_id"], r["title"], r["run_id"]) for r in found] == [
        ("t0", "title 0", "run-1"),
        ("t1", "other", "run-2"),
        ("t2", "title 2", "run-1"),
        ("t3", "title 3", "run-1"),
        ("t9", None, "run-2"),
    ]


def test_writing_again_changes_nothing_and_makes_no_snapshot(store, make, stamp, location):
    batch = {
        "tracks": [make.track("t1", duration_s=3.25)],
        "tags": [make.tag("t1", "jazz", weight=0.1)],
        "features_tonality": [make.features("tonality", "t1", chroma=[0.1] * 12, key_mode=None)],
    }
    first = store.write(batch, stamp)
    again = store.write(batch, RunStamp("run-2", "ingest", "again"))
    assert first.changed
    assert not again.changed
    assert [report.unchanged for report in again.tables.values()] == [1, 1, 1]
    assert again.snapshot == first.snapshot
    with Lake.open(location, read_only=True) as lake:
        assert lake.current_snapshot() == first.snapshot


def test_a_value_that_becomes_null_and_one_that_was(store, make, stamp, read):
    store.write({"tracks": [make.track("t1", title="a"), make.track("t2")]}, stamp)
    rows = [make.track("t1"), make.track("t2", title="b")]
    assert store.write({"tracks": rows}, stamp).tables["tracks"].updated == 2
    assert [r["title"] for r in read("SELECT title FROM tracks ORDER BY track_id")] == [None, "b"]


def test_several_tables_are_one_snapshot(store, make, stamp, location):
    before = store.write({"tracks": [make.track("t0")]}, stamp).snapshot
    report = store.write({"tracks": [make.track("t1")], "files": [make.file("/a", "t1")]}, stamp)
    assert report.snapshot == before + 1


def test_one_wrong_row_keeps_every_table_as_it_was(store, make, stamp, read):
    batch = {"tracks": [make.track("t1")], "files": [make.file("/a", "t1", size=-1)]}
    with pytest.raises(ContractError, match=r'files\.size: 1 row not valid: uri="/a" has -1'):
        store.write(batch, stamp)
    store.write({"tracks": []}, stamp)
    assert read("SELECT * FROM tracks") == []


def test_an_arrow_table_in_other_types_and_order(store, stamp, read):
    names = [c.name for c in TABLES["tracks"].columns]
    columns = {name: pa.nulls(2) for name in names}
    columns["track_id"] = pa.array(["t1", "t2"], pa.large_string())
    columns["origin"] = pa.array(["recording"] * 2).dictionary_encode()
    columns["duration_s"] = pa.array([1.5, None], pa.float32())
    columns["channels"] = pa.array([1, 2], pa.int8())
    table = pa.table(dict(reversed(columns.items())))
    assert store.write({"tracks": table}, stamp).tables["tracks"].inserted == 2
    found = read("SELECT track_id, duration_s, channels FROM tracks ORDER BY track_id")
    assert found[0] == {"track_id": "t1", "duration_s": 1.5, "channels": 1}


def _tracks_table(**columns: object) -> pa.Table:
    given = {c.name: pa.nulls(1) for c in TABLES["tracks"].columns}
    return pa.table(given | {"track_id": ["t1"], "origin": ["recording"]} | columns)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (_tracks_table(mood=["sad"]), "tracks: unknown column mood; valid are track_id, title"),
        (_tracks_table().drop(["codec", "date"]), "tracks: missing column date, codec; valid"),
        (
            _tracks_table().append_column("codec", pa.array(["flac"])),
            "tracks: repeated column codec",
        ),
        (_tracks_table(title=[5]), r"tracks\.title: int64; valid is string"),
        (_tracks_table(duration_s=["5"]), r"tracks\.duration_s: string; valid is double"),
        (_tracks_table(channels=[1.5]), r"tracks\.channels: double does not fit; valid is int64"),
        (_tracks_table(title=[["a"]]), r"tracks\.title: list.* valid is string"),
    ],
)
def test_tables_of_another_shape(store, stamp, table, message):
    with pytest.raises(ContractError, match=message):
        store.write({"tracks": table}, stamp)


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("tracks", {"track_id": None}, r"tracks\.track_id: 1 row not valid.* valid is a value"),
        ("tracks", {"track_id": ""}, "valid is text that is not empty"),
        ("tracks", {"origin": "cover"}, "one of recording, score_render, score, generated"),
        ("tracks", {"duration_s": -0.5}, r'track_id="t1" has -0\.5; valid is 0 or more'),
        ("tracks", {"duration_s": float("nan")}, "valid is a finite number, or null"),
        ("tracks", {"duration_s": float("inf")}, "valid is a finite number, or null"),
        ("tracks", {"channels": 0}, "valid is 1 or more"),
        ("tracks", {"channels": 1.5}, r"channels: 1\.5; valid is a whole number"),
        ("tracks", {"channels": 2**63}, "does not fit its column"),
        ("tracks", {"title": "bad \udcff name"}, r"tracks\.title: a value does not fit"),
        ("tracks", {"title": 5}, r"tracks\.title: a value does not fit"),
        ("tags", {"weight": 1.01}, "valid is 1 or less"),
        ("tags", {"kind": "smell"}, "valid is one of genre, instrument"),
        ("features_tonality", {"chroma": [0.5] * 11 + [1.5]}, "elements: 1 or less"),
        ("features_tonality", {"chroma": [0.5, float("nan")]}, "elements: a finite number"),
        ("features_tonality", {"chroma": [0.1] * 13}, "valid is at most 12 elements"),
        ("features_rhythm", {"tempo_bpm": 301.0}, "valid is 300 or less"),
        ("features_rhythm", {"status": "fine"}, "valid is one of complete, partial, empty"),
    ],
)
def test_values_that_are_refused(store, make, stamp, name, values, message):
    row = {
        "tracks": lambda **v: TrackRow(**({"track_id": "t1"} | v)),
        "tags": lambda **v: make.tag("t1", "jazz", **v),
    }.get(name, lambda **v: make.features(name.removeprefix("features_"), "t1", **v))(**values)
    with pytest.raises(ContractError, match=message):
        store.write({name: [row]}, stamp)


def test_the_ends_of_a_range_are_valid_in_single_precision(store, make, stamp):
    # 0.1 and -2000.1 have no exact float32; the ends of every vector feature must pass.
    from schemas.features import FEATURES

    for end in ("minimum", "maximum"):
        vectors = [s for s in FEATURES if s.size > 1]
        batches = {}
        for group in {s.group for s in vectors}:
            values = {s.name: [getattr(s, end)] * s.size for s in vectors if s.group == group}
            batches[f"features_{group}"] = [make.features(group, end, **values)]
        assert store.write(batches, stamp).changed


def test_a_moment_without_a_zone(store, stamp):
    row = OverrideRow(
        track_id="t1",
        metric="key_mode",
        value=1,
        note="",
        author="me",
        withdrawn_at=datetime(2024, 1, 1),
    )
    with pytest.raises(ContractError, match="valid is a moment with a time zone"):
        store.write({"overrides": [row]}, stamp)
    columns = TABLES["overrides"].row_schema
    table = pa.Table.from_pylist([{"track_id": "t1"}], columns).set_column(
        columns.get_field_index("withdrawn_at"), "withdrawn_at", pa.array([0], pa.timestamp("us"))
    )
    with pytest.raises(ContractError, match="withdrawn_at: a timestamp without a time zone"):
        store.write({"overrides": table}, stamp)


def test_a_repeated_key_names_the_key(store, make, stamp):
    rows = [make.tag("t1", "jazz"), make.tag("t1", "rock"), make.tag("t1", "jazz", raw="JAZZ")]
    match = r'tags: 1 row with a repeated key: track_id="t1", term="jazz".* occurs 2 times'
    with pytest.raises(ContractError, match=match):
        store.write({"tags": rows}, stamp)


def test_many_wrong_rows_give_a_few_examples(store, make, stamp):
    rows = [make.file(f"/{i}", None, size=-1) for i in range(50)]
    with pytest.raises(ContractError, match="50 rows not valid") as caught:
        store.write({"files": rows}, stamp)
    assert str(caught.value).count("uri=") == 3


def test_rows_of_another_table_and_unknown_tables(store, make, stamp):
    with pytest.raises(ContractError, match="a row of TagRow; valid is TrackRow"):
        store.write({"tracks": [make.tag("t1", "jazz")]}, stamp)
    with pytest.raises(
        ContractError, match=r"no table songs; valid are beats, .*duplicates, features_"
    ):
        store.write({"songs": []}, stamp)
    with pytest.raises(ContractError, match="tags: a replacement without a batch"):
        store.write({}, stamp, {"tags": ["track_id"]})


def test_replacing_the_rows_of_the_tracks_in_the_batch(store, make, stamp, read):
    store.write({"tags": [make.tag(t, k) for t in ("t1", "t2") for k in ("jazz", "rock")]}, stamp)
    report = store.write({"tags": [make.tag("t1", "jazz")]}, stamp, {"tags": ["track_id"]})
    assert (report.tables["tags"].unchanged, report.tables["tags"].deleted) == (1, 1)
    found = read("SELECT track_id, term FROM tags ORDER BY ALL")
    assert [tuple(r.values()) for r in found] == [("t1", "jazz"), ("t2", "jazz"), ("t2", "rock")]
    again = store.write({"tags": [make.tag("t1", "jazz")]}, stamp, {"tags": ["track_id"]})
    assert not again.changed


def test_replacing_by_a_table_of_values_and_a_prefix(store, make, stamp, read):
    sources = ("file:id3", "file:path", "fma", "fi_e")
    store.write(
        {"tags": [make.tag(t, "jazz", source=s) for t in ("t1", "t2") for s in sources]}, stamp
    )
    scope = pa.table({"track_id": ["t1"], "source_prefix": ["file:"]})
    report = store.write({"tags": []}, stamp, {"tags": scope})
    assert report.tables["tags"].deleted == 2
    left = read("SELECT source FROM tags WHERE track_id = 't1' ORDER BY 1")
    assert [r["source"] for r in left] == ["fi_e", "fma"]
    assert len(read("SELECT * FROM tags WHERE track_id = 't2'")) == 4


def test_an_integer_key_is_replaced_too(store, stamp, read):
    def section(index: int) -> SectionRow:
        return SectionRow(track_id="t1", index=index, start_s=index, end_s=index + 1, label="A")

    store.write({"sections": [section(i) for i in range(3)]}, stamp)
    store.write({"sections": [section(i) for i in range(2)]}, stamp, {"sections": ["track_id"]})
    assert read('SELECT "index" FROM sections ORDER BY 1') == [{"index": 0}, {"index": 1}]


@pytest.mark.parametrize(
    "scope", [["mood"], [], pa.table({"index_prefix": ["1"]}), ["source_prefix"]]
)
def test_a_scope_that_is_no_column(store, stamp, scope):
    name = "sections" if isinstance(scope, pa.Table) else "tags"
    with pytest.raises(
        ContractError, match=f"{name}: replacement by column .*; valid are track_id"
    ):
        store.write({name: []}, stamp, {name: scope})


def test_a_run_of_nothing_makes_no_snapshot(store, make, stamp):
    before = store.write({"tracks": [make.track("t1")]}, stamp).snapshot
    assert store.write({"tracks": [], "tags": []}, stamp).snapshot == before
    assert store.write({}, stamp).snapshot == before


def test_threads_share_a_store(store, make, stamp, read):
    errors: list[BaseException] = []

    def work(thread: int) -> None:
        try:
            for i in range(3):
                rows = [make.track(f"{thread}-{i}"), make.track("shared", title=f"{thread}")]
                store.write({"tracks": rows}, stamp)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert read("SELECT count(*) AS n, count(DISTINCT track_id) AS d FROM tracks") == [
        {"n": 13, "d": 13}
    ]


def test_of_two_transactions_on_one_table_the_second_fails(location, store, make, stamp):
    store.write({"tracks": [make.track("t0")]}, stamp)
    slow = Lake.open(location)
    insert = "INSERT INTO write_guards VALUES ('x', 1)"

    def lose_the_race():
        with slow.commit(stamp):
            slow.query("SELECT * FROM tracks")
            slow.execute(insert)
            store.write({"tracks": [make.track("t1")]}, stamp)

    with pytest.raises((CommitConflict, WarehouseBusy)) as caught:
        lose_the_race()
    assert caught.value.transient
    with Lake.open(location) as lake, lake.commit(stamp):
        lake.execute(insert)


def test_retry_starts_over_until_it_succeeds():
    seen = []

    def action() -> str:
        seen.append(1)
        if len(seen) < 4:
            raise CommitConflict("lost the race")
        return "done"

    assert with_retry(action, RetryPolicy(attempts=4, first_s=0.0001)) == "done"
    assert len(seen) == 4


def test_retry_is_bounded_and_keeps_the_kind_of_error():
    def busy() -> None:
        raise WarehouseBusy("locked")

    with pytest.raises(WarehouseBusy, match="locked; given up after 3 attempts"):
        with_retry(busy, RetryPolicy(attempts=3, first_s=0.0001))


def test_retry_ends_with_its_deadline():
    seen = []

    def busy() -> None:
        seen.append(1)
        time.sleep(0.02)
        raise WarehouseBusy("locked")

    with pytest.raises(WarehouseBusy, match="given up after"):
        with_retry(busy, RetryPolicy(attempts=1000, first_s=0.0001, deadline_s=0.1))
    assert 1 < len(seen) < 10


@pytest.mark.slow
def test_a_catalogue_that_stays_locked(location, store, make, stamp, program, read):
    store.write({"tracks": [make.track("t1")]}, stamp)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    other = subprocess.Popen(program("lock", location.catalogue), **pipes)
    with other, Store(location, retry=RetryPolicy(attempts=2, deadline_s=1)) as patient:
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(WarehouseBusy, match="nothing was committed"):
            patient.write({"tracks": [make.track("t2")]}, stamp)
        other.communicate("\n")
        assert patient.write({"tracks": [make.track("t2")]}, stamp).changed
    assert len(read("SELECT * FROM tracks")) == 2


def test_retry_leaves_other_errors_alone():
    seen = []

    def broken() -> None:
        seen.append(1)
        raise WarehouseError("damaged")

    with pytest.raises(WarehouseError, match=r"^damaged$"):
        with_retry(broken)
    assert len(seen) == 1
