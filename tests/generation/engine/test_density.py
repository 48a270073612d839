"""The search for a density, on ears whose answers are known; and sounds in which nothing begins."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from generation.sequencer.controlling import hearing
from generation.sequencer.controlling.aims import Aims
from generation.sequencer.controlling.asking import Asked
from generation.sequencer.controlling.density import CLOSE, Search
from generation.sequencer.controlling.settling import settle
from generation.sequencer.plan import Plan
from generation.sequencer.synthesis.controls import Mixing
from generation.sequencer.synthesis.voices.colour import COLOURS
from generation.sequencer.synthesis.voices.note import VoiceNote

PLAN = Plan(styles=(("house", 1.0),), tempo_bpm=120.0, tonic=0, scale="minor", bars=8, pulse=0.4)


def _found(rate_hz: float, hear: Callable[[Plan], float]) -> tuple[float, int]:
    """The nearest that a search hears, and how often it listened."""
    search, plan, heard = Search(rate_hz, 6), PLAN, []
    while True:
        heard.append(hear(plan))
        after = search.next(plan, heard[-1])
        if after is None:
            return min(heard, key=lambda one: abs(one - rate_hz)), len(heard)
        plan = after


@pytest.mark.parametrize("rate_hz", [1.0, 2.0, 3.3, 5.0])
def test_a_density_without_steps_is_found(rate_hz: float) -> None:
    got, _ = _found(rate_hz, lambda plan: 0.5 + 6.0 * plan.density**2)
    assert got == pytest.approx(rate_hz, rel=CLOSE)


@pytest.mark.parametrize("rate_hz", [1.5, 3.0, 3.4])
def test_between_steps_of_density_the_pulse_is_moved(rate_hz: float) -> None:
    def stepped(plan: Plan) -> float:
        return 2.0 * math.ceil(2 * plan.density + 1e-9) * (1.2 - 0.5 * plan.pulse)

    got, listened = _found(rate_hz, stepped)
    assert got == pytest.approx(rate_hz, rel=CLOSE)
    without, _ = _found(rate_hz, lambda plan: stepped(PLAN) if plan.density <= 0.5 else 4.0)
    assert abs(without - rate_hz) > CLOSE * rate_hz
    assert listened <= 11


def test_what_cannot_be_had_ends() -> None:
    got, listened = _found(1.0, lambda plan: 3.0)
    assert got == 3.0
    assert listened <= 11


def test_no_louder_than_where_a_limiter_pumps() -> None:
    rng = np.random.default_rng(1)
    spectra = hearing.magnitudes(np.asarray(0.1 * rng.normal(size=44_100), np.float32))
    asked = {"energy": Asked("energy", 0.9, 100.0, True)}
    usual = Aims(-14.0, 2.0, 2_000.0, 21.0)
    free, _ = settle(asked, usual, spectra, Mixing())
    held, mixing = settle(asked, usual, spectra, Mixing(), -16.0)
    assert held.loudness_lufs <= -16.0 + 1e-6 < free.loudness_lufs
    assert mixing.loudness_lufs == held.loudness_lufs


def test_nothing_begins_in_a_wall_of_noise() -> None:
    rates = {}
    for name in ("wall", "rain"):
        note = VoiceNote(pitch=60, seconds=8.0)
        samples = COLOURS[name](note, np.random.default_rng(2)).mean(axis=0)
        rates[name] = hearing.onset_rate_hz(hearing.magnitudes(np.asarray(samples, np.float32)))
    assert rates["wall"] < 0.5
    assert rates["rain"] > 2.0
