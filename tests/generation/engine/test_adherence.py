"""A seeded sample of `./dev bench generation`: what is asked is measured, by the extractor."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks._generation_adherence import plain_score, tempo_hit
from benchmarks._generation_requests import DEVELOP, random_asks
from benchmarks._generation_run import Outcome, _outcome, measure
from generation.contract import Generated, Generator
from generation.sequencer.engine import Embedded
from generation.sequencer.synthesis.mixing import render
from schemas.audio import Audio
from tests.generation.engine.conftest import ask, in_key


def _outcomes(count: int, among: int) -> list[Outcome]:
    return [_outcome((one, None)) for one in random_asks(among, DEVELOP)[:count]]


def _check(done: list[Outcome], least: float) -> None:
    assert np.mean([tempo_hit(one) for one in done]) >= least
    assert np.mean([one.key == one.ask.key for one in done]) >= least - 0.15
    for one in done:
        assert one.stem_error <= 1e-6, one.ask.style
        for name, room in (("loudness_lufs", 0.5), ("energy", 0.12), ("brightness_hz", None)):
            if name in one.ask.values:
                aimed = one.aimed[name]
                within = 0.15 * aimed if room is None else room
                assert one.measured[name] == pytest.approx(aimed, abs=within), one.ask.style


def test_a_few_requests_are_met() -> None:
    _check(_outcomes(5, 60), 0.8)


@pytest.mark.slow
def test_a_dozen_and_more_requests_are_met() -> None:
    _check(_outcomes(16, 60), 0.9)


def test_the_extractor_hears_the_key_of_plain_chords() -> None:
    rendered = render(plain_score(3, 112.0))
    assert measure(Audio(rendered.mix, rendered.rate_hz))[1] == 3


def test_the_engine_is_a_generator_and_deterministic(piece: Generated) -> None:
    engine = Embedded()
    assert isinstance(engine, Generator)
    again = engine.generate(ask("house", tempo_bpm=120.0, key=in_key(9, "minor")), 5)
    assert np.array_equal(again.mix.samples, piece.mix.samples)
    assert again.recipe == piece.recipe
    assert set(again.stems) <= set(engine.manifest.stems)
    assert np.abs(piece.mix.samples).max() <= 10 ** (-0.9 / 20)
    total = np.sum([stem.samples for stem in piece.stems.values()], axis=0)
    assert np.abs(total - piece.mix.samples).max() <= 1e-6
    other = engine.generate(ask("house", tempo_bpm=120.0, key=in_key(9, "minor")), 6)
    assert not np.array_equal(other.mix.samples, piece.mix.samples)


def test_own_voices_need_no_licence_of_others() -> None:
    made = Embedded(sounds="own").generate(ask("folk", duration_s=4.0), 1)
    assert made.weights == ()
    assert np.abs(made.mix.samples).max() > 0.05
