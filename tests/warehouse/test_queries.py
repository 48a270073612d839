"""Every query of `sql/queries`, and the reader that the mapping uses."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta

import pytest

from schemas.analysis import BeatsRow, MetricRow, SectionRow
from schemas.catalogue import DuplicateRow, RejectRow, RightsRow
from schemas.errors import ContractError
from schemas.features import FEATURES, group_version, groups
from schemas.operations import ModelRow, RunRow
from schemas.protocols import CatalogueReader
from warehouse import queries
from warehouse.lake import Lake, Location
from warehouse.reader import WarehouseReader
from warehouse.sqltext import sql_names
from warehouse.store import Store

from .conftest import MOMENT, STAMP, Rows

VERSIONS = {group: group_version(group) for group in groups()}


def _fill(store, make, stamp, moment):
    store.write(
        {
            "tracks": [
                make.track("t1", title="Blue", artist="Ann", duration_s=1800, audio_hash="h1"),
                make.track("t2", title="red", artist="Ann", duration_s=1800, audio_hash="h1"),
                make.track("t3", title="Green", artist="Bo", audio_hash="h3"),
            ],
            "files": [
                make.file("/music/a", "t1", file_hash="f1"),
                make.file("/music/b", "t2"),
                make.file("/music/c", "t3", state="missing"),
                make.file("/musical/d", None, state="rejected"),
            ],
            "tags": [make.tag("t1", "jazz"), make.tag("t3", "sad", "mood")],
            "features_rhythm": [make.features("rhythm", "t1", tempo_bpm=99.0)],
            "metrics": [
                MetricRow(track_id="t3", metric="energy", value=0.5, unit="ratio", source="fma")
            ],
            "sections": [
                SectionRow(track_id="t1", index=0, start_s=0, end_s=9, label="A"),
                SectionRow(
                    track_id="t1",
                    index=1,
                    start_s=9,
                    end_s=20,
                    label="B",
                    key_pitch_class=3,
                    key_mode=0,
                ),
            ],
            "beats": [
                BeatsRow(track_id="t1", beat_count=4, times_s=[0.1, 0.6, 1.1, 1.6], downbeats=[1])
            ],
            "duplicates": [
                DuplicateRow(
                    track_id="t2", canonical_id="t1", method="audio_hash", evidence="=", score=1
                )
            ],
            "rights": [
                RightsRow(
                    track_id="t1", layer="recording", source="id3", raw="?", evidence="frame WCOP"
                )
            ],
            "rejects": [
                RejectRow(
                    uri=uri,
                    stage="probe",
                    reason="not_audio",
                    detail="a text file",
                    first_seen=moment,
                    last_seen=moment,
                    resolved=resolved,
                )
                for uri, resolved in (("/musical/d", False), ("/old", True))
            ],
            "runs": [_run(f"r{n}", moment + timedelta(hours=n)) for n in range(3)],
        },
        stamp,
    )


@pytest.fixture(scope="module")
def lake(tmp_path_factory):
    """The rows above, for tests that only read."""
    folder = tmp_path_factory.mktemp("queries")
    location = Location(str(folder / "catalogue.sqlite"), str(folder / "data"))
    with Store(location) as store:
        _fill(store, Rows(), STAMP, MOMENT)
    with Lake.open(location, read_only=True) as opened:
        yield opened


@pytest.fixture
def own(location, store, make, stamp, moment):
    """The same, for a test that writes."""
    _fill(store, make, stamp, moment)
    with Lake.open(location, read_only=True) as opened:
        yield opened


def _run(run, start):
    return RunRow(
        run=run,
        flow="ingest",
        state="completed",
        started_at=start,
        ended_at=start + timedelta(seconds=9),
        parameters="{}",
        counts=json.dumps({"accepted": 1}),
        message="",
        version="0",
    )


def _model(model_id, kind):
    return ModelRow(
        model_id=model_id,
        kind=kind,
        path="/m",
        snapshot=1,
        encoder="e",
        features=["tempo_bpm", "energy"],
        metrics="{}",
        manifest_hash="h",
    )


def test_every_query_file_has_its_function():
    parts = {"pending_group", "status_expected", "status_measured_group"}
    parts |= {"status_versions", "status_versions_group"}
    for name in set(sql_names("queries")) - parts:
        assert callable(getattr(queries, name)), name


def test_known_files_are_those_below_the_source(lake):
    found = queries.known_files(lake, "/music").to_pylist()
    assert [row["uri"] for row in found] == ["/music/a", "/music/b", "/music/c"]
    assert (found[0]["track_id"], found[0]["file_hash"]) == ("t1", "f1")
    assert queries.known_files(lake, "/music/a").num_rows == 1
    assert queries.known_files(lake, "/").num_rows == 4


def test_an_audio_hash_leads_to_the_track_that_is_not_a_copy(lake):
    assert queries.tracks_by_audio_hash(lake, ["h1", "h3", "h9"]) == {"h1": "t1", "h3": "t3"}
    assert queries.tracks_by_audio_hash(lake, []) == {}


def test_pending_is_what_has_a_present_file_and_no_current_row(lake):
    found = queries.pending(lake, VERSIONS, dict.fromkeys(VERSIONS, "wordtone")).to_pylist()
    # t2 repeats t1, t3 is missing, and t1 has its rhythm.
    assert [(row["track_id"], row["uri"]) for row in found] == [("t1", "/music/a")] * (
        len(VERSIONS) - 1
    )
    assert {row["group"] for row in found} == set(VERSIONS) - {"rhythm"}


@pytest.mark.parametrize(
    ("versions", "extractor"), [({"rhythm": "newer"}, "wordtone"), (VERSIONS, "librosa")]
)
def test_a_new_version_or_extractor_makes_a_group_pending(lake, versions, extractor):
    found = queries.pending(lake, versions, dict.fromkeys(versions, extractor)).to_pylist()
    assert "rhythm" in {row["group"] for row in found}


def test_a_copy_is_pending_once_its_original_is_gone(own, store, make, stamp):
    store.write({"files": [make.file("/music/a", "t1", state="missing")]}, stamp)
    rhythm = {"rhythm": VERSIONS["rhythm"]}
    found = queries.pending(own, rhythm, {"rhythm": "wordtone"}).to_pylist()
    assert [row["track_id"] for row in found] == ["t2"]


@pytest.mark.parametrize("versions", [{}, {"smell": "1"}])
def test_pending_names_the_valid_groups(lake, versions):
    with pytest.raises(ContractError, match="valid are rhythm, tonality"):
        queries.pending(lake, versions, dict.fromkeys(versions, "wordtone"))


def test_one_track(lake):
    found = queries.track(lake, "t1")
    assert (found["title"], found["uri"], found["audio_hash"]) == ("Blue", "/music/a", "h1")
    assert queries.track(lake, "nobody") is None
    assert queries.track_values(lake, "t1")["tempo_bpm"] == 99
    assert queries.track_values(lake, "nobody") is None
    assert queries.track_numbers(lake, "t1").to_pylist() == [
        {"metric": "tempo_bpm", "value": 99.0, "unit": "BPM", "source": "wordtone"}
    ]
    assert queries.track_terms(lake, "t1")["term"].to_pylist() == ["jazz"]
    assert queries.track_rights(lake, "t1")["evidence"].to_pylist() == ["frame WCOP"]


def test_what_happens_when(lake):
    sections = queries.track_sections(lake, "t1")
    assert sections["label"].to_pylist() == ["A", "B"]
    assert sections["key_name"].to_pylist() == [None, "Eb minor"]
    beats = queries.track_beats(lake, "t1").to_pylist()
    assert [beat["time_s"] for beat in beats] == [0.1, 0.6, 1.1, 1.6]  # exactly: 64 bits
    placed = [(beat["downbeat"], beat["bar"], beat["beat"]) for beat in beats]
    assert placed == [(False, 0, None), (True, 1, 1), (False, 1, 2), (False, 1, 3)]
    twin = queries.track_sections(lake, "t2"), queries.track_beats(lake, "t2")
    assert [table.num_rows for table in twin] == [2, 4], "the same audio, measured once"
    none = queries.track_sections(lake, "t3"), queries.track_beats(lake, "t3")
    assert [table.num_rows for table in none] == [0, 0]


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ({}, ["t1", "t3", "t2"]),
        ({"text": "BLU"}, ["t1"]),
        ({"text": "%"}, []),
        ({"artist": "ann"}, ["t1", "t2"]),
        ({"term": "Jazz"}, ["t1"]),
        ({"term": "jazz", "kind": "mood"}, []),
        ({"kind": "mood"}, ["t3"]),
        ({"state": "missing"}, ["t3"]),
        ({"origin": "generated"}, []),
    ],
)
def test_tracks_by_filter(lake, where, ids):
    found = queries.tracks(lake, order="title", where=queries.TrackFilter(**where))
    assert found["track_id"].to_pylist() == ids


@pytest.mark.parametrize("order", queries.ORDERS)
def test_tracks_by_page(lake, order):
    whole = queries.tracks(lake, order=order)["track_id"].to_pylist()
    pages = [queries.tracks(lake, 1, order, offset=n)["track_id"].to_pylist() for n in range(4)]
    assert pages == [[t] for t in whole] + [[]]


def test_tracks_refuse_what_they_do_not_know(lake):
    with pytest.raises(ContractError, match="order='size': valid are title, artist"):
        queries.tracks(lake, order="size")
    with pytest.raises(ContractError, match="limit=-1"):
        queries.tracks(lake, limit=-1)


def test_rejects_and_runs(lake):
    assert queries.rejects(lake)["uri"].to_pylist() == ["/musical/d"]
    assert queries.rejects(lake, include_resolved=True).num_rows == 2
    assert queries.runs(lake, 2)["run"].to_pylist() == ["r2", "r1"]


def test_status(lake):
    found = queries.status_counts(lake, last_runs=1)
    assert (found["files"], found["tracks"], found["hours"], found["artists"]) == (4, 3, 1.0, 2)
    assert found["files_by_state"] == {"missing": 1, "present": 2, "rejected": 1}
    assert found["tags_by_kind"] == [
        {"kind": "genre", "tags": 1, "tracks": 1},
        {"kind": "mood", "tags": 1, "tracks": 1},
    ]
    assert found["described"] == 2
    assert found["rejects_by_reason"] == {"not_audio": 1}
    assert found["licences"] == [{"layer": "recording", "licence": "(unclear)", "tracks": 1}]
    assert [run["run"] for run in found["last_runs"]] == ["r2"]
    # t2 has what its twin has
    assert found["feature_coverage"]["tempo_bpm"] == {"wordtone": 2}
    assert found["extractors"] == ["wordtone"]
    assert set(found["feature_coverage"]) == {spec.name for spec in FEATURES}
    assert found["snapshot"] == lake.current_snapshot()


def test_coverage_says_what_the_view_says(lake):
    """The shortcut past the view, on measured, imported and linked tracks."""
    found = queries.status_coverage(lake)
    rows = lake.query("SELECT COLUMNS('_source$') FROM track_features").to_pydict()
    for spec in FEATURES:
        counted = Counter(source for source in rows[f"{spec.name}_source"] if source is not None)
        assert found[spec.name] == counted, spec.name


def test_status_counts_what_is_pending(lake):
    now = {name: group_version(name) for name in groups()}
    assert queries.status_pending(lake, now)["loudness"] == 1  # t1; t2 is its twin, t3 has no file
    assert "rhythm" not in queries.status_pending(lake, {"rhythm": now["rhythm"]})
    assert queries.status_pending(lake, {"rhythm": "another"}) == {"rhythm": 1}


def test_licences_name_the_track(lake):
    assert queries.licences(lake).to_pylist()[0]["title"] == "Blue"


def test_the_latest_model_of_a_kind(own, store, stamp):
    assert queries.latest_model(own, "mapping") is None
    for name, kind in (("z", "mapping"), ("a", "mapping"), ("g", "generator")):
        store.write({"models": [_model(name, kind)]}, stamp)
    found = queries.latest_model(own, "mapping")
    assert (found["model_id"], found["features"]) == ("a", ["tempo_bpm", "energy"])


def test_the_reader_stays_at_its_snapshot(location, own, store, make, stamp):
    reader = WarehouseReader(location)
    assert CatalogueReader in WarehouseReader.__mro__
    before = list(reader.training_examples())
    assert [row.track_id for row in before] == ["t1"]
    assert before[0].features["tempo_bpm"] == 99
    store.write(
        {
            "tracks": [make.track("t9")],
            "files": [make.file("/z", "t9")],
            "features_rhythm": [make.features("rhythm", "t9", tempo_bpm=99.0)],
        },
        stamp,
    )
    assert list(reader.training_examples()) == before
    assert len(WarehouseReader(location).training_examples()) == 2
    assert WarehouseReader(location, as_of=reader.snapshot).training_examples() == before
