"""Aims that go together: locks win over confidence, and what is not asked gives way first."""

from __future__ import annotations

import pytest

from generation.sequencer.controlling.aims import Aims, Reach, solve
from generation.sequencer.controlling.asking import Asked, asked
from schemas.conditioning import FeatureCondition, Mode, Quantiles
from schemas.energy import energy_of
from schemas.parts import Lock, Source

USUAL = Aims(-14.0, 4.0, 1_800.0, 21.0)
REACH = Reach((-30.0, -7.0), (0.5, 10.0), (600.0, 5_000.0), (19.0, 23.0))


def _ask(**values: tuple[float, float]) -> dict[str, Asked]:
    return {name: Asked(name, value, weight, False) for name, (value, weight) in values.items()}


def test_nothing_asked_is_what_is_usual() -> None:
    found = solve({}, USUAL, REACH)
    assert found.loudness_lufs == pytest.approx(USUAL.loudness_lufs, abs=1e-6)
    assert found.brightness_hz == pytest.approx(USUAL.brightness_hz, rel=1e-6)


@pytest.mark.parametrize("energy", [0.1, 0.3, 0.6, 0.9])
def test_energy_alone_moves_everything_a_little(energy: float) -> None:
    found = solve(_ask(energy=(energy, 300.0)), USUAL, REACH)
    assert found.energy == pytest.approx(energy, abs=0.01)
    up = energy > USUAL.energy
    assert (found.loudness_lufs > USUAL.loudness_lufs) is up
    assert (found.brightness_hz > USUAL.brightness_hz) is up
    assert (found.onset_rate_hz > USUAL.onset_rate_hz) is up


def test_what_is_stated_stays_and_energy_is_met_by_the_rest() -> None:
    found = solve(
        _ask(energy=(0.5, 300.0), brightness_hz=(1_000.0, 300.0), onset_rate_hz=(3.0, 300.0)),
        USUAL,
        REACH,
    )
    assert found.brightness_hz == pytest.approx(1_000.0, rel=0.02)
    assert found.onset_rate_hz == pytest.approx(3.0, abs=0.1)
    assert found.energy == pytest.approx(0.5, abs=0.02)


def test_a_hard_lock_wins_over_a_conflicting_wish_however_sure() -> None:
    loud = _ask(energy=(0.95, 10.0), loudness_lufs=(-28.0, 10_000.0))
    loud |= _ask(brightness_hz=(700.0, 10_000.0), onset_rate_hz=(1.0, 10_000.0))
    found = solve(loud, USUAL, REACH)
    assert found.loudness_lufs == pytest.approx(-28.0, abs=0.2)
    assert found.energy < 0.2
    energetic = _ask(energy=(0.9, 10_000.0), loudness_lufs=(-28.0, 10.0))
    found = solve(energetic, USUAL, REACH)
    assert found.energy == pytest.approx(0.9, abs=0.02)
    assert found.loudness_lufs > -27.5


def test_no_aim_leaves_the_reach() -> None:
    found = solve(_ask(loudness_lufs=(-60.0, 1e6), brightness_hz=(10_000.0, 1e6)), USUAL, REACH)
    assert found.loudness_lufs == pytest.approx(-30.0, abs=1e-6)
    assert found.brightness_hz == pytest.approx(5_000.0, rel=1e-6)
    low, high = REACH.energy
    assert low < found.energy < high
    assert low == pytest.approx(energy_of(-30.0, 0.5, 600.0, 23.0))


def test_a_condition_is_one_number_and_a_weight() -> None:
    def condition(**given: object) -> FeatureCondition:
        base = {"unit": "BPM", "source": Source.MODEL, "confidence": 0.5, "lock": Lock.SOFT}
        return FeatureCondition.model_validate(base | given)

    spread = Quantiles(p05=60, p25=80, p50=100, p75=120, p95=140)
    modes = (Mode(value=80, weight=0.3), Mode(value=160, weight=0.7))
    found = asked(
        {
            "tempo_bpm": condition(modes=modes),
            "a": condition(quantiles=spread),
            "b": condition(low=90, high=110),
            "c": condition(value=70, source=Source.USER),
            "d": condition(value=70, lock=Lock.HARD, confidence=0.0),
            "e": condition(),
        }
    )
    assert {name: one.value for name, one in found.items()} == {
        "tempo_bpm": 160.0, "a": 100.0, "b": 100.0, "c": 70.0, "d": 70.0,
    }  # fmt: skip
    assert found["d"].hard
    assert found["d"].weight > found["c"].weight > found["a"].weight
