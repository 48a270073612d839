"""How a prompt could be said better and what each suggestion would change, and why it was answered
as it was."""

from __future__ import annotations

from dataclasses import dataclass

from mapping.model import Mapping
from mapping.reading.wishes import Options
from schemas.answers import ConditioningVector
from schemas.control import PhraseEffect
from schemas.features import feature
from schemas.guidance import Guidance
from schemas.scales import normalise, typical_range
from service.web.generate.values import measure, number, title

_MOST_TOLD = 3
_LEAST_MOVE = 0.03
"""Share of the typical range that a feature must move to be told of."""
_NEITHER = frozenset({"key_mode"})
_LONGEST = 4_000
"""Characters of a prompt beyond which advice would take too long to wait for."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A better prompt: `added` is what it says more, empty where it is another prompt; `effect`
    is what it moves most, `effects` all that it moves by much."""

    text: str
    added: str
    why: str
    effect: str
    effects: str


@dataclass(frozen=True, slots=True)
class Open:
    """A feature left open: its usual range, and words that settle it with the prompt they make."""

    title: str
    usual: str
    say: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Advice:
    suggestions: tuple[Suggestion, ...]
    unsaid: tuple[Open, ...]
    far: bool


def advise(mapping: Mapping, vector: ConditioningVector, prompt: str, options: Options) -> Advice:
    """Raises PromptError as the mapping does."""
    if len(prompt) > _LONGEST:
        return Advice((), (), vector.far)
    guidance = mapping.guide(prompt, options)
    suggestions = []
    for one in guidance.rephrasings:
        moved = moves(vector, mapping.condition(one.text, options))
        added = one.text.removeprefix(prompt).lstrip(" ,;") if one.text.startswith(prompt) else ""
        first = moved[0] if moved else ""
        suggestions.append(Suggestion(one.text, added, one.why, first, "; ".join(moved)))
    return Advice(tuple(suggestions), _open(guidance, prompt), guidance.far)


def moves(before: ConditioningVector, after: ConditioningVector) -> list[str]:
    """What differs most between two answers, in words, the most first."""
    found = []
    for name, new in after.features.items():
        old = before.features.get(name)
        if name in _NEITHER or old is None or old.value is None or new.value is None:
            continue
        spec = feature(name)
        by = abs(normalise(spec, new.value) - normalise(spec, old.value))
        if by >= _LEAST_MOVE:
            text = f"{title(name)} {number(spec, old.value)} → {measure(spec, new.value)}"
            found.append((by, text))
    return [text for _, text in sorted(found, reverse=True)[:_MOST_TOLD]]


def reasons(mapping: Mapping, prompt: str, options: Options) -> list[str]:
    """A sentence a phrase: what it moved most, against a prompt without it.

    Raises PromptError as the mapping does.
    """
    if len(prompt) > _LONGEST:
        return []
    phrases = mapping.explain(prompt, options).phrases
    return [text for phrase in phrases if (text := _sentence(phrase))]


def _sentence(phrase: PhraseEffect) -> str:
    ranked = []
    for name, by in phrase.effects.items():
        if name in _NEITHER:
            continue
        spec = feature(name)
        low, high = typical_range(spec)
        share = abs(by) / (high - low)
        if share >= _LEAST_MOVE:
            sign = "+" if by > 0 else "−"
            ranked.append((share, f"{title(name)} {sign}{measure(spec, abs(by))}"))
    told = [text for _, text in sorted(ranked, reverse=True)[:_MOST_TOLD]]
    return f"“{phrase.text}” moved {_listed(told)}." if told else ""


def _listed(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def _open(guidance: Guidance, prompt: str) -> tuple[Open, ...]:
    found = []
    for one in guidance.unsaid:
        spec = feature(one.feature)
        say = tuple((words, f"{prompt}, {words}") for words in one.say)
        if say:
            ends = (number(spec, one.low), measure(spec, one.high))
            usual = "" if one.feature == "key_mode" else " … ".join(ends)
            found.append(Open(title(one.feature), usual, say))
    return tuple(found)
