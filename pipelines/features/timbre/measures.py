"""Timbre: the shape of the spectrum.

Values are means over all frames of `pipelines.features.spectrum` (silent ones included, as librosa
has it); standard deviations are those of the population. Each is the librosa 0.11 function of the
same name at its defaults, except `harmonic_ratio`, which is our own.
"""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import scipy.fft

from pipelines.features.accumulate import Extent, OverSignal
from pipelines.features.analysis import Analysis
from pipelines.features.registry import measures, shared
from pipelines.features.spectrum import (
    BIN_HZ,
    BINS,
    FRAME,
    GROUP,
    HOP,
    MELS,
    RATE_HZ,
    Array,
    Block,
    frame_statistic,
)
from schemas.audio import Samples
from schemas.protocols import Value

ROLLOFF_SHARE = 0.85
MFCCS = 13
TOP_DB = 80.0
_FLOOR = 1e-10
_NYQUIST_HZ = RATE_HZ / 2
_MEAN_OF_BINS = np.full(BINS, 1 / BINS, np.float32)
_CONTRAST_SHARE = 0.02
_CONTRAST_FROM_HZ = 200.0
_CONTRAST_BANDS = 7


def decibels(power: Array) -> Array:
    """10 log10 of `power`, floored at 1e-10; librosa's power_to_db without its ceiling."""
    return to_decibels(power.copy())


def to_decibels(power: Array) -> Array:
    """As `decibels`, in place."""
    np.maximum(power, np.float32(_FLOOR), out=power)
    np.log10(power, out=power)
    power *= np.float32(10)
    return power


@shared
def log_mel(analysis: Analysis) -> Array:
    """Mel spectrogram in dB, at most 80 dB below its maximum; shape (frames, MELS)."""
    levels = to_decibels(analysis.take_statistic("mel"))  # the largest array of a long track
    np.maximum(levels, levels.max() - np.float32(TOP_DB), out=levels)
    return levels


@shared
def mfcc(analysis: Analysis) -> Array:
    """Shape (frames, 13): orthonormal DCT-II over the mel bands."""
    basis = scipy.fft.dct(np.eye(MELS), type=2, norm="ortho", axis=0)[:MFCCS]
    return log_mel(analysis) @ np.ascontiguousarray(basis.T, dtype=np.float32)


@frame_statistic
def centroid(block: Block) -> npt.NDArray[np.float64]:
    """Hz."""
    return block.centroid * _NYQUIST_HZ


@frame_statistic
def bandwidth(block: Block) -> npt.NDArray[np.float64]:
    """Hz: root of the second moment about the centroid."""
    mean_square = block.moments[:, 2] / np.maximum(block.moments[:, 0], np.finfo(np.float32).tiny)
    variance = np.maximum(mean_square - block.centroid**2, 0.0)  # rounding may go below 0
    return np.sqrt(variance) * _NYQUIST_HZ


@frame_statistic
def rolloff(block: Block) -> npt.NDArray[np.float64]:
    """Hz: first bin at which the running sum reaches 85 % of the total.

    Searched in two steps, among the sums of groups of 32 bins and then inside one of them.
    """
    sums = np.cumsum(block.group_sums, axis=1)
    wanted = ROLLOFF_SHARE * sums[:, -1:]
    group = np.count_nonzero(sums < wanted, axis=1)
    frame = np.arange(len(sums))
    before = np.where(group > 0, sums[frame, group - 1], 0)
    running = np.cumsum(block.grouped[frame, group], axis=1) + before[:, None]
    within = np.count_nonzero(running < wanted, axis=1)
    return np.asarray(BIN_HZ[np.minimum(group * GROUP + within, BINS - 1)])


@frame_statistic
def flatness(block: Block) -> npt.NDArray[np.floating]:
    """Geometric over arithmetic mean of the power."""
    power = np.maximum(block.power, np.float32(_FLOOR))
    arithmetic = power @ _MEAN_OF_BINS
    np.log(power, out=power)
    return np.asarray(np.exp(power @ _MEAN_OF_BINS) / arithmetic)


def _contrast_bands() -> list[tuple[int, int, int]]:
    """(first bin, end bin, count of extreme bins) of each band, librosa's edge rules included.

    A band begins one bin below its lower edge, and all but the last give up their highest bin;
    the count of extremes is 2 % of the band before that.
    """
    edges = [0.0, *(_CONTRAST_FROM_HZ * 2.0**octave for octave in range(_CONTRAST_BANDS))]
    bands = []
    for index, (low, high) in enumerate(itertools.pairwise(edges)):
        last = index == _CONTRAST_BANDS - 1
        inside = np.flatnonzero((low <= BIN_HZ) & (high >= BIN_HZ))
        start = int(inside[0]) - (index > 0)
        end = BINS if last else int(inside[-1]) + 1
        extremes = max(1, int(np.rint(_CONTRAST_SHARE * (end - start))))
        bands.append((start, end if last else end - 1, extremes))
    return bands


