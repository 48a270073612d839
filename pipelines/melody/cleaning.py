"""Steady broadband noise taken out before pitch is looked for: spectral subtraction.

Boll 1979, "Suppression of acoustic noise in speech using spectral subtraction", with the noise
estimated by quantile (Stahl et al. 2000) and smoothed along frequency, so that a held note, narrow
in frequency, is never taken for noise.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.ndimage
import scipy.signal

FRAME = 1_024
QUANTILE = 0.25
OVER = 1.5
"""How many times the noise's power is taken away: single frames exceed its mean."""

FLOOR = 0.05
_SMOOTHING = 61  # bins, 1.3 kHz at 22,050 Hz: far wider than a partial


def cleaned(signal: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """`signal`, shape (n,), with steady noise turned down by up to 26 dB; of the same length."""
    if len(signal) < 4 * FRAME:
        return signal.astype(np.float64)
    analysis = scipy.signal.ShortTimeFFT(
        scipy.signal.get_window("hann", FRAME), hop=FRAME // 4, fs=1.0
    )
    spectrum = analysis.stft(signal.astype(np.float64))
    power = np.abs(spectrum) ** 2
    low = np.quantile(power, QUANTILE, axis=1) / -np.log(1 - QUANTILE)  # power is exponential
    noise = scipy.ndimage.median_filter(low, _SMOOTHING, mode="nearest")
    gain = np.sqrt(np.maximum(1 - OVER * noise[:, None] / np.maximum(power, 1e-20), FLOOR**2))
    # Isolated bins that pass would sound as chirps, and have a pitch.
    gain = scipy.ndimage.median_filter(gain, (3, 3), mode="nearest")
    # Of a real signal, whatever the stubs say: the inverse of a one-sided spectrum.
    return np.real(analysis.istft(spectrum * gain, k1=len(signal))).astype(np.float64)
