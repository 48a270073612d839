"""Pitch classes over time: the votes of the spectral peaks, frame by frame, and their sums.

Conventions: pitch classes C = 0 … B = 11; frames as in `pitch`, 0.37 s apart. Sums over any stretch
of a track cost no more than two rows of running totals.

A peak votes for its own pitch class and, more weakly, for those of the notes that it could be the
2nd … 6th partial of (harmonic pitch class profile, Gómez 2006). Peaks under a tenth of their
frame's largest vote for nothing: reverberation, drums and the skirts of loud partials are full of
them, and leaving them out is worth more than any choice of key profile.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipelines.features.analysis import Analysis
from pipelines.features.registry import shared
from pipelines.features.tonality.chords import chord_shares, standardised, triad_correlations
from pipelines.features.tonality.pitch import (
    PITCH_FRAME,
    PITCH_HOP,
    PITCH_RATE_HZ,
    Peaks,
    SpectralPeaks,
)

Matrix = npt.NDArray[np.float64]
Floats = npt.NDArray[np.floating]

LEAST_VOTE = 0.1  # of the largest bin of its frame
LEAST_LEVEL = 1e-3  # of the loudest frame, -60 dB: fainter frames have no votes
PARTIALS = 6
PARTIAL_DECAY = 0.6
PITCH_WIDTH = 0.15  # semitones: a peak's vote falls off like a Gaussian about the tuned pitch
HIGHEST_BASS = 57  # MIDI pitch
OPENING_FRAMES = 4  # 1.9 s

LEAST_TONALNESS = 0.66
LEAST_TRIADIC = 1.29
LEAST_CLASSES = 2.2

# Profile bgate (Faraldo et al. 2016, "Key estimation in electronic dance music"), from the tonic.
MAJOR = (1.00, 0.00, 0.42, 0.00, 0.53, 0.37, 0.00, 0.77, 0.00, 0.38, 0.21, 0.30)
MINOR = (1.00, 0.00, 0.36, 0.39, 0.00, 0.38, 0.00, 0.74, 0.27, 0.00, 0.42, 0.23)
_KEY_PROFILES = standardised(
    np.array([np.roll(profile, tonic) for profile in (MAJOR, MINOR) for tonic in range(12)])
)


@dataclass(frozen=True, slots=True)
class PitchProfile:
    """What the peaks of a stretch of music say together; frames of silence say nothing.

    Attributes
    ----------
    classes : shape (12,)
        Mean over frames of the votes per pitch class, each frame scaled to a maximum of 1.
    major, minor : shape (12,)
        Mean over frames of the share of each major and minor triad, by root.
    triads : float
        Mean over frames of the correlation with the best triad.
    focus : float
        0 … 1: how closely the peaks, weighted by their power, keep to one tuning; 0 for noise.
    noise_focus : float
        What as many peaks of noise would have reached.
    distinct : float
        Effective number of pitch classes among the peaks themselves, 1 … 12.
    """

    classes: Matrix
    major: Matrix
    minor: Matrix
    triads: float
    focus: float
    noise_focus: float
    distinct: float

    @property
    def correlations(self) -> Matrix:
        """Of the pitch classes with the profiles of the 24 keys, shape (24,)."""
        found: Matrix = _KEY_PROFILES @ standardised(self.classes)
        return found

    @property
    def tonal(self) -> bool:
        """Whether this can have a key: neither noise, nor drums alone, nor too few pitches.

        Drums may be in tune by chance and noise may resemble a key, but hardly both; and neither
        has triads in its frames, which distortion and drums leave in music.
        """
        key = float(self.correlations.max())
        tuned = key + self.focus - self.noise_focus >= LEAST_TONALNESS
        return tuned and key + self.triads >= LEAST_TRIADIC and self.distinct >= LEAST_CLASSES


class TonalFrames:
    """The frames of a track that has spectral peaks.

    Attributes
    ----------
    tuning : float
        Semitones, of the whole track.
    votes, bass, own : shape (frames, 12)
        Votes scaled to a maximum of 1 a frame; weight of the lowest peak, at its class; weights of
        all peaks, each at its own class.
    """

    def __init__(self, peaks: Peaks) -> None:
        self.tuning = peaks.tuning
        self._level = peaks.level
        self._sounding = peaks.level > LEAST_LEVEL * peaks.level.max()
        parts = [_tallied(part, self.tuning, peaks.level.max()) for part in peaks.parts()]
        self.votes, self.bass, self.own, self._directions = (
            np.concatenate(part) for part in zip(*parts, strict=True)
        )

    @property
    def times_s(self) -> Matrix:
        """Centres of the frames, shape (frames,)."""
        frames = np.arange(len(self._level))
        return np.asarray((frames * PITCH_HOP + PITCH_FRAME / 2) / PITCH_RATE_HZ, np.float64)

    @cached_property
    def chords(self) -> Matrix:
        """Share of each triad in each frame, C … B major and minor, shape (frames, 24)."""
        return chord_shares(self._triads, self.bass)

    @cached_property
    def _triads(self) -> Matrix:
        return triad_correlations(self.votes)

    @cached_property
    def opening(self) -> Matrix:
        """Mean share of the triads on each root in the first 1.9 s of sound, shape (12,)."""
        first = self.chords[np.flatnonzero(self._sounding)[:OPENING_FRAMES]].mean(axis=0)
        roots: Matrix = first[:12] + first[12:]
        return roots

    def profile(self, start_s: float = 0.0, end_s: float = math.inf) -> PitchProfile | None:
        """Of the frames whose centres lie in the stretch; None where they hold no peak."""
        low, high = self._at(start_s), self._at(end_s)
        total = self._totals[high] - self._totals[low]
        classes, chords, own, rest = np.split(total, (12, 36, 48))
        real, imaginary, power, square, triads, frames = rest
        if not frames > 0 or not own.sum() > 0 or not power > 0:
            return None
        share = own / own.sum()
        return PitchProfile(
            classes / frames,
            chords[:12] / frames,
            chords[12:] / frames,
            float(triads / frames),
            float(np.hypot(real, imaginary) / power),
            float(np.sqrt(square) / power),
            float(1 / (share**2).sum()),
        )

    @cached_property
    def _totals(self) -> Matrix:
        sounding = self._sounding[:, None].astype(np.float64)
        triads = self._triads.max(axis=1, keepdims=True) * sounding
        chords = self.chords * sounding
        columns = [self.votes, chords, self.own, self._directions, triads, sounding]
        return np.cumsum(np.pad(np.concatenate(columns, axis=1), ((1, 0), (0, 0))), axis=0)

    def _at(self, time_s: float) -> int:
        """The first frame whose centre is not before `time_s`."""
        centre = (min(time_s, 1e9) * PITCH_RATE_HZ - PITCH_FRAME / 2) / PITCH_HOP
        return min(max(0, math.ceil(centre)), len(self._level))


@shared
def tonal_frames(analysis: Analysis) -> TonalFrames | None:
    """None where there is no spectral peak at all."""
    peaks = analysis.of(SpectralPeaks)
    return TonalFrames(peaks) if len(peaks.weight) else None


def _tallied(peaks: Peaks, tuning: float, loudest: float) -> tuple[Matrix, Matrix, Matrix, Matrix]:
    """Votes, bass, own classes and sums of directions, each of shape (frames, …)."""
    heard = peaks.chosen((peaks.level > LEAST_LEVEL * loudest)[peaks.frame])
    strong = heard.chosen(heard.weight > LEAST_VOTE**0.5)
    votes = _votes(strong, tuning)
    votes /= np.maximum(votes.max(axis=1, keepdims=True), 1e-9)
    own = _per_class(heard, heard.pitch - tuning, heard.weight)
    return votes, _bass(strong, tuning), own, _direction_sums(heard)


def _per_class(peaks: Peaks, pitch: Floats, weight: Floats) -> Matrix:
    place = peaks.frame * 12 + np.rint(pitch).astype(int) % 12
    sums = np.bincount(place, weight, peaks.frames * 12).reshape(-1, 12)
    return sums.astype(np.float64)


def _votes(peaks: Peaks, tuning: float) -> Matrix:
    votes = np.zeros((peaks.frames, 12))
    for partial in range(1, PARTIALS + 1):
        pitch = peaks.pitch - (12 * math.log2(partial) + tuning)
        fit = np.exp(-0.5 * ((pitch - np.rint(pitch)) / PITCH_WIDTH) ** 2)
        votes += _per_class(peaks, pitch, peaks.weight * PARTIAL_DECAY ** (partial - 1) * fit)
    return votes


def _bass(peaks: Peaks, tuning: float) -> Matrix:
    low = peaks.chosen(peaks.pitch - tuning < HIGHEST_BASS)
    lowest = low.chosen(np.diff(low.frame, prepend=-1) > 0)
    return _per_class(lowest, lowest.pitch - tuning, lowest.weight)


def _direction_sums(peaks: Peaks) -> Matrix:
    """Per frame: Σ w⁴ cos, Σ w⁴ sin of the place within the semitone, Σ w⁴ and Σ w⁸."""
    angle = (2 * np.pi * peaks.pitch).astype(np.float64)
    power = peaks.weight.astype(np.float64) ** 4
    sums = (power * np.cos(angle), power * np.sin(angle), power, power * power)
    return np.stack([np.bincount(peaks.frame, each, peaks.frames) for each in sums], axis=1)
