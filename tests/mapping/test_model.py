"""Ask a mapping trained on a catalogue whose right answers are known."""

from __future__ import annotations

import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mapping.learning.config import TrainConfig
from mapping.model import Mapping
from mapping.reading.wishes import Options
from schemas.answers import ConditioningVector
from schemas.errors import MappingError, PromptError
from schemas.features import FEATURES, KEY_NAMES, feature
from schemas.parts import Lock, Source
from schemas.protocols import TextEncoder
from tests.mapping.catalogue import examples

ROOT = Path(__file__).parents[2]
some = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def value(answer: ConditioningVector, name: str) -> float:
    found = answer.features[name].value
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("low", "high", "names"),
    [
        ("slow dark ambient", "fast death metal", ["tempo_bpm", "energy", "brightness_hz"]),
        ("slow house", "fast house", ["tempo_bpm"]),
        ("calm folk", "energetic folk", ["energy"]),
        ("a sad song", "a cheerful song", ["valence"]),
        ("pop with a singer", "pop without vocals", ["instrumentalness"]),
        ("boom bap, muffled", "boom bap, bright timbre", ["brightness_hz"]),
    ],
)
def test_words_move_features_the_right_way(
    mapping: Mapping, low: str, high: str, names: list[str]
) -> None:
    below, above = mapping.condition(low), mapping.condition(high)
    for name in names:
        assert value(below, name) < value(above, name)


def test_a_style_is_told_by_its_numbers(mapping: Mapping) -> None:
    answer = mapping.condition("jungle, drum and bass")
    assert value(answer, "tempo_bpm") == pytest.approx(174, rel=0.08)
    assert value(answer, "energy") == pytest.approx(0.85, abs=0.12)
    tempo = answer.features["tempo_bpm"]
    assert tempo.confidence > 0.5
    assert tempo.lock is Lock.SOFT
    assert "jungle" in answer.evidence[0].text
    assert {track.licence for track in answer.evidence} <= {"CC BY 4.0", None}


@some
@given(text=st.text(max_size=80), samples=st.integers(0, 3), seed=st.integers(0, 2**63 - 1))
def test_every_answer_is_whole(mapping: Mapping, text: str, samples: int, seed: int) -> None:
    answer = mapping.condition("ambient " + text, Options(samples=samples, seed=seed))
    order = [spec.name for spec in FEATURES]
    assert tuple(sorted(mapping.features, key=order.index)) == answer.vector.names
    assert set(answer.features) >= set(mapping.features)
    assert len(answer.samples) == samples
    for name, condition in answer.features.items():
        assert condition.unit == feature(name).unit
        if condition.quantiles and condition.lock is not Lock.HARD:
            assert condition.source is Source.MODEL
    assert math.isclose(sum(answer.vector.key_probabilities), 1, abs_tol=1e-6)
    assert answer == mapping.condition("ambient " + text, Options(samples=samples, seed=seed))


TEMPI = ("{p} at {b} BPM", "{b}bpm {p}", "{p}, around {b} bpm", "{p}, tempo: {b}")
PROMPTS = ("deep house", "slow ambient", "fast death metal", "zydeco frottola")


@some
@given(
    phrase=st.sampled_from(TEMPI),
    prompt=st.sampled_from(PROMPTS),
    bpm=st.integers(30, 300),
)
def test_a_stated_tempo_is_obeyed(mapping: Mapping, phrase: str, prompt: str, bpm: int) -> None:
    stated = mapping.condition(phrase.format(p=prompt, b=bpm))
    asked = mapping.condition(prompt, Options(bpm=bpm))
    for answer in (stated, asked):
        tempo = answer.features["tempo_bpm"]
        assert (tempo.value, tempo.lock, tempo.source) == (bpm, Lock.HARD, Source.USER)
        assert tempo.confidence == 1
        assert tempo.tolerance is not None
        assert tempo.tolerance >= 0.03 * bpm
        assert f"tempo {bpm} BPM" in answer.understood
        assert "tempo_bpm" not in answer.unsaid


@some
@given(
    tonic=st.integers(0, 11), minor=st.booleans(), prompt=st.sampled_from(PROMPTS),
    by_option=st.booleans(),
)  # fmt: skip
def test_a_stated_key_is_obeyed(
    mapping: Mapping, tonic: int, minor: bool, prompt: str, by_option: bool
) -> None:
    name = f"{KEY_NAMES[tonic]} {'minor' if minor else 'major'}"
    if by_option:
        answer = mapping.condition(prompt, Options(key=name))
    else:
        answer = mapping.condition(f"{prompt} in {name}")
    assert answer.key is not None
    assert (answer.key.name, answer.key.lock) == (name, Lock.HARD)
    one_hot = [float(i == tonic + 12 * minor) for i in range(24)]
    assert list(answer.vector.key_probabilities) == one_hot
    assert answer.features["key_mode"].value == float(not minor)
    assert "key" not in answer.unsaid


def test_an_unstated_key_comes_from_the_catalogue(mapping: Mapping) -> None:
    minor, major = mapping.condition("death metal"), mapping.condition("dance pop")
    assert minor.key is not None
    assert minor.key.pitch_class is None
    assert minor.key.lock is Lock.FREE
    assert sum(minor.vector.key_probabilities[12:]) > sum(major.vector.key_probabilities[12:])
    assert "key" in minor.unsaid


