"""What the views say, row by row."""

from __future__ import annotations

import pytest

from schemas.analysis import MetricRow, OverrideRow
from schemas.catalogue import DuplicateRow, RightsRow
from schemas.features import FEATURES, component_names


def _metric(track_id, metric, value, unit, source="fma"):
    return MetricRow(track_id=track_id, metric=metric, value=value, unit=unit, source=source)


def _override(track_id, metric, value, **more):
    return OverrideRow(
        track_id=track_id, metric=metric, value=value, note="by ear", author="me", **more
    )


def _link(track_id, canonical_id, **more):
    given = {"method": "audio_hash", "evidence": "same hash", "score": 1.0}
    return DuplicateRow(track_id=track_id, canonical_id=canonical_id, **(given | more))


def test_music_has_one_row_a_track_and_prefers_a_present_file(store, make, stamp, read):
    store.write(
        {
            "tracks": [make.track("t1", title="A"), make.track("t2"), make.track("t3")],
            "files": [
                make.file("/a-gone", "t1", state="missing"),
                make.file("/b", "t1"),
                make.file("/c", "t1"),
                make.file("/d", "t2", state="missing"),
                make.file("/e", None, state="rejected"),
            ],
        },
        stamp,
    )
    found = read("SELECT track_id, uri, state FROM music ORDER BY track_id")
    assert [tuple(row.values()) for row in found] == [
        ("t1", "/b", "present"),
        ("t2", "/d", "missing"),
        ("t3", None, None),
    ]


def test_an_override_wins_over_a_measurement_and_that_over_an_import(store, make, stamp, read):
    imported = [_metric("t1", "tempo_bpm", 90, "BPM"), _metric("t1", "energy", 0.3, "ratio")]
    imported.append(_metric("t1", "tempo_bpm", 95, "BPM", "acousticbrainz"))
    store.write({"tracks": [make.track("t1")], "metrics": imported}, stamp)
    ask = "SELECT tempo_bpm, tempo_bpm_source, energy, energy_source FROM track_features"
    assert tuple(read(ask)[0].values()) == (95, "acousticbrainz", 0.3, "fma")
    store.write({"features_rhythm": [make.features("rhythm", "t1", tempo_bpm=120.0)]}, stamp)
    assert tuple(read(ask)[0].values()) == (120, "wordtone", 0.3, "fma")
    store.write({"overrides": [_override("t1", "tempo_bpm", 60)]}, stamp)
    assert tuple(read(ask)[0].values()) == (60, "override", 0.3, "fma")
    rows = read("SELECT value, unit, source FROM quantitative_metadata WHERE metric = 'tempo_bpm'")
    assert sorted((r["value"], r["unit"], r["source"]) for r in rows) == [
        (60, "BPM", "override"),
        (90, "BPM", "fma"),
        (95, "BPM", "acousticbrainz"),
        (120, "BPM", "wordtone"),
    ]


def test_a_withdrawn_override_counts_no_more(store, make, stamp, read, moment):
    row = _override("t1", "key_mode", 1, withdrawn_at=moment)
    store.write({"tracks": [make.track("t1")], "overrides": [row]}, stamp)
    assert read("SELECT key_mode FROM track_features") == [{"key_mode": None}]
    assert read("SELECT * FROM quantitative_metadata") == []


def test_an_import_of_another_unit_or_range_is_kept_but_not_taken_for_the_feature(
    store, make, stamp, read
):
    metrics = [
        _metric("t1", "danceability", 0.7, "ratio"),
        _metric("t1", "tempo_bpm", 900, "BPM"),
        _metric("t1", "popularity", 55, "1"),
    ]
    store.write({"tracks": [make.track("t1")], "metrics": metrics}, stamp)
    found = read("SELECT danceability, danceability_source, tempo_bpm FROM track_features")
    assert set(found[0].values()) == {None}
    assert len(read("SELECT * FROM quantitative_metadata")) == 3


def test_a_vector_is_imported_whole_or_not_at_all(store, make, stamp, read):
    whole = [_metric("t1", f"contrast_{i}", 10.0 + i, "dB") for i in range(7)]
    part = [_metric("t2", f"contrast_{i}", 10.0, "dB") for i in range(6)]
    split = [_metric("t3", f"contrast_{i}", 10.0, "dB", "a" if i < 3 else "b") for i in range(7)]
    tracks = [make.track(t) for t in ("t1", "t2", "t3")]
    store.write({"tracks": tracks, "metrics": whole + part + split}, stamp)
    found = read("SELECT contrast, contrast_source FROM track_features ORDER BY track_id")
    assert [tuple(row.values()) for row in found] == [
        ([10, 11, 12, 13, 14, 15, 16], "fma"),
        (None, None),
        (None, None),
    ]


