"""Explain: effects add up to the answer, credit goes to the right words; guidance is checked."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mapping.controlling.phrases import MOST_PHRASES, phrases
from mapping.model import Mapping
from mapping.reading.wishes import Options
from schemas.control import Explanation
from schemas.errors import PromptError

few = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
PARTS = ("slow", "dark", "ambient", "death metal", "with trumpets", "no drums", "at 90 BPM",
         "in C minor", "like Artist 3", "high energy", "zydeco", "in 1977")  # fmt: skip


def effects(found: Explanation, feature: str) -> dict[str, float]:
    return {phrase.text: phrase.effects[feature] for phrase in found.phrases}


@few
@given(said=st.lists(st.sampled_from(PARTS), min_size=1, max_size=8, unique=True))
def test_effects_add_up_to_the_answer(mapping: Mapping, said: list[str]) -> None:
    prompt = ", ".join(said)
    found = mapping.explain(prompt)
    answer = mapping.condition(prompt)
    nothing = mapping.condition("", Options(vocals="open"))
    for name in mapping.features:
        assert found.predicted[name] == answer.features[name].value
        assert found.base[name] == nothing.features[name].value
        total = found.base[name] + sum(effects(found, name).values())
        assert total == pytest.approx(found.predicted[name], rel=1e-9, abs=1e-9)
    assert found.evidence == answer.evidence


def test_credit_goes_to_the_words_that_earn_it(mapping: Mapping) -> None:
    found = mapping.explain("brutal death metal with a tambourine")
    tempo = effects(found, "tempo_bpm")
    metal = next(text for text in tempo if "metal" in text)
    assert tempo[metal] == max(tempo.values())
    assert found.exact
    counterfactual = next(c for c in found.counterfactuals if "metal" in c.without)
    assert {c.feature for c in counterfactual.changes} & {"energy", "tempo_bpm", "loudness_lufs"}
    for change in counterfactual.changes:
        assert change.before == found.predicted[change.feature]


def test_a_counterfactual_is_the_answer_without_the_phrase(mapping: Mapping) -> None:
    found = mapping.explain("deep house, at 90 BPM")
    without = next(c for c in found.counterfactuals if "90" in c.without)
    tempo = next(c for c in without.changes if c.feature == "tempo_bpm")
    assert (tempo.before, tempo.after) == (
        90,
        mapping.condition("deep house").features["tempo_bpm"].value,
    )


def test_an_option_is_a_phrase(mapping: Mapping) -> None:
    found = mapping.explain("deep house", Options(bpm=90))
    option = found.phrases[-1]
    assert (option.text, option.start) == ("--bpm 90", None)
    assert option.effects["tempo_bpm"] < 0
    assert found.predicted["tempo_bpm"] == 90


def test_a_word_that_says_nothing_earns_nothing(mapping: Mapping) -> None:
    found = mapping.explain("deep house, in 4/4")
    metre = next(p for p in found.phrases if "4/4" in p.text)
    assert all(effect == pytest.approx(0, abs=1e-9) for effect in metre.effects.values())


@few
@given(text=st.text(max_size=300))
def test_phrases_hold_every_word_once(text: str) -> None:
    found = phrases(text, ())
    assert len(found) <= MOST_PHRASES
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    assert all(0 <= p.start < p.end <= len(text) for p in found)


def test_a_long_prompt_has_few_phrases() -> None:
    prompt = ", ".join(f"word{i} thing{i}" for i in range(900))
    assert len(phrases(prompt, ())) <= MOST_PHRASES


def test_nothing_to_explain_is_said(mapping: Mapping) -> None:
    with pytest.raises(PromptError, match="no words to explain"):
        mapping.explain("of a")
    with pytest.raises(PromptError, match="3,001 characters; valid to explain is 2,000"):
        mapping.explain("jazz " * 600 + "x")
    with pytest.raises(PromptError, match="prompt: empty"):
        mapping.explain(" ")


@pytest.mark.parametrize("prompt", ["dark house", "ambient", "music", "a song with a singer"])
def test_better_phrasings_are_understood_and_narrower(mapping: Mapping, prompt: str) -> None:
    found = mapping.guide(prompt)
    before = mapping.condition(prompt)

    def width(text: str) -> float:
        vector = mapping.condition(text).vector
        return sum(high - low for low, high in zip(vector.low, vector.high, strict=True))

    assert 1 <= len(found.rephrasings) <= 3
    assert len({r.text for r in found.rephrasings}) == len(found.rephrasings)
    for better in found.rephrasings:
        answer = mapping.condition(better.text)
        assert set(answer.not_understood) <= set(before.not_understood)
        assert len(answer.understood) >= len(before.understood)
        assert width(better.text) < width(prompt)
        assert better.narrower == pytest.approx(1 - width(better.text) / width(prompt), abs=1e-6)


def test_what_is_open_has_typical_values(mapping: Mapping) -> None:
    found = mapping.guide("music")
    tempo = next(o for o in found.unsaid if o.feature == "tempo_bpm")
    assert tempo.low < tempo.value < tempo.high
    assert tempo.say == ("slow", "fast")
    assert {o.feature for o in found.unsaid} == set(mapping.condition("music").unsaid) - {"key"}


def test_a_far_prompt_is_pointed_to_what_is_known(mapping: Mapping) -> None:
    found = mapping.guide("my invoice is overdue and the bank has closed")
    assert found.far
    assert found.nearest is not None
    assert found.nearest < 0.3
    for better in found.rephrasings:
        assert not mapping.condition(better.text).far
    assert not mapping.guide("deep house").far
