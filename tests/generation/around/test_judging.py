"""Asked against measured: what is a hit, what a near miss, and how candidates rank by it."""

from __future__ import annotations

import itertools

import pytest

from generation.around import asking, correcting, judging
from generation.around.ranking import score
from generation.around.stretching import Correction
from generation.around.tolerances import default_tolerance
from generation.contract import Application
from schemas.conditioning import (
    ConditioningRequest,
    FeatureCondition,
    KeyCondition,
    Mode,
    Quantiles,
)
from schemas.features import FEATURES, feature, key_name
from schemas.generation import FeatureResult
from schemas.outcomes import NullReason
from schemas.parts import Applied, Lock, Prompt, Source
from schemas.protocols import FeatureValues
from tests.generation.around.playing import condition, request


def measured(
    bpm: float = 120.0, tonic: int = 0, major: bool = True, **more: float
) -> FeatureValues:
    key = {"key_pitch_class": float(tonic), "key_mode": float(major)}
    return {"tempo_bpm": bpm, **key, **more}


def results(
    asked: ConditioningRequest, found: FeatureValues, **applied: Application
) -> dict[str, FeatureResult]:
    return {one.feature: one for one in judging.judge(asked, found, applied)}


def with_feature(name: str, **fields: object) -> ConditioningRequest:
    base = {"unit": feature(name).unit, "source": "user", "confidence": 1, "lock": "hard"}
    made = FeatureCondition.model_validate(base | fields)
    return ConditioningRequest(prompt=Prompt(text=""), features={name: made})


@pytest.mark.parametrize(
    ("bpm", "hit"), [(120, True), (124.7, True), (115.3, True), (124.9, False), (115.1, False)]
)
def test_tempo_is_met_within_four_percent(bpm: float, hit: bool) -> None:
    one = results(request(), measured(bpm))["tempo_bpm"]
    assert one.hit is hit
    assert one.tolerance == pytest.approx(4.8)
    assert (one.asked, one.measured) == (120.0, bpm)


@pytest.mark.parametrize(("bpm", "words"), [(60.5, "half"), (239.0, "twice"), (40.2, "third")])
def test_an_octave_is_a_miss_that_is_named(bpm: float, words: str) -> None:
    one = results(request(), measured(bpm))["tempo_bpm"]
    assert one.hit is False
    assert words in one.note


def test_another_candidate_tempo_is_told() -> None:
    found = {**measured(161.0), "tempo_candidates": (161.0, 121.0, None)}
    assert "another of its candidates" in results(request(), found)["tempo_bpm"].note


def test_key_is_exact_and_its_kin_is_named() -> None:
    kin = {
        (0, True): (True, ""),
        (9, False): (False, "the relative key"),
        (0, False): (False, "the parallel key"),
        (7, True): (False, "a fifth above"),
        (5, True): (False, "a fifth below"),
        (6, True): (False, ""),
    }
    for (tonic, major), (hit, note) in kin.items():
        one = results(request(), measured(tonic=tonic, major=major))["key"]
        assert (one.hit, one.note) == (hit, note)
        assert one.asked == "C major"
        assert one.measured == key_name(tonic, int(major))


def test_half_a_key_is_judged_by_what_is_stated() -> None:
    minor = KeyCondition(mode="minor", source=Source.USER, confidence=1, lock=Lock.HARD)
    asked = ConditioningRequest(prompt=Prompt(text=""), key=minor)
    assert results(asked, measured(tonic=4, major=False))["key"].hit is True
    assert results(asked, measured(tonic=4, major=True))["key"].hit is False


def test_every_key_against_every_other() -> None:
    for tonic, major in itertools.product(range(12), (True, False)):
        asked = asking.Key(tonic, major)
        hits = [judging.key_meets(asked, key_name(t, m)) for t in range(12) for m in (0, 1)]
        assert sum(hits) == 1


def test_ranges_and_quantiles_are_met_inside() -> None:
    ranged = with_feature("energy", low=0.4, high=0.6)
    assert results(ranged, {"energy": 0.6})["energy"].hit is True
    assert results(ranged, {"energy": 0.61})["energy"].hit is False
    open_ended = with_feature("energy", low=0.4)
    assert results(open_ended, {"energy": 1.0})["energy"].hit is True
    spread = Quantiles(p05=0.2, p25=0.3, p50=0.4, p75=0.5, p95=0.6)
    guessed = with_feature("energy", value=0.4, quantiles=spread)
    assert results(guessed, {"energy": 0.59})["energy"].hit is True
    assert results(guessed, {"energy": 0.59})["energy"].tolerance is None


def test_a_stated_tolerance_beats_the_default() -> None:
    asked = with_feature("energy", value=0.5, tolerance=0.01)
    assert results(asked, {"energy": 0.52})["energy"].hit is False
    assert results(with_feature("energy", value=0.5), {"energy": 0.52})["energy"].hit is True


def test_what_could_not_be_measured_has_no_verdict_and_says_why() -> None:
    one = results(request(), {"tempo_bpm": NullReason.SILENT})["tempo_bpm"]
    assert one.hit is None
    assert one.measured is None
    assert NullReason.SILENT.value in one.note


