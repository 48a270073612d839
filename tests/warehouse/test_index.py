"""Derived indexes: built when they must be, kept when they can be, never used when damaged."""

from __future__ import annotations

import json
import multiprocessing
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from schemas.catalogue import TagKind, TagRow, TrackRow
from schemas.operations import RunRow, RunState
from schemas.protocols import TextEncoder
from tests.warehouse.catalogue import rows, track_id
from tests.warehouse.conftest import STAMP, Rows
from warehouse.index import vectors
from warehouse.index.features import FeatureIndex, open_features
from warehouse.index.fulltext import open_text
from warehouse.index.words import WordIndex, open_words
from warehouse.lake import Lake, Location, RunStamp
from warehouse.store import Store


class Letters:
    """An encoder of 26 dimensions that counts letters: enough to tell which texts it was given."""

    id = "letters@1"
    dimensions = 26

    def __init__(self) -> None:
        self.seen: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.seen += texts
        counts = np.array(
            [[text.lower().count(chr(97 + i)) + 0.01 for i in range(26)] for text in texts]
        )
        return (counts / np.linalg.norm(counts, axis=1, keepdims=True)).astype(np.float32)


def _ignore(_: object) -> None:
    return None


def features_of(root: Path, location: Location, note: Any = _ignore, **at: Any) -> FeatureIndex:
    with Lake.open(location, read_only=True, **at) as lake:
        return open_features(root, lake, note, _ignore)


