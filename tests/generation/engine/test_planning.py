"""A request becomes a plan: what is stated is met, what is open drawn, what cannot be told."""

from __future__ import annotations

from typing import Any

import pytest

from generation.sequencer.composition.compose import compose
from generation.sequencer.plan import STEMS, Plan
from generation.sequencer.planning.log import Log
from generation.sequencer.planning.ordering import order_for
from generation.sequencer.planning.request import plan_request
from schemas.conditioning import ConditioningRequest
from schemas.errors import InputError
from schemas.parts import Applied
from tests.generation.engine.conftest import ask, in_key, stated


def _plan(request: ConditioningRequest, seed: int = 1) -> tuple[Plan, Log]:
    log = Log()
    return plan_request(request, seed, log).plan, log


def _sounds(plan: Plan) -> set[str]:
    return {part.instrument for part in compose(plan).parts}


def test_what_is_stated_is_in_the_plan() -> None:
    plan, log = _plan(
        ask("bossa-nova", tempo_bpm=97.0, key=in_key(3, "major"), time_signature="3/4", seed=4)
    )
    assert (plan.tempo_bpm, plan.tonic, plan.scale) == (97.0, 3, "major")
    assert (plan.beats, plan.unit) == (3, 4)
    assert plan.bars == 4  # of 1.86 s, in 8 s
    assert log.applied["tempo_bpm"].aimed == 97.0
    assert log.applied["key"].aimed == "Eb major"
    assert log.ignored == []


def test_the_beat_of_six_eight_is_three_quavers() -> None:
    plan, _ = _plan(ask("waltz", tempo_bpm=80.0, time_signature="6/8"))
    assert plan.tempo_bpm == pytest.approx(120.0)
    assert plan.bars == 5  # of 1.5 s; the last half bar is left to ring


def test_styles_are_named_found_in_words_or_near_to_the_features() -> None:
    assert _plan(ask("techno"))[0].styles == (("techno", 1.0),)
    found = _plan(ask(None, text="a jazz tune over drum and bass"))[0].styles
    assert {name for name, _ in found} == {"jazz", "drum-and-bass"}
    loud = _plan(ask(None, tempo_bpm=175.0, energy=0.95, brightness_hz=4_000.0))[0].styles[0][0]
    calm = _plan(ask(None, tempo_bpm=66.0, energy=0.1, brightness_hz=700.0))[0].styles[0][0]
    from schemas.styles import style

    assert style(loud).levels["energy"] > 0.7
    assert style(calm).levels["energy"] < 0.4
    drawn = {_plan(ask(None), seed)[0].styles[0][0] for seed in range(8)}
    assert len(drawn) >= 5  # nothing asked: any style


def test_the_same_seed_draws_the_same_and_others_draw_others() -> None:
    plans = [_plan(ask("folk"), seed)[0] for seed in (1, 1, 2, 3, 4)]
    assert plans[0] == plans[1]
    assert len({(p.tonic, p.scale, p.tempo_bpm) for p in plans[1:]}) >= 3


def test_a_likely_key_is_taken_and_a_flat_one_drawn() -> None:
    def key(chances: list[float]) -> Any:
        return {"probabilities": chances, "source": "model", "confidence": 0.3}

    clear = [0.02] * 24
    clear[12 + 7] = 0.5
    assert _plan(ask("house", key=key(clear)))[0].tonic == 7
    assert _plan(ask("house", key=key(clear)))[0].scale == "minor"
    tonics = {_plan(ask("house", key=key([1 / 24] * 24)), seed)[0].tonic for seed in range(8)}
    assert len(tonics) >= 4


def test_instruments_that_are_asked_are_heard_and_absent_ones_are_not() -> None:
    plan, _ = _plan(
        ask("uk-garage", instruments=({"id": "trumpet"}, {"id": "drums", "presence": "absent"}))
    )
    score = compose(plan)
    assert "trumpet" in {part.instrument for part in score.parts}
    assert "drums" not in {part.stem for part in score.parts}
    trumpets = [note for p in score.parts if p.instrument == "trumpet" for note in p.notes]
    assert len(trumpets) >= 4
    prominent, _ = _plan(ask("rock", instruments=({"id": "piano", "presence": "prominent"},)))
    lead = {part.instrument for part in compose(prominent).parts if part.stem == "lead"}
    assert lead == {"piano"}
    percussion, _ = _plan(ask("house", instruments=({"id": "percussion"},)))
    assert {"percussion", "kit_909"} <= _sounds(percussion)


