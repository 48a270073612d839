"""Every row of a set ends as exactly one outcome; again, only what changed is written."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from schemas.errors import ContractError, InputError
from schemas.operations import RunState
from tests.imports.conftest import SPOTIFY, spotify_id, spotify_row, write_csv
from warehouse.audits import run_audits

TITLES = ("track_id", "genre", "title")


def outcomes(report):
    assert sum(report.counts.values()) == report.discovered
    return {outcome.value: count for outcome, count in report.counts.items()}


def test_rows_become_tracks_values_words_and_rights(tmp_path, take, read):
    write_csv(tmp_path / "set" / "tracks.csv", SPOTIFY, [spotify_row(1), spotify_row(2, key=-1)])
    report = take("spotify", tmp_path / "set")
    assert outcomes(report) == {"accepted": 2}
    assert report.tracks == Counter(new=2)
    tracks = read("SELECT * FROM tracks ORDER BY title")
    assert [len(t["track_id"]) for t in tracks] == [22, 22]
    assert [(t["title"], t["artist"], t["duration_s"]) for t in tracks] == [
        ("Song 1", "Artist 1", 200.0), ("Song 2", "Artist 2", 200.0),
    ]  # fmt: skip
    found = read("SELECT tempo_bpm, tempo_bpm_source, energy, key_name FROM track_features "
                 "ORDER BY key_pitch_class NULLS LAST")  # fmt: skip
    assert found == [
        {"tempo_bpm": 122.0, "tempo_bpm_source": "spotify:table", "energy": None,
         "key_name": "F# major"},
        {"tempo_bpm": 122.0, "tempo_bpm_source": "spotify:table", "energy": None, "key_name": None},
    ]  # fmt: skip
    rights = read("SELECT DISTINCT layer, spdx, source FROM rights ORDER BY layer")
    assert [tuple(r.values()) for r in rights] == [
        ("features", None, "spotify:table"), ("text", None, "spotify:table"),
    ]  # fmt: skip
    examples = read("SELECT playlists, text FROM training_examples")
    assert {tuple(e["playlists"]) for e in examples} == {("pop remix",)}
    assert all("pop remix" not in e["text"] for e in examples)
    assert [a.name for a in run_audits(read.lake) if not a.passed] == []
    (run,) = read("SELECT flow, counts FROM runs")
    assert (run["flow"], json.loads(run["counts"])) == ("import", {"accepted": 2})


def test_again_nothing_is_written_and_a_change_writes_its_row_alone(tmp_path, take, read, snapshot):
    path = write_csv(
        tmp_path / "t.csv", TITLES, [[2, "Rock", "a"], [3, "Pop", "b"], [5, "Folk", "c"]]
    )
    take("fma", path)
    before, ids = snapshot(), read("SELECT scheme, value, track_id FROM identifiers ORDER BY value")
    report = take("fma", path)
    assert (report.state, outcomes(report)) == (RunState.NOTHING_TO_DO, {"unchanged": 3})
    assert snapshot() == before
    write_csv(path, TITLES, [[7, "Jazz", "d"], [2, "Rock", "a"], [3, "Metal", "B"]])
    report = take("fma", path)
    assert outcomes(report) == {"accepted": 2, "unchanged": 1}
    assert report.parts[0].removed == 1
    after = read("SELECT scheme, value, track_id FROM identifiers ORDER BY value")
    assert after[: len(ids)] == ids
    tags = read("SELECT i.value, list(g.term ORDER BY g.term) AS terms FROM identifiers AS i "
                "LEFT JOIN tags AS g USING (track_id) GROUP BY ALL ORDER BY i.value")  # fmt: skip
    assert {t["value"]: t["terms"] for t in tags} == {
        "2": ["a", "rock"], "3": ["b", "metal"], "5": [None], "7": ["d", "jazz"],
    }  # fmt: skip
    runs = read("SELECT run_id, count(*) AS n FROM tags GROUP BY ALL ORDER BY n")
    assert [r["n"] for r in runs] == [2, 4]  # of track 2 nothing was written again
    assert read("SELECT title FROM tracks ORDER BY title") == [
        {"title": t} for t in ("B", "a", "c", "d")
    ]


def test_rows_that_are_not_whole_are_kept_with_their_reason_until_they_are(
    tmp_path, take, read, snapshot
):
    good = spotify_row(1)
    rows = [good, spotify_row(2, valence=1.7, tempo="fast"), good, spotify_row(3)[:-2],
            spotify_row(4, track_id="?"), spotify_row(1, energy=0.1)]  # fmt: skip
    path = write_csv(tmp_path / "t.csv", SPOTIFY, rows)
    report = take("spotify", path)
    assert outcomes(report) == {"accepted": 1, "partial": 1, "duplicate": 1, "rejected": 3}
    rejects = read("SELECT uri, reason, detail, resolved FROM rejects ORDER BY uri")
    assert {r["uri"].rpartition("#")[2]: r["reason"] for r in rejects} == {
        "2": "invalid_values", "4": "invalid_row", "5": "invalid_values", "6": "conflicting",
    }  # fmt: skip
    assert "valence=1.7 is out of range; valid is 0 … 1" in rejects[0]["detail"]
    assert "tempo='fast' is no number" in rejects[0]["detail"]
    values = read(
        "SELECT metric FROM metrics JOIN identifiers AS i USING (track_id) WHERE i.value = $id",
        id=spotify_id(2),
    )
    assert {v["metric"] for v in values} & {"valence", "tempo_bpm"} == set()
    assert "echonest_energy" in {v["metric"] for v in values}
    before = snapshot()
    assert outcomes(take("spotify", path)) == {"unchanged": 4, "duplicate": 1, "rejected": 1}
    assert snapshot() == before
    write_csv(path, SPOTIFY, [good, spotify_row(2)])
    assert outcomes(take("spotify", path)) == {"unchanged": 1, "accepted": 1}
    assert read("SELECT count(*) AS n FROM rejects WHERE NOT resolved") == [{"n": 0}]
    assert read("SELECT count(*) AS n FROM imports") == [{"n": 2}]


def _lists(read):
    found = read("SELECT i.value, list(g.term ORDER BY g.term) AS names FROM identifiers AS i "
                 "JOIN tags AS g USING (track_id) WHERE g.source = 'spotify:table:playlist' "
                 "GROUP BY ALL ORDER BY i.value")  # fmt: skip
    return {int(row["value"]): row["names"] for row in found}


def test_a_track_on_several_playlists_keeps_those_it_is_still_on(tmp_path, take, read, snapshot):
    on = {name: {"playlist_name": name, "playlist_id": name} for name in "abc"}
    path = write_csv(
        tmp_path / "t.csv",
        SPOTIFY,
        [spotify_row(1, **on["a"]), spotify_row(1, **on["b"]), spotify_row(2, **on["a"])],
    )
    take("spotify", path)
    assert _lists(read) == {1: ["a", "b"], 2: ["a"]}
    write_csv(
        path,
        SPOTIFY,
        [spotify_row(1, **on["b"]), spotify_row(1, **on["c"]), spotify_row(2, **on["a"])],
    )
    report = take("spotify", path)
    assert outcomes(report) == {"accepted": 1, "unchanged": 2}
    assert _lists(read) == {1: ["b", "c"], 2: ["a"]}
    before = snapshot()
    take("spotify", path)
    assert snapshot() == before
    write_csv(path, SPOTIFY, [spotify_row(2, **on["a"])])
    take("spotify", path)
    assert _lists(read) == {2: ["a"]}
    assert read("SELECT count(DISTINCT track_id) AS n FROM metrics") == [{"n": 1}]
    assert read("SELECT count(*) AS n FROM identifiers") == [{"n": 2}]


def test_other_numbers_in_a_later_row_of_a_track_make_it_partial(tmp_path, take, read, snapshot):
    rows = [spotify_row(1), spotify_row(1, playlist_id="p2", playlist_name="b", tempo=60)]
    path = write_csv(tmp_path / "t.csv", SPOTIFY, rows)
    assert outcomes(take("spotify", path)) == {"accepted": 1, "partial": 1}
    assert read("SELECT tempo_bpm FROM track_features") == [{"tempo_bpm": 122.0}]
    assert _lists(read) == {1: ["b", "pop remix"]}
    before = snapshot()
    assert outcomes(take("spotify", path)) == {"unchanged": 2}
    assert snapshot() == before


def test_one_source_removes_its_own_alone(tmp_path, take, read):
    titles = write_csv(tmp_path / "titles.csv", TITLES, [[2, "Rock", "a"]])
    (echonest := tmp_path / "echonest.json").write_text(
        json.dumps([{"track_id": 2, "tempo": 120.0, "valence": 0.5}])
    )
    take("fma", titles)
    take("fma", echonest)
    assert read("SELECT count(*) AS n FROM tracks") == [{"n": 1}]
    write_csv(titles, TITLES, [[3, "Pop", "b"]])
    report = take("fma", titles)
    assert report.parts[0].removed == 1
    assert read("SELECT DISTINCT source FROM metrics") == [{"source": "fma:echonest"}]
    assert {r["term"] for r in read("SELECT term FROM tags")} == {"pop", "b"}
    assert {r["layer"] for r in read("SELECT layer FROM rights")} == {"features", "text"}


def test_a_killed_import_is_completed_by_the_next(tmp_path, take, read, monkeypatch):
    rows = [[i, "Rock", f"song {i}"] for i in range(1, 41)]
    path = write_csv(tmp_path / "t.csv", TITLES, rows)
    monkeypatch.setattr("pipelines.imports.part.CHUNK", 10)
    from pipelines.imports import part as module

    real, calls = module._commit, []

    def dies(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        real(*arguments)

    monkeypatch.setattr(module, "_commit", dies)
    with pytest.raises(KeyboardInterrupt):
        take("fma", path)
    monkeypatch.setattr(module, "_commit", real)
    assert read("SELECT count(*) AS n FROM imports") == [{"n": 20}]
    assert outcomes(take("fma", path)) == {"unchanged": 20, "accepted": 20}
    assert read("SELECT count(*) AS n, count(DISTINCT track_id) AS t FROM identifiers") == [
        {"n": 40, "t": 40}
    ]


def test_unknown_columns_are_reported_and_not_read(tmp_path, take, read):
    path = write_csv(tmp_path / "t.csv", (*TITLES, "tempo_guess"), [[2, "Rock", "a", 99]])
    report = take("fma", path)
    assert report.parts[0].unknown_columns == ("tempo_guess",)
    assert read("SELECT * FROM metrics") == []


def test_requests_that_cannot_be(tmp_path, take):
    path = write_csv(tmp_path / "t.csv", TITLES, [[2, "Rock", "a"]])
    with pytest.raises(ContractError, match="valid are fma"):
        take("spotify2", path)
    match = write_csv(tmp_path / "match.csv", ("id", "track_id"), [["2", "nobody"]])
    with pytest.raises(ContractError, match=r"line 2: no track 'nobody'"):
        take("fma", path, match=match)
    with pytest.raises(InputError, match="columns id, and uri or track_id"):
        take("fma", path, match=path)
