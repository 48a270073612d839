"""Exports: who may be in them, what the manifest says, and that a folder is whole or not there."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from schemas.catalogue import RightsRow, TagKind, TagRow, TrackRow
from schemas.errors import InputError, WarehouseError
from schemas.rights import RightsLayer
from tests.warehouse.catalogue import rows, track_id
from tests.warehouse.conftest import Rows
from warehouse.export import tables
from warehouse.export.attribution import licence_url
from warehouse.export.request import ExportRequest, parse_split
from warehouse.export.run import export
from warehouse.export.split import Belonging, sides
from warehouse.gate import load_policy
from warehouse.lake import Lake, Location, RunStamp
from warehouse.selection import parse_selection
from warehouse.store import Store

STAMP = RunStamp("run-1", "ingest", "a test's commit")
HOSTILE = '=HYPERLINK("http://x","y")'


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("export")


@pytest.fixture(scope="module")
def first(home: Path) -> int:
    """Snapshot of a catalogue of 40 tracks, 32 of them with a licence; one more comes later."""
    place = Location(str(home / "catalogue.sqlite"), str(home / "data"))
    odd = TrackRow(
        track_id="odd", title=HOSTILE, artist="[a](b)\n# c", duration_s=1, audio_hash="0"
    )
    share = RightsRow(
        track_id="odd", layer=RightsLayer.RECORDING, source="x", raw="-by sa", spdx="CC-BY-SA-3.0",
        holder="@someone", evidence="+file",
    )  # fmt: skip
    reserved = RightsRow(
        track_id=track_id(1), layer=RightsLayer.TEXT, source="x", raw="All rights reserved",
        spdx="LicenseRef-All-Rights-Reserved", evidence="x",
    )  # fmt: skip
    note = TagRow(track_id="odd", term="+1", kind=TagKind.OTHER, source="x", raw="+1")
    with Store(place) as store:
        snapshot = store.write(rows(40, Rows(), home), STAMP).snapshot
        later = {"tracks": [odd], "rights": [share, reserved], "tags": [note]}
        store.write(later, STAMP)
    return snapshot


@pytest.fixture(scope="module")
def place(home: Path, first: int) -> Location:
    return Location(str(home / "catalogue.sqlite"), str(home / "data"))


@pytest.fixture
def lake(place: Location) -> Iterator[Lake]:
    with Lake.open(place, read_only=True) as opened:
        yield opened


def _request(out: Path, form: str = "jsonl", **options: Any) -> ExportRequest:
    unknown = options.pop("allow_unknown", False)
    policy = replace(load_policy("open"), allow_unknown=unknown)
    return ExportRequest(form=form, out=out, policy=policy, **options)


def _ids(folder: Path) -> set[str]:
    lines = (folder / "tracks.jsonl").read_text().splitlines()
    return {json.loads(line)["track_id"] for line in lines}


def test_only_tracks_whose_licence_allows_it(lake: Lake, tmp_path: Path) -> None:
    summary = export(lake, _request(tmp_path / "out"))
    without = {track_id(i) for i in range(0, 40, 5)}
    expected = {track_id(i) for i in range(40)} - without - {track_id(1)} | {"odd"}
    assert _ids(summary.out) == expected
    manifest = json.loads((summary.out / "manifest.json").read_text())
    assert manifest["counts"]["tracks"] == len(expected) == 32
    assert manifest["verdicts"] == {"export": {"allowed": 32, "unknown": 8, "forbidden": 1}}
    assert manifest["policy"]["allow_unknown_rights"] is False
    reasons = {item["reason"]: item["tracks"] for item in manifest["left_out"]}
    assert reasons["recording: no licence stated"] == 8
    assert sum(reasons.values()) == 9
    assert manifest["licences"] == {"CC-BY-4.0": 31, "CC-BY-SA-3.0": 1}
    assert manifest["snapshot"]["version"] == lake.current_snapshot()


def test_unknown_rights_are_said_in_the_manifest(lake: Lake, tmp_path: Path) -> None:
    summary = export(lake, _request(tmp_path / "out", allow_unknown=True))
    assert summary.tracks == 40
    assert summary.manifest["policy"]["allow_unknown_rights"] is True
    assert summary.manifest["verdicts"]["export"]["allowed_unknown"] == 8
    assert track_id(1) not in _ids(summary.out)  # what is known to be reserved stays out
    text = (summary.out / "ATTRIBUTION.md").read_text()
    assert text.count("no licence stated") == 8


def test_files_are_those_of_the_manifest(lake: Lake, tmp_path: Path) -> None:
    for form in ("parquet", "csv", "jsonl"):
        out = export(lake, _request(tmp_path / form, form)).out
        files = json.loads((out / "manifest.json").read_text())["files"]
        assert set(files) == {p.name for p in out.iterdir()} - {"manifest.json"}
        assert len(files) == 6
        for name, entry in files.items():
            assert hashlib.sha256((out / name).read_bytes()).hexdigest() == entry["sha256"]


def test_the_formats_say_the_same(lake: Lake, tmp_path: Path) -> None:
    out = {form: export(lake, _request(tmp_path / form, form)).out
           for form in ("parquet", "csv", "jsonl")}  # fmt: skip
    for name in tables.TABLES:
        table = pq.read_table(out["parquet"] / f"{name}.parquet").to_pylist()
        lines = [json.loads(x) for x in (out["jsonl"] / f"{name}.jsonl").read_text().splitlines()]
        assert table == lines
    with (out["csv"] / "features.csv").open() as stream:
        cells = {row["track_id"]: row for row in csv.DictReader(stream)}
    parquet = pq.read_table(out["parquet"] / "features.parquet").to_pylist()
    for row in parquet:
        assert float(cells[row["track_id"]]["chroma_11"] or "nan") == pytest.approx(
            row["chroma"][11] if row["chroma"] else float("nan"), nan_ok=True
        )
        tempo = row["tempo_bpm"]
        assert cells[row["track_id"]]["tempo_bpm"] == ("" if tempo is None else repr(tempo))


def test_spreadsheets_get_no_formulas(lake: Lake, tmp_path: Path) -> None:
    summary = export(lake, _request(tmp_path / "out", "csv"))
    risky = 0
    for path in summary.out.glob("*.csv"):
        with path.open(newline="") as stream:
            for row in csv.DictReader(stream):
                texts = [value for value in row.values() if not _is_number(value)]
                assert not [value for value in texts if value[:1] in tuple("=+-@\t\r")]
                risky += sum(value[:2] in ("'=", "'+", "'-", "'@") for value in texts)
    assert risky >= 8
    assert "apostrophe" in summary.manifest["notes"][0]
    plain = export(lake, _request(tmp_path / "plain"))
    assert HOSTILE in {json.loads(x)["title"]
                       for x in (plain.out / "tracks.jsonl").read_text().splitlines()}  # fmt: skip


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_attribution_names_what_cc_by_asks_for(lake: Lake, tmp_path: Path) -> None:
    out = export(lake, _request(tmp_path / "out")).out
    text = (out / "ATTRIBUTION.md").read_text()
    assert (
        "- **Piece 7** by Artist 7\n"
        "  - recording: [CC-BY-4.0](https://creativecommons.org/licenses/by/4.0/); © Artist 7; "
        "stated in "
    ) in text
    assert "\\[a\\]\\(b\\) \\# c" in text  # no mark-up out of somebody's tags
    with (out / "attributions.csv").open() as stream:
        named = {row["track_id"]: row for row in csv.DictReader(stream)}
    assert named[track_id(7)]["holder"] == "Artist 7"
    assert named[track_id(7)]["evidence"].endswith("/7.flac")
    assert set(named) == _ids(out)


@pytest.mark.parametrize(
    ("spdx", "url"),
    [
        ("CC-BY-NC-SA-3.0-DE", "https://creativecommons.org/licenses/by-nc-sa/3.0/de/"),
        ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("BSD-2-Clause", "https://spdx.org/licenses/BSD-2-Clause.html"),
        ("MIT OR GPL-2.0-only", None),
        ("LicenseRef-Public-Domain", None),
        (None, None),
    ],
)
def test_licence_urls(spdx: str | None, url: str | None) -> None:
    assert licence_url(spdx) == url


def test_selection_and_past(place: Location, first: int, tmp_path: Path) -> None:
    fast = parse_selection(["tempo_bpm>=160"], ["heavy metal"])
    with Lake.open(place, as_of=first) as past:
        summary = export(past, _request(tmp_path / "fast", selection=fast))
        assert {int(i[1:]) % 4 for i in _ids(summary.out)} == {3}
        assert summary.manifest["filters"] == ["tempo_bpm>=160", "tag heavy metal"]
        whole = export(past, _request(tmp_path / "past"))
    assert "odd" not in _ids(whole.out)
    assert track_id(1) in _ids(whole.out)  # nobody had reserved it yet
    assert whole.manifest["snapshot"]["version"] == first


def test_nothing_to_export_says_why(lake: Lake, tmp_path: Path) -> None:
    none = parse_selection(["tempo_bpm>299"])
    with pytest.raises(InputError, match="no track is selected"):
        export(lake, _request(tmp_path / "out", selection=none))
    lone = parse_selection([], [], ["techno", "swing", "heavy metal", "drone"])
    with pytest.raises(InputError, match="of 1 tracks none is left"):
        export(lake, _request(tmp_path / "out", "ace-step", selection=lone))
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_taken_only_when_it_may_be(lake: Lake, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    export(lake, _request(out))  # empty
    with pytest.raises(InputError, match="pass --overwrite"):
        export(lake, _request(out))
    export(lake, _request(out, "csv", overwrite=True))
    assert (out / "tracks.csv").is_file()
    assert not (out / "tracks.jsonl").exists()
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "manifest.json").write_text('{"other": 1}')
    with pytest.raises(InputError, match="no export of wordtone"):
        export(lake, _request(mine, overwrite=True))
    file = tmp_path / "file"
    file.write_text("x")
    link = tmp_path / "link"
    link.symlink_to(out)
    for path in (file, link):
        with pytest.raises(InputError, match="is no folder"):
            export(lake, _request(path, overwrite=True))
    assert {p.name for p in tmp_path.iterdir()} == {"out", "mine", "file", "link"}


def test_a_failure_leaves_the_old_export(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = export(lake, _request(tmp_path / "out")).out
    before = (out / "manifest.json").read_bytes()

    def broken(*_: Any) -> Any:
        raise WarehouseError("the disk went away")

    monkeypatch.setattr("warehouse.export.run.write_tables", broken)
    with pytest.raises(WarehouseError, match="went away"):
        export(lake, _request(out, overwrite=True))
    assert (out / "manifest.json").read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["out"]


def test_a_writer_is_refused(place: Location, tmp_path: Path) -> None:
    with Lake.open(place) as writable, pytest.raises(WarehouseError, match="at one snapshot"):
        export(writable, _request(tmp_path / "out"))


def test_split_keeps_artists_albums_and_relatives_together() -> None:
    tracks = [
        Belonging(f"t{i:03d}", f"artist {i % 37}" if i % 3 else None,
                  f"album {i % 50}" if i % 2 else None, f"/music/{i % 23}")
        for i in range(400)
    ]  # fmt: skip
    tracks = [*tracks, Belonging("copy", "somebody else", None, None, ["t001"])]
    shares = (0.6, 0.2, 0.2)
    found = sides(tracks, shares, seed=1)
    assert set(found) == {t.track_id for t in tracks}
    for key in ("artist", "album"):
        by: dict[Any, set[str]] = {}
        for track in tracks:
            name = getattr(track, key)
            if name is not None:
                folder = track.folder if key == "album" else None
                by.setdefault((name, folder), set()).add(found[track.track_id])
        assert all(len(of) == 1 for of in by.values())
    assert found["copy"] == found["t001"]
    assert sides(list(reversed(tracks)), shares, seed=1) == found
    alone = [Belonging(f"t{i}", f"artist {i // 2}", None, None) for i in range(400)]
    counts = [list(sides(alone, shares, 2).values()).count(side)
              for side in ("train", "valid", "test")]  # fmt: skip
    assert counts == pytest.approx([240, 80, 80], abs=2)


@pytest.mark.parametrize("text", ["80,20", "80,10,20", "a,b,c", "-1,50,51", "", "nan,1,0"])
def test_splits_that_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="80,10,10"):
        parse_split(text)


def test_split_reaches_the_tables(lake: Lake, tmp_path: Path) -> None:
    options = {"split": parse_split("80,10,10"), "seed": 3}
    summary = export(lake, _request(tmp_path / "out", **options))
    found: dict[str, set[str]] = {}
    for line in (summary.out / "tracks.jsonl").read_text().splitlines():
        row = json.loads(line)
        found.setdefault(row["artist"], set()).add(row["split"])
    assert all(len(of) == 1 for of in found.values())
    assert {side for of in found.values() for side in of} == {"train", "valid", "test"}
    assert sum(summary.manifest["split"]["tracks"].values()) == summary.tracks
