"""How well each tempo explains the onsets: the cues, and the table that weighs them.

Conventions: tempi in BPM on a logarithmic grid; envelopes of shape (frames, 5) at 43.07 Hz, the
whole spectrum first, then four bands from low to high. A cue is a number for each tempo of the
grid; the score of a tempo is the weighted sum of its cues, so that exp(score) is proportional to
the probability that a listener taps it.

Cues: correlations of each band at multiples of the beat (a comb, Scheirer 1998, with learned
teeth), strengths of each band's spectrum at multiples of the tempo (Peeters 2006: the one has
peaks at subharmonics of the beat, the other at harmonics, and the octave is where they meet),
onsets a beat, and where the tempo lies. A band stands for an instrument: bass and bass drum, snare
and chords, cymbals. The weights in `tempo_weights.csv` are a conditional logit (McFadden 1974) on
clips of known tempo; `benchmarks/_fit_tempo.py` makes the table.
"""

from __future__ import annotations

import csv
import functools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.fft

from pipelines.features.rhythm.onsets import FRAME_RATE_HZ

Vector = npt.NDArray[np.float64]

SLOWEST_BPM, FASTEST_BPM = 38.0, 260.0
GRID: Vector = np.geomspace(SLOWEST_BPM, FASTEST_BPM, 640)
BANDS = ("all", "bass", "low", "middle", "high")
MULTIPLES = (1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4, 1, 4 / 3, 3 / 2, 2, 3, 4, 6, 8)  # of the beat's lag
HARMONICS = (1 / 4, 1 / 3, 1 / 2, 1, 3 / 2, 2, 3, 4)  # of the tempo
LONGEST_LAG_S = 13.0  # 8 beats at 38 BPM; over 30 s it leaves enough to correlate
SPECTRUM_S = 8.0  # lags that make the spectrum
_SPECTRUM_SIZE = 8_192
_SPECTRUM_UNIT = 20.0  # brings the spectrum's cues to the size of the others
_PLACES: Vector = np.linspace(5.4, 7.9, 7)  # log2 BPM: centres of the cues of place
_PLACE_WIDTH = 0.35  # octaves
_LOCAL_MEAN_FRAMES = 17
_TABLE = Path(__file__).with_name("tempo_weights.csv")


def cue_names() -> list[str]:
    """Names of the columns of `cues`, in order: FAMILY BAND POSITION."""
    return [
        *(f"comb {band} {multiple:.3g}" for band in BANDS for multiple in MULTIPLES),
        *(f"spectrum {band} {harmonic:.3g}" for band in BANDS for harmonic in HARMONICS),
        "density octaves",
        "density octaves²",
        *(f"place {2**place:.0f}" for place in _PLACES),
    ]


@functools.cache
def weights(column: str = "everything") -> Vector:
    """The weight of each cue, in the order of `cue_names`.

    `column` names a set of cues for which the table has weights; all but "everything" are there to
    show what a cue is worth.
    """
    with _TABLE.open(newline="", encoding="utf-8") as file:
        rows = {row["cue"]: row for row in csv.DictReader(file)}
    return np.array([float(rows[name][column] or 0) for name in cue_names()])


def rises_above_mean(envelope: Vector) -> Vector:
    """What of each band stands above its mean over 0.4 s; shape of `envelope`."""
    kernel = np.ones(_LOCAL_MEAN_FRAMES) / _LOCAL_MEAN_FRAMES
    means = [np.convolve(band, kernel, "same")[: len(band)] for band in envelope.T]
    risen: Vector = np.maximum(envelope - np.stack(means, axis=1), 0.0)
    return risen


def autocorrelations(flux: Vector) -> Vector:
    """Of each band, unbiased, 1 at lag 0, lags up to 13 s: shape (bands, lags).

    Long lags are not inflated more than tenfold. The memory is linear in the number of frames.
    """
    frames = len(flux)
    lags = min(frames, int(LONGEST_LAG_S * FRAME_RATE_HZ))
    size = scipy.fft.next_fast_len(frames + lags, real=True)
    overlap = np.maximum(frames - np.arange(lags), 0.1 * frames) / frames
    found = np.empty((flux.shape[1], lags))
    for row, band in zip(found, flux.T, strict=True):
        spectrum = scipy.fft.rfft(band - band.mean(), size)
        products = scipy.fft.irfft(spectrum.real**2 + spectrum.imag**2, size)[:lags]
        row[:] = products / (max(float(products[0]), 1e-9) * overlap)
    return found


def cues(correlations: Vector, onsets_per_s: float) -> Vector:
    """Shape (len(GRID), len(cue_names()))."""
    octaves = np.log2(max(onsets_per_s, 0.2) * 60 / GRID)
    places = np.exp(-0.5 * ((np.log2(GRID)[:, None] - _PLACES) / _PLACE_WIDTH) ** 2)
    return np.concatenate(
        [
            _columns(_at(correlations, _lags())),
            _columns(_at(_spectra(correlations), _bins()) / _SPECTRUM_UNIT),
            octaves[:, None],
            octaves[:, None] ** 2,
            places,
        ],
        axis=1,
    )


def onsets_per_second(flux: Vector) -> float:
    """Peaks of the first band that stand half a standard deviation above its mean."""
    band = flux[:, 0]
    least = band.mean() + 0.5 * band.std()
    inner = band[1:-1]
    peaks = (inner > band[:-2]) & (inner >= band[2:]) & (inner > least)
    return float(np.count_nonzero(peaks)) * FRAME_RATE_HZ / len(band)


def _spectra(correlations: Vector) -> Vector:
    """Power spectra of the onsets by way of the first 8 s of their correlations (Hann)."""
    count = min(int(SPECTRUM_S * FRAME_RATE_HZ), correlations.shape[1])
    taper = np.hanning(2 * count + 1)[count : 2 * count]
    tapered = correlations[:, :count] * taper
    spectra: Vector = 2 * scipy.fft.rfft(tapered, _SPECTRUM_SIZE, axis=1).real - tapered[:, :1]
    return spectra


@functools.cache
def _lags() -> Vector:
    lags: Vector = 60 * FRAME_RATE_HZ * np.array(MULTIPLES)[:, None] / GRID
    return lags


@functools.cache
def _bins() -> Vector:
    bins: Vector = np.array(HARMONICS)[:, None] * GRID / 60 / FRAME_RATE_HZ * _SPECTRUM_SIZE
    return bins


def _at(curves: Vector, places: Vector) -> Vector:
    """Linear interpolation; 0 beyond the last value. Shape (curves, *places.shape)."""
    inside = places < curves.shape[1] - 1
    below = np.where(inside, places, 0).astype(np.intp)
    part = np.where(inside, places - below, 0.0)
    after = np.minimum(below + 1, curves.shape[1] - 1)
    return np.where(inside, curves[:, below] * (1 - part) + curves[:, after] * part, 0.0)


def _columns(values: Vector) -> Vector:
    """(bands, positions, tempi) → (tempi, bands × positions)."""
    return values.reshape(-1, values.shape[-1]).T


def score(found: Vector, column: str = "everything") -> Vector:
    """Weighted sum of `cues`, shape (len(GRID),)."""
    total: Vector = found @ weights(column)
    return total
