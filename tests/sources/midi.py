"""Small scores for tests."""

from __future__ import annotations

from pathlib import Path

import mido


def midi(path: Path, name: str = "", copyright_: str = "", pitch: int = 60) -> Path:
    """One note, with a name and a copyright where they are given."""
    song = mido.MidiFile(charset="utf-8")
    track = mido.MidiTrack()
    song.tracks.append(track)
    if name:
        track.append(mido.MetaMessage("track_name", name=name))
    if copyright_:
        track.append(mido.MetaMessage("copyright", text=copyright_))
    track.append(mido.Message("note_on", note=pitch, velocity=64, time=0))
    track.append(mido.Message("note_off", note=pitch, velocity=64, time=480))
    path.parent.mkdir(parents=True, exist_ok=True)
    song.save(path)
    return path
