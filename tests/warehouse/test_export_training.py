"""Training sets in the shapes that AudioCraft, stable-audio-tools and ACE-Step read; Croissant."""

from __future__ import annotations

import gzip
import json
import runpy
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlcroissant
import pytest

from schemas.catalogue import DuplicateRow, TagKind, TagRow
from schemas.features import groups
from tests.warehouse.catalogue import rows, track_id
from tests.warehouse.conftest import Rows
from warehouse.export.request import ExportRequest, parse_split
from warehouse.export.run import export
from warehouse.gate import load_policy
from warehouse.lake import Lake, Location, RunStamp
from warehouse.store import Store

STAMP = RunStamp("run-1", "ingest", "a test's commit")
SILENT, FAST, REMOTE, GONE, COPY, WORDLESS, LONG = (track_id(i) for i in (1, 2, 3, 4, 6, 7, 8))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue of 24 tracks, some of which no trainer can take as they are."""
    home = tmp_path_factory.mktemp("training")
    music = home / "music"
    music.mkdir()
    for index in range(24):
        (music / f"{index}.flac").write_bytes(b"not read")
    (music / "4.flac").unlink()
    found = rows(24, Rows(), music)
    found["files"] = [
        replace(f, uri="s3://bucket/3.flac") if f.track_id == REMOTE else f for f in found["files"]
    ]
    found["tracks"] = [
        replace(t, duration_s=1_000.0) if t.track_id == LONG else t for t in found["tracks"]
    ]
    found["tags"] = [t for t in found["tags"] if t.track_id != WORDLESS]
    story = "A long story. " * 60
    for kind, term, raw in (("description", story.lower(), story), ("language", "english", "en"),
                            ("mood", "sad", "Sad"), ("instrument", "piano", "Piano")):  # fmt: skip
        tag = TagRow(track_id=LONG, term=term, kind=TagKind(kind), source="x", raw=raw)
        found["tags"].append(tag)
    for group in groups():
        found[f"features_{group}"] = [
            _altered(row, group, values)
            for row in found[f"features_{group}"]
            for values in [{
                SILENT: {"tempo_bpm": None, "key_pitch_class": None, "key_mode": None},
                LONG: {"time_signature": 3.0},
            }.get(row.track_id, {})]
        ]  # fmt: skip
    found["duplicates"] = [
        DuplicateRow(track_id=COPY, canonical_id=track_id(22), method="audio_hash",
                     evidence="same", score=1)
    ]  # fmt: skip
    with Store(Location(str(home / "catalogue.sqlite"), str(home / "data"))) as store:
        store.write(found, STAMP)
    return home


def _altered(row: Any, group: str, values: dict[str, Any]) -> Any:
    members = {spec.name for spec in groups()[group]}
    return replace(row, **{name: value for name, value in values.items() if name in members})


@pytest.fixture(scope="module")
def lake(home: Path) -> Iterator[Lake]:
    place = Location(str(home / "catalogue.sqlite"), str(home / "data"))
    with Lake.open(place, read_only=True) as opened:
        yield opened


def _exported(lake: Lake, out: Path, form: str, **options: Any) -> dict[str, Any]:
    policy = replace(load_policy("open"), allow_unknown=True)
    request = ExportRequest(form=form, out=out, policy=policy, **options)
    return dict(export(lake, request).manifest)


def _left_out(manifest: dict[str, Any]) -> dict[tuple[str, str], list[str]]:
    return {(item["what"], item["reason"]): item["examples"] for item in manifest["left_out"]}


def test_audiocraft(lake: Lake, tmp_path: Path) -> None:
    out = tmp_path / "set"
    manifest = _exported(lake, out, "audiocraft", split=parse_split("60,20,20"))
    lines = {
        side: [json.loads(x) for x in gzip.decompress(path.read_bytes()).decode().splitlines()]
        for side in ("train", "valid", "test")
        for path in [out / "data" / side / "data.jsonl.gz"]
    }
    assert sum(map(len, lines.values())) == manifest["counts"]["tracks"] == 20
    for side, metas in lines.items():
        for meta in metas:
            assert set(meta) == {"path", "duration", "sample_rate", "amplitude", "weight",
                                 "info_path"}  # fmt: skip
            audio = Path(meta["path"])
            assert audio.parent == out / "audio" / side
            assert audio.read_bytes() == b"not read"
            info = json.loads(audio.with_suffix(".json").read_text())
            # Every field of MusicInfo must be there, unknown ones as null.
            assert set(info) == {"title", "artist", "key", "bpm", "genre", "moods", "keywords",
                                 "description", "name", "instrument"}  # fmt: skip
    silent = json.loads((next(out.glob(f"audio/*/{SILENT}.json"))).read_text())
    assert (silent["bpm"], silent["key"]) == (None, None)  # never a default
    long = json.loads((next(out.glob(f"audio/*/{LONG}.json"))).read_text())
    assert long["moods"] == ["sad"]
    assert long["instrument"] == "piano"
    assert long["key"] == "Ab minor"
    left = _left_out(manifest)
    assert left["track", "not local: its uri begins with s3://"] == [REMOTE]
    assert left["track", "file gone"] == [GONE]
    assert left["track", "repeats another track"] == [COPY]
    assert left["track", "no words to describe it by"] == [WORDLESS]
    assert left["bpm", "tempo unknown"] == [SILENT]
    dset = (out / "dset.yaml").read_text()
    assert f'train: "{out}/data/train"' in dset
    attributed = (out / "ATTRIBUTION.md").read_text()
    assert attributed.count("**Piece") == 20
    assert manifest["policy"]["purposes"] == ["export", "train"]


def test_stable_audio_tools(lake: Lake, tmp_path: Path) -> None:
    out = tmp_path / "set"
    manifest = _exported(lake, out, "stable-audio-tools")
    config = json.loads((out / "train_dataset.json").read_text())
    assert config["dataset_type"] == "audio_dir"
    source = config["datasets"][0]
    audio = sorted(Path(source["path"]).iterdir())
    assert len(audio) == manifest["counts"]["tracks"] == 20
    # What stable-audio-tools does: import the module, ask for each file that it finds.
    custom = runpy.run_path(source["custom_metadata_module"])["get_custom_metadata"]
    for path in audio:
        found = custom({"path": str(path)}, None)
        assert found["prompt"]
        assert "seconds_start" not in found  # of the crop, not of the track
        assert "seconds_total" not in found
        assert ("tempo_bpm" in found) == (path.stem != SILENT)
    assert custom({"path": str(out / "train" / "other.flac")}, None) == {"__reject__": True}
    numbers = {
        n["id"]: n["config"] for n in json.loads((out / "number_conditioners.json").read_text())
    }
    metadata = [json.loads(x) for x in (out / "train_metadata.jsonl").read_text().splitlines()]
    for record in metadata:
        for name, value in record["numbers"].items():
            assert numbers[name]["min_val"] <= value <= numbers[name]["max_val"]
    prompts = {record["file"]: record["prompt"] for record in metadata}
    assert prompts[f"{track_id(0)}.flac"].startswith("electronic, techno, 1")
    assert prompts[f"{track_id(0)}.flac"].endswith(" BPM, C minor")
    assert prompts[f"{SILENT}.flac"] == "dark ambient, drone"


def test_ace_step(lake: Lake, tmp_path: Path) -> None:
    out = tmp_path / "set"
    manifest = _exported(lake, out, "ace-step")
    samples = json.loads((out / "train_dataset.json").read_text())["samples"]
    by_id = {Path(s["audio_path"]).stem: s for s in samples}
    assert len(by_id) == 20
    for sample in samples:
        assert Path(sample["audio_path"]).read_bytes() == b"not read"
        assert isinstance(sample.get("bpm", 30), int)
        assert 30 <= sample.get("bpm", 30) <= 300
        assert sample.get("timesignature", "2") in {"2", "3", "4", "6"}
        assert len(sample["caption"]) <= 512
    assert "bpm" not in by_id[SILENT]
    assert "keyscale" not in by_id[SILENT]
    assert by_id[track_id(0)]["keyscale"] == "C minor"
    assert by_id[LONG]["timesignature"] == "3"
    assert by_id[LONG]["language"] == "english"
    assert "duration" not in by_id[LONG]
    assert "lyrics" not in by_id[LONG]
    left = _left_out(manifest)
    assert left["duration", "outside what ACE-Step takes"] == [LONG]
    assert left["caption", "cut at 512 characters"] == [LONG]
    assert left["bpm", "unknown"] == [SILENT]
    tags = (out / "train" / f"{track_id(0)}_prompt.txt").read_text()
    assert tags.startswith("electronic, techno, 1")
    assert tags.endswith(" bpm, C minor\n")
    assert any("lyrics" in note for note in manifest["notes"])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what mlcroissant stands on
def test_croissant_is_valid_and_its_records_can_be_read(lake: Lake, tmp_path: Path) -> None:
    out = tmp_path / "set"
    manifest = _exported(lake, out, "croissant")
    dataset = mlcroissant.Dataset(jsonld=out / "croissant.json")
    issues = dataset.metadata.ctx.issues
    assert not issues.errors
    assert not [w for w in issues.warnings if "url" not in w and "license" not in w], (
        issues.warnings
    )
    document = json.loads((out / "croissant.json").read_text())
    assert document["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    hashes = {f["contentUrl"]: f["sha256"] for f in document["distribution"]}
    assert {name: manifest["files"][name]["sha256"] for name in hashes} == hashes
    records = {
        name: list(dataset.records(record_set=name))
        for name in ("tracks", "features", "tags", "rights")
    }
    assert len(records["tracks"]) == len(records["features"]) == manifest["counts"]["tracks"]
    titles = {r["tracks/track_id"].decode(): r["tracks/title"].decode() for r in records["tracks"]}
    assert titles[track_id(5)] == "Piece 5"
    tempi = {r["features/track_id"].decode(): r["features/tempo_bpm"] for r in records["features"]}
    assert 110 < tempi[track_id(0)] < 150
    assert {r["rights/spdx"].decode() for r in records["rights"]} == {"CC-BY-4.0"}
