"""Room and echo, as impulse responses of middle and sides.

The room is exponentially decaying noise, shorter for high frequencies than for low ones (Moorer,
"About this reverberation business", 1979), after a few early reflections. Middle and sides are
independent, which is what makes it wide; in mono the sides cancel and the middle stays.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from generation.sequencer.synthesis.signal import RATE_HZ, Samples, band, seeded

_PREDELAY_S = 0.014
_LOW_CUT_HZ = 190.0
_BANDS: tuple[tuple[float | None, float | None, float], ...] = (
    (None, 500.0, 1.0),
    (500.0, 2_000.0, 0.9),
    (2_000.0, 6_000.0, 0.62),
    (6_000.0, 12_000.0, 0.35),
)
"""Low Hz, high Hz, share of the decay time."""


@lru_cache(maxsize=16)
def room(seconds: float) -> Samples:
    """Impulse responses into middle and sides, shape (2, n); -60 dB after `seconds`, energy 1."""
    count = round((_PREDELAY_S + seconds) * RATE_HZ)
    rng = seeded("room")
    t = np.arange(count) / RATE_HZ
    out = np.zeros((2, count), dtype=np.float32)
    white = rng.standard_normal((2, count), dtype=np.float32)
    for low, high, share in _BANDS:
        fall = np.exp(-6.908 * t / (seconds * share)).astype(np.float32)
        out += band(white, low, high) * fall
    out *= np.minimum(1.0, (t / 0.02) ** 0.5).astype(np.float32)
    for number, at_s in enumerate((0.0, 0.007, 0.013, 0.021, 0.029, 0.041)):
        place = round(at_s * RATE_HZ)
        sign = 1 if number % 2 else -1
        out[0, place] += np.float32(9.0 * 0.75**number)
        out[1, place] += np.float32(sign * 6.0 * 0.75**number)
    out = band(np.roll(out, round(_PREDELAY_S * RATE_HZ), axis=1), _LOW_CUT_HZ, 11_000.0)
    out[:, -2_000:] *= np.linspace(1, 0, 2_000, dtype=np.float32)
    return np.asarray(out / np.sqrt(np.sum(out[0] ** 2)), dtype=np.float32)


@lru_cache(maxsize=32)
def echo(delay_s: float, repeats: int = 3, feedback: float = 0.45) -> Samples:
    """Repeats that change sides and get darker, shape (2, n) of middle and sides."""
    taps = 256
    count = round(repeats * delay_s * RATE_HZ) + taps
    out = np.zeros((2, count), dtype=np.float32)
    pulse = np.zeros((1, taps), dtype=np.float32)
    pulse[0, 0] = 1.0
    for number in range(repeats):
        pulse = band(pulse, 250.0, 4_200.0, order=1) * np.float32(feedback**0.5 if number else 1)
        place = round((number + 1) * delay_s * RATE_HZ)
        level = feedback**number
        out[0, place : place + taps] += np.float32(level) * pulse[0]
        side = 0.6 if number % 2 == 0 else -0.6
        out[1, place : place + taps] += np.float32(level * side) * pulse[0]
    return out
