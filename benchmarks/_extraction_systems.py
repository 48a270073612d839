"""The systems that extraction is timed against, each a function of a path.

wordtone   decode + extract_track: every feature, true peak, beats and sections
librosa    load, beat_track, onsets, chroma, MFCC, spectral statistics, hpss, tempogram, tonnetz
floor      decode, mono, resample to 22,050 Hz, one power spectrogram 2,048/512: nothing measured
"""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

System = Callable[[Path], object]


def cpu_s() -> float:
    """User plus system time of this process and its children, s."""
    spent = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in spent)


def timed(system: System, path: Path) -> float:
    before = cpu_s()
    system(path)
    return cpu_s() - before


def wordtone(path: Path) -> object:
    from pipelines.audio.decode import open_audio
    from pipelines.features.extract import extract_track

    return extract_track(open_audio(path).audio)


def floor(path: Path) -> object:
    """Decode, mix, resample and one power spectrogram, as cheaply as we know how."""
    import numpy as np
    import scipy.fft
    import soundfile
    import soxr
    from numpy.lib.stride_tricks import sliding_window_view

    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    mono = samples[:, 0] if samples.shape[1] == 1 else (samples[:, 0] + samples[:, 1]) * 0.5
    signal = np.pad(soxr.resample(mono, rate, 22_050), 1_024)
    window = np.hanning(2_049)[:-1].astype(np.float32)
    frames = sliding_window_view(signal, 2_048)[::512]
    power = np.empty((len(frames), 1_025), np.float32)
    for start in range(0, len(frames), 64):
        spectrum = scipy.fft.rfft(frames[start : start + 64] * window, axis=1)
        power[start : start + 64] = spectrum.real**2 + spectrum.imag**2
    return power


def librosa_recipe(path: Path) -> object:
    import librosa

    signal, rate = librosa.load(path, sr=22_050)
    return _recipe(signal, rate), librosa.effects.hpss(signal)


def librosa_without_hpss(path: Path) -> object:
    import librosa

    signal, rate = librosa.load(path, sr=22_050)
    return _recipe(signal, rate)


def _recipe(signal: Any, rate: float) -> object:
    """The calls that a user of librosa writes for these features, each from the waveform."""
    import librosa

    feature = librosa.feature
    return (
        librosa.beat.beat_track(y=signal, sr=rate),
        librosa.onset.onset_strength(y=signal, sr=rate),
        librosa.onset.onset_detect(y=signal, sr=rate),
        feature.chroma_cqt(y=signal, sr=rate),
        feature.chroma_stft(y=signal, sr=rate),
        feature.mfcc(y=signal, sr=rate, n_mfcc=20),
        feature.spectral_centroid(y=signal, sr=rate),
        feature.spectral_bandwidth(y=signal, sr=rate),
        feature.spectral_contrast(y=signal, sr=rate),
        feature.spectral_rolloff(y=signal, sr=rate),
        feature.spectral_flatness(y=signal),
        feature.zero_crossing_rate(signal),
        feature.rms(y=signal),
        feature.tempogram(y=signal, sr=rate),
        feature.tonnetz(y=signal, sr=rate),
    )
