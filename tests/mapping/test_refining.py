"""Refine: what is asked for moves, what is locked does not, and the diff tells the truth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mapping.controlling.asking import read_kept, read_like
from mapping.controlling.moving import correlation, followed
from mapping.controlling.rewording import reworded
from mapping.model import Mapping
from mapping.reading.wishes import Options
from schemas.answers import ConditioningVector
from schemas.control import Refinement
from schemas.errors import PromptError
from schemas.parts import Lock

some = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture(scope="module")
def first(mapping: Mapping) -> ConditioningVector:
    return mapping.condition("deep house", Options(samples=3, seed=1))


def moved(found: Refinement) -> dict[str, float]:
    return {change.feature: change.deviations for change in found.changes}


@pytest.mark.parametrize(
    ("words", "feature", "sign"),
    [
        ("a bit faster", "tempo_bpm", 1),
        ("much slower", "tempo_bpm", -1),
        ("darker", "brightness_hz", -1),
        ("brighter", "brightness_hz", 1),
        ("more energy", "energy", 1),
        ("less energetic", "energy", -1),
        ("sadder", "valence", -1),
        ("happier, please", "valence", 1),
        ("louder", "loudness_lufs", 1),
    ],
)
def test_words_move_what_they_name(
    mapping: Mapping, first: ConditioningVector, words: str, feature: str, sign: int
) -> None:
    found = mapping.refine(first, words)
    assert sign * moved(found)[feature] > 0.1
    change = next(c for c in found.changes if c.feature == feature)
    assert change.why.startswith("asked: ")
    assert (change.before, change.after) == (
        first.features[feature].value,
        found.vector.features[feature].value,
    )
    assert abs(moved(found)[feature]) == max(abs(by) for by in moved(found).values())


def test_degrees_are_told_apart(mapping: Mapping, first: ConditioningVector) -> None:
    little, plain, much = (
        moved(mapping.refine(first, words))["tempo_bpm"]
        for words in ("a bit faster", "faster", "much faster")
    )
    assert 0 < little < plain < much


def test_not_slower_keeps_the_tempo(mapping: Mapping, first: ConditioningVector) -> None:
    found = mapping.refine(first, "darker, not slower")
    assert found.locked == ("tempo_bpm",)
    assert found.vector.features["tempo_bpm"] == first.features["tempo_bpm"]
    assert moved(found)["brightness_hz"] < 0


def test_the_rest_follows_as_in_the_catalogue(mapping: Mapping, first: ConditioningVector) -> None:
    """In this catalogue loud goes with energetic; it follows by less than what was asked."""
    found = mapping.refine(first, "more energy")
    along = moved(found)["loudness_lufs"]
    assert 0 < along < moved(found)["energy"]
    why = {c.feature: c.why for c in found.changes}
    assert why["loudness_lufs"] == "follows energy"


WORDS = ("darker", "much faster, sadder", "more like jazz", "at 140 bpm in C minor",
         "more like the second one", "louder, with trumpets, no vocals, 90 s")  # fmt: skip


@some
@given(words=st.sampled_from(WORDS), data=st.data())
def test_locked_features_stay_bit_for_bit(
    mapping: Mapping, first: ConditioningVector, words: str, data: st.DataObject
) -> None:
    names = [*first.features, "key", "vocals", "instruments", "length"]
    locks = data.draw(st.sets(st.sampled_from(names)))
    found = mapping.refine(first, words, locks)
    after = ConditioningVector.model_validate_json(found.vector.model_dump_json())
    for name in locks & set(first.features):
        assert after.features[name].model_dump_json() == first.features[name].model_dump_json()
        if name not in first.vector.names:  # of the starter
            continue
        at = first.vector.names.index(name)
        for numbers in ("values", "low", "high", "confidence"):
            ours, theirs = (getattr(v.vector, numbers)[at] for v in (after, first))
            assert ours.hex() == theirs.hex()
    if "key" in locks:
        assert after.key == first.key
        assert after.vector.key_probabilities == first.vector.key_probabilities
    if "vocals" in locks:
        assert after.vocals == first.vocals
    assert set(found.locked) >= locks
    assert not {c.feature for c in found.changes} & locks


@some
@given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=4))
def test_refinements_can_be_chained(
    mapping: Mapping, first: ConditioningVector, words: list[str]
) -> None:
    vector = first
    for said in words:
        vector = mapping.refine(vector, said).vector
    assert ConditioningVector.model_validate(vector.model_dump()) == vector
    assert vector.prompt.text == "; ".join(["deep house", *words])
    assert len(vector.samples) == 3


def test_what_is_stated_is_met(mapping: Mapping, first: ConditioningVector) -> None:
    found = mapping.refine(first, "with trumpets, at 140 bpm in C minor, 90 s, no vocals")
    tempo = found.vector.features["tempo_bpm"]
    assert (tempo.value, tempo.lock) == (140, Lock.HARD)
    assert found.vector.key is not None
    assert found.vector.key.name == "C minor"
    assert [i.id for i in found.vector.instruments] == ["trumpet"]
    assert found.vector.vocals.mode == "off"
    assert "key: open → C minor" in found.other
    assert {c.why for c in found.changes} <= {
        "stated",
        "follows tempo_bpm",
        "follows instrumentalness",
    }
    again = mapping.refine(found.vector, "darker")
    assert again.vector.features["tempo_bpm"] == tempo
    assert again.vector.instruments == found.vector.instruments
    faster = mapping.refine(found.vector, "faster").vector.features["tempo_bpm"]
    assert faster.value is not None
    assert faster.value > 140
    assert faster.lock is Lock.HARD


def test_effects_and_sections_are_added(mapping: Mapping, first: ConditioningVector) -> None:
    found = mapping.refine(first, "with lots of reverb and a guitar solo in the middle")
    assert [e.id for e in found.vector.effects] == ["reverb"]
    assert found.vector.sections
    assert any(what.startswith("effects: reverb") for what in found.other)


def test_a_vector_with_holes_is_refused(mapping: Mapping, first: ConditioningVector) -> None:
    fewer = {n: c for n, c in first.features.items() if n != "energy"}
    with pytest.raises(PromptError, match="vector: lacks the features energy"):
        mapping.refine(first.model_copy(update={"features": fewer}), "darker")
    with pytest.raises(PromptError, match="vector: key is null"):
        mapping.refine(first.model_copy(update={"key": None}), "darker")


def test_more_like_the_second_one(mapping: Mapping, first: ConditioningVector) -> None:
    second = first.samples[1]
    found = mapping.refine(first, "more like the second one", ["tempo_bpm"])
    for change in found.changes:
        target = second[change.feature]
        assert target is not None
        assert abs(target - change.after) < abs(target - change.before)
        assert change.why == "drawn to: sample 2"
    away = mapping.refine(first, "less like the second one")
    assert np.sign(moved(away)["energy"]) == -np.sign(moved(found)["energy"])
    track = mapping.refine(first, "more like the first track")
    assert track.changes[0].why == "drawn to: track 1"
    two = first.model_copy(update={"samples": first.samples[:2]})
    with pytest.raises(PromptError, match="no sample number 3; the vector has 2"):
        mapping.refine(two, "more like the third one")


def test_a_style_and_a_name_draw(mapping: Mapping, first: ConditioningVector) -> None:
    jazz = moved(mapping.refine(first, "more like jazz"))
    assert jazz["energy"] < 0
    assert jazz["brightness_hz"] < 0
    styles = [s.id for s in mapping.refine(first, "more like jazz").vector.styles]
    assert "jazz" in styles
    named = mapping.refine(first, "more like Artist 1")
    assert moved(named)["energy"] > 0
    assert named.vector.references[-1].name == "Artist 1"
    assert "Artist 1" not in named.vector.to_request().model_dump_json()


def test_a_lock_beats_the_words(mapping: Mapping, first: ConditioningVector) -> None:
    found = mapping.refine(first, "faster and brighter", ["tempo_bpm"])
    assert "tempo_bpm is locked: what the words ask of it is not done" in found.warnings
    assert moved(found)["brightness_hz"] > 0


def test_the_end_of_the_catalogue(mapping: Mapping, first: ConditioningVector) -> None:
    vector = first
    for _ in range(8):
        vector = mapping.refine(vector, "much brighter").vector
    highest = float(np.nanmax(mapping.learned.natural[:, mapping.features.index("brightness_hz")]))
    value = vector.features["brightness_hz"].value
    assert value is not None
    assert value <= highest * 1.0001
    last = mapping.refine(vector, "much brighter")
    assert "brightness_hz is at the end of this catalogue: it stays where it is" in last.warnings


@pytest.mark.parametrize(
    ("words", "locks", "message"),
    [
        ("", [], "words: 0 characters; valid is 1 to 2,000"),
        ("x" * 2001, [], "words: 2001 characters"),
        ("qwxz blorp", [], "nothing in 'qwxz blorp' says what to change"),
        ("darker", ["tempo"], "locks: nothing is called 'tempo'; did you mean tempo_bpm"),
        ("more like the ninth one", [], "nothing in"),
    ],
)
def test_errors_name_what_is_wrong(
    mapping: Mapping, first: ConditioningVector, words: str, locks: list[str], message: str
) -> None:
    with pytest.raises(PromptError) as caught:
        mapping.refine(first, words, locks)
    assert message in str(caught.value)


def test_a_vector_of_another_mapping_is_refused(
    mapping: Mapping, first: ConditioningVector
) -> None:
    numbers = first.vector.model_copy(update={"names": ("energy", *first.vector.names[1:])})
    with pytest.raises(PromptError, match="of a mapping with the features energy, "):
        mapping.refine(first.model_copy(update={"vector": numbers}), "darker")


@pytest.mark.parametrize(
    ("words", "number", "which"),
    [
        ("more like the second one", 2, "any"), ("like track 3", 3, "track"),
        ("less like the first sample", -1, "sample"), ("more like side 2", 2, "side"),
        ("more like jazz", None, "any"), ("like the 3rd", 3, "any"),
    ],
)  # fmt: skip
def test_like_is_read(words: str, number: int | None, which: str) -> None:
    assert read_like(words)[:2] == (number, which)


@pytest.mark.parametrize(
    ("words", "kept", "left"),
    [
        ("keep the tempo, more energy", {"tempo_bpm"}, ", more energy"),
        ("same key and energy but darker", {"key", "energy"}, "but darker"),
        ("don't change the vocals", {"vocals"}, ""),
        ("keep it real", set(), "keep it real"),
        ("darker", set(), "darker"),
    ],
)
def test_what_is_kept_is_read(words: str, kept: set[str], left: str) -> None:
    found = read_kept(words)
    assert (set(found[0]), found[1].strip()) == (kept, left)


@pytest.mark.parametrize(
    ("words", "plainly"),
    [
        ("10 bpm faster", "110 bpm"),
        ("slower by 20%", "80 bpm"),
        ("twice as fast, please", "200 bpm, please"),
        ("half the tempo", "50 bpm"),
        ("drop the tempo to 80", "80 bpm"),
        ("900 bpm faster", "300 bpm"),
        ("remove the vocals", "no vocals"),
        ("add a saxophone and lose the drums", "with saxophone and no drums"),
        ("higher energy, lower the tempo", "more energy, less tempo"),
        ("drop everything", "drop everything"),
        ("a bit faster", "a bit faster"),
    ],
)
def test_words_about_what_is_there(words: str, plainly: str) -> None:
    assert reworded(words, 100.0) == plainly


def test_a_tempo_by_number(mapping: Mapping, first: ConditioningVector) -> None:
    before = first.features["tempo_bpm"].value
    assert before is not None
    after = mapping.refine(first, "10 bpm faster, remove the vocals").vector
    assert after.features["tempo_bpm"].value == pytest.approx(before + 10, rel=0.001)
    assert after.vocals.mode == "off"


def test_following_is_the_gaussian_conditional_mean(mapping: Mapping) -> None:
    learned = mapping.learned
    c = correlation(learned)
    assert np.linalg.eigvalsh(c).min() > 0
    moves = followed(learned, {"energy": 1.0}, {"tempo_bpm"})
    names = list(learned.names)
    given_ = [names.index(n) for n in ("tempo_bpm", "energy", "key_mode")]
    loud = names.index("loudness_lufs")
    rows = sorted(given_)
    asked = np.array([1.0 if names[j] == "energy" else 0.0 for j in rows])
    expected = 0.5 * c[loud, rows] @ np.linalg.inv(c[np.ix_(rows, rows)]) @ asked
    assert moves[loud] == pytest.approx(expected)
    assert moves[names.index("tempo_bpm")] == 0


def test_a_feature_of_the_starter_moves_too(mapping: Mapping, first: ConditioningVector) -> None:
    """This catalogue has no danceability; the starter answers for it."""
    assert "danceability" not in mapping.features
    found = mapping.refine(first, "more danceable")
    assert moved(found)["danceability"] > 0
    assert found.changes[0].why == "asked: more danceable"
