"""A small warehouse with secrets in and around it, to see whether strangers get at them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from schemas.analysis import BeatsRow, MetricRow, SectionRow
from schemas.catalogue import FileRow, TagKind, TagRow, TrackRow
from schemas.features import group_version
from schemas.operations import PromptRow
from schemas.outcomes import FeatureStatus, FileState
from schemas.tables import TABLES
from warehouse.lake import Location, RunStamp
from warehouse.store import Store

SECRET = "KANARIENVOGEL-7f3a"  # noqa: S105  no password: a canary
"""Stands in every place that no statement may reach."""


@dataclass(frozen=True, slots=True)
class Canaries:
    """The warehouse, and files with a secret outside and inside its data folder."""

    location: Location
    folder: Path
    snapshot: int

    def filled(self, attack: str) -> str:
        """`attack` with its places filled in."""
        return attack.format(
            outside=self.folder / "outside.csv",
            inside=self.folder / "lake" / "data" / "inside.csv",
            folder=self.folder / "lake" / "data",
            catalogue=self.location.catalogue,
            target=self.folder / "lake" / "data" / "made",
        )

    def files(self) -> dict[str, str]:
        """Digest of every file; SQLite's own working files come and go with each reader."""
        return {
            str(path): hashlib.blake2b(path.read_bytes(), digest_size=8).hexdigest()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and not path.name.endswith(("-shm", "-wal"))
        }


def build(folder: Path) -> Canaries:
    """Make the warehouse and its secrets in `folder`."""
    location = Location(str(folder / "lake" / "catalogue.sqlite"), str(folder / "lake" / "data"))
    ids = ("t1", "t2", "t3")
    batches = {
        "tracks": [
            TrackRow(track_id=t, title=f"Title {t}", artist="a", album="b", duration_s=60.0)
            for t in ids
        ],
        "files": [
            FileRow(uri=f"/music/{t}.wav", size=1, mtime_ns=0, track_id=t, state=FileState.PRESENT,
                    source="/music")
            for t in ids
        ],
        "tags": [
            TagRow(track_id=t, term="ambient", kind=TagKind.GENRE, source="id3", raw="Ambient")
            for t in ids
        ],
        "features_rhythm": [
            _features("rhythm", t, tempo_bpm=90.0 + 40 * n) for n, t in enumerate(ids)
        ],
        "features_loudness": [_features("loudness", t, energy=0.3 * n) for n, t in enumerate(ids)],
        "features_tonality": [_features("tonality", t, chroma=[1 / 12] * 12) for t in ids],
        "metrics": [MetricRow(track_id="t1", metric="popularity", value=5.0, unit="1", source="x")],
        "sections": [SectionRow(track_id="t1", index=0, start_s=0.0, end_s=9.0, label="A")],
        "beats": [BeatsRow(track_id="t1", beat_count=2, times_s=[0.5, 1.0], downbeats=[0])],
        "prompts": [PromptRow(prompt_id="p", text=SECRET, vector="{}", language="en")],
    }  # fmt: skip
    with Store(location) as store:
        snapshot = store.write(batches, RunStamp("r", "test", "canaries")).snapshot
    (folder / "outside.csv").write_text(f"secret\n{SECRET}\n")
    (folder / "lake" / "data" / "inside.csv").write_text(f"secret\n{SECRET}\n")
    return Canaries(location, folder, snapshot)


def _features(group: str, track_id: str, **values: object) -> object:
    return TABLES[f"features_{group}"].row(
        track_id=track_id,
        group_version=group_version(group),
        extractor="wordtone",
        status=FeatureStatus.COMPLETE,
        null_reasons="{}",
        **values,
    )
