"""The engine's own ears: what the extractor will measure, cheaply, before it does.

Conventions: 44,100 Hz mono in; frames of 4,096 samples, 1,024 apart, of which the lower 1,025 bins
are kept: the extractor's frames of 2,048 at 22,050 Hz. Magnitudes are linear, frequencies Hz.
Definitions are librosa 0.11's as docs/features.md states them; tests hold these estimates against
the extractor, which generation may not import.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

RATE_HZ = 44_100
FRAME, HOP, BINS = 4_096, 1_024, 1_025
FRAME_RATE_HZ = RATE_HZ / HOP
HZ: npt.NDArray[np.float32] = np.arange(BINS, dtype=np.float32) * np.float32(RATE_HZ / FRAME)

_MELS = 128
_TOP_DB = 80.0
_CONTRAST_EVERY = 3  # frames: their mean varies little, and sorting is dear
_CONTRAST_EDGES_HZ = (200.0, 400.0, 800.0, 1_600.0, 3_200.0)
_HEARD_DB = 60.0
_ROLLOFF_BIN = 929  # 10.0 kHz: the extractor's resampler falls from there to 11,025 Hz
_BLOCK = 256

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Heard:
    """What the ears tell of a piece; all but `onset_rate_hz` over frames within 60 dB of the top.

    Attributes
    ----------
    brightness_hz : mean spectral centroid of all frames
    contrast_db : mean spectral contrast of the octaves from 200 to 3,200 Hz
    onset_rate_hz : onsets per second
    """

    brightness_hz: float
    contrast_db: float
    onset_rate_hz: float


def magnitudes(mono: Array, every: int = 1) -> Array:
    """Magnitude spectra, shape (frames, BINS), of a mono signal at RATE_HZ; of every so manieth.

    Centred, zero-padded, Hann; scaled as the extractor's, so that floors in dB mean the same.
    """
    padded = np.pad(mono, FRAME // 2)
    frames = sliding_window_view(padded, FRAME)[:: HOP * every]
    found = np.empty((len(frames), BINS), np.float32)
    window = _window()
    for start in range(0, len(frames), _BLOCK):
        part = scipy.fft.rfft(frames[start : start + _BLOCK] * window, axis=1)[:, :BINS]
        np.abs(part, out=found[start : start + _BLOCK])
    found[:, _ROLLOFF_BIN:] *= _rolloff()
    return found


def centroid_hz(spectra: Array, response: Array | None = None) -> float:
    """Mean centroid of the frames, as it would be after a filter of that magnitude response.

    Parameters
    ----------
    spectra : (frames, BINS)
    response : (BINS,), linear; None for no filter
    """
    weights = np.ones(BINS, np.float32) if response is None else response
    sums = spectra @ np.column_stack([weights, weights * HZ]).astype(np.float32)
    heard = sums[:, 0] > 1e-7
    if not heard.any():
        return 0.0
    # A silent frame counts as 0 Hz, as the extractor has it.
    return float((sums[heard, 1] / sums[heard, 0]).sum() / len(sums))


@dataclass(frozen=True, slots=True)
class Bands:
    """Spectra summed in narrow bands, for filters that are smooth; `mass` and `moment` (·Hz) per
    frame and band, shape (frames, bands); `hz` the bands' mean frequency.
    """

    mass: Array
    moment: Array
    hz: Array

    @classmethod
    def of(cls, spectra: Array) -> Bands:
        edges = _band_edges()
        mass = np.add.reduceat(spectra, edges, axis=1)
        moment = np.add.reduceat(spectra * HZ, edges, axis=1)
        widths = np.diff([*edges, BINS]).astype(np.float32)
        return cls(mass, moment, np.asarray(np.add.reduceat(HZ, edges) / widths, np.float32))

    def centroid_hz(self, response: Array) -> float:
        """As `centroid_hz`, after a filter of that response at `hz`."""
        sums, moments = self.mass @ response, self.moment @ response
        heard = sums > 1e-7
        return float((moments[heard] / sums[heard]).sum() / len(sums)) if heard.any() else 0.0


@functools.cache
def _band_edges() -> npt.NDArray[np.intp]:
    return np.unique(np.geomspace(1, BINS - 1, 120).round().astype(np.intp) - 1)


def contrast_db(spectra: Array) -> float:
    """Mean contrast of the four octaves from 200 Hz over frames that are heard, dB."""
    level = np.square(spectra).sum(axis=1)
    if not level.any():
        return 0.0
    some = spectra[level > level.max() * 10 ** (-_HEARD_DB / 10)][::_CONTRAST_EVERY]
    return float(np.mean([_band_contrast(some, first, end) for first, end in _contrast_bands()]))


def onset_rate_hz(spectra: Array) -> float:
    """Onsets per second: peaks of the mean rise of the mel bands (Böck et al. 2012)."""
    return len(onset_frames(spectra)) / (len(spectra) / FRAME_RATE_HZ)


def onset_frames(spectra: Array) -> npt.NDArray[np.intp]:
    """Frames at which something begins, by the rule of docs/features.md."""
    levels = np.log10(np.maximum(np.square(spectra) @ _mel_bank(), np.float32(1e-10))) * 10
    np.maximum(levels, levels.max() - _TOP_DB, out=levels)
    rise = np.maximum(np.diff(levels, axis=0), 0).mean(axis=1)
    envelope = np.zeros(len(levels))
    envelope[3:] = rise[: max(0, len(levels) - 3)]
    padded = np.pad(envelope, 4)
    near = sliding_window_view(padded, 9)
    counts = np.convolve(np.ones(len(envelope)), np.ones(9), "same")
    above = envelope > near.sum(axis=1) / counts + max(0.07 * float(envelope.max()), 0.5)
    return np.flatnonzero((envelope >= near[:, 2:7].max(axis=1)) & above)


def hear(spectra: Array) -> Heard:
    """All estimates of one piece."""
    return Heard(centroid_hz(spectra), contrast_db(spectra), onset_rate_hz(spectra))


def _band_contrast(spectra: Array, first: int, end: int) -> float:
    band = np.sort(spectra[:, first:end], axis=1)
    extremes = max(1, round(0.02 * (end - first)))
    low, high = (
        10 * np.log10(np.maximum(side.mean(axis=1), 1e-10))
        for side in (band[:, :extremes], band[:, -extremes:])
    )
    low, high = (np.maximum(side, side.max() - _TOP_DB) for side in (low, high))
    return float((high - low).mean())


@functools.cache
def _contrast_bands() -> tuple[tuple[int, int], ...]:
    edges = itertools.pairwise(_CONTRAST_EDGES_HZ)
    inside = [np.flatnonzero((low <= HZ) & (high >= HZ)) for low, high in edges]
    return tuple((int(bins[0]) - 1, int(bins[-1])) for bins in inside)


@functools.cache
def _rolloff() -> Array:
    return np.linspace(1.0, 0.0, BINS - _ROLLOFF_BIN, dtype=np.float32)


@functools.cache
def _window() -> Array:
    # Half of scipy's unit window: 4,096 samples at 44.1 kHz sum to twice what 2,048 at 22.05 do.
    turn = np.arange(FRAME) * (2 * np.pi / FRAME)
    return np.asarray(0.25 - 0.25 * np.cos(turn), np.float32)


@functools.cache
def _mel_bank() -> Array:
    """Slaney's triangles of equal area, shape (BINS, 128), 0 … 11,025 Hz, as librosa has them."""
    edges = _slaney_hz(np.linspace(0, _slaney_mel(11_025.0), _MELS + 2))
    width = np.diff(edges)
    ramps = edges[:, None] - HZ[None, :]
    bank = np.maximum(0, np.minimum(-ramps[:-2] / width[:-1, None], ramps[2:] / width[1:, None]))
    bank *= (2.0 / (edges[2:] - edges[:-2]))[:, None]
    return np.ascontiguousarray(bank.T, dtype=np.float32)


def _slaney_mel(hz: float) -> float:
    return 15.0 + float(np.log(hz / 1_000.0)) / (float(np.log(6.4)) / 27.0)


def _slaney_hz(mels: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.where(
        mels < 15.0, mels * (200.0 / 3.0), 1_000.0 * np.exp((mels - 15.0) * (np.log(6.4) / 27.0))
    )