def test_a_mode_alone_leaves_the_tonic_open(mapping: Mapping) -> None:
    answer = mapping.condition("folk in a minor key")
    assert answer.key is not None
    assert (answer.key.pitch_class, answer.key.mode) == (None, "minor")
    assert sum(answer.vector.key_probabilities[:12]) == 0
    assert min(answer.vector.key_probabilities[12:]) > 0


def test_options_win_and_say_so(mapping: Mapping) -> None:
    answer = mapping.condition(
        "house at 120 BPM in C minor, instrumental, 2 minutes",
        Options(bpm=90, key="G major", vocals="on", duration_s=30),
    )
    assert answer.features["tempo_bpm"].value == 90
    assert answer.key is not None
    assert answer.key.name == "G major"
    assert (answer.vocals.mode, answer.duration_s) == ("on", 30)
    assert sum("overrides the prompt" in warning for warning in answer.warnings) == 4
    agreed = mapping.condition("house at 120 BPM", Options(bpm=121))
    assert not any("overrides" in warning for warning in agreed.warnings)


def test_constraints_move_what_goes_with_them(mapping: Mapping) -> None:
    slow, fast = (mapping.condition("", Options(bpm=bpm)) for bpm in (72, 185))
    assert value(slow, "energy") < value(fast, "energy")
    assert slow.evidence
    loud = mapping.condition("music, high energy")
    assert loud.features["energy"].low is not None
    assert value(loud, "energy") >= loud.features["energy"].low
    assert value(loud, "brightness_hz") > value(mapping.condition("low energy"), "brightness_hz")


def test_vocals_instruments_and_metre_are_handed_on(mapping: Mapping) -> None:
    answer = mapping.condition("jazz trio in 3/4, no vocals, with trumpets but no drums, 90 s")
    assert answer.vocals.mode == "off"
    assert value(answer, "instrumentalness") >= 0.5
    assert {(i.id, i.presence) for i in answer.instruments} == {
        ("trumpet", "present"),
        ("drums", "absent"),
    }
    assert (answer.time_signature, answer.duration_s) == ("3/4", 90)


def test_a_level_of_a_feature_the_catalogue_lacks(mapping: Mapping) -> None:
    answer = mapping.condition("jazz with high danceability")
    assert answer.features["danceability"].lock is Lock.HARD
    assert "danceability" not in answer.vector.names
    assert any("too few values of danceability" in warning for warning in answer.warnings)


def test_samples_are_real_tracks(mapping: Mapping) -> None:
    rows = [tuple(e.features.get(name) for name in mapping.features) for e in examples()]
    for sample in mapping.condition("deep house", Options(samples=20, seed=3)).samples:
        assert tuple(sample[name] for name in mapping.features) in rows


def test_what_is_unknown_is_said(mapping: Mapping) -> None:
    answer = mapping.condition("qwxz blorp znarg")
    assert answer.not_understood == ("qwxz", "blorp", "znarg")
    assert any("nothing in the catalogue is near" in warning for warning in answer.warnings)
    assert all(answer.features[name].lock is Lock.FREE for name in mapping.features)
    assert set(mapping.features) <= set(answer.unsaid)
    assert mapping.condition("deep house").not_understood == ()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bpm": 29}, "bpm: 29; valid is 30 … 300"),
        ({"bpm": math.nan}, "bpm: nan"),
        ({"key": "H sharp"}, "key: 'H sharp'; valid is a tonic and a mode"),
        ({"duration_s": 0}, "duration_s: 0; valid is above 0"),
        ({"vocals": "loud"}, "vocals: 'loud'; valid is on, off, open"),
        ({"samples": -1}, "samples: -1"),
        ({"seed": 2**63}, "seed: "),
    ],
)
def test_bad_options_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(PromptError) as caught:
        Options(**options)  # type: ignore[arg-type]  # wrong values are the point
    assert message in str(caught.value)


def test_an_empty_prompt_needs_options(mapping: Mapping) -> None:
    with pytest.raises(PromptError, match="prompt: empty"):
        mapping.condition("  \n")
    assert mapping.condition("", Options(bpm=100)).features["tempo_bpm"].value == 100


def test_a_tiny_catalogue_answers_with_a_warning(encoder: TextEncoder, config: TrainConfig) -> None:
    tiny = Mapping.train(examples(12, artists=6), encoder, config)
    answer = tiny.condition("ambient", Options(samples=3))
    assert any("small (12 tracks" in warning for warning in answer.warnings)
    assert set(answer.features) >= set(tiny.features)
    with pytest.raises(MappingError, match="7 of 7 tracks have text; at least 8"):
        Mapping.train(examples(7), encoder, config)


def test_one_artist_is_neither_calibrated_nor_evaluated(
    encoder: TextEncoder, config: TrainConfig
) -> None:
    one = Mapping.train(examples(16, artists=1), encoder, replace(config, evaluate=True))
    assert one.manifest.metrics is not None
    assert one.manifest.metrics["features"] == {}
    assert any("all tracks share" in warning for warning in one.condition("ambient").warnings)


def test_answering_loads_nothing_heavy(mapping: Mapping, tmp_path: Path) -> None:
    mapping.save(tmp_path / "model")
    script = (
        "import sys; from mapping.model import Mapping; "
        f"m = Mapping.load({str(tmp_path / 'model')!r}); m.condition('slow jazz at 90 BPM'); "
        "print(*sorted({n.split('.')[0] for n in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = set(done.stdout.split())
    assert "onnxruntime" in loaded
    assert not loaded & {"sklearn", "scipy", "torch", "pandas", "duckdb", "prefect", "librosa"}
