"""Music-like audio made by code: known tempo, known key, known level. Deterministic."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from schemas.audio import Audio

RATE_HZ = 44_100
Signal = npt.NDArray[np.float64]

MAJOR_SCALE = (0, 2, 4, 5, 7, 9, 11)
MINOR_SCALE = (0, 2, 3, 5, 7, 8, 10)
# Degrees of the scale (0 = tonic): I-IV-V-I and i-iv-v-i, a cadence that settles the key.
CADENCE = (0, 3, 4, 0)


def audio(*channels: Signal, rate_hz: int = RATE_HZ, declared_s: float | None = None) -> Audio:
    """`Audio` of one or more equally long channels."""
    return Audio(np.stack(channels).astype(np.float32), rate_hz, declared_s)


def times(seconds: float, rate_hz: int = RATE_HZ) -> Signal:
    return np.arange(round(seconds * rate_hz)) / rate_hz


def sine(hz: float, seconds: float, level: float = 0.3, rate_hz: int = RATE_HZ) -> Signal:
    return level * np.sin(2 * np.pi * hz * times(seconds, rate_hz))


def noise(seconds: float, level: float = 0.2, rate_hz: int = RATE_HZ, seed: int = 0) -> Signal:
    """White Gaussian noise of RMS `level`."""
    return np.random.default_rng(seed).normal(0, level, round(seconds * rate_hz))


def drums(bpm: float, seconds: float, rate_hz: int = RATE_HZ, level: float = 0.5) -> Signal:
    """A rock beat: kick on 1 and 3, snare on 2 and 4, hi-hat on eighths."""
    signal = np.zeros(round(seconds * rate_hz))
    beat = 60 / bpm
    for index in range(int(2 * seconds / beat)):
        at = index * beat / 2
        _add(signal, _hat(rate_hz), at, 0.25 * level, rate_hz)
        if index % 4 == 0:
            _add(signal, _kick(rate_hz), at, level, rate_hz)
        elif index % 4 == 2:
            _add(signal, _snare(rate_hz), at, 0.8 * level, rate_hz)
    return signal


def chords(
    tonic: int,
    major: bool,
    seconds: float,
    *,
    chord_s: float = 1.0,
    decay: float = 1.5,
    cents: float = 0.0,
    level: float = 0.25,
    rate_hz: int = RATE_HZ,
) -> Signal:
    """Triads of the cadence in a key, each of notes with six partials, `decay` in 1/s."""
    signal = np.zeros(round(seconds * rate_hz))
    scale = MAJOR_SCALE if major else MINOR_SCALE
    for index in range(int(seconds / chord_s)):
        root = CADENCE[index % len(CADENCE)]
        for step in (0, 2, 4):
            degree = root + step
            pitch = 48 + tonic + scale[degree % 7] + 12 * (degree // 7) + cents / 100
            note = _note(440 * 2 ** ((pitch - 69) / 12), chord_s, decay, rate_hz)
            _add(signal, note, index * chord_s, level / 3, rate_hz)
    return signal


def song(bpm: float, tonic: int, major: bool, seconds: float, rate_hz: int = RATE_HZ) -> Audio:
    """Drums and chords in stereo, the chords to the left, drums to the right, hiss at -80 dB."""
    beat = drums(bpm, seconds, rate_hz) + noise(seconds, 1e-4, rate_hz, 3)
    harmony = chords(tonic, major, seconds, chord_s=240 / bpm, rate_hz=rate_hz)
    return audio(0.4 * beat + 0.6 * harmony, 0.6 * beat + 0.4 * harmony, rate_hz=rate_hz)


def _note(hz: float, seconds: float, decay: float, rate_hz: int) -> Signal:
    t = times(seconds, rate_hz)
    partials = sum(np.sin(2 * np.pi * hz * n * t) / n**1.5 for n in range(1, 7))
    return (
        np.minimum(t / 0.01, 1)
        * np.minimum((seconds - t) / 0.01, 1)
        * np.exp(-decay * t)
        * partials
    )


def _kick(rate_hz: int) -> Signal:
    t = times(0.2, rate_hz)
    return np.sin(2 * np.pi * (50 * t + 4 * (1 - np.exp(-40 * t)))) * np.exp(-18 * t)


def _snare(rate_hz: int) -> Signal:
    t = times(0.15, rate_hz)
    return (0.6 * noise(0.15, 0.5, rate_hz, 1) + 0.4 * np.sin(2 * np.pi * 190 * t)) * np.exp(
        -25 * t
    )


def _hat(rate_hz: int) -> Signal:
    return np.diff(noise(0.05, 0.4, rate_hz, 2), prepend=0) * np.exp(-90 * times(0.05, rate_hz))


def _add(signal: Signal, sound: Signal, at_s: float, level: float, rate_hz: int) -> None:
    start = round(at_s * rate_hz)
    part = sound[: max(0, len(signal) - start)]
    signal[start : start + len(part)] += level * part
