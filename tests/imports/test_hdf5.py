"""HDF5 of the Million Song Dataset: what is read, and what is refused without harm."""

from __future__ import annotations

import os
from pathlib import Path

import h5py
import numpy as np
import pytest

from pipelines.sources.sets import hdf5_process
from pipelines.sources.sets.hdf5 import Refused, songs
from pipelines.sources.sets.reading import read_entry
from pipelines.sources.sets.registry import metadata_set
from schemas.outcomes import RejectReason

SONG = "SOMZWCG12A8C13C480"
META = np.dtype([("song_id", "S32"), ("artist_name", "S1024"), ("title", "S1024"),
                 ("release", "S99"), ("song_hotttnesss", "f8"), ("mbid", "S40")])  # fmt: skip
ANALYSIS = np.dtype([("track_id", "S32"), ("tempo", "f8"), ("key", "i4"), ("mode", "i4"),
                     ("loudness", "f8"), ("duration", "f8"), ("energy", "f8"),
                     ("danceability", "f8"), ("time_signature", "i4")])  # fmt: skip


def write_song(path: Path, songs_: int = 1, **options: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        meta = np.zeros(songs_, META)
        meta["song_id"] = [f"SO{i:016d}".encode() if i else SONG.encode() for i in range(songs_)]
        meta["artist_name"], meta["title"] = "Café".encode(), b"A Song"
        meta["song_hotttnesss"] = np.nan
        rows = np.zeros(songs_, ANALYSIS)
        rows["track_id"], rows["tempo"], rows["key"] = b"TRAAAAW128F429D538", 92.2, 1
        rows["loudness"], rows["duration"], rows["time_signature"] = -11.2, 218.9, 4
        file.create_dataset("metadata/songs", data=meta, **options)
        file.create_dataset("analysis/songs", data=rows, **options)
        file.create_dataset("musicbrainz/songs", data=np.full(songs_, 1999, [("year", "i4")]))
        file["metadata/artist_terms"] = np.array([b"hip hop", b"rap"])
        file["metadata/artist_terms_weight"] = np.array([1.0, 0.5])
    return path


def test_a_song_a_file_in_a_tree_and_a_summary_file(tmp_path: Path) -> None:
    write_song(tmp_path / "A" / "B" / "TRA.h5", compression="gzip", chunks=(1,))
    (tmp_path / "A" / "broken.h5").write_bytes(b"\x89HDF\r\n\x1a\n" + b"\0" * 500)
    (part,) = metadata_set("million_song").open_parts(tmp_path)
    good, broken = sorted(part.records(), key=lambda record: record.reason is not None)
    entry = read_entry(part, good.values)
    assert entry.identifiers == [("echonest_song", SONG), ("msd", "TRAAAAW128F429D538")]
    assert entry.facts == {
        "artist": "Café", "title": "A Song", "date": "1999", "duration_s": 218.9,
    }  # fmt: skip
    assert {name: value for name, (value, _) in entry.metrics.items()} == {
        "tempo_bpm": 92.2, "key_pitch_class": 1.0, "key_mode": 0.0, "echonest_loudness": -11.2,
        "time_signature": 4.0,
    }  # fmt: skip
    weights = {t.term: t.weight for t in entry.terms if t.kind == "genre"}
    assert weights == {"hip hop": 0.5, "rap": 0.25}
    assert entry.problems == []
    assert broken.reason is RejectReason.UNREADABLE
    assert broken.problem.startswith("broken.h5: no HDF5 that can be read")

    summary = write_song(tmp_path / "summary.h5", songs_=5_000)
    (part,) = metadata_set("million_song").open_parts(summary)
    rows = list(part.records())
    assert len({row.values["song_id"] for row in rows}) == 5_000
    assert "artist_terms" not in rows[0].values


def _external_link(file: h5py.File, elsewhere: Path) -> None:
    del file["metadata/songs"]
    file["metadata/songs"] = h5py.ExternalLink(str(elsewhere), "/metadata/songs")


def _soft_link(file: h5py.File, elsewhere: Path) -> None:
    file["metadata/other"] = file["metadata/songs"][:]
    del file["metadata/songs"]
    file["metadata/songs"] = h5py.SoftLink("/metadata/other")


def _external_storage(file: h5py.File, elsewhere: Path) -> None:
    del file["metadata/songs"]
    size = META.itemsize
    file.create_dataset("metadata/songs", (1,), META, external=[(str(elsewhere), 0, size)])


def _virtual(file: h5py.File, elsewhere: Path) -> None:
    del file["metadata/songs"]
    layout = h5py.VirtualLayout((1,), META)
    layout[:] = h5py.VirtualSource(str(elsewhere), "metadata/songs", (1,))
    file.create_virtual_dataset("metadata/songs", layout)


def _too_many(file: h5py.File, elsewhere: Path) -> None:
    del file["metadata/songs"]
    file.create_dataset("metadata/songs", (1 << 40,), META, chunks=(1,), compression="gzip")


def _huge_chunks(file: h5py.File, elsewhere: Path) -> None:
    del file["metadata/songs"]
    file.create_dataset(
        "metadata/songs", (1_000_000,), META, chunks=(1_000_000,), compression="gzip"
    )


def _varying(file: h5py.File, elsewhere: Path) -> None:
    del file["metadata/songs"]
    file.create_dataset("metadata/songs", data=["x"], dtype=h5py.string_dtype())


def _other_lengths(file: h5py.File, elsewhere: Path) -> None:
    del file["analysis/songs"]
    file["analysis/songs"] = np.zeros(2, ANALYSIS)


def _nothing(file: h5py.File, elsewhere: Path) -> None:
    del file["metadata"]


@pytest.mark.parametrize(
    ("harm", "reason"),
    [
        (_external_link, "is a link to elsewhere"),
        (_soft_link, "is a link to elsewhere"),
        (_external_storage, "lies in another file"),
        (_virtual, "lies in another file"),
        (_too_many, "has shape"),
        (_huge_chunks, "has chunks of"),
        (_varying, "varying length"),
        (_other_lengths, "different lengths"),
        (_nothing, "no table metadata/songs"),
    ],
)
def test_what_a_hostile_file_asks_for_is_refused(tmp_path, harm, reason) -> None:
    elsewhere = write_song(tmp_path / "elsewhere.h5")
    path = write_song(tmp_path / "song.h5")
    with h5py.File(path, "r+") as file:
        harm(file, elsewhere)
    with pytest.raises(Refused, match=reason):
        list(songs(path))


@pytest.mark.slow
def test_a_file_that_keeps_its_reader_silent_costs_itself_alone(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(hdf5_process, "SILENCE_S", 8.0)
    os.mkfifo(stuck := tmp_path / "stuck.h5")
    good = write_song(tmp_path / "song.h5")
    first, second = hdf5_process.records([stuck, good])
    assert (first.reason, second.reason) == (RejectReason.WORKER_CRASHED, None)
    assert second.values["song_id"] == SONG
