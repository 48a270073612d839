"""Loudness and true peak against pyloudnorm, a 32 times oversampled oracle and the EBU's cases.

Signals: noise, tones, bass, chords, bursts, fades, stereo and surround made by code at rates from
8 to 192 kHz, and 20 s from the middle of every recording in `.wordtone/demo/cache/music` (what
`./dev demo` has fetched). Differences are those of integrated loudness in LU, and of the true peak
in dB. pyloudnorm is taken as it comes; its own filters are 0.04 LU off the coefficients that the
standard tabulates for 48 kHz, and with `filter_class="DeMan"` it has ours.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks import _ebu
from benchmarks.figures import Figure
from pipelines.features.loudness import meter
from pipelines.features.loudness.truepeak import TruePeak
from pipelines.features.walk import measured
from schemas.audio import Audio

MUSIC = Path(__file__).parents[1] / ".wordtone" / "demo" / "cache" / "music"
RATES_HZ = (8_000, 11_025, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000)
OVERSAMPLING = 32
_EXCERPT_S = 20.0
_PEAK_S = 3.0  # around the largest sample, for the oracle
_QUICK_STEP = 8
_CHUNK, _MARGIN = 32_768, 2_048

Vector = npt.NDArray[np.float64]


def figures(quick: bool) -> Sequence[Figure]:
    """All figures of this module."""
    audios = list(signals(quick))
    return [_loudness_figure(audios), _peak_figure(audios), *_ebu_figures()]


def signals(quick: bool) -> Iterator[tuple[str, Audio]]:
    """(name, audio): made by code, then recordings where there are any."""
    for rate in RATES_HZ[:: 3 if quick else 1]:
        for name, channels in _made(rate).items():
            yield f"{name} {rate} Hz", Audio(_limited(np.stack(channels)), rate)
    yield from recordings(_QUICK_STEP if quick else 1)


def recordings(step: int = 1) -> Iterator[tuple[str, Audio]]:
    """(name, 20 s from the middle) of every `step`-th recording of the demo's music."""
    from pipelines.audio.decode import decode
    from pipelines.audio.probe import is_audio

    paths = sorted(path for path in MUSIC.rglob("*") if path.is_file() and is_audio(path))
    for path in paths[::step]:
        audio = decode(path).audio
        count = round(_EXCERPT_S * audio.sample_rate_hz)
        start = max(0, (audio.samples.shape[1] - count) // 2)
        part = np.ascontiguousarray(audio.samples[:, start : start + count])
        if part.shape[1] >= count:
            yield path.name, Audio(part, audio.sample_rate_hz)


def _made(rate: int) -> dict[str, list[Vector]]:
    random = np.random.default_rng(rate)
    time = np.arange(6 * rate) / rate
    noise = [random.normal(0, 0.1, len(time)) for _ in range(6)]
    pink = np.cumsum(noise[0]) - np.linspace(0, noise[0].sum(), len(time))
    chord = sum(np.sin(2 * np.pi * 110 * 2 ** (step / 12) * time) for step in (0, 4, 7, 12))
    bursts = noise[1] * (time % 0.5 < 0.1)
    return {
        "noise": [noise[0]],
        "brown noise": [0.2 * pink / np.abs(pink).max()] * 2,
        "bass and treble": [0.5 * np.sin(2 * np.pi * 40 * time) + 0.1 * _sine(time, rate / 3)],
        "chord": [0.1 * chord, 0.05 * chord],
        "bursts": [bursts, 0.3 * noise[2]],
        "fade": [noise[0] * np.linspace(0, 3, len(time)), noise[1]],
        "gated": [noise[0] * np.where(time < 3, 1.0, 0.02)],
        "clipped": [np.clip(chord, -0.9, 0.9), np.clip(5 * noise[0], -0.9, 0.9)],
        "surround": [(n + 1) * 0.3 * channel for n, channel in enumerate(noise[:5])],
    }


def _limited(channels: Vector) -> npt.NDArray[np.float32]:
    """Without what lies above 0.45 of the rate, where no finite interpolator follows the signal."""
    spectra = np.fft.rfft(channels)
    spectra[:, int(0.9 * spectra.shape[1]) :] = 0
    return np.fft.irfft(spectra, channels.shape[1]).astype(np.float32)


def _sine(time: Vector, hz: float) -> Vector:
    wave: Vector = np.sin(2 * np.pi * hz * time)
    return wave


def _loudness_figure(audios: Sequence[tuple[str, Audio]]) -> Figure:
    name, target, peer = "loudness_max_error_lu", "<= 0.1", "pyloudnorm"
    if importlib.util.find_spec("pyloudnorm") is None:
        return Figure(name, None, "LU", target, peer, "pip install pyloudnorm==0.2.0")
    import pyloudnorm

    errors = {}
    for title, audio in audios:
        loudness_meter = pyloudnorm.Meter(audio.sample_rate_hz)
        theirs = loudness_meter.integrated_loudness(audio.samples.T.astype(np.float64))
        energies = meter.segment_energies(audio.samples, audio.sample_rate_hz)
        errors[title] = abs((meter.integrated_loudness(energies) or -math.inf) - theirs)
    worst = max(errors, key=lambda title: errors[title])
    return Figure(
        name, errors[worst], "LU", target, "pyloudnorm 0.2.0",
        f"{len(errors)} signals, {worst} the worst; median {np.median(list(errors.values())):.3f}",
    )  # fmt: skip


def _peak_figure(audios: Sequence[tuple[str, Audio]]) -> Figure:
    errors = {title: _peak_error(audio) for title, audio in audios}
    worst = max(errors, key=lambda title: errors[title])
    note = f"{len(errors)} signals, {worst} the worst"
    peer = f"{OVERSAMPLING}× oversampled"
    return Figure("true_peak_max_error_db", errors[worst], "dB", "<= 0.2", peer, note)


def _peak_error(audio: Audio) -> float:
    around = round(_PEAK_S * audio.sample_rate_hz) // 2
    middle = int(np.abs(audio.samples).max(axis=0).argmax())
    part = audio.samples[:, max(0, middle - around) : middle + around].copy()
    fade = np.minimum(1, np.arange(part.shape[1]) / (0.01 * audio.sample_rate_hz))
    part *= (fade * fade[::-1]).astype(np.float32)  # a cut has frequencies up to the highest
    ours = measured(Audio(part, audio.sample_rate_hz), TruePeak)
    return abs(20 * math.log10(ours / max(_oversampled_peak(channel) for channel in part)))


def _oversampled_peak(channel: npt.NDArray[np.float32]) -> float:
    """Largest absolute value between the samples, by an exact transform of overlapping parts."""
    padded = np.pad(channel.astype(np.float64), _MARGIN)
    fade = 0.5 - 0.5 * np.cos(np.pi * (np.arange(_MARGIN // 2) + 0.5) / (_MARGIN // 2))
    peak = 0.0
    for start in range(0, len(channel), _CHUNK):
        part = padded[start : start + _CHUNK + 2 * _MARGIN].copy()
        part[: len(fade)] *= fade
        part[-len(fade) :] *= fade[::-1]
        fine = np.fft.irfft(np.fft.rfft(part), OVERSAMPLING * len(part)) * OVERSAMPLING
        peak = max(
            peak, float(np.abs(fine[_MARGIN * OVERSAMPLING : -_MARGIN * OVERSAMPLING]).max())
        )
    return peak


def _ebu_figures() -> list[Figure]:
    cases = _ebu.cases()
    found = []
    for document in ("3341", "3342"):
        passed = [case.passed() for case in cases if case.document == document]
        found.append(
            Figure(
                f"ebu_{document}_passed",
                float(sum(passed)),
                "cases",
                f">= {len(passed)}",
                f"EBU Tech {document}",
                f"of the {len(passed)} that can be made by code",
            )
        )
    return found
