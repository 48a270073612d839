"""The engine's own ears agree with the extractor, on music and on noise."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from generation.sequencer.controlling.hearing import BINS, HZ, centroid_hz, hear, magnitudes
from pipelines.features.extract import extract
from schemas.audio import Audio

RATE = 44_100
Mono = npt.NDArray[np.float32]


def _clicks_over_a_chord(clicks_hz: float, seconds: float = 10.0) -> Mono:
    rng = np.random.default_rng(4)
    time = np.arange(round(seconds * RATE)) / RATE
    sound = 0.05 * sum(np.sin(2 * np.pi * hz * time) for hz in (220.0, 277.2, 329.6, 1_760.0))
    for start in np.arange(0.3, seconds - 0.5, 1 / clicks_hz):
        at = round(start * RATE)
        burst = rng.normal(size=4_000) * np.exp(-np.arange(4_000) / 600)
        sound[at : at + 4_000] += 0.3 * burst
    return np.asarray(sound, np.float32)


def _noise() -> Mono:
    rng = np.random.default_rng(5)
    return np.asarray(0.1 * rng.normal(size=5 * RATE), np.float32)


@pytest.mark.parametrize(
    "mono",
    [_clicks_over_a_chord(2.0), _clicks_over_a_chord(6.0), _noise()],
    ids=["2", "6", "noise"],
)
def test_estimates_are_what_the_extractor_measures(mono: Mono) -> None:
    heard = hear(magnitudes(mono))
    measured = extract(Audio(np.stack([mono, mono]), RATE))
    assert heard.brightness_hz == pytest.approx(measured["brightness_hz"], rel=0.03)
    contrast = measured["contrast"]
    assert isinstance(contrast, tuple)
    told = np.mean([value for value in contrast[1:5] if value is not None])
    assert heard.contrast_db == pytest.approx(told, abs=1.0)
    assert heard.onset_rate_hz == pytest.approx(measured["onset_rate_hz"], abs=0.25)


def test_the_centroid_after_a_filter_is_told_without_filtering() -> None:
    mono = _clicks_over_a_chord(4.0)
    half = np.where(HZ < 2_000, 1.0, 0.1).astype(np.float32)
    spectra = magnitudes(mono)
    assert centroid_hz(spectra, half) == pytest.approx(centroid_hz(spectra * half), rel=1e-4)
    assert centroid_hz(spectra, half) < 0.8 * centroid_hz(spectra)


def test_silence_has_no_brightness_and_breaks_nothing() -> None:
    spectra = magnitudes(np.zeros(RATE, np.float32))
    assert spectra.shape == (RATE // 1_024 + 1, BINS)
    assert centroid_hz(spectra) == 0.0
    assert hear(spectra).onset_rate_hz == 0.0
