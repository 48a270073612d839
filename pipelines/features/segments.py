"""A track as stretches of steady sound, each from one onset to the next.

The shape is that of the closed API's audio analysis (Jehan 2005, "Creating music by listening",
chapter 3); the definitions are ours, because theirs were not published:

    loudness   K-weighted, of 100 ms, dB (LUFS); at least -60
    pitches    votes of spectral peaks for the twelve classes from C, the largest 1; all 0 without
    timbre     the first twelve MFCC (`timbre.measures.mfcc`), mean over the frames; dB-scaled
    confidence onset strength where it begins, over the largest of the track

Frames are centred on their time. The first segment begins at 0 and the last ends with the track.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.features.analysis import Analysis
from pipelines.features.loudness import meter
from pipelines.features.loudness.meter import SegmentEnergies
from pipelines.features.rhythm.onsets import FRAME_RATE_HZ, onset_frames, onset_strength
from pipelines.features.timbre.measures import mfcc
from pipelines.features.tonality.frames import tonal_frames
from pipelines.features.tonality.pitch import SpectralPeaks
from schemas.audio import AudioSource

Vector = npt.NDArray[np.float64]

TIMBRES = 12
QUIETEST_DB = -60.0
_OFFSET_LUFS = -0.691


@dataclass(frozen=True, slots=True)
class Segment:
    """Times in s, loudness in dB; `loudness_max_s` from the segment's start."""

    start_s: float
    duration_s: float
    confidence: float
    loudness_start: float
    loudness_max: float
    loudness_max_s: float
    loudness_end: float
    pitches: tuple[float, ...]
    timbre: tuple[float, ...]


def segments(audio: AudioSource) -> tuple[Segment, ...]:
    """The segments of a track; none of silence."""
    analysis = Analysis(audio, ("mel", SegmentEnergies, SpectralPeaks))
    if analysis.silent:
        return ()
    frames = onset_frames(analysis)
    frames = np.unique(np.concatenate([[0], frames[frames > 0]])).astype(np.intp)
    ends = np.append(frames[1:], analysis.frames)
    bounds = np.append(frames / FRAME_RATE_HZ, analysis.duration_s)
    strength = onset_strength(analysis).astype(np.float64)
    confidence = strength[frames] / max(float(strength.max()), 1e-9)
    timbre = _means(mfcc(analysis)[:, :TIMBRES].astype(np.float64), frames, ends)
    pitches = _pitches(analysis, bounds)
    levels = _levels(analysis)
    return tuple(
        Segment(
            round(float(bounds[i]), 5),
            round(float(bounds[i + 1] - bounds[i]), 5),
            round(float(np.clip(confidence[i], 0, 1)), 3),
            *_loudness(levels, float(bounds[i]), float(bounds[i + 1])),
            tuple(np.round(pitches[i], 3).tolist()),
            tuple(np.round(timbre[i], 3).tolist()),
        )
        for i in range(len(frames))
    )


def _means(rows: Vector, starts: npt.NDArray[np.intp], ends: npt.NDArray[np.intp]) -> Vector:
    """Mean row of each stretch, of which none is empty."""
    sums = np.cumsum(np.pad(rows, ((1, 0), (0, 0))), axis=0)
    means: Vector = (sums[ends] - sums[starts]) / (ends - starts)[:, None]
    return means


def _pitches(analysis: Analysis, bounds: Vector) -> Vector:
    tonal = tonal_frames(analysis)
    found = np.zeros((len(bounds) - 1, 12))
    if tonal is None:
        return found
    # A frame whose centre lies in a segment votes there; the last takes what is beyond its end.
    where = np.clip(np.searchsorted(bounds, tonal.times_s, "right") - 1, 0, len(found) - 1)
    np.add.at(found, where, tonal.votes)
    largest = found.max(axis=1, keepdims=True)
    scaled: Vector = np.divide(found, largest, out=np.zeros_like(found), where=largest > 0)
    return scaled


def _levels(analysis: Analysis) -> Vector:
    energies = np.asarray(analysis.of(SegmentEnergies), np.float64)
    levels = _OFFSET_LUFS + 10 * np.log10(np.maximum(energies, 1e-30))
    return np.maximum(levels, QUIETEST_DB)


def _loudness(levels: Vector, start_s: float, end_s: float) -> tuple[float, float, float, float]:
    """Loudness at the start, the largest, when it comes, and at the end."""
    if not len(levels):
        return QUIETEST_DB, QUIETEST_DB, 0.0, QUIETEST_DB
    first = min(int(start_s / meter.SEGMENT_S), len(levels) - 1)
    last = min(max(first, math.ceil(end_s / meter.SEGMENT_S) - 1), len(levels) - 1)
    part = levels[first : last + 1]
    top = int(part.argmax())
    when_s = min(max((first + top) * meter.SEGMENT_S - start_s, 0.0), end_s - start_s)
    plain = (round(float(part[i]), 3) for i in (0, top, -1))
    begin, most, end = plain
    return begin, most, round(when_s, 5), end