def test_what_cannot_be_is_told() -> None:
    plan, log = _plan(
        ask(
            "house", tempo_bpm=290.0, valence=0.4, vocals={"mode": "on"}, time_signature="11/8",
            instruments=({"id": "kazoo"},), duration_s=1_200.0,
        )
    )  # fmt: skip
    assert plan.tempo_bpm == 240.0
    assert log.applied["tempo_bpm"].aimed == 240.0
    assert log.applied["valence"].applied is Applied.IGNORED
    told = " ".join([*log.ignored, *log.notes])
    for what in ("valence", "it does not sing", "11/8", "kazoo", "1200", "290"):
        assert what in told


def test_energy_against_loudness_is_resolved_by_locks_and_told() -> None:
    def order(energy_lock: str) -> Any:
        request = ask("house")
        loud = stated("loudness_lufs", -28.0, "soft" if energy_lock == "hard" else "hard")
        features = {"energy": stated("energy", 0.6, energy_lock), "loudness_lufs": loud}
        return order_for(request.model_copy(update={"features": features}), 1, Log(), None, False)

    from generation.sequencer.controlling.aims import solve
    from generation.sequencer.controlling.reach import REACH

    for lock, winner in (("hard", "energy"), ("soft", "loudness_lufs")):
        ordered = order(lock)
        narrow = REACH.fixed(onset_rate_hz=4.0, contrast_db=21.0, brightness_hz=2_000.0)
        aims = solve(ordered.order.asked, ordered.order.usual, narrow)
        log = Log()
        ordered.tell(aims, log)
        wanted = {"energy": 0.6, "loudness_lufs": -28.0}
        assert log.applied[winner].aimed == pytest.approx(wanted[winner], rel=0.05)
        loser = ({"energy", "loudness_lufs"} - {winner}).pop()
        assert "does not go with" in log.applied[loser].note


def test_sections_fill_the_bars_and_keep_what_they_state() -> None:
    sections = (
        {"label": "intro", "bars": 4},
        {"label": "chorus", "bars": 8, "events": ({"name": "guitar solo"},)},
        {"label": "outro", "bars": 4, "instruments": ({"id": "drums", "presence": "absent"},)},
    )
    plan, _ = _plan(ask("rock", tempo_bpm=120.0, sections=sections, duration_s=None))
    assert [(s.label, s.bars) for s in plan.sections] == [("intro", 4), ("chorus", 8), ("outro", 4)]
    assert plan.bars == 16
    assert plan.sections[1].events[0].name == "guitar solo"
    assert plan.sections[2].absent == ("drums",)
    loose = ({"label": "chorus", "position": 0.5, "features": {"energy": stated("energy", 0.9)}},)
    plan, _ = _plan(ask("pop", tempo_bpm=120.0, sections=loose, duration_s=60.0))
    assert sum(s.bars for s in plan.sections) == plan.bars
    assert 0.9 in [s.intensity for s in plan.sections if s.label == "chorus"]


def test_unknown_styles_and_scales_are_named() -> None:
    with pytest.raises(InputError, match="unknown id 'hause'; did you mean house"):
        _plan(ask("hause"))
    bad = in_key(0, "major").model_copy(update={"scale": "dorien"})
    with pytest.raises(InputError, match="unknown scale 'dorien'; did you mean dorian"):
        _plan(ask("jazz", key=bad))


def test_stem_seeds_change_their_stem_alone() -> None:
    one, _ = _plan(ask("funk"))
    other, _ = _plan(ask("funk", stem_seeds={"bass": 99}))
    for stem in STEMS:
        notes = [[p.notes for p in compose(plan).parts if p.stem == stem] for plan in (one, other)]
        assert (notes[0] == notes[1]) is (stem != "bass"), stem


def test_a_key_is_stated_when_its_tonic_is_known() -> None:
    probable = {"probabilities": (0.9, *[0.1 / 23] * 23), "source": "audio", "confidence": 0.5}
    flat = probable | {"probabilities": (1 / 24,) * 24}
    assert _plan(ask(key=in_key(9, "minor")))[0].key_stated
    assert _plan(ask(key=probable))[0].key_stated
    assert not _plan(ask(key=flat))[0].key_stated
    assert not _plan(ask(key=in_key(9, "minor").model_copy(update={"pitch_class": None})))[
        0
    ].key_stated
    assert not _plan(ask())[0].key_stated


def test_a_darker_mix_than_the_style_lifts_harmony_and_melody_alone() -> None:
    def gains(**given: float) -> dict[str, float]:
        return dict(order_for(ask("house", **given), 1, Log(), None, False).order.mixing.gains_db)

    dark, darker = gains(brightness_hz=1_200.0), gains(brightness_hz=800.0)
    assert set(dark) == {"chords", "lead", "extra"}
    assert all(0 < dark[stem] < darker[stem] <= 12 for stem in dark)
    assert gains(brightness_hz=6_000.0) == gains() == {}
