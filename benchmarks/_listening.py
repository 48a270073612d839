"""What is measured on sound: clicks, peaks between samples, pitch, centroid, contrast."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.signal import resample_poly

RATE_HZ = 44_100
Array = npt.NDArray[np.floating]


def clicks(samples: Array, onsets_s: Array, free_s: float = 0.03) -> list[float]:
    """Times in s of isolated corners in a signal of shape (n,): what a click is to the ear.

    The third difference is large at a step or corner. A click's is four times any other within
    60 ms, before or after; the edges of a low saw are many and alike. What is within `free_s`
    after (5 ms before) an onset may stand out.
    """
    bend = np.abs(np.diff(samples.astype(np.float64), 3))
    width = 88
    frames = bend[: bend.size // width * width].reshape(-1, width)
    tops = np.pad(frames.max(axis=1), 30)
    around = np.lib.stride_tricks.sliding_window_view(tops, 61).copy()
    around[:, 29:32] = 0.0  # the click's own frame, and what it reaches into
    found = np.flatnonzero(frames.max(axis=1) > 4 * around.max(axis=1) + 3e-4)
    out: list[float] = []
    for frame in found:
        at = (frame * width + int(frames[frame].argmax())) / RATE_HZ
        if not np.any((onsets_s - 0.005 <= at) & (at <= onsets_s + free_s)):
            out.append(float(at))
    return out


def true_peak(samples: Array, times: int = 16) -> float:
    """Highest magnitude of samples of shape (channels, n), between samples too."""
    loud = np.flatnonzero(np.abs(samples).max(axis=0) > 0.5 * np.abs(samples).max())
    best = 0.0
    for start in range(0, samples.shape[1], 65_536):
        if loud.size and np.any((loud >= start) & (loud < start + 65_536)):
            cut = samples[:, max(0, start - 256) : start + 65_536 + 256]
            fine = resample_poly(cut, times, 1, axis=1)[:, 128 * times : -128 * times]
            best = max(best, float(np.abs(fine).max()))
    return best


def pitch_hz(samples: Array, near_hz: float) -> float:
    """Frequency of the strongest partial within a semitone of `near_hz`, by a long window."""
    count = 2**17
    window = np.hanning(samples.size)
    spectrum = np.abs(np.fft.rfft(samples * window, count))
    at = np.fft.rfftfreq(count, 1 / RATE_HZ)
    inside = np.flatnonzero((at > near_hz / 1.06) & (at < near_hz * 1.06))
    top = inside[int(spectrum[inside].argmax())]
    left, middle, right = np.log(spectrum[top - 1 : top + 2] + 1e-12)
    shift = 0.5 * (left - right) / (left - 2 * middle + right)
    return float((top + shift) * RATE_HZ / count)


def centroid_hz(samples: Array) -> float:
    """Mean over frames of the centroid of the magnitude spectrum, of shape (n,)."""
    frames = samples[: samples.size // 2048 * 2048].reshape(-1, 2048) * np.hanning(2048)
    spectra = np.abs(np.fft.rfft(frames, axis=1))
    heard = spectra.sum(axis=1) > 1e-4 * spectra.sum(axis=1).max()
    at = np.fft.rfftfreq(2048, 1 / RATE_HZ)
    return float(np.mean(spectra[heard] @ at / spectra[heard].sum(axis=1)))


def contrast_db(samples: Array) -> float:
    """Mean over frames and octaves of what the strongest fifth is above the weakest, shape (n,)."""
    frames = samples[: samples.size // 2048 * 2048].reshape(-1, 2048) * np.hanning(2048)
    spectra = np.abs(np.fft.rfft(frames, axis=1)) + 1e-7
    found = []
    for low in (10, 20, 40, 80, 160, 320):
        sorted_db = 20 * np.log10(np.sort(spectra[:, low : 2 * low], axis=1))
        fifth = max(1, low // 5)
        found.append(sorted_db[:, -fifth:].mean() - sorted_db[:, :fifth].mean())
    return float(np.mean(found))
