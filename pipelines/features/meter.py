"""Programme loudness and true peak: ITU-R BS.1770-4, EBU R 128 and Tech 3342.

Conventions: levels in LUFS, ranges in LU; energies are mean squares of the K-weighted signal,
summed over channels with their weights. The unit of time is a segment of 100 ms.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from schemas.audio import Samples

Vector = npt.NDArray[np.float64]
Signal = npt.NDArray[np.inexact]

SEGMENT_S = 0.1
BLOCK_SEGMENTS = 4  # momentary: 400 ms, every 100 ms
SHORT_TERM_SEGMENTS = 30  # short-term: 3 s, every 100 ms
_ROW_SEGMENTS = 4
_BATCH_ROWS = 4
_MEMORY_S = 0.05
ABSOLUTE_GATE_LUFS = -70.0
_OFFSET = -0.691
_SURROUND = 10**0.15  # 1.41: sources at 60° to 120° to the side

# Weights by number of channels, in the order of WAVE files (front, centre, LFE, back, side). The
# LFE is not measured. Other numbers of channels: each counts 1.
CHANNEL_WEIGHTS: dict[int, tuple[float, ...]] = {
    4: (1, 1, _SURROUND, _SURROUND),
    5: (1, 1, 1, _SURROUND, _SURROUND),
    6: (1, 1, 1, 0, _SURROUND, _SURROUND),
    8: (1, 1, 1, 0, 1, 1, _SURROUND, _SURROUND),
}


def channel_weights(channels: int) -> tuple[float, ...]:
    """BS.1770-4 table 3 by speaker position, shape (channels,)."""
    return CHANNEL_WEIGHTS.get(channels, (1.0,) * channels)


def segment_energies(samples: Samples, sample_rate_hz: int) -> Vector:
    """Weighted mean square of the K-weighted signal in each whole 100 ms; shape (n // segment,).

    Two channels go through one complex filter as left + i right: its impulse response is real, so
    they stay apart.

    Parameters
    ----------
    samples : float32, shape (channels, n)
    """
    size = round(sample_rate_hz * SEGMENT_S)
    count = samples.shape[1] // size if size else 0
    if count == 0:
        return np.zeros(0)
    weights = channel_weights(len(samples))
    if len(samples) == 2:
        interleaved = np.ascontiguousarray(samples.T).view(np.complex64)[:, 0]
        return _energies(interleaved, sample_rate_hz, count)
    total = np.zeros(count)
    for channel, weight in zip(samples, weights, strict=True):
        if weight:
            total += weight * _energies(channel, sample_rate_hz, count)
    return total


def integrated_loudness(energies: Vector) -> float | None:
    """Gated loudness in LUFS of segment energies; None when no block passes the absolute gate."""
    blocks = _running_mean(energies, BLOCK_SEGMENTS)
    blocks = blocks[_levels(blocks) > ABSOLUTE_GATE_LUFS]
    if not len(blocks):
        return None
    relative_gate = _level(float(blocks.mean())) - 10
    return _level(float(blocks[_levels(blocks) > relative_gate].mean()))


def loudness_range(energies: Vector) -> float | None:
    """Loudness range in LU (Tech 3342); None when nothing passes the absolute gate."""
    blocks = _running_mean(energies, SHORT_TERM_SEGMENTS)
    blocks = blocks[_levels(blocks) > ABSOLUTE_GATE_LUFS]
    if not len(blocks):
        return None
    levels = _levels(blocks)
    low, high = np.percentile(levels[levels > _level(float(blocks.mean())) - 20], [10, 95])
    return float(high - low)


def _energies(signal: Signal, sample_rate_hz: int, count: int) -> Vector:
    """Mean square of the K-weighted signal per segment, by overlap-save convolution.

    A row of `hop` new samples follows `lead` old ones, after which what is left of the impulse
    response has 1e-8 of its energy. Rows are transformed several at a time, which the processor's
    vector units like.
    """
    size = round(sample_rate_hz * SEGMENT_S)
    hop, lead = _ROW_SEGMENTS * size, math.ceil(sample_rate_hz * _MEMORY_S)
    length = scipy.fft.next_fast_len(hop + lead, real=not np.iscomplexobj(signal))
    response = _k_weighting(sample_rate_hz, length, np.iscomplexobj(signal))
    energies = np.empty(-(-count // _ROW_SEGMENTS) * _ROW_SEGMENTS)
    for first in range(0, len(energies), _BATCH_ROWS * _ROW_SEGMENTS):
        rows = min(_BATCH_ROWS, (len(energies) - first) // _ROW_SEGMENTS)
        start = first * size - lead
        part = _slice(signal, start, start + (rows - 1) * hop + length)
        filtered = _convolved(sliding_window_view(part, length)[::hop], response)
        for row in range(rows):
            kept = filtered[row, lead : lead + hop].view(np.float32).reshape(_ROW_SEGMENTS, -1)
            where = first + row * _ROW_SEGMENTS
            energies[where : where + _ROW_SEGMENTS] = np.einsum("ij,ij->i", kept, kept) / size
    return energies[:count]


def _slice(signal: Signal, start: int, end: int) -> Signal:
    """`signal[start:end]` with zeros where there is none."""
    part = np.zeros(end - start, signal.dtype)
    inside = signal[max(start, 0) : end]
    where = max(-start, 0)
    part[where : where + len(inside)] = inside
    return part


def _convolved(rows: Signal, response: npt.NDArray[np.complex64]) -> Signal:
    """Circular convolution of each row with the filter."""
    if np.iscomplexobj(rows):
        spectra = scipy.fft.fft(rows, axis=1)
        spectra *= response
        return np.asarray(scipy.fft.ifft(spectra, axis=1, overwrite_x=True))
    halves = scipy.fft.rfft(rows.real, axis=1)
    halves *= response
    return np.asarray(scipy.fft.irfft(halves, rows.shape[1], axis=1, overwrite_x=True))


@functools.lru_cache(maxsize=16)
def _k_weighting(sample_rate_hz: int, length: int, paired: bool) -> npt.NDArray[np.complex64]:
    """Frequency response of both filter stages at the bins of a (real) transform of `length`.

    The stages of BS.1770-4 annex 1 by their analogue parameters, so that they fit any sample rate;
    at 48 kHz they give the tabulated coefficients.
    """
    turns = np.fft.fftfreq(length) if paired else np.fft.rfftfreq(length)
    z = np.exp(-2j * np.pi * turns)
    powers = np.stack([np.ones_like(z), z, z * z])
    # A shelf of +4 dB.
    k, q = np.tan(np.pi * 1681.974450955533 / sample_rate_hz), 0.7071752369554196
    high = 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    zeros = np.array([high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k])
    poles = np.array([1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k])
    shelf = (zeros @ powers) / (poles @ powers)
    # A high-pass at 38 Hz; its numerator is (1, -2, 1) as tabulated, so not of unit gain.
    k, q = np.tan(np.pi * 38.13547087602444 / sample_rate_hz), 0.5003270373238773
    low = 1 + k / q + k * k
    poles = np.array([1.0, 2 * (k * k - 1) / low, (1 - k / q + k * k) / low])
    high_pass = (np.array([1.0, -2.0, 1.0]) @ powers) / (poles @ powers)
    return np.asarray(shelf * high_pass, np.complex64)


def _running_mean(values: Vector, size: int) -> Vector:
    if len(values) < size:
        return np.zeros(0)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    means: Vector = np.maximum(sums[size:] - sums[:-size], 0.0) / size
    return means


def _levels(energies: Vector) -> Vector:
    levels: Vector = _OFFSET + 10 * np.log10(np.maximum(energies, 1e-30))
    return levels


def _level(energy: float) -> float:
    return float(_OFFSET + 10 * np.log10(max(energy, 1e-30)))
