"""Sound to mel spectra, and back to sound.

Mono at 22,050 Hz; Hann windows of 1,024 samples every 256, centred; 80 bands of the Slaney scale
(as librosa has them, unit area) up to 11,025 Hz; natural logarithm of magnitudes, floor 1e-5.

There is no trained vocoder here. Magnitudes are found by non-negative least squares (multiplicative
updates, Lee & Seung 2001) and phases by the fast Griffin-Lim iteration (Perraudin et al. 2013).
docs/learned.md has what that costs in quality, measured.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

from generation.learned.conditions import Floats

RATE_HZ = 22_050
WINDOW, HOP = 1_024, 256
BANDS = 80
FLOOR = 1e-5
FRAMES_PER_S = RATE_HZ / HOP

Spectrum = npt.NDArray[np.complex64]


def log_mel(samples: Floats) -> Floats:
    """Log-mel magnitudes (n, 80) of mono samples at RATE_HZ; n = 1 + len // HOP."""
    magnitudes = np.abs(_transformed(samples))
    made: Floats = np.log(np.maximum(magnitudes @ bank().T, FLOOR)).astype(np.float32)
    return made


def mono(samples: Floats, rate_hz: int) -> Floats:
    """Mean of the channels (channels, n) at RATE_HZ."""
    mixed: npt.NDArray[Any] = samples.mean(0)
    if rate_hz != RATE_HZ:
        common = math.gcd(rate_hz, RATE_HZ)
        mixed = resample_poly(mixed, RATE_HZ // common, rate_hz // common)
    return np.ascontiguousarray(mixed, np.float32)


def sounded(log: Floats, rounds: int = 48, seed: int = 0) -> Floats:
    """Mono samples at RATE_HZ, HOP · (n - 1) of them, whose log-mel spectrum is near `log` (n, 80).

    `rounds` of Griffin-Lim with momentum 0.99; phases begin at random, drawn by `seed`.
    """
    magnitudes = linear(np.exp(log))
    rng = np.random.default_rng(seed)
    phase = np.exp(2j * np.pi * rng.random(magnitudes.shape)).astype(np.complex64)
    kept = magnitudes * phase
    before = np.zeros_like(kept)
    for _ in range(rounds):
        consistent = _transformed(_inverted(kept))
        moved = consistent + np.float32(0.99) * (consistent - before)
        before = consistent
        kept = magnitudes * moved / np.maximum(np.abs(moved), 1e-9)
    return _inverted(kept)


def linear(mel: Floats, rounds: int = 60) -> Floats:
    """Magnitudes (n, 513), none negative, whose mel spectrum is near `mel` (n, 80)."""
    weights = bank()
    found = np.maximum(mel @ np.linalg.pinv(weights).T, 1e-8).astype(np.float32)
    wanted = mel @ weights
    inner = weights.T @ weights
    for _ in range(rounds):
        found *= wanted / np.maximum(found @ inner, 1e-12)
    return found.astype(np.float32)


@lru_cache(1)
def bank() -> Floats:
    """Mel filters (80, 513), Slaney scale, each of unit area."""
    edges = _hertz(np.linspace(0, _mels(np.array(RATE_HZ / 2)), BANDS + 2))
    bins = np.linspace(0, RATE_HZ / 2, WINDOW // 2 + 1)
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    triangles = np.maximum(0, np.minimum(rising, falling))
    made: Floats = (triangles * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)
    return made


_LINEAR = 200 / 3
_STEP = np.log(6.4) / 27


def _mels(hertz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    logs = 15 + np.log(np.maximum(hertz, 1e-9) / 1_000) / _STEP
    return np.where(hertz < 1_000, hertz / _LINEAR, logs)


def _hertz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(mels < 15, mels * _LINEAR, 1_000 * np.exp(_STEP * (mels - 15)))


@lru_cache(1)
def _window() -> Floats:
    made: Floats = np.hanning(WINDOW + 1)[:-1].astype(np.float32)
    return made


def _transformed(samples: Floats) -> Spectrum:
    """Short-time spectra (n, 513), centred frames, zeros beyond the ends."""
    padded = np.pad(samples, WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    return np.fft.rfft(frames * _window(), axis=1).astype(np.complex64)


def _inverted(spectra: Spectrum) -> Floats:
    """Samples whose short-time spectra are nearest to `spectra` (Griffin & Lim 1984)."""
    frames = np.fft.irfft(spectra, WINDOW, axis=1).astype(np.float32) * _window()
    count, pieces = len(frames), WINDOW // HOP
    total = np.zeros((count + pieces - 1, HOP), np.float32)
    weight = np.zeros_like(total)
    square = _window() ** 2
    for piece in range(pieces):
        part = slice(piece * HOP, (piece + 1) * HOP)
        total[piece : piece + count] += frames[:, part]
        weight[piece : piece + count] += square[part]
    flat = (total / np.maximum(weight, 1e-3)).astype(np.float32).ravel()
    start = WINDOW // 2
    return flat[start : start + (count - 1) * HOP].copy()
