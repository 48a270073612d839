"""Hums, songs on "da" and whistles of known notes: tunes sung by a synthetic, fallible singer.

The singer has a tuning of their own and drifts, scoops into notes and slides between them, has
vibrato, jitter and shimmer, breathes between phrases, is early or late, keeps no metronome, and is
recorded in a room with noise. Formants and spectral slopes follow a hum (closed lips), an "ah" and
a whistle; nothing of it comes from a recording.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.signal

from benchmarks._tunes import Tune

Floats = npt.NDArray[np.float64]

RATE_HZ = 22_050
VOICES = ("male", "female", "whistle")
_REGISTER = {"male": (45, 64), "female": (55, 76), "whistle": (77, 96)}


@dataclass(frozen=True, slots=True)
class Conditions:
    """How hard it is. `snr_db` against white and low noise; `reverb_s` is the time to -60 dB.

    `slurred`: only the same pitch sung twice has a new push of breath, other notes just glide on.
    """

    name: str
    snr_db: float = 40.0
    reverb_s: float = 0.0
    vibrato: float = 0.3
    detune: float = 0.12
    timing: float = 0.02
    tempo_drift: float = 0.02
    legato: float = 0.5
    slurred: bool = False


CONDITIONS = (
    Conditions("clean"),
    Conditions("vibrato", vibrato=0.7),
    Conditions("sloppy", detune=0.22, timing=0.04, tempo_drift=0.06),
    Conditions("reverb", reverb_s=0.6),
    Conditions("noisy", snr_db=10.0),
    Conditions("low_snr", snr_db=3.0),
    Conditions("legato", legato=1.0),
    Conditions("slurred", legato=1.0, slurred=True),
)


@dataclass(frozen=True, slots=True)
class Hum:
    """A sung tune and its truth: notes as (onset s, offset s, semitone, beat, beats)."""

    signal: npt.NDArray[np.float32]
    notes: tuple[tuple[float, float, int, float, float], ...]
    tonic: int
    mode: str
    tempo_bpm: float


def hum(tune: Tune, voice: str, conditions: Conditions, seed: int) -> Hum:
    """`tune` sung by `voice` once: another seed is another singer in another key."""
    rng = np.random.default_rng([seed, VOICES.index(voice)])
    shift = _shift(tune, voice, rng)
    tempo = tune.tempo_bpm * float(np.exp(rng.normal(0, 0.08)))
    notes, end = _timed(tune, shift, tempo, conditions, rng)
    pitch, level = _curves(notes, end, conditions, rng)
    pitch += rng.uniform(-0.4, 0.4)  # nobody hums to A = 440 Hz
    sound = _voiced(pitch, level, voice, rng)
    sound = _in_room(sound, conditions, rng)
    tonic = (tune.tonic + shift) % 12
    return Hum(sound.astype(np.float32), tuple(notes), tonic, tune.mode, tempo)


def _shift(tune: Tune, voice: str, rng: np.random.Generator) -> int:
    pitches = [pitch for pitch, _ in tune.notes if pitch is not None]
    low, high = _REGISTER[voice]
    first, last = low - min(pitches), max(low - min(pitches) + 1, high - max(pitches))
    return int(rng.integers(first, last + 1))


def _timed(
    tune: Tune, shift: int, tempo: float, how: Conditions, rng: np.random.Generator
) -> tuple[list[tuple[float, float, int, float, float]], float]:
    at, beat = 0.3 + rng.uniform(0, 0.3), 0.0
    found: list[tuple[float, float, int, float, float]] = []
    slow = np.cumsum(rng.normal(0, how.tempo_drift / 4, len(tune.notes)))
    for (pitch, beats), drift in zip(tune.notes, np.clip(slow, -0.15, 0.15), strict=True):
        length = beats * 60 / tempo * (1 + drift)
        if pitch is not None:
            late = float(np.clip(rng.normal(0, how.timing), -0.08, 0.08)) if found else 0.0
            held = 1.0 if rng.random() < how.legato else rng.uniform(0.7, 0.92)
            begin = max(at + late, found[-1][0] + 0.08 if found else 0.0)
            found.append((begin, begin + held * length, pitch + shift, beat, beats))
        at, beat = at + length, beat + beats
    closed = [
        (a, min(b, after[0]), p, beat, beats)
        for (a, b, p, beat, beats), after in zip(found, [*found[1:], (np.inf,)], strict=True)
    ]
    return closed, at + 0.5


def _curves(
    notes: list[tuple[float, float, int, float, float]],
    end: float,
    how: Conditions,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Pitch and level of every sample."""
    time = np.arange(int(end * RATE_HZ)) / RATE_HZ
    pitch, level = np.full(len(time), float(notes[0][2])), np.zeros(len(time))
    dip = 0.0
    for i, (begin, stop, semitone, _, _) in enumerate(notes):
        follows = notes[i + 1][0] if i + 1 < len(notes) else end
        span = slice(int(begin * RATE_HZ), int(follows * RATE_HZ))
        t = time[span] - begin
        touching = i > 0 and begin - notes[i - 1][1] < 0.03
        start = notes[i - 1][2] if touching else semitone - rng.uniform(0, 1.5)
        glide = rng.uniform(0.015, 0.05)
        rate, depth = rng.uniform(4.8, 6.5), how.vibrato * rng.uniform(0.3, 1.0)
        wobble = depth * np.sin(2 * np.pi * rate * t) * np.clip((t - 0.15) / 0.3, 0, 1)
        pitch[span] = semitone + rng.normal(0, how.detune) + (start - semitone) * np.exp(-t / glide)
        pitch[span] += wobble
        # A new note is a new push of breath, also where the voice goes on.
        attack = np.clip(t / rng.uniform(0.02, 0.06), 0, 1)
        release = np.clip((stop - begin - t) / 0.05, 0, 1)
        again = i + 1 < len(notes) and notes[i + 1][0] - stop < 0.03
        level[span] = (dip + (1 - dip) * attack if touching else attack) * release
        dip = rng.uniform(0.1, 0.45)  # 7 to 20 dB between notes that touch
        if how.slurred and again and notes[i + 1][2] != semitone:
            dip = rng.uniform(0.8, 1.0)
        if again:
            level[span] = np.maximum(level[span], dip * np.clip(attack, dip, 1))
        level[span] *= 10 ** (rng.normal(0, 2) / 20) * (1 + 0.1 * np.sin(2 * np.pi * rate * t))
    drift = scipy.signal.lfilter([1], [1, -0.9999], rng.normal(0, 2e-4, len(time)))
    return pitch + np.clip(drift, -0.3, 0.3), level


