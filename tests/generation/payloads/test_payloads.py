"""Payloads: every part of a request is conveyed, clamped or listed."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generation.around import asking
from generation.payloads import catalogue, stable_audio_open, tracks
from generation.payloads.base import Payload
from generation.payloads.chord_words import QUALITIES, chordino
from generation.payloads.dynamics import level_curve, section_spans
from generation.sequencer.composition import chords as chord_symbols
from schemas.conditioning import ConditioningRequest, FeatureCondition, KeyCondition, Section
from schemas.errors import InputError
from schemas.features import FEATURES, key_name
from schemas.parts import (
    Applied,
    Chord,
    Edit,
    Event,
    Instrument,
    Lock,
    Note,
    Prompt,
    Region,
    Source,
    StyleWeight,
    Vocals,
)
from schemas.scales import denormalise

SCALARS = [spec for spec in FEATURES if spec.size == 1 and spec.name != "time_signature"]


def condition(name: str, value: float, lock: Lock = Lock.HARD) -> FeatureCondition:
    unit = next(spec.unit for spec in FEATURES if spec.name == name)
    return FeatureCondition(value=value, unit=unit, source=Source.USER, confidence=1, lock=lock)


def key(pitch_class: int | None, mode: str | None) -> KeyCondition:
    return KeyCondition(
        pitch_class=pitch_class, mode=mode, source=Source.USER, confidence=1, lock=Lock.HARD
    )


def asked(text: str = "warm house with synth", **parts: object) -> ConditioningRequest:
    return ConditioningRequest.model_validate({"prompt": Prompt(text=text), **parts})


FULL = asked(
    "dark UK garage at 131 bpm in A minor",
    features={
        "tempo_bpm": condition("tempo_bpm", 130.4),
        "energy": condition("energy", 0.95),
        "brightness_hz": condition("brightness_hz", 500.0, Lock.SOFT),
        "key_mode": condition("key_mode", 0.0),
        "flatness": condition("flatness", 0.1, Lock.FREE),
        "tuning_cents": condition("tuning_cents", 12.0),
    },
    key=key(0, "minor"),
    time_signature="4/4",
    feel="half-time",
    styles=(StyleWeight(id="uk-garage", weight=0.8), StyleWeight(id="jungle", weight=0.2)),
    instruments=(Instrument(id="trumpet"), Instrument(id="guitar", presence="absent")),
    sections=(Section(label="verse"), Section(label="bridge", events=(Event(name="guitar solo"),))),
    vocals=Vocals(mode="on", voice="female", language="es", lyrics="la la la"),
    duration_s=700.0,
    melody=(Note(start_s=0, duration_s=1, pitch=40), Note(start_s=2, duration_s=0.5, pitch=67)),
    chords=(Chord(start_s=0, symbol="Cm"), Chord(start_s=2, symbol="Abmaj9/C")),
    stem_seeds={"drums": 4},
)


def payload(engine: str, request: ConditioningRequest = FULL) -> Payload:
    return catalogue.build(engine, request)


def accounted(found: Payload, request: ConditioningRequest) -> set[str]:
    conveyed = {n for n, one in found.applied.items() if one.applied is not Applied.IGNORED}
    return conveyed | set(found.ignored)


@pytest.mark.parametrize("engine", catalogue.BUILDERS)
def test_manifest_is_kept_and_nothing_is_dropped_in_silence(engine: str) -> None:
    found, manifest = payload(engine), catalogue.manifest(engine)
    declared = {parameter.name: parameter for parameter in manifest.parameters}
    assert found.engine == manifest.engine == engine
    assert set(found.call) | set(found.arrays) <= set(declared)
    for name, value in found.call.items():
        one = declared[name]
        if isinstance(value, int | float) and one.maximum is not None:
            assert one.minimum is not None
            assert one.minimum <= value <= one.maximum
    for name, array in found.arrays.items():
        low, high = declared[name].minimum, declared[name].maximum
        if declared[name].takes != "tempo_bpm":
            assert low is not None
            assert high is not None
            assert low <= array.min() <= array.max() <= high
    assert set(asking.wanted(FULL)) <= accounted(found, FULL)
    assert set(found.applied) >= {*FULL.features, "key"}
    assert json.loads(found.to_json())["ignored"] == list(found.ignored)
    assert found.applied["flatness"].note == "left free"
    assert "tuning_cents" in found.ignored
    assert "stem_seeds" in found.ignored
    assert any(clamp.what == "duration_s" for clamp in found.clamped)


@pytest.mark.parametrize("engine", catalogue.BUILDERS)
def test_an_empty_request_asks_nothing_and_ignores_nothing(engine: str) -> None:
    found = payload(engine, asked())
    assert found.ignored == ()
    assert found.clamped == ()
    assert not found.arrays


@st.composite
def requests(draw: st.DrawFn) -> ConditioningRequest:
    names = draw(st.lists(st.sampled_from(SCALARS), max_size=6, unique_by=lambda s: s.name))
    features = {
        spec.name: condition(
            spec.name,
            min(spec.maximum, max(spec.minimum, denormalise(spec, draw(st.floats(0, 1))))),
            draw(st.sampled_from(list(Lock))),
        )
        for spec in names
    }
    notes = st.builds(
        Note,
        start_s=st.floats(0, 60),
        duration_s=st.floats(0, 5),
        pitch=st.integers(0, 127).map(float),
    )
    symbols = st.sampled_from(["C", "F#m7", "Bb7b9", "N", "Ebmaj7#11/G", "Asus4", "B5"])
    chords = st.builds(Chord, start_s=st.floats(0, 60), symbol=symbols)
    events = st.builds(Event, name=st.sampled_from(["fade out", "fade in", "drop"]))
    sections = st.builds(
        Section,
        label=st.sampled_from(["intro", "verse"]),
        start_s=st.none() | st.floats(0, 90),
        position=st.none() | st.floats(0, 1),
        bars=st.none() | st.integers(1, 64),
        events=st.lists(events, max_size=2).map(tuple),
    )
    return asked(
        draw(st.text(max_size=700)),
        features=features,
        key=draw(st.none() | st.builds(key, st.integers(0, 11), st.sampled_from(["major", None]))),
        time_signature=draw(st.sampled_from([None, "3/4", "4/4", "11/8", "6/8"])),
        duration_s=draw(st.none() | st.floats(0.1, 3600)),
        melody=tuple(draw(st.lists(notes, max_size=8))),
        chords=tuple(draw(st.lists(chords, max_size=30))),
        sections=tuple(draw(st.lists(sections, max_size=3))),
        vocals=Vocals(mode=draw(st.sampled_from(["on", "off", "open", "spoken"]))),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(request=requests())
def test_any_request_is_accounted_for_by_every_builder(request: ConditioningRequest) -> None:
    for engine in catalogue.BUILDERS:
        found = payload(engine, request)
        assert set(asking.wanted(request)) <= accounted(found, request), engine
        for array in found.arrays.values():
            assert np.isfinite(array).all()
        json.loads(found.to_json(arrays=False))


def test_ace_step_has_numbers_of_its_own_and_no_tempo_in_the_caption() -> None:
    found = payload("ace-step")
    assert found.call["bpm"] == 130
    assert found.call["keyscale"] == "C minor"
    assert found.call["timesignature"] == "4"
    assert found.call["audio_duration"] == 600
    assert found.call["lyrics"] == "la la la"
    assert found.call["vocal_language"] == "es"
    assert not re.search(r"bpm|minor", found.call["prompt"], re.IGNORECASE)
    assert found.applied["tempo_bpm"].applied is Applied.PROMPT
    assert found.applied["tempo_bpm"].aimed == 130.0


def test_ace_step_repaints_one_region() -> None:
    edit = Edit(generation_id="x", regenerate_regions=(Region(start_s=2, end_s=5),))
    call = payload("ace-step", asked(edit=edit)).call
    assert call["task_type"] == "repaint"
    assert (call["repainting_start"], call["repainting_end"]) == (2, 5)
    kept = Edit(generation_id="x", keep_stems=("drums",))
    assert payload("ace-step", asked(edit=kept)).ignored == ("edit",)


def test_a_long_prompt_is_cut_at_a_word_and_told() -> None:
    found = payload("ace-step", asked("piano " * 200))
    assert len(found.call["prompt"]) <= 512
    assert found.call["prompt"].endswith("piano")
    assert [clamp.what for clamp in found.clamped] == ["prompt"]


def test_absent_instruments_go_where_the_engine_takes_them() -> None:
    assert payload("stable-audio-open").call["negative_prompt"] == "guitar"
    assert "no guitar" not in payload("stable-audio-open").call["prompt"]
    assert "no guitar" in payload("musicgen").call["text"]


def test_stable_audio_tools_gets_the_same() -> None:
    found = payload("stable-audio-open", asked(duration_s=20))
    assert stable_audio_open.conditioning(found) == [
        {"prompt": found.call["prompt"], "seconds_start": 0.0, "seconds_total": 20}
    ]


def test_musicgen_says_metadata_as_it_was_trained() -> None:
    text = payload("musicgen").call["text"]
    assert text.endswith("bpm: 130. key: C minor")
    assert "131" not in text
    assert "A minor" not in text
    assert payload("musicgen", asked(duration_s=12)).call["max_new_tokens"] == 600


def test_musicgen_melody_is_one_hot_at_its_frame_rate() -> None:
    chroma = payload("musicgen-melody").arrays["input_features"]
    assert chroma.shape == (1, 235, 12)
    assert set(np.unique(chroma)) == {0.0, 1.0}
    assert chroma[0].sum(axis=1).max() == 1
    first, second = int(0.5 * 32_000 / 4_096), int(2.2 * 32_000 / 4_096)
    assert chroma[0, first, 40 % 12] == 1
    assert chroma[0, second, 67 % 12] == 1
    assert chroma[0, 50:].sum() == 0


def test_magenta_plays_the_melody_and_leaves_the_rest_free() -> None:
    request = FULL.model_copy(update={"instruments": (Instrument(id="drums", presence="absent"),)})
    found = payload("magenta-rt2", request)
    roll = found.arrays["pianoroll_with_onsets_tokens"]
    assert roll.shape == (found.call["frames"], 128)
    assert roll[0, 40] == 2
    assert roll[1, 40] == 1
    assert (np.delete(roll, [40, 67], axis=1) == -1).all()
    assert (found.arrays["drum_pianoroll_tokens"] == 0).all()
    assert found.call["style_blend"] == {"UK garage": 0.8, "Jungle": 0.2}


def test_jasco_gets_chordino_chords_and_a_salience_inside_its_range() -> None:
    found = payload("jasco")
    assert found.call["chords"] == [["Cm", 0.0], ["Abmaj7", 2.0]]
    assert "chords: Abmaj9/C → Abmaj7" in [str(clamp) for clamp in found.clamped]
    matrix = found.arrays["melody_salience_matrix"]
    assert matrix.shape == (53, 500)
    assert matrix[52 - 43, 10] == 1  # pitch 40 is below G2 and was moved up an octave
    assert matrix[67 - 43, 110] == 1
    assert matrix.sum(axis=0).max() == 1


def test_mustango_counts_beats_and_says_what_it_was_trained_to_read() -> None:
    found = payload("mustango")
    times, counts = found.call["beats"]
    assert counts[:5] == [1.0, 2.0, 3.0, 4.0, 1.0]
    assert np.allclose(np.diff(times), 60 / 130.4, atol=0.011)
    assert times[-1] < 10
    assert "The bpm is 130. The key of this song is C minor." in found.call["prompt"]
    assert "The chord progression in this song is Cm, Abmaj7." in found.call["prompt"]
    fast = payload("mustango", asked(features={"tempo_bpm": condition("tempo_bpm", 300.0)}))
    assert len(fast.call["beats"][0]) == 50


def test_musecontrollite_curves_have_the_shapes_of_its_extractors() -> None:
    loud = Section(label="drop", start_s=20.0, features={"loudness_lufs": lufs(-8)})
    soft = Section(label="intro", start_s=0.0, features={"loudness_lufs": lufs(-20)})
    found = payload("musecontrollite", FULL.model_copy(update={"sections": (soft, loud)}))
    assert found.call["condition_type"] == ["melody_mono", "rhythm", "dynamics"]
    assert found.arrays["melody"].shape == (128, 4097)
    assert found.arrays["melody"][:60].sum() == 0
    rhythm = found.arrays["rhythm"]
    beats = np.flatnonzero(rhythm[0] == 1)
    assert np.allclose(np.diff(beats), 6000 / 130.4, atol=1.01)
    assert list(beats[::4]) == list(np.flatnonzero(rhythm[1] == 1))
    curve = found.arrays["dynamics"]
    assert curve.shape == (13108,)
    assert curve[0] == pytest.approx(-12)
    assert curve[-1] == 0


def lufs(value: float) -> FeatureCondition:
    return condition("loudness_lufs", value)


def test_sections_are_placed_by_start_position_bars_or_share() -> None:
    parts = (
        Section(label="intro", bars=4),
        Section(label="verse"),
        Section(label="chorus", position=0.5),
        Section(label="end", start_s=90.0),
    )
    request = asked(sections=parts, features={"tempo_bpm": condition("tempo_bpm", 120.0)})
    assert section_spans(request, 100.0) == [(0, 8), (8, 50), (50, 90), (90, 100)]


def test_a_fade_out_ends_in_silence() -> None:
    request = asked(sections=(Section(label="outro", events=(Event(name="fade out"),)),))
    curve = level_curve(request, 20.0, 2000)
    assert curve is not None
    assert curve[0] == 0
    assert curve[-1] < -59
    assert level_curve(asked(sections=(Section(label="outro"),)), 20.0, 10) is None


def test_every_chord_quality_has_a_nearest_word() -> None:
    for quality in chord_symbols.QUALITIES:
        label = chordino(f"F#{quality}")
        assert label.removeprefix("F#") in QUALITIES, quality
    assert chordino("Gmmaj7") == "Gm"
    assert chordino("N") == "N"


def test_a_chord_that_is_none_is_told_with_its_place() -> None:
    with pytest.raises(InputError, match=r"chords\[1\].*H7"):
        payload(
            "jasco", asked(chords=(Chord(start_s=0, symbol="C"), Chord(start_s=1, symbol="H7")))
        )


def test_names_do_not_reach_an_engine() -> None:
    request = asked()
    named = request.model_copy(
        update={"prompt": Prompt(text="like Burial", for_engine="like the reference")}
    )
    for engine in catalogue.BUILDERS:
        shown = catalogue.build(engine, named).to_json()
        assert "Burial" not in shown
        assert "like the reference" in shown


def test_an_unknown_generator_names_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean musicgen"):
        catalogue.build("musicgem", asked())


def test_highest_note_wins_and_folding_keeps_the_pitch_class() -> None:
    notes = (Note(start_s=0, duration_s=2, pitch=60), Note(start_s=0, duration_s=1, pitch=64))
    assert list(tracks.highest(notes, 3, 1.0)) == [64, 60, -1]
    for pitch in range(128):
        inside = tracks.folded(pitch, 43, 95)
        assert 43 <= inside <= 95
        assert (inside - pitch) % 12 == 0


@pytest.mark.parametrize("words", ["A minor", "F# major", "Ebm", "in the key of Bb minor"])
def test_a_stale_key_in_the_prompt_gives_way_to_the_request(words: str) -> None:
    text = payload("stable-audio-3", asked(f"soul piece {words}, slow", key=key(0, "major")))
    assert text.call["prompt"].endswith(f"soul piece, slow, {key_name(0, 1)}")
