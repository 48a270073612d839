"""A track as stretches of steady sound, each from one onset to the next.

The shape is that of the closed API's audio analysis (Jehan 2005, "Creating music by listening",
chapter 3); the definitions are ours, because theirs were not published:

    loudness   K-weighted, of 100 ms, dB (LUFS); at least -60
    pitches    chroma of the short-time spectrum (librosa's chroma_stft without tuning), summed
               over its frames, C … B, the largest 1; all 0 without power
    timbre     the first twelve MFCC (`timbre.measures.mfcc`), mean over the frames; dB-scaled
    confidence onset strength where it begins, over the largest of the track

Frames are centred on their time. The first segment begins at 0 and the last ends with the track.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from pipelines.features.analysis import Analysis
from pipelines.features.loudness import meter
from pipelines.features.loudness.meter import SegmentEnergies
from pipelines.features.rhythm.onsets import FRAME_RATE_HZ, onset_frames, onset_strength
from pipelines.features.spectrum import BINS, FRAME, RATE_HZ, Array, Block, frame_statistic
from pipelines.features.timbre.measures import mfcc
from schemas.audio import AudioSource

Vector = npt.NDArray[np.float64]

TIMBRES = 12
QUIETEST_DB = -60.0
_OFFSET_LUFS = -0.691
_NO_POWER = 1e-12


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
    analysis = Analysis(audio, ("mel", "pitch_classes", SegmentEnergies))
    if analysis.silent:
        return ()
    frames = onset_frames(analysis)
    frames = np.unique(np.concatenate([[0], frames[frames > 0]])).astype(np.intp)
    ends = np.append(frames[1:], analysis.frames)
    bounds = np.round(np.append(frames / FRAME_RATE_HZ, analysis.duration_s), 5)
    strength = onset_strength(analysis).astype(np.float64)
    confidence = strength[frames] / max(float(strength.max()), 1e-9)
    timbre = _sums(mfcc(analysis)[:, :TIMBRES], frames, ends) / (ends - frames)[:, None]
    pitches = _largest_one(_sums(analysis.statistic("pitch_classes"), frames, ends))
    levels = _levels(analysis)
    return tuple(
        Segment(
            float(bounds[i]),
            float(bounds[i + 1] - bounds[i]),
            round(float(np.clip(confidence[i], 0, 1)), 3),
            *_loudness(levels, float(bounds[i]), float(bounds[i + 1])),
            tuple(np.round(pitches[i], 3).tolist()),
            tuple(np.round(timbre[i], 3).tolist()),
        )
        for i in range(len(frames))
    )


def _sums(rows: Array, starts: npt.NDArray[np.intp], ends: npt.NDArray[np.intp]) -> Vector:
    """Sum of the rows of each stretch."""
    sums = np.cumsum(np.pad(rows.astype(np.float64), ((1, 0), (0, 0))), axis=0)
    found: Vector = sums[ends] - sums[starts]
    return found


@frame_statistic
def pitch_classes(block: Block) -> Array:
    """Power of the twelve classes, shape (frames, 12)."""
    found: Array = block.power @ chroma_filters()
    return found


@cache
def chroma_filters() -> Array:
    """librosa 0.11's `filters.chroma(sr=22050, n_fft=2048)`, transposed: shape (BINS, 12).

    A Gaussian about each class, in octaves about 440 Hz / 16, weighted by one about octave 5.
    """
    hz = np.arange(1, FRAME) * (RATE_HZ / FRAME)
    place = 12 * np.log2(hz / (440.0 / 16))
    place = np.concatenate([[place[0] - 18], place])
    width = np.append(np.maximum(np.diff(place), 1.0), 1.0)
    off = np.remainder(place[:, None] - np.arange(12) + 6 + 120, 12) - 6
    bumps = np.exp(-0.5 * (2 * off / width[:, None]) ** 2)
    bumps /= np.linalg.norm(bumps, axis=1, keepdims=True)
    bumps *= np.exp(-0.5 * ((place[:, None] / 12 - 5) / 2) ** 2)
    return np.ascontiguousarray(np.roll(bumps, -3, axis=1)[:BINS].astype(np.float32))


def _largest_one(rows: Vector) -> Vector:
    largest = rows.max(axis=1, keepdims=True)
    scaled: Vector = np.divide(rows, largest, out=np.zeros_like(rows), where=largest > _NO_POWER)
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
    when_s = min(round(max((first + top) * meter.SEGMENT_S - start_s, 0.0), 5), end_s - start_s)
    plain = (round(float(part[i]), 3) for i in (0, top, -1))
    begin, most, end = plain
    return begin, most, when_s, end
