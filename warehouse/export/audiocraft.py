"""Training manifest for AudioCraft (MusicGen): `MusicDataset`.

    data/SIDE/data.jsonl.gz   lines of AudioMeta: path, duration s, sample_rate Hz, amplitude,
                              weight, info_path
    audio/SIDE/ID.SUFFIX      a link to the file, and beside it
    audio/SIDE/ID.json        MusicInfo: title, artist, key, bpm, genre, moods, keywords,
                              description, name, instrument
    dset.yaml                 to copy to config/dset/audio/

MusicInfo is read from the audio's path with the suffix .json, and every field must be there: what
is unknown is null, which AudioCraft takes as absent. Read from audiocraft/data/audio_dataset.py
and music_dataset.py.
"""

from __future__ import annotations

import gzip
import json
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from warehouse.export.audio_links import linked
from warehouse.export.choice import LeftOut
from warehouse.export.pieces import Piece, pieces
from warehouse.export.request import SIDES
from warehouse.lake import Lake

SUFFIXES = (".wav", ".mp3", ".flac", ".ogg", ".m4a")
NOTES = (
    "amplitude, weight and info_path are null: AudioCraft measures or ignores them",
    "only bpm, key and words are carried; all other features have no field in MusicInfo",
    "key is in lower case once AudioCraft has read it",
    "album, date, era and language have no field and are among the keywords where they are terms",
)


def write_audiocraft(lake: Lake, folder: Path, out: Path, left_out: LeftOut) -> dict[str, Any]:
    """Write the set into `folder`, with paths as they will be in `out`."""
    counts: dict[str, int] = {}
    written: list[str] = []
    with ExitStack() as stack:
        streams: dict[str, Any] = {}
        for piece in pieces(lake):
            link = _usable(piece, folder, left_out)
            if link is None:
                continue
            info = music_info(piece, left_out)
            link.with_suffix(".json").write_text(_json(info), encoding="utf-8")
            if piece.side not in streams:
                path = folder / "data" / piece.side / "data.jsonl.gz"
                path.parent.mkdir(parents=True)
                raw = stack.enter_context(path.open("wb"))
                zipped = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0)
                streams[piece.side] = stack.enter_context(zipped)
            meta = audio_meta(piece, out / link.relative_to(folder))
            streams[piece.side].write(_json(meta).encode())
            counts[piece.side] = counts.get(piece.side, 0) + 1
            written.append(piece.track_id)
    (folder / "dset.yaml").write_text(_dset(out, counts), encoding="utf-8")
    return {"written": written, "notes": list(NOTES)}


def _usable(piece: Piece, folder: Path, left_out: LeftOut) -> Path | None:
    if piece.duration_s is None or piece.sample_rate_hz is None:
        left_out.add("track", "duration or sample rate unknown", piece.track_id)
        return None
    if not piece.caption:
        left_out.add("track", "no words to describe it by", piece.track_id)
        return None
    return linked(piece, folder / "audio" / piece.side, SUFFIXES, left_out)


def audio_meta(piece: Piece, path: Path) -> dict[str, Any]:
    """One line of data.jsonl, as AudioMeta."""
    return {
        "path": str(path),
        "duration": piece.duration_s,
        "sample_rate": piece.sample_rate_hz,
        "amplitude": None,
        "weight": None,
        "info_path": None,
    }


def music_info(piece: Piece, left_out: LeftOut) -> dict[str, Any]:
    """Fields of MusicInfo; null where unknown, never a default."""
    tempo = piece.features.get("tempo_bpm")
    if tempo is None:
        left_out.add("bpm", "tempo unknown", piece.track_id)
    if piece.key is None:
        left_out.add("key", "key unknown", piece.track_id)
    genres, moods, instruments = (
        piece.terms.get(kind, ()) for kind in ("genre", "mood", "instrument")
    )
    known = {*genres, *moods, *instruments}
    keywords = [term for term in piece.caption_terms if term not in known]
    return {
        "title": piece.title,
        "artist": piece.artist,
        "key": piece.key,
        "bpm": None if tempo is None else round(tempo, 2),
        "genre": ", ".join(genres) or None,
        "moods": list(moods) or None,
        "keywords": keywords or None,
        "description": piece.caption,
        "name": piece.track_id,
        "instrument": ", ".join(instruments) or None,
    }


def _dset(out: Path, counts: dict[str, int]) -> str:
    train = out / "data" / "train"
    places = {side: out / "data" / side if counts.get(side) else None for side in SIDES}
    lines = [
        "# @package __global__",
        "",
        "datasource:",
        "  max_sample_rate: 48000",
        "  max_channels: 2",
        f"  train: {_json(str(train)).strip()}",
    ]
    for key, side in (("valid", "valid"), ("evaluate", "test"), ("generate", "test")):
        place = places[side]
        lines.append(f"  {key}: {'null' if place is None else _json(str(place)).strip()}")
    return "\n".join(lines) + "\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False) + "\n"
