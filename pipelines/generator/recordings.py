"""Recordings of the catalogue to learn from: stretches of sound that may train, as mel and tracks.

Tempo, key, energy and brightness are those of the section that a stretch lies in, where the track
has sections; everything else is the track's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from generation.learned.conditions import HEARD, Floats, measured
from generation.learned.sound.clips import Clip, clip_of
from generation.learned.sound.mel import RATE_HZ, mono
from pipelines.audio.decode import open_audio
from pipelines.generator.catalogue import Beats, Catalogue, Row, beats_of, styles_of
from pipelines.generator.rows import Source
from schemas.audio import AudioSource
from schemas.errors import AudioError
from schemas.settings import Settings
from warehouse import queries
from warehouse.lake import Lake
from warehouse.location import Location

CLIP_S = 12.0
CLIPS_A_TRACK = 4
_SHORTEST_S = 4.5
_OF_SECTION = ("tempo_bpm", "key_mode", "energy", "brightness_hz")

Progress = Callable[[float, str], None]


def rows(
    settings: Settings, catalogue: Catalogue, progress: Progress
) -> Iterator[tuple[Source, Clip]]:
    """Up to four stretches of 12 s of each track, spread over it.

    Files that are not on this machine or can no longer be decoded are counted in
    `catalogue.skipped`.
    """
    location = Location.from_settings(settings)
    with Lake.open(location, read_only=True, as_of=catalogue.snapshot) as lake:
        for done, track in enumerate(catalogue.tracks, 1):
            path = Path(track["uri"] or "")
            if not track["uri"] or not path.is_file():
                catalogue.skip("recording: no file of it on this machine")
                continue
            source = Source(track["track_id"], catalogue.licence(track["track_id"]))
            try:
                for clip in _clips(lake, track, path):
                    yield source, clip
            except (AudioError, OSError) as error:
                reason = error.reason.value if isinstance(error, AudioError) else "unreadable"
                catalogue.skip(f"recording: {reason}")
            progress(done / len(catalogue.tracks), "reading recordings")


def _clips(lake: Lake, track: Row, path: Path) -> Iterator[Clip]:
    audio = open_audio(path).audio
    beats = beats_of(lake, track["track_id"])
    sections = queries.track_sections(lake, track["track_id"]).to_pylist()
    for start in _starts(audio.duration_s):
        samples = _stretch(audio, start)
        if len(samples) < _SHORTEST_S * RATE_HZ or not np.abs(samples).max() > 1e-4:
            continue
        inside = _within(beats, start, start + CLIP_S)
        values = dict(track) | _section_values(sections, start + CLIP_S / 2)
        conditions = measured(values, HEARD, styles_of(track))
        yield clip_of(samples, list(inside.times), list(inside.downbeats), conditions)


def _starts(duration_s: float) -> list[float]:
    count = min(CLIPS_A_TRACK, max(1, int(duration_s // CLIP_S)))
    return [float(at) for at in np.linspace(0, max(0.0, duration_s - CLIP_S), count)]


def _stretch(audio: AudioSource, start_s: float) -> Floats:
    """Mono samples at RATE_HZ of the 12 s from `start_s`."""
    rate = audio.sample_rate_hz
    first, last = round(start_s * rate), round((start_s + CLIP_S) * rate)
    kept, at = [], 0
    for block in audio.blocks():
        if at + block.shape[1] > first:
            kept.append(block[:, max(0, first - at) : max(0, last - at)].copy())
        at += block.shape[1]
        if at >= last:
            break
    joined = np.concatenate(kept, 1) if kept else np.zeros((1, 0), np.float32)
    return mono(joined, rate) if joined.shape[1] else joined[0]


def _within(beats: Beats, start: float, end: float) -> Beats:
    """Beats of a stretch, in s from its start."""
    places = [place for place, at in enumerate(beats.times) if start <= at < end]
    if not places:
        return Beats()
    first = places[0]
    return Beats(
        tuple(beats.times[place] - start for place in places),
        tuple(place - first for place in beats.downbeats if first <= place <= places[-1]),
    )


def _section_values(sections: list[dict[str, Any]], at: float) -> dict[str, Any]:
    for section in sections:
        if section["start_s"] <= at < section["end_s"]:
            return {n: section[n] for n in _OF_SECTION if section.get(n) is not None}
    return {}
