"""What a prompt's words do to the answer: senses, negation, comparatives, sections, languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks._mapping_reading import PROMPTS, misses, read_prompts
from mapping.model import Mapping
from mapping.reading.adjectives import adjectives, read_adjectives
from mapping.reading.wishes import Options
from mapping.windows import windows
from schemas.answers import ConditioningVector
from schemas.errors import InputError, PromptError
from schemas.features import FEATURES


def middle(answer: ConditioningVector, feature: str) -> float:
    quantiles = answer.features[feature].quantiles
    assert quantiles is not None
    return quantiles.p50


# base, prompt, feature, direction
MOVES = [
    ("deep house", "deep house, not happy at all", "valence", -1),
    ("folk", "folk, not slow", "tempo_bpm", 1),
    ("death metal", "death metal, nothing fast", "tempo_bpm", -1),
    ("dance pop", "dance pop, not too loud", "loudness_lufs", -1),
    ("deep house", "like deep house but much darker", "valence", -1),
    ("deep house", "like deep house but much darker", "brightness_hz", -1),
    ("hip hop", "hip hop, only faster", "tempo_bpm", 1),
    ("swing, jazz trio", "swing, jazz trio, a bit louder", "loudness_lufs", 1),
    ("ambient", "ambient with more energy", "energy", 1),
    ("death metal", "less aggressive death metal", "energy", -1),
    ("dance pop", "dance pop, slower than usual", "tempo_bpm", -1),
    ("folk", "folk, faster than drum and bass", "tempo_bpm", 1),
    ("dance pop", "very sad dance pop", "valence", -1),
    ("folk", "too quiet folk", "loudness_lufs", 1),
]


@pytest.mark.parametrize(("base", "prompt", "feature", "direction"), MOVES)
def test_words_move_the_answer(
    mapping: Mapping, base: str, prompt: str, feature: str, direction: int
) -> None:
    before, after = (middle(mapping.condition(text), feature) for text in (base, prompt))
    assert (after - before) * direction > 0


def test_much_moves_further_than_a_bit(mapping: Mapping) -> None:
    little, plain, much = (
        middle(mapping.condition(f"deep house, {how} slower"), "tempo_bpm")
        for how in ("a bit", "", "much")
    )
    assert much < plain < little < middle(mapping.condition("deep house"), "tempo_bpm")


def test_what_is_denied_is_not_embedded(mapping: Mapping) -> None:
    drums = mapping.condition("ambient without drums")
    plain = mapping.condition("ambient")
    assert [(i.id, i.presence) for i in drums.instruments] == [("drums", "absent")]
    assert drums.features == plain.features


def test_a_word_of_several_senses_is_a_mixture_until_one_is_chosen(mapping: Mapping) -> None:
    open_ = mapping.condition("dark deep house")
    (dark,) = open_.senses
    assert (dark.word, dark.start, dark.end, dark.chosen) == ("dark", 0, 4, None)
    assert [sense.id for sense in dark.senses] == ["timbre", "mood", "bass"]
    assert sum(sense.weight for sense in dark.senses) == pytest.approx(1)
    mood = dark.senses[1].changes[0]
    assert mood.feature == "valence"
    assert mood.before is not None
    assert mood.after is not None
    assert mood.after < mood.before

    timbre, gloomy = (
        mapping.condition("dark deep house", Options(senses={"dark": sense}))
        for sense in ("timbre", "mood")
    )
    assert timbre.senses[0].chosen == "timbre"
    assert [s.weight for s in timbre.senses[0].senses] == [1, 0, 0]
    # Each choice moves its own feature further than the mixture does, and further than the other.
    assert middle(timbre, "brightness_hz") < middle(open_, "brightness_hz")
    assert middle(gloomy, "valence") < middle(open_, "valence")
    assert middle(gloomy, "valence") < middle(timbre, "valence")
    assert middle(timbre, "brightness_hz") < middle(gloomy, "brightness_hz")


def test_a_noun_beside_it_settles_a_sense(mapping: Mapping) -> None:
    assert mapping.condition("house with a dark mood").senses == ()
    assert mapping.condition("house with dark timbre").features["brightness_hz"].lock == "hard"


def test_senses_that_cannot_be_are_named(mapping: Mapping) -> None:
    with pytest.raises(PromptError, match="senses: 'slow'; valid is big, cold"):
        Options(senses={"slow": "tempo"})
    with pytest.raises(PromptError, match=r"senses\['dark'\]: 'bright'; valid is timbre, mood"):
        Options(senses={"dark": "bright"})
    answer = mapping.condition("calm house", Options(senses={"dark": "mood"}))
    assert any("no open 'dark'" in warning for warning in answer.warnings)


def test_sections_and_events(mapping: Mapping) -> None:
    answer = mapping.condition(
        "deep house, starts quiet, guitar solo in the middle, the chorus is in D minor, "
        "a drop at 0:45, fades out, 3:00 long"
    )
    labels = {section.label: section for section in answer.sections}
    assert list(labels) == ["intro", "drop", "chorus", "middle", "end"]
    quiet, whole = (s.features["loudness_lufs"] for s in (labels["intro"], answer))
    assert quiet.lock == "soft"
    assert quiet.value is not None
    assert whole.quantiles is not None
    assert whole.quantiles.p05 < quiet.value < whole.quantiles.p25
    assert labels["middle"].start_s == 90
    assert [e.name for e in labels["middle"].events] == ["guitar solo"]
    assert labels["chorus"].key is not None
    assert labels["chorus"].key.name == "D minor"
    assert labels["drop"].start_s == 45
    assert [e.name for e in labels["end"].events] == ["fade out"]
    # What is said of a part is not said of the whole.
    assert answer.key is not None
    assert answer.key.name is None
    assert answer.instruments == ()
    assert middle(answer, "loudness_lufs") == middle(
        mapping.condition("deep house"), "loudness_lufs"
    )


def test_voice_language_and_theme_reach_the_contract(mapping: Mapping) -> None:
    vocals = mapping.condition("folk with female vocals in French, a song about the sea").vocals
    assert (vocals.mode, vocals.voice, vocals.language, vocals.theme) == (
        "on", "female", "fr", "the sea",
    )  # fmt: skip


def test_scale_feel_and_effects_reach_the_contract(mapping: Mapping) -> None:
    answer = mapping.condition("140 BPM half-time, E dorian, drenched in reverb, no delay")
    assert answer.key is not None
    assert (answer.key.name, answer.key.scale, answer.feel) == ("E minor", "dorian", "half-time")
    effects = [(effect.id, effect.presence) for effect in answer.effects]
    assert effects == [("reverb", "heavy"), ("delay", "absent")]


def test_spans_stand_where_the_words_do(mapping: Mapping) -> None:
    prompt = "te\u200bchno, ♩=128, nоt happy, F♯m"  # a zero-width space, a Cyrillic о
    answer = mapping.condition(prompt)
    said = {span.kind: prompt[span.start : span.end] for span in answer.spans}
    assert said == {
        "style": "te\u200bchno", "tempo": "♩=128", "leaning": "nоt happy", "key": "F♯m",
    }  # fmt: skip


def test_contradictions_are_reported(mapping: Mapping) -> None:
    for prompt, said in {
        "slow techno, 180 BPM": "'slow' and '180 BPM' contradict each other",
        "danceable drone": "'danceable' is the opposite of how Drone usually is",
        "instrumental with female vocals": "contradicts itself: kept 'instrumental'",
        "instrumental with a choir": "'instrumental' and 'choir' contradict each other",
        "happy and sad pop": "contradicts itself: kept 'happy', not 'sad'",
        "drum and bass at 120 BPM": "120 BPM' is unusual for Drum and bass",
    }.items():
        warnings = mapping.condition(prompt).warnings
        assert any(said in warning for warning in warnings), (prompt, warnings)


def test_unknown_words_are_listed_with_what_they_may_be(mapping: Mapping) -> None:
    answer = mapping.condition("jazz with trumpts, frobnicated")
    assert answer.not_understood == ("trumpts", "frobnicated")
    assert [(s.word, s.start, s.suggestions) for s in answer.suggestions] == [
        ("trumpts", 10, ("trumpets",)), ("frobnicated", 19, ()),
    ]  # fmt: skip


LANGUAGES = {
    "schnelle, traurige Klaviermusik ohne Gesang": "de",
    "une chanson lente et triste avec des trompettes": "fr",
    "música alegre con trompetas y sin voces": "es",
    "una canzone lenta e triste con pianoforte": "it",
    "uma música lenta e triste com violão": "pt",
    "snelle vrolijke muziek zonder zang": "nl",
    "szybka wesoła muzyka bez śpiewu": "pl",
    "snabb och glad musik utan sång": "sv",
    "быстрая весёлая музыка": "ru",
    "速いピアノの曲": "ja",
    "UK garage track with trumpets": "en",
    "dark techno": "en",
    "E minor, lo-fi": "en",
    "120": None,
}


@pytest.mark.parametrize("prompt", LANGUAGES)
def test_the_language_is_named(mapping: Mapping, prompt: str) -> None:
    assert mapping.condition(prompt).prompt.language == LANGUAGES[prompt]


def test_another_language_is_read_by_the_table_and_never_guessed(mapping: Mapping) -> None:
    answer = mapping.condition("langsame, traurige Musik ohne Trommeln, dazu Löwenzahn")
    assert [(i.id, i.presence) for i in answer.instruments] == [("drums", "absent")]
    assert "sad: low valence" in answer.understood
    assert answer.not_understood == ("dazu", "löwenzahn")
    assert any("another language than English (de): 2" in w for w in answer.warnings)
    same = mapping.condition("langsame, traurige Musik ohne Trommeln, dazu Zwergkiefern")
    assert same.features == answer.features


def test_a_long_prompt_is_split_and_says_so(mapping: Mapping) -> None:
    padding = "calm ambient drone, atmospheric pads and slow swells. " * 30
    ends_otherwise = [padding + end for end in ("", "brutal extreme death metal " * 60)]
    first, second = (mapping.condition(text) for text in ends_otherwise)
    assert windows(mapping.encoder, padding) > 1
    assert any("longer than the text encoder's window" in w for w in first.warnings)
    assert middle(second, "energy") > middle(first, "energy")
    assert mapping.condition("calm ambient").warnings == mapping.condition("deep house").warnings


def test_adjectives_are_checked_on_reading() -> None:
    assert adjectives()["dark"].meanings[1].leans[0].feature == "valence"
    known = {spec.name for spec in FEATURES}
    leans = [lean for a in adjectives().values() for m in a.meanings for lean in m.leans]
    assert {lean.feature for lean in leans} <= known
    with pytest.raises(ValueError, match="'slow' stands twice"):
        read_adjectives({"plain": {"energy -": ["slow"], "tempo_bpm -": ["slow"]}, "senses": {}})
    with pytest.raises(ValueError, match=r"slow: 'wit -'; valid is"):
        read_adjectives({"plain": {"wit -": ["slow"]}, "senses": {}})


def test_prompts_of_others_are_scored(mapping: Mapping, tmp_path: Path) -> None:
    file = tmp_path / "prompts.jsonl"
    file.write_text(
        '{"prompt": "slow house at 90 bpm, no drums", "states": {"tempo_bpm": 90, '
        '"instruments": {"drums": "absent"}, "language": "en"}}\n\n'
        '{"prompt": "folk, much louder", "base": "folk", "moves": {"loudness_lufs": "down"}}\n'
    )
    hit, miss = (misses(mapping, item) for item in read_prompts(file))
    assert hit == []
    assert len(miss) == 1
    assert re.fullmatch(r"loudness_lufs moves by \+.*, not down", miss[0])
    for line, says in {
        "{": ":1: ", '{"text": "x"}': "valid is an object with a text 'prompt'",
        '{"prompt": "x", "moved": {}}': "unknown moved; valid: base, moves, prompt, states",
        '{"prompt": "x", "states": {"tempo": 3}}': "unknown tempo; valid: ",
    }.items():  # fmt: skip
        file.write_text(line)
        with pytest.raises(InputError, match=re.escape(says)):
            read_prompts(file)


def test_the_files_of_prompts_are_in_order() -> None:
    counts = [len(read_prompts(PROMPTS / f"{name}.jsonl"))
              for name in ("compositional", "compositional60")]  # fmt: skip
    assert counts == [25, 60]
