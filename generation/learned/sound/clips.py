"""From clips to batches: windows of mel with their tracks, and wishes left out at random."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from generation.learned.conditions import Conditions, Floats
from generation.learned.sound.mel import BANDS, log_mel
from generation.learned.sound.tracks import (
    CHANNELS,
    chord_tracks,
    heard_chords,
    pitch_classes,
    pulse_tracks,
)

LEFT_OUT = 0.1
"""Share of features that a window does not tell, and of windows that are told nothing at all."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A stretch of sound: log-mel (n, 80), tracks (n, 19), what was measured of it."""

    mel: npt.NDArray[np.float16]
    tracks: npt.NDArray[np.float16]
    conditions: Conditions


@dataclass(frozen=True, slots=True)
class Batch:
    """mel (B, L, 80) normalised, tracks (B, L, 19), vector (B, 2 T)."""

    mel: Floats
    tracks: Floats
    vector: Floats


def clip_of(
    samples: Floats, beats: list[float], downbeats: list[int], conditions: Conditions
) -> Clip:
    """A clip of mono samples at 22,050 Hz; beats in s from its start, chords as heard in it."""
    mel = log_mel(samples)
    chords = heard_chords(pitch_classes(samples), beats)
    tracks = np.concatenate(
        [pulse_tracks(len(mel), beats, downbeats), chord_tracks(len(mel), chords)], 1
    )
    return Clip(mel.astype(np.float16), tracks.astype(np.float16), conditions)


def batches(
    clips: Iterable[Clip], frames: int, scale: tuple[float, float], size: int,
    rng: np.random.Generator,
) -> Iterator[Batch]:  # fmt: skip
    """Batches of `size` windows of `frames`, one of each clip as it comes; a rest is left out.

    A clip that is shorter is repeated from its start. `scale` is (mean, deviation) of the mel.
    """
    held: list[tuple[Floats, Floats, Floats]] = []
    for clip in clips:
        held.append(_window(clip, frames, scale, rng))
        if len(held) == size:
            mel, tracks, vector = (np.stack(part) for part in zip(*held, strict=True))
            yield Batch(mel, tracks, vector)
            held = []


def _window(
    clip: Clip, frames: int, scale: tuple[float, float], rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    start = int(rng.integers(0, max(1, len(clip.mel) - frames + 1)))
    places = np.arange(start, start + frames) % len(clip.mel)
    mel = (clip.mel[places].astype(np.float32) - scale[0]) / scale[1]
    known = clip.conditions.known * (rng.random(len(clip.conditions.known)) >= LEFT_OUT)
    tracks = clip.tracks[places].astype(np.float32)
    if rng.random() < LEFT_OUT:
        known, tracks = np.zeros_like(known), np.zeros_like(tracks)
    vector = np.concatenate([clip.conditions.values * known, known])
    return mel, tracks, vector.astype(np.float32)


def scale_of(clips: Iterable[Clip]) -> tuple[float, float]:
    """(mean, deviation) of all mel values."""
    total, square, count = 0.0, 0.0, 0
    for clip in clips:
        values = clip.mel.astype(np.float64)
        total, square = total + values.sum(), square + (values**2).sum()
        count += values.size
    mean = total / max(1, count)
    return float(mean), float(np.sqrt(max(1e-6, square / max(1, count) - mean**2)))


__all__ = ["BANDS", "CHANNELS", "Batch", "Clip", "batches", "clip_of", "scale_of"]