def test_every_component_of_every_feature_has_a_row(store, make, stamp, read):
    batches = {"tracks": [make.track("t1")]}
    for group in {s.group for s in FEATURES}:
        values = {
            s.name: s.maximum if s.size == 1 else [s.maximum] * s.size
            for s in FEATURES
            if s.group == group
        }
        batches[f"features_{group}"] = [make.features(group, "t1", **values)]
    store.write(batches, stamp)
    rows = read("SELECT metric, value, unit, source FROM quantitative_metadata")
    wanted = {(n, s.maximum, s.unit) for s in FEATURES for n in component_names(s)}
    assert {(r["metric"], r["value"], r["unit"]) for r in rows} == wanted
    assert len(rows) == len(wanted)
    assert {r["source"] for r in rows} == {"wordtone"}


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ((0, 0), "C minor"),
        ((3, 1), "Eb major"),
        ((11, 1), "B major"),
        ((None, 1), None),
        ((4, None), None),
    ],
)
def test_the_key_has_a_name(store, make, stamp, read, key, name):
    pitch, mode = key
    row = make.features("tonality", "t1", key_pitch_class=pitch, key_mode=mode)
    store.write({"tracks": [make.track("t1")], "features_tonality": [row]}, stamp)
    assert read("SELECT key_name FROM track_features") == [{"key_name": name}]


def test_a_linked_track_has_the_measurements_of_its_twin(store, make, stamp, read, moment):
    batch = {
        "tracks": [make.track(t) for t in ("t1", "t2", "t3")],
        "features_rhythm": [make.features("rhythm", "t1", tempo_bpm=100.0)],
        "duplicates": [_link("t2", "t1"), _link("t3", "t1", undone_at=moment)],
    }
    store.write(batch, stamp)
    ask = "SELECT tempo_bpm FROM track_features ORDER BY track_id"
    assert [r["tempo_bpm"] for r in read(ask)] == [100, 100, None]
    store.write({"features_rhythm": [make.features("rhythm", "t2", tempo_bpm=101.0)]}, stamp)
    assert [r["tempo_bpm"] for r in read(ask)] == [100, 101, None]
    found = read("SELECT track_id, value FROM quantitative_metadata ORDER BY ALL")
    assert [tuple(r.values()) for r in found] == [("t1", 100), ("t2", 101)]


def test_which_tracks_are_fit_for_training(store, make, stamp, read):
    ids = ["imported", "present", "missing", "generated", "repeat", "unmeasured"]
    store.write(
        {
            "tracks": [
                make.track(t, origin="generated" if t == "generated" else "recording") for t in ids
            ],
            "files": [
                make.file(f"/{t}", t, state="missing" if t == "missing" else "present")
                for t in ids[1:]
            ],
            "metrics": [_metric("imported", "energy", 0.5, "ratio")],
            "features_loudness": [make.features("loudness", t, energy=0.5) for t in ids[1:-1]],
            "duplicates": [_link("repeat", "present", method="chromaprint-1")],
        },
        stamp,
    )
    found = read("SELECT track_id, source FROM training_examples ORDER BY ALL")
    assert [tuple(r.values()) for r in found] == [("imported", "fma"), ("present", "/music")]


def test_the_text_and_licences_of_a_training_example(store, make, stamp, read):
    def right(layer, source, raw, spdx=None):
        return RightsRow(
            track_id="t1", layer=layer, source=source, raw=raw, spdx=spdx, evidence="file"
        )

    store.write(
        {
            "tracks": [make.track("t1", title="Secret title", artist="Someone", album="LP")],
            "features_loudness": [make.features("loudness", "t1", energy=0.5)],
            "tags": [
                make.tag("t1", "jazz", weight=0.5),
                make.tag("t1", "jazz", weight=0.9, source="path"),
                make.tag("t1", "piano", "instrument"),
                make.tag("t1", "someone", "artist"),
                make.tag("t1", "lp", "collection"),
                make.tag("t1", "slow…", "description", raw="A slow piano piece."),
            ],
            "rights": [
                right("recording", "id3", "CC BY", "CC-BY-4.0"),
                right("recording", "sidecar", "all rights reserved"),
                right("text", "fma", "CC0", "CC0-1.0"),
            ],
        },
        stamp,
    )
    row = read("SELECT * FROM training_examples")[0]
    assert row["text"] == "piano, jazz. A slow piano piece."
    assert row["terms"] == [
        {"term": "piano", "kind": "instrument", "weight": 1.0},
        {"term": "jazz", "kind": "genre", "weight": 0.9},
    ]
    assert (row["artist"], row["album"]) == ("Someone", "LP")
    assert row["recording_licence"] == "CC-BY-4.0; all rights reserved"
    assert (row["text_licence"], row["composition_licence"]) == ("CC0-1.0", None)
    assert (row["energy"], row["energy_source"]) == (0.5, "wordtone")


def test_a_track_without_tags_has_empty_text(store, make, stamp, read):
    row = make.features("loudness", "t1", energy=0.5)
    store.write({"tracks": [make.track("t1")], "features_loudness": [row]}, stamp)
    found = read("SELECT text, terms FROM training_examples")
    assert found == [{"text": "", "terms": []}]
