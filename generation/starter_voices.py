"""Voices of the starter synthesiser: a note or a drum hit as samples, at 44.1 kHz.

A pitched voice is one period of summed harmonics (amplitude h^-tilt, none above 16 kHz, so nothing
folds back) read at the note's pitch, under an envelope that begins and ends at zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

RATE_HZ = 44_100
_TABLE = 4096
_HIGHEST_HZ = 16_000.0

Mono = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Voice:
    """Attack and release in s, decay as a rate per s, odd harmonics only, drive into tanh."""

    attack_s: float
    release_s: float
    decay_per_s: float = 0.0
    odd: bool = False
    drive: float = 0.0
    detune: float = 0.0  # relative, half to each side


VOICES: dict[str, Voice] = {
    "pad": Voice(0.35, 0.4, detune=0.004),
    "bell": Voice(0.004, 0.1, decay_per_s=2.5),
    "organ": Voice(0.008, 0.03),
    "saw": Voice(0.006, 0.04, detune=0.006),
    "guitar": Voice(0.004, 0.02, drive=6.0, detune=0.003),
    "piano": Voice(0.004, 0.08, decay_per_s=1.8),
    "pluck": Voice(0.003, 0.03, decay_per_s=5.0),
    "flute": Voice(0.05, 0.06, odd=True),
    "square": Voice(0.003, 0.01, odd=True),
    "bass": Voice(0.005, 0.03, decay_per_s=1.2),
}


@lru_cache(maxsize=512)
def _period(harmonics: int, tilt: float, odd: bool) -> Mono:
    spectrum = np.zeros(_TABLE // 2 + 1, dtype=np.complex128)
    order = np.arange(1, harmonics + 1)
    amplitude = order.astype(np.float64) ** -tilt
    if odd:
        amplitude[1::2] = 0.0
    spectrum[1 : harmonics + 1] = -0.5j * _TABLE * amplitude
    wave: Mono = np.fft.irfft(spectrum, _TABLE)
    return np.asarray(wave / np.abs(wave).max())


def note(name: str, midi: float, seconds: float, tilt: float) -> Mono:
    """One note of voice `name`, peak at most 1; `midi` 69 is A at 440 Hz.

    Its length is `seconds` and the voice's release.
    """
    voice = VOICES[name]
    pitch_hz = 440.0 * 2.0 ** ((midi - 69.0) / 12.0)
    count = max(1, min(_TABLE // 2 - 1, int(_HIGHEST_HZ / (pitch_hz * (1.0 + voice.detune)))))
    period = _period(count, tilt, voice.odd)
    t = np.arange(round((seconds + voice.release_s) * RATE_HZ)) / RATE_HZ
    wave = _read(period, t * pitch_hz * (1.0 - voice.detune / 2))
    if voice.detune:
        wave = 0.5 * (wave + _read(period, t * pitch_hz * (1.0 + voice.detune / 2) + 0.25))
    if voice.drive:
        wave = np.tanh(voice.drive * wave)
    return wave * _envelope(voice, t, seconds)


def _read(period: Mono, phase: Mono) -> Mono:
    at = (phase % 1.0) * _TABLE
    whole = at.astype(np.int64)
    low, high = period[whole % _TABLE], period[(whole + 1) % _TABLE]
    return low + (at - whole) * (high - low)


def _envelope(voice: Voice, t: Mono, seconds: float) -> Mono:
    rise = np.minimum(t / voice.attack_s, 1.0)
    fall = np.clip((seconds + voice.release_s - t) / voice.release_s, 0.0, 1.0)
    return rise * fall * np.exp(-voice.decay_per_s * t)


def drum(name: str, rng: np.random.Generator) -> Mono:
    """One hit of kick, snare, clap, hat, crash or rim; peak 1, ends at zero."""
    seconds = {"kick": 0.28, "snare": 0.2, "clap": 0.16, "hat": 0.06, "crash": 1.2, "rim": 0.05}
    t = np.arange(round(seconds[name] * RATE_HZ)) / RATE_HZ
    noise = rng.standard_normal(t.size)
    bright = np.diff(noise, prepend=0.0)
    if name == "kick":
        wave = np.sin(2 * np.pi * (50.0 * t + 8.0 * (1.0 - np.exp(-t * 28.0)))) * np.exp(-t * 9.0)
    elif name == "snare":
        wave = 0.5 * np.sin(2 * np.pi * 190.0 * t) * np.exp(-t * 25.0) + 0.4 * noise * np.exp(
            -t * 18.0
        )
    elif name == "rim":
        wave = np.sin(2 * np.pi * 1_700.0 * t) * np.exp(-t * 120.0)
    else:
        rate = {"clap": 24.0, "hat": 70.0, "crash": 3.5}[name]
        wave = (noise if name == "clap" else bright) * np.exp(-t * rate)
    ends = np.minimum(1.0, np.minimum(t / 0.001, (t[-1] - t) / 0.005))
    wave = wave * ends
    return np.asarray(wave / np.abs(wave).max())
