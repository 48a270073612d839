"""Candidates around an engine that disobeys, truly measured: chosen, corrected, missed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from generation.around.candidates import KEPT, Made, create, seeds
from generation.around.stretching import Correction
from generation.contract import Generated, Progress, silent
from pipelines.features.extract import Asked, extract_track
from schemas.audio import Audio
from schemas.conditioning import ConditioningRequest
from schemas.errors import GenerationError
from schemas.generation import EngineManifest, FeatureResult
from schemas.parts import Applied
from schemas.protocols import FeatureValues
from tests.generation.around.playing import MANIFEST, Playing, request

NEEDED = frozenset({"tempo_bpm", "tempo_candidates", "key_pitch_class", "key_mode"})


def measure(audio: Audio) -> FeatureValues:
    return extract_track(audio, Asked(features=NEEDED)).values


def made(
    disobey: Callable[[int], tuple[float, int]], candidates: int = 1, correct: bool = True
) -> tuple[Made, dict[str, FeatureResult]]:
    asked = request(bpm=126.0, key=2, mode="minor", candidates=candidates)
    found = create(Playing(disobey), asked, measure, correct=correct)
    return found, {one.feature: one for one in found.features}


def told(places: dict[int, tuple[float, int]]) -> Callable[[int], tuple[float, int]]:
    return lambda place: places.get(place, (1.0, 0))


def test_what_an_engine_obeys_is_native() -> None:
    found, by = made(told({}))
    assert by["tempo_bpm"].hit
    assert by["key"].hit
    assert {one.applied for one in found.features} == {Applied.NATIVE}
    assert found.correction == Correction()
    assert found.candidates[0].hits == found.candidates[0].asked == 2
    assert found.candidates[0].score == 1.0


def test_the_candidate_that_obeys_is_chosen_and_told_as_reranked() -> None:
    wrong = (1.3, 5)
    found, by = made(told({0: wrong, 1: wrong}), candidates=3)
    assert found.piece.seed == seeds(request(), 3)[2]
    assert [one.applied for one in (by["tempo_bpm"], by["key"])] == [Applied.RERANK] * 2
    assert [one.hit for one in found.first] == [False, False]
    assert len(found.candidates) == 3
    assert found.candidates[0].seed == found.piece.seed
    assert found.candidates[0].score == 1.0


def test_what_can_be_corrected_is_and_says_by_how_much() -> None:
    found, by = made(told({0: (0.93, 2)}))
    assert by["tempo_bpm"].hit
    assert by["key"].hit
    assert {by["tempo_bpm"].applied, by["key"].applied} == {Applied.POSTFIX}
    assert by["tempo_bpm"].corrected is not None
    assert by["tempo_bpm"].corrected.startswith("stretched +")
    assert by["key"].corrected == "shifted -2 semitones"
    assert any("corrected afterwards" in note for note in found.notes)
    stems = found.piece.stems
    assert np.array_equal(found.piece.mix.samples, stems["drums"].samples + stems["chords"].samples)


def test_beyond_the_limits_it_is_a_miss_and_left_alone() -> None:
    found, by = made(told({0: (0.8, 5)}))
    assert by["tempo_bpm"].hit is False
    assert by["key"].hit is False
    assert found.correction == Correction()
    assert by["tempo_bpm"].corrected is None


def test_nothing_is_corrected_where_that_is_not_wanted() -> None:
    found, by = made(told({0: (0.93, 0)}), correct=False)
    assert by["tempo_bpm"].hit is False
    assert by["key"].hit is True
    assert not found.correction


def test_a_native_hit_is_preferred_to_a_corrected_one() -> None:
    found, by = made(told({0: (0.93, 0), 1: (1.0, 0)}), candidates=2)
    assert not found.correction
    assert by["tempo_bpm"].applied is Applied.RERANK


def test_seeds_are_derived_and_the_first_is_the_requests_own() -> None:
    assert seeds(request(), 4)[0] == 7
    assert seeds(request(), 4) == seeds(request(), 4)
    assert len(set(seeds(request(), 64))) == 64
    assert all(0 <= seed < 2**31 for seed in seeds(request(), 64))
    drawn = request().model_copy(update={"seed": None})
    assert seeds(drawn, 1) != seeds(drawn, 1)


def test_memory_does_not_grow_with_the_candidates() -> None:
    """Of the pieces no more than the best few and the one in hand are alive."""
    import gc
    import weakref

    alive: list[weakref.ref[Audio]] = []
    most = 0

    class Watched(Playing):
        def generate(
            self, request: ConditioningRequest, seed: int, progress: Progress = silent
        ) -> Generated:
            nonlocal most
            gc.collect()
            most = max(most, sum(ref() is not None for ref in alive))
            piece = super().generate(request, seed, progress)
            samples = Sized(piece.mix.samples.copy(), piece.mix.sample_rate_hz)
            alive.append(weakref.ref(samples))
            return Generated(mix=samples, seed=seed, applied={})

    create(Watched(seconds=0.5), request(candidates=12), lambda _: {"tempo_bpm": 100.0})
    assert most <= KEPT + 1


class Sized(Audio):
    """Audio that can be referred to weakly."""


def test_progress_rises_to_the_end() -> None:
    shares: list[float] = []
    create(
        Playing(seconds=1.0), request(candidates=3), lambda _: {"tempo_bpm": 120.0},
        progress=lambda share, _: shares.append(share),
    )  # fmt: skip
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


class Broken:
    """An engine that gives what no engine may."""

    def __init__(self, mix: np.ndarray, stem: np.ndarray | None = None) -> None:
        self.mix, self.stem = mix, stem

    @property
    def manifest(self) -> EngineManifest:
        return MANIFEST

    def generate(
        self, request: ConditioningRequest, seed: int, progress: Progress = silent
    ) -> Generated:
        stems = {} if self.stem is None else {"drums": Audio(self.stem, 44_100)}
        return Generated(mix=Audio(self.mix, 44_100), seed=seed, applied={}, stems=stems)


@pytest.mark.parametrize(
    ("mix", "stem", "what"),
    [
        (np.zeros((2, 0), np.float32), None, "no sound"),
        (np.full((2, 9), np.nan, np.float32), None, "not finite"),
        (np.zeros((2, 9), np.float32), np.zeros((2, 8), np.float32), "another rate or length"),
    ],
)
def test_broken_sound_is_an_error_with_a_name(
    mix: np.ndarray, stem: np.ndarray | None, what: str
) -> None:
    with pytest.raises(GenerationError, match=f"playing.*{what}"):
        create(Broken(mix, stem), request(), measure)


def test_a_disobedient_engine_in_small() -> None:
    """All is met in the end where any candidate can be brought there; 1.3 times cannot."""
    rng = np.random.default_rng(5)
    native = chosen = final = allowed = 0
    for bpm in rng.uniform(85, 150, 6):
        wanted = request(bpm=float(bpm), key=int(rng.integers(12)), candidates=3)
        off = [(float(rng.choice([0.92, 1, 1.09, 1.3])), int(rng.integers(-3, 4))) for _ in "abc"]
        engine = Playing(off.__getitem__, seconds=8.0)
        found = create(engine, wanted, measure)
        native += all(one.hit for one in found.first)
        chosen += found.candidates[0].hits == 2
        final += all(one.hit for one in found.features)
        allowed += any(factor < 1.3 for factor, _ in off)
    assert allowed == 5
    assert final == allowed
    assert native <= chosen < final
