"""Adjectives: which features they lean, by sense. Data in adjectives.toml and lexicon.toml.

A leaning is a feature and a direction; `strong` ("++") means the outer tenth of the catalogue.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from mapping.reading.lexicon import Lexicon, lexicon
from schemas.features import FEATURES

PLAIN = "plain"
_SIGNS: dict[str, tuple[Literal[-1, 1], bool]] = {
    "+": (1, False), "++": (1, True), "-": (-1, False), "--": (-1, True),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lean:
    """Towards which end of which feature."""

    feature: str
    direction: Literal[-1, 1]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Meaning:
    """One sense of a word. `beside` holds the nouns beside which it is the only one meant."""

    id: str
    means: str
    leans: tuple[Lean, ...]
    weight: float = 1.0
    beside: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Adjective:
    """A word or phrase and its senses; one of several senses is ambiguous."""

    word: str
    meanings: tuple[Meaning, ...]


@cache
def adjectives() -> dict[str, Adjective]:
    """Word or phrase → what it means.

    Raises
    ------
    ValueError
        Names the entry that is wrong: a mistake of ours, found by the tests.
    """
    text = resources.files("mapping.reading").joinpath("adjectives.toml").read_text("utf-8")
    found = read_adjectives(tomllib.loads(text))
    for word, leans in _captions(lexicon()):
        found.setdefault(word, Adjective(word, (Meaning(PLAIN, "", leans),)))
    return found


def read_adjectives(data: dict[str, Any]) -> dict[str, Adjective]:
    """Check and read the tables of adjectives.toml. Raises ValueError naming the entry."""
    found: dict[str, Adjective] = {}
    for leans, words in data["plain"].items():
        for word in words:
            if word in found:
                raise ValueError(f"adjectives.toml: {word!r} stands twice")
            found[word] = Adjective(word, (Meaning(PLAIN, "", read_leans(leans, word)),))
    for word, senses in data["senses"].items():
        if word in found:
            raise ValueError(f"adjectives.toml: {word!r} is both plain and of several senses")
        found[word] = Adjective(word, tuple(_sense(word, i, s) for i, s in senses.items()))
        total = sum(meaning.weight for meaning in found[word].meanings)
        if len(senses) < 2 or abs(total - 1) > 1e-6:
            raise ValueError(f"adjectives.toml: {word!r}: weights of two or more senses sum to 1")
    return found


def _sense(word: str, sense: str, entry: dict[str, Any]) -> Meaning:
    where = f"{word}.{sense}"
    if unknown := sorted(set(entry) - {"means", "leans", "weight", "with"}):
        raise ValueError(f"adjectives.toml: {where}: unknown {', '.join(unknown)}")
    return Meaning(
        sense, entry["means"], read_leans(entry["leans"], where), entry["weight"],
        frozenset(entry.get("with", ())),
    )  # fmt: skip


def read_leans(text: str, where: str) -> tuple[Lean, ...]:
    """ "energy + valence -" as leanings. Raises ValueError naming `where`."""
    known = {spec.name for spec in FEATURES if spec.size == 1}
    parts = text.split()
    pairs = list(zip(parts[::2], parts[1::2], strict=True)) if len(parts) % 2 == 0 else []
    if not pairs or any(f not in known or sign not in _SIGNS for f, sign in pairs):
        raise ValueError(f'adjectives.toml: {where}: {text!r}; valid is "FEATURE +" or -, ++, --')
    return tuple(Lean(feature, *_SIGNS[sign]) for feature, sign in pairs)


def _captions(lex: Lexicon) -> Iterator[tuple[str, tuple[Lean, ...]]]:
    """The words that captions are written with, of the features that lean."""
    dimensions = {name.split()[0] for name in lex.dimensions()}
    found: dict[str, list[Lean]] = {}
    for name in lex.leaning:
        for direction in (-1, 1):
            words = lex.features[name].low if direction < 0 else lex.features[name].high
            for word in words:
                first, _, rest = word.partition(" ")
                if not (first in lex.levels and rest in dimensions):  # "low energy" is a level
                    found.setdefault(word, []).append(Lean(name, -1 if direction < 0 else 1))
    yield from ((word, tuple(leans)) for word, leans in found.items())


def qualities(word: str) -> Iterable[str]:
    """ "dark" → "darkness"; "heavy" → "heaviness"."""
    if word in _QUALITIES:
        return (_QUALITIES[word],)
    return (word[:-1] + "iness" if word.endswith("y") else word + "ness",)


_QUALITIES = {"warm": "warmth", "deep": "depth", "calm": "calm", "energetic": "vigour"}


def comparatives(word: str) -> Iterable[str]:
    """ "dark" → "darker"; "heavy" → "heavier"; "sad" → "sadder"."""
    return (_inflected(word, "er"),)


def superlatives(word: str) -> Iterable[str]:
    return (_inflected(word, "est"),)


def adverbs(word: str) -> Iterable[str]:
    """ "soft" → "softly"; "happy" → "happily"; "gentle" → "gently"."""
    if word.endswith("y"):
        return (word[:-1] + "ily",)
    return (word[:-1] + "y" if word.endswith("le") else word + "ly",)


def _inflected(word: str, ending: str) -> str:
    vowels = "aeiou"
    if word.endswith("e"):
        return word + ending[1:]
    if word.endswith("y") and len(word) > 2 and word[-2] not in vowels:
        return word[:-1] + "i" + ending
    short = len(word) > 2 and word[-1] not in vowels + "wxy" and word[-2] in vowels
    if short and word[-3] not in vowels and len(word) <= 4:
        return word + word[-1] + ending
    return word + ending
