"""Pitch: tuned spectral peaks, folded to pitch classes.

Conventions: pitch classes C = 0 … B = 11; tuning in semitones from A4 = 440 Hz, -0.5 … 0.5. Frames
are 8,192-sample Hann frames at 11,025 Hz (0.74 s, 1.35 Hz a bin), hop 4,096, not padded.

Each peak between 30 and 1,200 Hz votes for its own pitch class and, more weakly, for those of the
notes that it could be the 2nd … 6th partial of (harmonic pitch class profile, Gómez 2006). The
ceiling of 1,200 Hz keeps cymbals and distortion from voting.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft
import soxr
from numpy.lib.stride_tricks import sliding_window_view

from pipelines.features.analysis import Analysis
from pipelines.features.registry import shared
from pipelines.features.spectrum import RATE_HZ, hann
from schemas.audio import Samples

Vector = npt.NDArray[np.float64]

PITCH_RATE_HZ = 11_025
PITCH_FRAME = 8_192
PITCH_HOP = 4_096
LOWEST_HZ, HIGHEST_HZ = 30.0, 1_200.0
PARTIALS = 6
PARTIAL_DECAY = 0.6
PITCH_WIDTH = 0.15  # semitones: a peak's vote falls off like a Gaussian about the tuned pitch
LEAST_PEAK = 0.003  # of the largest bin of its frame
_BATCH = 16


@dataclass(frozen=True, slots=True)
class PitchProfile:
    """What the peaks of a track say together.

    Attributes
    ----------
    classes : shape (12,)
        Mean over frames of the votes per pitch class, each frame scaled to a maximum of 1.
    tuning : float
        Semitones.
    focus : float
        0 … 1: how closely the peaks, weighted by their power, keep to one tuning; 0 for noise.
    noise_focus : float
        What as many peaks of noise would have reached.
    distinct : float
        Effective number of pitch classes among the peaks themselves, 1 … 12.
    """

    classes: Vector
    tuning: float
    focus: float
    noise_focus: float
    distinct: float


@dataclass(frozen=True, slots=True)
class _Peaks:
    """Spectral peaks: frame, fractional MIDI pitch and weight of each; `frames` in all."""

    frame: npt.NDArray[np.intp]
    pitch: Vector
    weight: Vector
    frames: int


@shared
def pitch_profile(analysis: Analysis) -> PitchProfile | None:
    """None where there is no spectral peak at all."""
    low = soxr.resample(analysis.signal, RATE_HZ, PITCH_RATE_HZ, quality="MQ")
    peaks = _peaks(low)
    if not peaks.weight.sum() > 0:
        return None
    mean = np.sum(peaks.weight * np.exp(2j * np.pi * peaks.pitch)) / peaks.weight.sum()
    tuning = float(np.angle(mean)) / (2 * np.pi)
    votes = _votes(peaks, tuning)
    scaled = votes / np.maximum(votes.max(axis=1, keepdims=True), 1e-9)
    own = np.bincount(np.rint(peaks.pitch - tuning).astype(int) % 12, peaks.weight, 12)
    share = own / own.sum()
    return PitchProfile(
        scaled.mean(axis=0), tuning, *_focus(peaks), distinct=float(1 / (share**2).sum())
    )


def _focus(peaks: _Peaks) -> tuple[float, float]:
    """Length of the mean direction of the peaks on the circle of a semitone, and that of noise."""
    power = peaks.weight**4
    direction = np.sum(power * np.exp(2j * np.pi * peaks.pitch)) / power.sum()
    return float(abs(direction)), float(np.sqrt((power**2).sum()) / power.sum())


def _peaks(signal: Samples) -> _Peaks:
    short = PITCH_FRAME - len(signal)
    if short > 0:
        signal = np.concatenate([signal, np.zeros(short, np.float32)])
    views = sliding_window_view(signal, PITCH_FRAME)[::PITCH_HOP]
    found = [_batch_peaks(views[i : i + _BATCH], i) for i in range(0, len(views), _BATCH)]
    frame, pitch, weight = (np.concatenate(part) for part in zip(*found, strict=True))
    return _Peaks(frame, pitch, weight, len(views))


def _batch_peaks(
    views: npt.NDArray[np.float32], first: int
) -> tuple[npt.NDArray[np.intp], Vector, Vector]:
    window = hann(PITCH_FRAME).astype(np.float32)
    low = int(np.searchsorted(np.arange(PITCH_FRAME) * PITCH_RATE_HZ / PITCH_FRAME, LOWEST_HZ))
    high = int(HIGHEST_HZ * PITCH_FRAME / PITCH_RATE_HZ) + 2
    size = np.abs(scipy.fft.rfft(views * window, axis=1)[:, :high])
    centre = size[:, 1:-1]
    largest = size.max(axis=1, keepdims=True)
    tops = (centre > size[:, :-2]) & (centre >= size[:, 2:]) & (centre > LEAST_PEAK * largest)
    tops[:, : low - 1] = False
    row, column = np.nonzero(tops)
    column += 1
    before, at, after = (np.log(size[row, column + shift] + 1e-12) for shift in (-1, 0, 1))
    bend = before - 2 * at + after
    vertex = column + np.where(bend < 0, 0.5 * (before - after) / np.minimum(bend, -1e-9), 0.0)
    pitch = 69 + 12 * np.log2(vertex * (PITCH_RATE_HZ / PITCH_FRAME / 440.0))
    weight = np.sqrt(size[row, column] / largest[row, 0])
    return row + first, pitch.astype(np.float64), weight.astype(np.float64)


def _votes(peaks: _Peaks, tuning: float) -> Vector:
    """Votes per frame and pitch class, shape (frames, 12)."""
    votes = np.zeros(peaks.frames * 12)
    for partial in range(1, PARTIALS + 1):
        pitch = peaks.pitch - 12 * np.log2(partial) - tuning
        nearest = np.rint(pitch)
        fit = np.exp(-0.5 * ((pitch - nearest) / PITCH_WIDTH) ** 2)
        weight = peaks.weight * PARTIAL_DECAY ** (partial - 1) * fit
        votes += np.bincount(peaks.frame * 12 + nearest.astype(int) % 12, weight, len(votes))
    return votes.reshape(-1, 12)
