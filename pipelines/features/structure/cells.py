"""What sections are found in: a track as a sequence of cells, one a beat or about half a second.

Conventions: a cell lasts from its start to the next one's (the last, to the end of the audio);
values are means over the spectrogram frames that begin in it. Where there are beats a cell is one
beat, or the power of two of them that lasts 0.4 s or more; elsewhere 0.5 s. There are at most 1,000
cells, so the cells of a long recording are longer: what costs the square of their number is capped.

A view is one way of looking at the cells, a matrix of one row a cell, scaled so that within
12 seconds it varies by about 1: what is far apart in it differs by more than the music does anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from pipelines.features.rhythm.onsets import FRAME_RATE_HZ
from pipelines.features.spectrum import MELS

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float32]

MOST_CELLS = 1_000
SHORTEST_CELL_S, PLAIN_CELL_S = 0.4, 0.5
FEWEST_BEATS = 8
SILENCE_DB = 40.0  # below the loudest cell: before the music, and after it
LOCAL_S = 12.0
RHYTHM_S = 6.0
SHORTEST_LAG_S, LONGEST_LAG_S, LAGS = 0.15, 2.0, 24
CONTEXT_S = 3.0  # compared at once, so that a chord is known by those that follow it
COLUMN_S = 4.0  # of a repetition profile
SHARPNESS = 6.0
TIMBRE_SHARE, CHROMA_SHARE = 0.5, 1.5  # in the repetition of timbre and chroma together

# Least variance of a view, in its own units: dB² of a coefficient, …
_FLOORS = {
    "timbre": 2.0,
    "drive": 0.5,
    "chroma": 0.02,
    "harmony": 0.003,
    "texture": 0.003,
    "rhythm": 0.02,
}
_LEVEL, _MOTION, _BRIGHTNESS = 0.5, 2.0, 4.0  # a decibel, a decibel of rise, an octave
_CHROMA = 3.0


@dataclass(frozen=True, slots=True)
class Frames:
    """What the cells are means of.

    Attributes
    ----------
    rms : shape (frames,)
    cepstrum : shape (frames, 13), dB, orthonormal; the level first
    onset_strength : shape (frames,), dB
    centroid_hz : shape (frames,)
    votes : shape (m, 12), pitch-class votes at `votes_s`
    beats_s : beat times, none where there is no pulse
    """

    rms: npt.NDArray[np.floating]
    cepstrum: Matrix
    onset_strength: npt.NDArray[np.floating]
    centroid_hz: npt.NDArray[np.floating]
    votes: Vector
    votes_s: Vector
    beats_s: Vector
    duration_s: float


@dataclass(frozen=True, slots=True)
class Cells:
    """A track, or the sounding part of it, cell by cell.

    Attributes
    ----------
    starts_s : shape (n,)
    period_s : median length of a cell
    cepstrum : shape (n, 13), dB, orthonormal; the level first
    motion : shape (n,), mean onset strength, dB
    brightness : shape (n,), log2 Hz
    chroma : shape (n, 12), the largest about 1
    """

    starts_s: Vector
    period_s: float
    cepstrum: Vector
    motion: Vector
    brightness: Vector
    chroma: Vector
    rhythm: Vector

    def __len__(self) -> int:
        return len(self.starts_s)

    def count(self, seconds: float, least: int = 1) -> int:
        """Number of cells that last about `seconds`."""
        return max(least, round(seconds / self.period_s))


def cells(frames: Frames) -> Cells:
    """The sounding part of a track: silence before and after it is left out."""
    starts = grid(frames.beats_s, frames.duration_s)
    edges = np.clip(np.rint(starts * FRAME_RATE_HZ).astype(int), 0, len(frames.cepstrum) - 1)
    ends = np.append(starts[1:], frames.duration_s)
    period = float(np.median(ends - starts))
    whole = Cells(
        starts,
        period,
        _means(frames.cepstrum, edges).astype(np.float64),
        _means(frames.onset_strength.astype(np.float64), edges),
        np.log2(np.maximum(_means(frames.centroid_hz.astype(np.float64), edges), 50.0)),
        _chroma(frames, (starts + ends) / 2),
        _rhythm(frames.onset_strength, (starts + ends) / 2),
    )
    level = _means(frames.rms.astype(np.float64), edges)
    heard = np.flatnonzero(level > level.max() * 10 ** (-SILENCE_DB / 20))
    kept = slice(heard[0], heard[-1] + 1)
    parts = {name: getattr(whole, name)[kept] for name in Cells.__slots__ if name != "period_s"}
    return replace(whole, **parts)


def grid(beats_s: Vector, duration_s: float) -> Vector:
    """Starts of the cells, the first one 0."""
    if len(beats_s) < FEWEST_BEATS:
        return np.arange(0, duration_s, max(PLAIN_CELL_S, duration_s / MOST_CELLS))
    beat = float(np.median(np.diff(beats_s)))
    before = np.arange(beats_s[0] - beat, 0.25 * beat, -beat)[::-1]
    after = np.arange(beats_s[-1] + beat, duration_s - 0.25 * beat, beat)
    together = 1
    while beat * together < SHORTEST_CELL_S or duration_s > MOST_CELLS * beat * together:
        together *= 2
    starts = np.concatenate([before, beats_s, after])[::together]
    return np.concatenate([[0.0], starts[starts > 0.25 * beat]])


def views(cells: Cells) -> Mapping[str, Matrix]:
    """Timbre, drive (level, motion, brightness), chroma, and what repeats in chroma and timbre."""
    drive = (
        cells.cepstrum[:, 0] / MELS**0.5 * _LEVEL,
        cells.motion * _MOTION,
        cells.brightness * _BRIGHTNESS,
    )
    chroma = cells.chroma - cells.chroma.mean(axis=0)
    timbre = cells.cepstrum - cells.cepstrum.mean(axis=0)
    timbre /= timbre.std(axis=0) + 3.0
    both = np.concatenate([TIMBRE_SHARE * timbre, CHROMA_SHARE * chroma], axis=1)
    shares = cells.chroma / np.maximum(cells.chroma.sum(axis=1, keepdims=True), 1e-9)
    found = {
        "timbre": cells.cepstrum[:, 1:],
        "drive": np.stack(drive, axis=1),
        "chroma": _CHROMA * shares,
        "harmony": repetition_profile(cells, chroma),
        "texture": repetition_profile(cells, both),
        "rhythm": cells.rhythm,
    }
    width = cells.count(LOCAL_S, 4)
    return {
        name: (view / np.sqrt(_local_variance(view, width) + _FLOORS[name])).astype(np.float32)
        for name, view in found.items()
    }


def repetition_profile(cells: Cells, rows: Vector) -> Vector:
    """How like each cell is to every 4 seconds of the track, shape (n, n / 4 s), 0 … 1.

    Cells are compared together with the next 3 seconds (time-delay embedding, Serrà et al. 2014);
    cells of one section share their likenesses, though they differ among themselves.
    """
    context = cells.count(CONTEXT_S)
    longer = np.concatenate([rows, np.repeat(rows[-1:], context - 1, axis=0)])
    embedded = np.concatenate([longer[i : i + len(rows)] for i in range(context)], axis=1)
    embedded -= embedded.mean(axis=0)
    norms = np.linalg.norm(embedded, axis=1, keepdims=True)
    unit = (embedded / np.maximum(norms, 1e-9)).astype(np.float32)
    likeness = unit @ unit.T
    likeness -= 1
    likeness *= SHARPNESS
    np.exp(likeness, out=likeness)
    columns = np.arange(0, len(rows), cells.count(COLUMN_S))
    return _means(likeness.T, columns).T.astype(np.float64)


def _means(rows: npt.NDArray[np.floating], starts: npt.NDArray[np.intp]) -> Vector:
    """Mean of the rows from each start to the next, shape (starts, …)."""
    counts = np.maximum(np.diff(np.append(starts, len(rows))), 1)
    shape = (-1, *([1] * (rows.ndim - 1)))
    return np.asarray(np.add.reduceat(rows, starts, axis=0) / counts.reshape(shape))


def _chroma(frames: Frames, middles_s: Vector) -> Vector:
    """Votes at the middles of the cells, each frame's largest scaled to 1."""
    votes = frames.votes / np.maximum(frames.votes.max(axis=1, keepdims=True), 1e-9)
    after = np.clip(np.searchsorted(frames.votes_s, middles_s), 1, max(len(votes) - 1, 1))
    after = np.minimum(after, len(votes) - 1)
    before = np.maximum(after - 1, 0)
    gap = np.maximum(frames.votes_s[after] - frames.votes_s[before], 1e-9)
    share = np.clip((middles_s - frames.votes_s[before]) / gap, 0, 1)[:, None]
    return np.asarray((1 - share) * votes[before] + share * votes[after])


