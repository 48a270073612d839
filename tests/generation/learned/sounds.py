"""Sounds whose tempo, brightness and chords are known."""

from __future__ import annotations

import numpy as np
from scipy.signal import butter, sosfilt

from generation.learned.conditions import HEARD, Floats, measured
from generation.learned.sound.clips import Clip, clip_of
from generation.learned.sound.mel import RATE_HZ


def piece(bpm: float, cut_hz: float, root: int, minor: bool, seconds: float) -> Floats:
    """Noise strokes on the beats over a triad, through a low pass: mono at 22,050 Hz."""
    count = round(seconds * RATE_HZ)
    t = np.arange(count) / RATE_HZ
    rng = np.random.default_rng(0)
    beat = (t * bpm / 60) % 1
    strokes = rng.standard_normal(count) * np.exp(-beat * 60 / bpm * 40)
    chord = np.zeros(count)
    for step in (0, 3 if minor else 4, 7):
        hertz = 440 * 2 ** ((48 + root + step - 69) / 12)
        chord += sum(np.sin(2 * np.pi * hertz * n * t) / n for n in range(1, 9))
    mixed = sosfilt(butter(2, cut_hz, fs=RATE_HZ, output="sos"), 0.5 * strokes + 0.1 * chord)
    made: Floats = (0.7 * mixed / np.abs(mixed).max()).astype(np.float32)
    return made


def clips(count: int, seconds: float = 4.0) -> list[Clip]:
    """Clips that differ in brightness, tempo and chord, and say so."""
    rng = np.random.default_rng(1)
    made = []
    for _ in range(count):
        bpm, cut = float(rng.uniform(80, 150)), float(np.exp(rng.uniform(6.2, 9.0)))
        root, minor = int(rng.integers(12)), bool(rng.integers(2))
        beats = np.arange(0, seconds, 60 / bpm).tolist()
        values = {"tempo_bpm": bpm, "brightness_hz": cut / 2, "key_mode": float(not minor)}
        samples = piece(bpm, cut, root, minor, seconds)
        made.append(clip_of(samples, beats, list(range(0, len(beats), 4)), measured(values, HEARD)))
    return made
