"""Short pieces in one style: the same beat, tempo, key and sounds, other notes for each seed."""

from __future__ import annotations

import functools

import numpy as np
import numpy.typing as npt

RATE_HZ = 44_100
_BEAT_S = 0.5
_SCALE = (0, 3, 5, 7, 10, 12, 15)
_TONIC_HZ = 220.0

Samples = npt.NDArray[np.float32]


def piece(seed: int, seconds: float = 12.0) -> Samples:
    """float32, shape (n, 2): drums that are the same in all pieces, a bass and a melody."""
    mono = _mono(seed, seconds)
    return np.stack([mono, 0.8 * mono], axis=1).astype(np.float32)


@functools.cache
def _mono(seed: int, seconds: float) -> npt.NDArray[np.float64]:
    draw = np.random.default_rng(seed)
    mono = _drums(seconds)
    for start in np.arange(0, seconds, _BEAT_S / 2):
        _add(mono, start, _TONIC_HZ * 2 * 2 ** (draw.choice(_SCALE) / 12), 0.2)
    for start in np.arange(0, seconds, 4 * _BEAT_S):
        root = draw.choice(_SCALE)
        for step in (0, 7, 12):
            _add(mono, start, _TONIC_HZ * 2 ** ((root + step) / 12), 0.1, 4 * _BEAT_S)
    mono *= 0.5 / np.abs(mono).max()
    return mono


def _drums(seconds: float) -> npt.NDArray[np.float64]:
    draw = np.random.default_rng(0)
    hit = draw.standard_normal(RATE_HZ // 10) * np.exp(-np.arange(RATE_HZ // 10) / 600)
    mono = np.zeros(round(seconds * RATE_HZ))
    for start in np.arange(0, seconds, _BEAT_S):
        part = mono[round(start * RATE_HZ) :][: len(hit)]
        part += 0.15 * hit[: len(part)]
    return mono


def _add(
    mono: npt.NDArray[np.float64], start: float, hz: float, level: float, length: float = _BEAT_S
) -> None:
    part = mono[round(start * RATE_HZ) :][: round(length * RATE_HZ)]
    t = np.arange(len(part)) / RATE_HZ
    wave = sum(np.sin(2 * np.pi * hz * n * t) / n**1.5 for n in range(1, 7))
    part += level * wave * np.exp(-3 * t / length)