def test_a_clamp_is_reported_and_judged_by_what_was_asked() -> None:
    how = Application(Applied.NATIVE, 200.0, "the fastest it plays")
    one = results(request(bpm=280.0), measured(200.0), tempo_bpm=how)["tempo_bpm"]
    assert (one.clamped_from, one.aimed, one.hit) == (280.0, 200.0, False)
    rounded = Application(Applied.PROMPT, 120.0)
    assert (
        results(request(bpm=120.4), measured(120.0), tempo_bpm=rounded)["tempo_bpm"].clamped_from
        is None
    )
    key = Application(Applied.NATIVE, "D major")
    assert results(request(), measured(tonic=2), key=key)["key"].clamped_from == "C major"


def test_the_key_stands_for_its_mode_and_metres_of_three_and_four_are_told_apart() -> None:
    asked = request(features={"key_mode": condition("1 major, 0 minor", 1.0)}, time_signature="3/4")
    found = results(asked, {**measured(), "time_signature": 3.0})
    assert "key_mode" not in found
    assert found["time_signature"].hit is True
    odd = results(request(time_signature="7/8"), {**measured(), "time_signature": 4.0})
    assert odd["time_signature"].hit is None


def test_free_features_are_reported_and_do_not_count() -> None:
    asked = request(features={"energy": condition("ratio", 0.9, Lock.FREE)})
    found = judging.judge(asked, {**measured(), "energy": 0.1}, {})
    by_name = {one.feature: one for one in found}
    assert by_name["energy"].hit is False
    assert [one.feature for one in judging.counted(asked, found)] == ["key"]
    assert score(asked, found) == 1.0


def test_every_scalar_feature_has_a_default_tolerance() -> None:
    for spec in FEATURES:
        if spec.size == 1:
            assert default_tolerance(spec.name, max(spec.minimum, 1.0)) >= 0


def test_the_score_falls_with_the_distance_and_a_hit_beats_any_miss() -> None:
    asked = with_feature("tempo_bpm", value=120.0)
    scores = [score(asked, judging.judge(asked, {"tempo_bpm": bpm}, {})) for bpm in
              (120.0, 126.0, 135.0, 160.0, 240.0)]  # fmt: skip
    assert scores[0] == 1.0
    assert scores == sorted(scores, reverse=True)
    assert scores[1] < 0.5


def test_modes_and_open_conditions() -> None:
    unit, source = "BPM", Source.MODEL
    modes = FeatureCondition(
        modes=(Mode(value=70, weight=0.6), Mode(value=140, weight=0.4)),
        unit=unit, source=source, confidence=0.5,
    )  # fmt: skip
    assert asking.aim("tempo_bpm", modes) == 70
    ranged = FeatureCondition(low=400, high=1600, unit="Hz", source=source, confidence=1)
    assert asking.aim("brightness_hz", ranged) == pytest.approx(800)
    empty = FeatureCondition(unit=unit, source=source, confidence=0)
    assert asking.aim("tempo_bpm", empty) is None
    assert judging.bounds("tempo_bpm", empty) is None


@pytest.mark.parametrize(
    ("bpm", "tonic", "major", "planned"),
    [
        (120.0, 0, True, []),
        (108.0, 0, True, [Correction(120 / 108)]),
        (106.0, 0, True, []),  # needs 13.2 %
        (120.0, 10, True, [Correction(1.0, 2)]),
        (120.0, 4, True, []),  # needs 4 semitones
        (120.0, 2, False, []),  # another mode: no shift helps
        (60.0, 0, True, []),  # right but for the octave, which no stretch mends
        (55.0, 0, True, [Correction(120 / 110)]),  # heard at half of 110
        (126.0, 1, True, [Correction(120 / 126, -1), Correction(120 / 126), Correction(1.0, -1)]),
        (126.0, 5, True, [Correction(120 / 126)]),
    ],
)  # fmt: skip
def test_corrections_are_planned_within_their_limits(
    bpm: float, tonic: int, major: bool, planned: list[Correction]
) -> None:
    asked = request()
    found = judging.judge(asked, measured(bpm, tonic, major), {})
    assert correcting.planned(asked, found) == planned


def test_a_guessed_tempo_is_not_worth_a_stretch() -> None:
    guessed = condition("BPM", 120.0, Lock.SOFT).model_copy(update={"source": Source.MODEL})
    heard = condition("BPM", 120.0, Lock.SOFT).model_copy(update={"source": Source.AUDIO})
    for one, worth in ((guessed, False), (heard, True)):
        asked = request(features={"tempo_bpm": one})
        found = judging.judge(asked, measured(110.0), {})
        assert bool(correcting.planned(asked, found)) is worth


def test_a_correction_that_loses_a_hit_is_not_taken() -> None:
    asked = request(
        features={
            "tempo_bpm": condition("BPM", 120.0),
            "onset_rate_hz": condition("Hz", 4.0),
        }
    )
    before = judging.judge(asked, {**measured(110.0), "onset_rate_hz": 4.0}, {})
    good = judging.judge(asked, {**measured(120.0), "onset_rate_hz": 4.4}, {})
    bad = judging.judge(asked, {**measured(120.0), "onset_rate_hz": 6.0}, {})
    assert correcting.improves(asked, before, good)
    assert not correcting.improves(asked, before, bad)
    assert not correcting.improves(asked, before, before)
    marked = {r.feature: r for r in correcting.marked(before, good, Correction(120 / 110))}
    assert marked["tempo_bpm"].applied is Applied.POSTFIX
    assert marked["tempo_bpm"].corrected == "stretched +9.1 %"
    assert marked["onset_rate_hz"].corrected is None