def words_of(root: Path, location: Location, encoder: TextEncoder, **at: Any) -> WordIndex:
    with Lake.open(location, read_only=True, **at) as lake:
        return open_words(root, lake, encoder, _ignore, _ignore)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A warehouse with 40 tracks, made once, and the snapshot that holds them."""
    home = tmp_path_factory.mktemp("template")
    with Store(Location(str(home / "catalogue.sqlite"), str(home / "data"))) as made:
        return home, made.write(rows(40, Rows(), home), STAMP).snapshot


@pytest.fixture
def location(template: tuple[Path, int], tmp_path: Path) -> Location:
    """A copy of it: a warehouse may be moved."""
    shutil.copytree(template[0], tmp_path / "wh")
    return Location(str(tmp_path / "wh" / "catalogue.sqlite"), str(tmp_path / "wh" / "data"))


@pytest.fixture
def filled(template: tuple[Path, int]) -> int:
    return template[1]


def _run(moment: Any) -> RunRow:
    return RunRow(
        run="r", flow="ingest", state=RunState.COMPLETED, started_at=moment, ended_at=moment,
        parameters="{}", counts="{}", message="", version="0",
    )  # fmt: skip


def test_built_when_what_it_is_made_from_changed(
    filled: int, store: Store, location: Location, stamp: RunStamp, moment: Any, tmp_path: Path
) -> None:
    root, encoder = tmp_path / "index", Letters()
    features, words = features_of(root, location), words_of(root, location, encoder)
    assert features.part.count == words.part.count == 40
    assert sorted(encoder.seen) == sorted(
        [
            "techno",
            "electronic",
            "dark ambient",
            "drone",
            "swing",
            "jazz trio",
            "heavy metal",
            "angry",
        ]
    )
    store.write({"runs": [_run(moment)]}, stamp)  # tells nothing of features or words
    assert features_of(root, location).part.folder == features.part.folder
    tag = TagRow(track_id=track_id(0), term="acid", kind=TagKind.GENRE, source="x", raw="Acid")
    store.write({"tags": [tag]}, stamp)
    encoder.seen.clear()
    assert words_of(root, location, encoder).part.folder != words.part.folder
    assert encoder.seen == ["acid"]  # the other texts were known
    assert features_of(root, location).part.folder == features.part.folder
    # The past is another folder, and that is still there.
    assert words_of(root, location, encoder, as_of=filled).part.folder == words.part.folder


def test_old_folders_go(
    filled: int, store: Store, location: Location, stamp: RunStamp, tmp_path: Path
) -> None:
    root = tmp_path / "index"
    for index in range(3):
        track = TrackRow(track_id=f"new{index}")
        store.write({"tracks": [track]}, stamp)
        newest = features_of(root, location)
    assert len(list(root.glob("features-*"))) == 2
    assert newest.part.folder.is_dir()
    assert newest.part.count == 43


@pytest.mark.parametrize("damage", ["bytes", "cut", "gone", "manifest", "graph of another"])
def test_a_damaged_part_is_built_again(
    filled: int, location: Location, tmp_path: Path, damage: str
) -> None:
    root = tmp_path / "index"
    folder = features_of(root, location).part.folder
    before = np.load(folder / "matrix.npy")
    graph = folder / "graph.usearch"
    if damage == "bytes":
        data = bytearray(graph.read_bytes())
        data[len(data) // 2] ^= 0xFF
        graph.write_bytes(data)
    elif damage == "cut":
        graph.write_bytes(graph.read_bytes()[:-100])
    elif damage == "gone":
        (folder / "ids.npy").unlink()
    elif damage == "manifest":
        (folder / "manifest.json").write_text("{")
    else:
        shutil.copy(folder / "keys.npy", graph)
    notes: list[str] = []
    again = features_of(root, location, notes.append)
    assert notes == ["the features index was damaged and is built again"]
    assert np.array_equal(np.load(again.part.folder / "matrix.npy"), before, equal_nan=True)
    assert notes == notes[:1]
    features_of(root, location, notes.append)
    assert len(notes) == 1


def test_an_array_of_objects_is_never_loaded(
    filled: int, location: Location, tmp_path: Path
) -> None:
    folder = features_of(tmp_path / "index", location).part.folder
    np.save(folder / "keys.npy", np.array([print], dtype=object), allow_pickle=True)
    # Even when somebody makes the manifest agree.
    manifest = json.loads((folder / "manifest.json").read_text())
    from warehouse.index.parts import _described

    manifest["files"]["keys.npy"] = _described(folder / "keys.npy")
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match="allow_pickle"):
        features_of(tmp_path / "index", location)


def test_a_copied_index_is_checked_once_and_used(
    filled: int, location: Location, tmp_path: Path
) -> None:
    folder = features_of(tmp_path / "index", location).part.folder
    made = json.loads((folder / "manifest.json").read_text())["created_at"]
    moved = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / "index", moved)
    again = features_of(moved, location)
    assert again.part.manifest["created_at"] == made
    stamps = json.loads((again.part.folder / "verified.json").read_text())
    assert stamps["ids.npy"][3] == (again.part.folder / "ids.npy").stat().st_ino


def _open(root: str, catalogue: str, data: str, queue: Any) -> None:
    notes: list[str] = []
    index = features_of(Path(root), Location(catalogue, data), notes.append)
    queue.put((str(index.part.folder), index.part.manifest["created_at"], notes))


def test_builders_at_once_build_once(filled: int, location: Location, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    arguments = (str(tmp_path / "index"), location.catalogue, location.storage, queue)
    left = tmp_path / "index" / ".features-building-dead"
    left.mkdir(parents=True)  # of a builder that was killed
    workers = [context.Process(target=_open, args=arguments) for _ in range(2)]
    for worker in workers:
        worker.start()
    found = [queue.get(timeout=120) for _ in workers]
    for worker in workers:
        worker.join(60)
    assert found[0][:2] == found[1][:2]
    assert [notes for *_, notes in found] == [[], []]
    assert not left.exists()


def test_an_updated_graph_finds_what_a_new_one_finds(
    store: Store, make: Any, location: Location, stamp: RunStamp, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(vectors, "SMALLEST_UPDATED", 10)
    root = tmp_path / "index"
    features_of(root, location)
    more = rows(43, make, tmp_path, seed=5)
    fresh = [row for row in more["tracks"] if int(row.track_id[1:]) >= 40]
    changed = [row for row in more["features_rhythm"] if row.track_id == track_id(3)]
    added = {
        name: [row for row in table if int(row.track_id[1:]) >= 40]
        for name, table in more.items()
        if name.startswith("features_")
    }
    added["features_rhythm"] += changed
    store.write({"tracks": fresh, **added}, stamp)
    updated = features_of(root, location)
    assert updated.part.details["updated"]
    assert updated.part.details["changed"] == 5  # 3 new, 1 out and in again
    assert updated.part.count == 43
    for index in (0, 3, 17, 40, 42):
        query = updated.rows(np.array([index]))[0]
        exact = updated.scan(query, updated.weights, 10)
        near = updated.nearest_places(query, 20)
        assert index in near[:3]
        assert len(set(exact.tolist()) & set(near.tolist())) >= 9


def test_an_empty_catalogue_has_an_empty_index(
    stamp: RunStamp, moment: Any, tmp_path: Path
) -> None:
    location = Location(str(tmp_path / "catalogue.sqlite"), str(tmp_path / "data"))
    with Store(location) as store:
        store.write({"runs": [_run(moment)]}, stamp)
    root = tmp_path / "index"
    assert features_of(root, location).part.count == 0
    words = words_of(root, location, Letters())
    assert words.nearest_places(np.ones(26, np.float32), 5).tolist() == []
    with Lake.open(location, read_only=True) as lake:
        assert open_text(root, lake, _ignore).best("x", 5).num_rows == 0


def test_full_text(
    filled: int, store: Store, location: Location, stamp: RunStamp, tmp_path: Path
) -> None:
    tracks = [
        TrackRow(track_id="the", title="The The", artist="Beyoncé"),
        TrackRow(track_id="num", title="99 Luftballons", artist="Нена"),
    ]
    store.write({"tracks": tracks}, stamp)
    with Lake.open(location, read_only=True) as lake:
        text = open_text(tmp_path / "index", lake, _ignore)

    def best(query: str, *among: list[str]) -> list[str]:
        return list(text.best(query, 3, *among)["track_id"].to_pylist())

    assert best("beyonce") == ["the"]
    assert best("THE") == ["the"]  # no stop words
    assert best("99") == ["num"]
    assert best("нена") == ["num"]
    assert best("drones piece 5")[0] == track_id(5)  # stemmed; all words count
    assert best("drone", [track_id(9)]) == [track_id(9)]
    for hostile in (
        "'; DROP TABLE postings; --",
        "$query",
        "%",
        "\\",
        '"',
        "a" * 5_000,
        "\N{BELL}",
    ):
        best(hostile)
    assert best("99") == ["num"]
    text.close()