def _rhythm(envelope: npt.NDArray[np.floating], middles_s: Vector) -> Vector:
    """Autocorrelation of the onset strength in the 6 seconds around each cell, at 24 lags."""
    size = round(RHYTHM_S * FRAME_RATE_HZ)
    hop = size // 4
    padded = np.pad(envelope.astype(np.float32), size // 2)
    windows = sliding_window_view(padded, size)[::hop]
    centred = (windows - windows.mean(axis=1, keepdims=True)) * np.hanning(size).astype(np.float32)
    spectra = scipy.fft.rfft(centred, scipy.fft.next_fast_len(2 * size, real=True), axis=1)
    products = scipy.fft.irfft(spectra.real**2 + spectra.imag**2, axis=1)
    lags = np.geomspace(SHORTEST_LAG_S, LONGEST_LAG_S, LAGS) * FRAME_RATE_HZ
    whole = np.floor(lags).astype(int)
    share = (lags - whole).astype(np.float32)
    at = (1 - share) * products[:, whole] + share * products[:, whole + 1]
    curves = at / np.maximum(products[:, :1], 1e-6)
    place = np.clip(np.rint(middles_s * FRAME_RATE_HZ / hop).astype(int), 0, len(curves) - 1)
    return np.asarray(curves[place], np.float64)


def _local_variance(view: Vector, width: int) -> Vector:
    """Mean variance of each column within stretches of about `width` rows."""
    count = max(1, len(view) // width)
    starts = np.linspace(0, len(view), count + 1).astype(int)[:-1]
    lengths = np.diff(np.append(starts, len(view)))
    variance = _means(view * view, starts) - _means(view, starts) ** 2
    return np.asarray(lengths @ np.maximum(variance, 0) / len(view))
