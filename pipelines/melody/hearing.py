"""The notes of a piece of audio: what happens in the worker process that decodes the file."""

from __future__ import annotations

import numpy as np

from pipelines.features.analysis import Analysis, WholeSignal
from pipelines.features.spectrum import RATE_HZ
from pipelines.melody.cleaning import cleaned
from pipelines.melody.heard import Heard
from pipelines.melody.notes import sung_notes, tuning_of
from pipelines.melody.pitch import PitchTrack, track_pitch
from pipelines.melody.salience import salient_line
from pipelines.melody.yin import Range
from schemas.audio import AudioSource

LINE = Range(lowest_hz=60.0, highest_hz=4_000.0, rate_hz=round(RATE_HZ), hop=256)
"""From a low male voice to a high whistle, every 11.6 ms."""

CURVE_POINTS = 3_000
"""The most points of a curve; a short recording has one every second frame, 23 ms."""

LEAST_PERIODIC = 0.5
"""Median probability of being voiced, over the louder half, below which it is no single line."""


def hear(audio: AudioSource, kind: str = "auto") -> Heard:
    """The melody of `audio`; `kind` says whether it is one line, a mix of several, or to be told.

    Silence has no notes.
    """
    analysis = Analysis(audio, [WholeSignal])
    if analysis.silent:
        return Heard("line", audio.duration_s, 0.0, ())
    signal = analysis.signal
    track = track_pitch(cleaned(signal), LINE) if kind != "mix" else None
    if track is None or (kind == "auto" and not is_line(track)):
        track, kind = salient_line(signal, round(RATE_HZ)), "mix"
    else:
        kind = "line"
    hop_s, curve = curve_of(track)
    return Heard(kind, audio.duration_s, tuning_of(track), sung_notes(track), hop_s, curve)


def curve_of(track: PitchTrack) -> tuple[float, tuple[float | None, ...]]:
    """Every so many seconds a pitch to draw, None where there is none."""
    every = max(2, -(-len(track.pitch) // CURVE_POINTS))
    pitch = (None if np.isnan(one) else round(float(one), 2) for one in track.pitch[::every])
    return every * track.hop_s, tuple(pitch)


def is_line(track: PitchTrack) -> bool:
    """Whether one pitch at a time explains the sound."""
    loud = track.level_db >= np.median(track.level_db)
    return float(np.median(track.probability[loud])) >= LEAST_PERIODIC
