"""Signals made by code for the tagger's golden vectors: 3.5 s at 16 kHz, mono, always the same.

They are no music, but far enough apart that each model says something else of each.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

RATE_HZ = 16_000
SECONDS = 3.5
Signal = npt.NDArray[np.float32]

_TIMES = np.arange(int(RATE_HZ * SECONDS)) / RATE_HZ


def _noise() -> npt.NDArray[np.float64]:
    """Uniform noise of a linear congruential generator, the same in every version of numpy."""
    state, values = 20_240_501, np.empty(len(_TIMES))
    for i in range(len(values)):
        state = (1_103_515_245 * state + 12_345) % (1 << 31)
        values[i] = state / (1 << 30) - 1
    return values


def chords() -> npt.NDArray[np.float64]:
    """Plucked triads, one a second, eight harmonics each."""
    signal = np.zeros(len(_TIMES))
    for start, root in ((0.0, 220.0), (1.0, 293.66), (2.0, 329.63), (3.0, 220.0)):
        after = np.clip(_TIMES - start, 0, None)
        for ratio in (1.0, 1.25, 1.5):
            for harmonic in range(1, 9):
                wave = np.sin(2 * np.pi * root * ratio * harmonic * after)
                signal += wave * np.exp(-3 * after * np.sqrt(harmonic)) / harmonic**1.5
    return signal * 0.1


def beat() -> npt.NDArray[np.float64]:
    """128 BPM: a gliding sine on the beat, bursts of noise between, a saw bass."""
    phase = (_TIMES * 128 / 60) % 1.0
    kick = np.sin(2 * np.pi * 50 * phase + 30 * (1 - np.exp(-12 * phase))) * np.exp(-6 * phase)
    hat = _noise() * np.exp(-30 * ((phase + 0.5) % 1.0))
    bass = 2 * ((55 * _TIMES) % 1.0) - 1
    return 0.5 * kick + 0.1 * hat + 0.15 * bass * phase


def vowels() -> npt.NDArray[np.float64]:
    """A pulse train at 200 Hz with vibrato through two formants that move."""
    pitch = 200 * (1 + 0.02 * np.sin(2 * np.pi * 5.5 * _TIMES))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    signal = np.zeros(len(_TIMES))
    for harmonic in range(1, 30):
        hz = harmonic * pitch
        first = 550 + 200 * np.sin(2 * np.pi * 0.7 * _TIMES)
        second = 1_400 + 500 * np.sin(2 * np.pi * 0.4 * _TIMES)
        level = 1 / (1 + ((hz - first) / 90) ** 2) + 0.5 / (1 + ((hz - second) / 120) ** 2)
        signal += level * np.sin(harmonic * phase)
    return signal * 0.2


def wash() -> npt.NDArray[np.float64]:
    """Loud noise that swells, beyond full scale at its height."""
    return 1.5 * _noise() * np.sin(np.pi * _TIMES / SECONDS) ** 2


SIGNALS: dict[str, Callable[[], npt.NDArray[np.float64]]] = {
    "chords": chords,
    "beat": beat,
    "vowels": vowels,
    "wash": wash,
}


def signal(name: str) -> Signal:
    """The signal called `name`, float32 of shape (56000,)."""
    return SIGNALS[name]().astype(np.float32)
