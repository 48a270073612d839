"""The curves of a picture: bounded, in place, and equal to what they are said to be."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

import numpy as np
import pytest

from pipelines.features.curves import MOST_COLUMNS, MOST_POINTS, Curve, Curves
from pipelines.features.extract import extract_track
from pipelines.features.loudness import meter
from schemas.audio import Audio

RATE = 22_050


def curves_of(samples: np.ndarray, rate: int = RATE) -> Curves:
    audio = Audio(np.atleast_2d(samples).astype(np.float32), rate)
    found = extract_track(audio, ["loudness"], with_curves=True).curves
    assert found is not None
    return found


def each(curves: Curves) -> list[Curve]:
    return [getattr(curves, name) for name in Curves.__slots__ if name != "chroma"]


def tone(seconds: float, hz: float, level: float = 0.2) -> np.ndarray:
    return level * np.sin(2 * np.pi * hz * np.arange(int(seconds * RATE)) / RATE)


def test_the_envelope_is_that_of_the_samples() -> None:
    generator = np.random.default_rng(3)
    samples = generator.uniform(-1, 1, (2, 200_001)).astype(np.float32)
    samples[:, 70_000] = -1.5, 1.25
    curves = curves_of(samples)
    span = math.ceil(200_001 / MOST_POINTS)
    parts = [samples[:, at : at + span].astype(np.float64) for at in range(0, 200_001, span)]
    for curve, wanted in (
        (curves.lowest, [part.min() for part in parts]),
        (curves.highest, [part.max() for part in parts]),
        (curves.level, [math.sqrt((part**2).mean()) for part in parts]),
    ):
        assert curve.values == pytest.approx(wanted, rel=1e-4)
        assert curve.step_s == span / RATE
    place = round((70_000 / RATE - curves.lowest.start_s) / curves.lowest.step_s)
    assert (curves.lowest.values[place], curves.highest.values[place]) == (-1.5, 1.25)


def test_loudness_rises_where_the_music_does() -> None:
    curves = curves_of(np.concatenate([tone(8, 997, 0.02), tone(8, 997, 0.2)]))
    for curve in (curves.momentary, curves.short_term):
        at = {s: curve.values[round((s - curve.start_s) / curve.step_s)] for s in (4, 12)}
        assert at[12] - at[4] == pytest.approx(20, abs=0.05)
    whole = meter.integrated_loudness(
        meter.segment_energies(tone(8, 997, 0.2)[None].astype(np.float32), RATE)
    )
    assert max(v for v in curves.short_term.values if v is not None) == pytest.approx(
        whole, abs=0.05
    )


def test_brightness_and_chroma_follow_the_notes_and_silence_has_none() -> None:
    parts = [tone(5, 261.63), np.zeros(5 * RATE), tone(5, 440.0)]
    curves = curves_of(np.concatenate(parts))

    def value(curve: Curve, seconds: float) -> float | None:
        return curve.values[round((seconds - curve.start_s) / curve.step_s)]

    assert value(curves.brightness, 2.5) == pytest.approx(262, rel=0.1)
    assert value(curves.brightness, 12.5) == pytest.approx(440, rel=0.1)
    assert value(curves.brightness, 7.5) is None
    assert value(curves.momentary, 7.5) is None
    strongest = [
        max(range(12), key=lambda row: value(curves.chroma[row], at) or 0) for at in (2.5, 12.5)
    ]
    assert strongest == [0, 9], "C, then A"
    assert all(value(row, 7.5) == 0 for row in curves.chroma)
    assert curves_of(np.zeros(RATE)).chroma == ()


@pytest.mark.parametrize("samples", [1, 10, 2_000, RATE])
def test_short_and_silent_audio_has_curves(samples: int) -> None:
    for audio in (np.zeros(samples), tone(1, 300)[:samples]):
        curves = curves_of(audio)
        assert len(curves.lowest.values) == min(samples, len(curves.lowest.values)) >= 1
        json.dumps(asdict(curves), allow_nan=False)


def test_long_audio_has_no_more_points() -> None:
    rate = 4_000
    minutes = np.random.default_rng(5).uniform(-0.1, 0.1, 300 * rate)
    curves = curves_of(minutes, rate)
    for curve in each(curves):
        assert MOST_POINTS / 2 <= len(curve.values) <= MOST_POINTS
        assert curve.start_s + curve.step_s * (len(curve.values) - 1) == pytest.approx(300, abs=2)
    assert all(len(row.values) <= MOST_COLUMNS for row in curves.chroma)
    assert len(json.dumps(asdict(curves))) < 200_000
