"""The log-mel spectrogram that musicnn hears.

Conventions: 16 kHz mono; power spectrum of 512-sample Hann frames, hop 256; 96 Slaney bands of
unit area from 0 to 8 kHz; log10(1 + 10,000 · power). Equal to
`librosa.feature.melspectrogram(sr=16000, n_fft=512, hop_length=256, n_mels=96)` on frames that lie
wholly inside the signal (the tests compare). The package rounds the power to float16 first, which
overflows at full scale; like Essentia's TensorflowInputMusiCNN this does not.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt
import scipy.fft
from numpy.lib.stride_tricks import sliding_window_view

from pipelines.features.melbank import mel_bank
from schemas.audio import Samples

RATE_HZ = 16_000
FRAME, HOP = 512, 256
BANDS = 96


def samples_for(frames: int) -> int:
    """Number of samples that give `frames` frames."""
    return FRAME + (frames - 1) * HOP


def log_mel(signal: Samples) -> npt.NDArray[np.float32]:
    """Log-mel spectrogram of a 16 kHz mono signal, shape (1 + (n - 512) // 256, 96)."""
    frames = sliding_window_view(signal, FRAME)[::HOP]
    window, bank = _window_and_bank()
    spectrum = scipy.fft.rfft(frames * window, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    mel: npt.NDArray[np.float32] = np.log10(1 + 10_000 * (power @ bank))
    return mel


@cache
def _window_and_bank() -> tuple[Samples, Samples]:
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)
    return window, mel_bank(RATE_HZ, FRAME, BANDS)
