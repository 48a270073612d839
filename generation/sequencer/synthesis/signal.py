"""What every voice is made of: periods without aliasing, envelopes, noise, filters.

Samples are float32 at 44.1 kHz; phases are in cycles, frequencies in Hz, times in s.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from generation.sequencer.synthesis import filtering

RATE_HZ = filtering.RATE_HZ
TABLE = 4096
HIGHEST_HZ = 17_000.0
"""No voice has partials above: nothing folds back, and what is above is hardly heard."""

Samples = filtering.Samples
Curve = npt.NDArray[np.float64]


def frequency(pitch: float | Curve) -> Curve:
    """Of a MIDI pitch, Hz; 69 is A at 440 Hz."""
    return np.asarray(440.0 * 2.0 ** ((np.asarray(pitch, dtype=np.float64) - 69.0) / 12.0))


def times(seconds: float) -> Curve:
    """The times of `seconds` of samples, at least one."""
    return np.arange(max(1, round(seconds * RATE_HZ))) / RATE_HZ


def phases(frequency_hz: Curve, start: float = 0.0) -> Curve:
    """Phase in cycles of a frequency that changes, shape of `frequency_hz`."""
    return start + np.concatenate(([0.0], np.cumsum(frequency_hz[:-1]))) / RATE_HZ


def period(amplitudes: Sequence[float] | Curve, sines: bool = True) -> Samples:
    """One period of harmonics 1, 2 … of these amplitudes, shape (TABLE + 1,), its end its start.

    Amplitudes of shape (k, h) give k periods, shape (k, TABLE + 1).
    """
    given = np.atleast_2d(np.asarray(amplitudes, dtype=np.float64))
    count = min(given.shape[1], TABLE // 2 - 1)
    spectrum = np.zeros((given.shape[0], TABLE // 2 + 1), dtype=np.complex128)
    spectrum[:, 1 : count + 1] = (-0.5j if sines else 0.5) * TABLE * given[:, :count]
    waves = np.fft.irfft(spectrum, TABLE, axis=1)
    closed = np.concatenate((waves, waves[:, :1]), axis=1).astype(np.float32)
    return closed[0] if np.ndim(amplitudes) == 1 else closed


def harmonics_below(highest_hz: float, pitch_hz: float) -> int:
    """How many harmonics a note may have, at least one."""
    return max(1, min(TABLE // 2 - 1, int(highest_hz / pitch_hz)))


def read(table: Samples, phase: Curve) -> Samples:
    """A period at these phases, linearly interpolated."""
    at = (phase - np.floor(phase)) * TABLE
    whole = at.astype(np.int32)
    share = (at - whole).astype(np.float32)
    low = table[whole]
    return low + share * (table[whole + 1] - low)


def scan(tables: Samples, phase: Curve, place: Curve) -> Samples:
    """Periods of shape (k, TABLE + 1) at these phases; `place` 0 … k - 1 passes between them.

    `place` has the shape of `phase`, or (1,) where it stays.
    """
    if place.size == 1:
        stays = min(max(float(place[0]), 0.0), tables.shape[0] - 1.001)
        part = np.float32(stays - int(stays))
        return read(tables[int(stays)] * (1 - part) + tables[int(stays) + 1] * part, phase)
    at = (phase - np.floor(phase)) * TABLE
    whole = at.astype(np.int32)
    share = (at - whole).astype(np.float32)
    row = np.clip(place, 0.0, tables.shape[0] - 1.001)
    below = row.astype(np.int32)
    between = (row - below).astype(np.float32)
    flat = tables.reshape(-1)
    first = below * (TABLE + 1) + whole
    second = first + TABLE + 1
    low = flat[first] + share * (flat[first + 1] - flat[first])
    high = flat[second] + share * (flat[second + 1] - flat[second])
    return np.asarray(low + between * (high - low), dtype=np.float32)


def rise(t: Curve, seconds: float) -> Curve:
    """0 … 1 within `seconds`, without a corner."""
    out = np.ones(t.size)
    early = t < seconds
    share = np.maximum(t[early] / max(seconds, 1e-4), 0.0)
    out[early] = 0.5 - 0.5 * np.cos(np.pi * share)
    return out


def decay(t: Curve, seconds: float) -> Curve:
    """From 1, falling by 60 dB in `seconds`."""
    return np.asarray(np.exp(-6.908 * t / seconds))


def noise(count: int, rng: np.random.Generator) -> Samples:
    """White, with standard deviation 1."""
    return rng.standard_normal(count, dtype=np.float32)


def band(samples: Samples, low_hz: float | None, high_hz: float | None, order: int = 2) -> Samples:
    """Butterworth filter along the last axis: high-pass, low-pass or both."""
    return filtering.butterworth(samples, low_hz, high_hz, order)


def softened(samples: Samples, at_hz: float) -> Samples:
    """First-order Butterworth low-pass along the last axis."""
    return filtering.butterworth(samples, None, at_hz, 1)


def seeded(*parts: object) -> np.random.Generator:
    """A generator that depends on nothing but these parts' text."""
    import hashlib

    text = "\x1f".join(str(part) for part in parts).encode()
    return np.random.default_rng(int.from_bytes(hashlib.blake2b(text, digest_size=8).digest()))
