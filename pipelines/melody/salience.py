"""The most salient line of a mix: harmonic summation over spectral peaks, then the best path.

Salamon & Gómez 2012, "Melody extraction from polyphonic music signals using pitch contour
characteristics" (their salience function; the path is pYIN's instead of contours). Which line that
is, a voice or a lead instrument, it cannot tell; where the lead is not the most salient, it is
another's. docs/humming.md says how often.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft
import scipy.ndimage

from pipelines.melody.pitch import PitchTrack, levels_of, most_probable
from pipelines.melody.yin import BINS_PER_SEMITONE, Candidates, Floats, Ints, Range

FRAME, PADDED = 2_048, 8_192
HARMONICS = 12
DECAY = 0.8  # of the weight from one harmonic to the next
COMPRESSION = 0.8
"""Exponent of a peak's size: a loud drum or bass must not drown what sings above it."""

WITHIN_DB = 40.0  # of the frame's largest peak
HIGHER = 0.25
"""How much an octave higher is preferred, in nats: melodies lie above what accompanies them."""

LINE_HZ = (110.0, 1_760.0)
_KEPT = 6  # candidates a frame
_BATCH = 256
_SHARPNESS = 3.0
_QUIET_DB = 35.0


@dataclass(frozen=True, slots=True)
class _Peaks:
    frame: Ints
    hertz: Floats
    size: Floats


def salient_line(signal: npt.NDArray[np.floating], rate_hz: int) -> PitchTrack:
    """The line's pitch over time, of a mono `signal`, shape (n,); see `pitch.PitchTrack`.

    `probability` is how much the line stands out of its frame, which is no probability of a
    singing voice.
    """
    wanted = Range(LINE_HZ[0], LINE_HZ[1], rate_hz, 256)
    frames = 1 + len(signal) // wanted.hop
    parts = [_candidates(part, first, wanted) for first, part in _batches(signal, wanted)]
    frame, place = (np.concatenate([part[i] for part in parts]) for i in (0, 1))
    share: Floats = np.concatenate([part[2] for part in parts])
    levels = levels_of(signal, wanted.hop, frames)
    loud = levels > levels.max() - _QUIET_DB
    kept = loud[frame]
    frame, place, share = frame[kept], place[kept], share[kept]
    voiced: Floats = np.clip(np.bincount(frame, share, frames), 0.0, 1.0)
    found = Candidates(frame, place, share, voiced)
    path, sings = most_probable(found, wanted)
    midi = 69 + 12 * np.log2(wanted.frequencies / 440.0)
    times = np.arange(frames, dtype=np.float64) * (wanted.hop / rate_hz)
    return PitchTrack(times, np.where(sings, midi[path], np.nan), voiced, levels, found, wanted)


def _batches(
    signal: npt.NDArray[np.floating], wanted: Range
) -> Iterator[tuple[int, npt.NDArray[np.floating]]]:
    padded = np.pad(signal, FRAME // 2)
    views = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[:: wanted.hop]
    for start in range(0, len(views), _BATCH):
        yield start, views[start : start + _BATCH]


def _candidates(
    frames: npt.NDArray[np.floating], first: int, wanted: Range
) -> tuple[Ints, Ints, Floats]:
    salience = _salience(_peaks(frames, wanted), len(frames), wanted)
    octave = np.arange(wanted.bins) / (12 * BINS_PER_SEMITONE)
    weighed = salience * np.exp(HIGHER * octave)
    top = scipy.ndimage.maximum_filter1d(weighed, 2 * BINS_PER_SEMITONE // 3, axis=1)
    weighed = np.where((weighed == top) & (weighed > 0), weighed, 0.0)
    order = np.argsort(-weighed, axis=1)[:, :_KEPT]
    best = np.take_along_axis(weighed, order, axis=1)
    share = best**_SHARPNESS / np.maximum((best**_SHARPNESS).sum(axis=1, keepdims=True), 1e-30)
    row, column = np.nonzero(share > 1e-3)
    return row + first, order[row, column], 0.98 * share[row, column]


def _peaks(frames: npt.NDArray[np.floating], wanted: Range) -> _Peaks:
    spectrum = np.abs(scipy.fft.rfft(frames * np.hanning(FRAME), PADDED, axis=1))
    last = int(5_000 / wanted.rate_hz * PADDED)
    spectrum = spectrum[:, :last]
    centre = spectrum[:, 1:-1]
    least = spectrum.max(axis=1, keepdims=True) * 10 ** (-WITHIN_DB / 20)
    top = (centre > spectrum[:, :-2]) & (centre >= spectrum[:, 2:]) & (centre > least)
    row, column = np.nonzero(top)
    column += 1
    before, at, after = (np.log(spectrum[row, column + k] + 1e-12) for k in (-1, 0, 1))
    shift = 0.5 * (before - after) / np.minimum(before - 2 * at + after, -1e-9)
    hertz = (column + np.clip(shift, -0.5, 0.5)) * wanted.rate_hz / PADDED
    return _Peaks(row, hertz, np.exp(at))


def _salience(peaks: _Peaks, frames: int, wanted: Range) -> Floats:
    """What the harmonics of each pitch add up to, shape (frames, bins)."""
    found = np.zeros(frames * wanted.bins)
    for harmonic in range(1, HARMONICS + 1):
        octaves = np.log2(peaks.hertz / harmonic / wanted.lowest_hz)
        place = np.rint(12 * BINS_PER_SEMITONE * octaves).astype(np.int64)
        inside = (place >= 0) & (place < wanted.bins)
        weight = DECAY ** (harmonic - 1) * peaks.size**COMPRESSION
        index = peaks.frame[inside] * wanted.bins + place[inside]
        found += np.bincount(index, weight[inside], len(found))
    around = np.linspace(-np.pi / 2, np.pi / 2, BINS_PER_SEMITONE + 3)[1:-1]
    kernel = np.cos(around) ** 2  # half a semitone either way
    result: Floats = scipy.ndimage.convolve1d(
        found.reshape(frames, wanted.bins), kernel, axis=1, mode="constant"
    )
    return result