_BANDS = _contrast_bands()


@frame_statistic
def contrast_extremes(block: Block) -> Array:
    """Mean of the lowest and of the highest 2 % of each band; shape (frames, 2, 7)."""
    magnitude = block.magnitude
    found = np.empty((len(magnitude), 2, _CONTRAST_BANDS), np.float32)
    for index, (start, end, extremes) in enumerate(_BANDS):
        if extremes == 1:
            band = np.ascontiguousarray(magnitude[:, start:end].T)  # faster along the first axis
            found[:, 0, index] = band.min(axis=0)
            found[:, 1, index] = band.max(axis=0)
            continue
        ordered = np.sort(magnitude[:, start:end], axis=1)
        mean = np.full(extremes, 1 / extremes, np.float32)
        found[:, 0, index] = ordered[:, :extremes] @ mean
        found[:, 1, index] = ordered[:, -extremes:] @ mean
    return found


@measures("brightness_hz", uses=["centroid"])
def brightness_hz(analysis: Analysis) -> Value:
    return float(analysis.statistic("centroid").mean(dtype=np.float64))


@measures("brightness_std_hz", uses=["centroid"])
def brightness_std_hz(analysis: Analysis) -> Value:
    return float(analysis.statistic("centroid").std(dtype=np.float64))


@measures("bandwidth_hz", uses=["bandwidth"])
def bandwidth_hz(analysis: Analysis) -> Value:
    return float(analysis.statistic("bandwidth").mean(dtype=np.float64))


@measures("rolloff_hz", uses=["rolloff"])
def rolloff_hz(analysis: Analysis) -> Value:
    return float(analysis.statistic("rolloff").mean(dtype=np.float64))


@measures("flatness", uses=["flatness"])
def spectral_flatness(analysis: Analysis) -> Value:
    return float(analysis.statistic("flatness").mean(dtype=np.float64))


@measures("contrast", uses=["contrast_extremes"])
def contrast(analysis: Analysis) -> Value:
    """Peak less valley per band, each at most 80 dB below the loudest of the whole track."""
    levels = decibels(analysis.statistic("contrast_extremes"))
    valleys, peaks = (np.maximum(side, side.max() - TOP_DB) for side in levels.swapaxes(0, 1))
    return tuple(float(x) for x in (peaks - valleys).mean(axis=0, dtype=np.float64))


class ZeroCrossings(OverSignal[int]):
    """Crossings of all frames together.

    Samples within 1e-10 of zero count as positive; beyond the ends the signal is held, so nothing
    crosses there; the first sample of a frame is not compared.
    """

    def __init__(self, extent: Extent) -> None:
        super().__init__(extent)
        self._count, self._start = 0, 0
        self._negative = np.zeros(1, bool)

    def add(self, block: Samples) -> None:
        negative = block < np.float32(-_FLOOR)
        before = self._negative if self._start else negative[:1]
        signs = np.concatenate([before, negative])
        crosses = signs[1:] != signs[:-1]
        end = self._start + len(block)
        if self._start and end + FRAME < self.extent.signal:  # four frames hold each sample …
            self._count += FRAME // HOP * int(np.count_nonzero(crosses))
            self._count -= int(np.count_nonzero(crosses[-self._start % HOP :: HOP]))  # … as first
        else:
            self._count += self._in_frames(np.flatnonzero(crosses) + self._start)
        self._negative = negative[-1:]
        self._start = end

    def _in_frames(self, crossings: npt.NDArray[np.intp]) -> int:
        # Frame f holds samples 512 f - 1,024 to 512 f + 1,023, of which the first does not count.
        first = np.maximum((crossings - FRAME // 2) // HOP + 1, 0)
        last = np.minimum((crossings + FRAME // 2 - 1) // HOP, self.extent.frames - 1)
        return int((last - first + 1).sum())

    def result(self) -> int:
        return self._count


@measures("zcr", uses=[ZeroCrossings])
def zcr(analysis: Analysis) -> Value:
    """Mean over frames of the share of samples whose sign differs from the one before."""
    return analysis.of(ZeroCrossings) / analysis.frames / FRAME


@measures("mfcc_mean", uses=["mel"])
def mfcc_mean(analysis: Analysis) -> Value:
    return tuple(float(x) for x in mfcc(analysis).mean(axis=0, dtype=np.float64))


@measures("mfcc_std", uses=["mel"])
def mfcc_std(analysis: Analysis) -> Value:
    return tuple(float(x) for x in mfcc(analysis).std(axis=0, dtype=np.float64))
