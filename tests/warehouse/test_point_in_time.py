"""Nothing recorded after `as_of` enters a training set: rows planted in the future prove it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from schemas.analysis import MetricRow, OverrideRow
from schemas.catalogue import DuplicateRow, RightsRow
from schemas.errors import WarehouseError
from schemas.features import FEATURES, groups
from schemas.operations import ModelRow
from warehouse.lake import Lake
from warehouse.reader import WarehouseReader


@pytest.fixture
def then(location, store, make, stamp):
    """Snapshot of a catalogue of three tracks; the model trained on it came later."""
    tracks = [make.track(f"t{n}", title=f"Song {n}", artist=f"Band {n}") for n in range(3)]
    rows = {
        "tracks": tracks,
        "files": [make.file(f"/music/{n}.flac", f"t{n}") for n in range(3)],
        "tags": [make.tag(f"t{n}", "jazz") for n in range(3)],
        "features_rhythm": [make.features("rhythm", f"t{n}", tempo_bpm=100.0) for n in range(3)],
        "rights": [rights(f"t{n}", "CC0-1.0") for n in range(3)],
    }
    return store.write(rows, stamp).snapshot


def rights(track_id, spdx, source="tag"):
    return RightsRow(
        track_id=track_id, layer="recording", source=source, raw=spdx, spdx=spdx, evidence="tag"
    )


def future(make):
    """Table → rows that would each change the training set."""
    made = {
        "tracks": [make.track("t9", title="Later"), make.track("t0", title="Renamed")],
        "files": [make.file("/music/9.flac", "t9"), make.file("/music/1.flac", "t1", size=2)],
        "tags": [make.tag("t0", "doom"), make.tag("t9", "doom")],
        "metrics": [
            MetricRow(track_id="t0", metric="valence", source="set", value=0.5, unit="ratio")
        ],
        "overrides": [
            OverrideRow(track_id="t0", metric="tempo_bpm", value=66.0, note="n", author="a")
        ],
        "duplicates": [
            DuplicateRow(
                track_id="t2", canonical_id="t1", method="audio_hash", evidence="e", score=1.0
            )
        ],
        "rights": [rights("t0", "CC-BY-4.0", "later")],
        "models": [
            ModelRow(
                model_id="m",
                kind="mapping",
                path="/m",
                snapshot=1,
                encoder="e",
                features=[],
                metrics="{}",
                manifest_hash="h",
            )
        ],
    }
    for group, members in groups(FEATURES).items():
        value = {s.name: (s.minimum + s.maximum) / 2 for s in members if s.size == 1}
        made[f"features_{group}"] = [make.features(group, n, **value) for n in ("t0", "t9")]
    return made


def examples(location, as_of=None):
    return list(WarehouseReader(location, as_of=as_of).training_examples())


def test_rows_committed_later(location, store, make, stamp, then):
    before = examples(location)
    assert len(before) == 3
    moment = datetime.now(UTC)
    for name, rows in future(make).items():
        store.write({name: rows}, stamp)
    assert examples(location) != before
    assert examples(location, then) == before
    assert examples(location, moment) == before


@pytest.mark.parametrize("by_time", [False, True])
def test_rows_from_the_future_inside_an_older_snapshot(location, store, make, stamp, then, by_time):
    """The snapshot holds them: only what each row says of itself can keep them out."""
    before = examples(location)
    store.close()
    planted = future(make)
    with Lake.open(location) as lake:
        at = max(s.at for s in lake.snapshots())
        late = at + timedelta(days=1)
        for name, rows in planted.items():
            spec = lake.tables[name]
            table = spec.to_arrow(rows)
            with lake.registered(planted=table):
                lake.execute(
                    f"INSERT INTO {name} SELECT p.*, 'run', TIMESTAMPTZ '{late.isoformat()}' "
                    f"FROM planted AS p ANTI JOIN {name} AS t USING ({', '.join(spec.grain)})"
                )
        newest = lake.current_snapshot()
    found = examples(location, datetime.now(UTC) if by_time else newest)
    assert [example.track_id for example in found] == ["t0", "t1", "t2"]
    assert found == before
    with Lake.open(location, read_only=True) as lake:
        visible = lake.query("SELECT count(*) AS n FROM training_examples WHERE track_id = 't9'")
    assert visible["n"].to_pylist() == [1], "the row is in the snapshot"


def test_a_lake_for_writing_shows_everything(location, store, then):
    store.close()
    with Lake.open(location) as lake, pytest.raises(WarehouseError, match="valid is read-only"):
        lake.show_recorded_until(datetime.now(UTC))
