"""A small catalogue of four styles, with features, words and licences that tell them apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from schemas.catalogue import FileRow, RightsRow, TagKind, TagRow, TrackRow
from schemas.features import groups
from schemas.outcomes import FileState
from schemas.rights import RightsLayer

# style → terms, tempo BPM, energy, brightness Hz
STYLES: dict[str, tuple[tuple[str, ...], float, float, float]] = {
    "techno": (("techno", "electronic"), 130, 0.8, 2500),
    "drone": (("dark ambient", "drone"), 60, 0.1, 600),
    "jazz": (("swing", "jazz trio"), 140, 0.4, 1500),
    "metal": (("heavy metal", "angry"), 180, 0.95, 3500),
}


def track_id(index: int) -> str:
    return f"t{index:021d}"


def style_of(track: str) -> str:
    return list(STYLES)[int(track[1:]) % len(STYLES)]


def rows(count: int, make: Any, music: Path, seed: int = 0) -> dict[str, list[Any]]:
    """Tables of `count` tracks, styles in turn; every fifth has no licence; ten artists."""
    rng = np.random.default_rng(seed)
    tables: dict[str, list[Any]] = {"tracks": [], "tags": [], "files": [], "rights": []}
    tables |= {f"features_{group}": [] for group in groups()}
    for index in range(count):
        track = track_id(index)
        terms, tempo, energy, brightness = STYLES[style_of(track)]
        artist = f"Artist {index % 10}"
        tables["tracks"].append(
            TrackRow(
                track_id=track, title=f"Piece {index}", artist=artist, duration_s=200.0,
                sample_rate_hz=44_100, channels=2, codec="flac", audio_hash=f"{index:032x}",
            )
        )  # fmt: skip
        uri = str(music / f"{index}.flac")
        tables["files"].append(
            FileRow(uri=uri, size=1, mtime_ns=0, track_id=track, state=FileState.PRESENT,
                    source=str(music))
        )  # fmt: skip
        tables["tags"] += [
            TagRow(track_id=track, term=term, kind=TagKind.GENRE, source="id3:TCON", raw=term)
            for term in terms
        ]
        if index % 5:
            tables["rights"].append(
                RightsRow(
                    track_id=track, layer=RightsLayer.RECORDING, source="id3:WCOP",
                    raw="CC BY 4.0", spdx="CC-BY-4.0", holder=artist, evidence=uri,
                )
            )  # fmt: skip
        values = {
            "tempo_bpm": tempo * 2 ** rng.normal(0, 0.05),
            "energy": float(np.clip(energy + rng.normal(0, 0.04), 0, 1)),
            "brightness_hz": brightness * 2 ** rng.normal(0, 0.1),
            "key_pitch_class": float(index % 12),
            "key_mode": float(index % 2),
            "chroma": rng.dirichlet(np.ones(12)).tolist(),
        }
        for group, members in groups().items():
            known = {m.name: values[m.name] for m in members if m.name in values}
            tables[f"features_{group}"].append(make.features(group, track, **known))
    return tables