def _voiced(pitch: Floats, level: Floats, voice: str, rng: np.random.Generator) -> Floats:
    jitter = scipy.signal.lfilter([1], [1, -0.95], rng.normal(0, 0.004, len(pitch)))
    hertz = 440 * 2 ** ((pitch + jitter - 69) / 12)
    phase = 2 * np.pi * np.cumsum(hertz) / RATE_HZ
    partials, slope = (2, 5.0) if voice == "whistle" else (int(rng.integers(6, 16)), 1.0)
    slope = rng.uniform(0.8, 2.2) if voice != "whistle" else slope
    formants = [(rng.uniform(300, 800), 120.0), (rng.uniform(900, 1800), 200.0)]
    sound = np.zeros(len(pitch))
    for k in range(1, partials + 1):
        gain = k**-slope * np.ones(len(pitch))
        if voice != "whistle":
            gain = gain * (0.25 + sum(1 / (1 + ((k * hertz - f) / w) ** 2) for f, w in formants))
        gain = np.where(k * hertz < 0.45 * RATE_HZ, gain, 0.0)
        sound += gain * np.sin(k * phase + rng.uniform(0, 6.28))
    sound /= np.sqrt(np.mean(sound**2))
    air = scipy.signal.lfilter(*scipy.signal.butter(2, [0.08, 0.6], "bandpass"),
                               rng.normal(size=len(pitch)))  # fmt: skip
    breath = 0.04 if voice != "whistle" else 0.15
    return level * (sound + breath * air / np.std(air)) + 0.004 * air


def _in_room(sound: Floats, how: Conditions, rng: np.random.Generator) -> Floats:
    if how.reverb_s:
        t = np.arange(int(how.reverb_s * RATE_HZ)) / RATE_HZ
        tail = rng.normal(size=len(t)) * 10 ** (-3 * t / how.reverb_s)
        tail *= 0.5 / np.sqrt(np.sum(tail**2))
        sound = sound + scipy.signal.fftconvolve(sound, tail)[: len(sound)]
    noise = rng.normal(size=len(sound))
    noise += scipy.signal.lfilter([0.1], [1, -0.97], rng.normal(size=len(sound)))
    noise *= np.sqrt(np.mean(sound**2) / np.mean(noise**2)) * 10 ** (-how.snr_db / 20)
    sound = sound + noise
    found: Floats = 0.6 * sound / np.abs(sound).max()
    return found
