"""Known words in free text: names of the vocabulary, matched as whole words, longest first.

What it finds is weak evidence (weight 0.5) and says so in its source, which ends in ":word".
Words that mean something else as often as music (house, rock, country …) count only beside a word
that settles it: "rock song" does, "rocks fall" and "a house" do not. `words.toml` has the words
that settle, and those that say nothing.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path

from pipelines.sources.metadata import Term, normalise
from schemas.catalogue import TagKind
from schemas.vocabulary import FreeText, Vocabulary, active

WORD_WEIGHT = 0.5
_TABLE = Path(__file__).with_name("words.toml")
_TOKEN = re.compile(r"[^\W_]+(?:['’&][^\W_]+)*")

Tokens = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """The lists of words.toml."""

    settling: frozenset[str]
    stop: frozenset[str]
    useless_genres: frozenset[str]
    useless_names: frozenset[str]
    boilerplate: tuple[re.Pattern[str], ...]


@dataclass(frozen=True, slots=True)
class Phrases:
    """Each name that may stand in a sentence, as a tuple of words, with what it means."""

    meaning: dict[Tokens, tuple[TagKind, str, FreeText]]
    longest: int


@cache
def table() -> Words:
    """The lists of words.toml."""
    data = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return Words(
        settling=frozenset(data["settled_by"]["words"]),
        stop=frozenset(data["path"]["stop"]),
        useless_genres=frozenset(data["genre"]["useless"]),
        useless_names=frozenset(data["name"]["useless"]),
        boilerplate=tuple(re.compile(p, re.IGNORECASE) for p in data["boilerplate"]["patterns"]),
    )


@lru_cache(maxsize=4)
def _phrases(vocabulary: _ByVersion) -> Phrases:
    found: dict[Tokens, tuple[TagKind, str, FreeText]] = {}
    for name, meaning in vocabulary.it.phrases.items():
        words = _tokens(name)
        found.setdefault(words, meaning)
        if len(words) > 1:  # hiphop, postrock
            found.setdefault(("".join(words),), meaning)
        if meaning[0] is TagKind.INSTRUMENT:
            found.setdefault((*words[:-1], f"{words[-1]}s"), meaning)
    return Phrases(found, max(map(len, found)))


@dataclass(frozen=True, slots=True)
class _ByVersion:
    """A vocabulary that a cache may have as key: equal when its version is."""

    version: str
    it: Vocabulary = field(compare=False)


def is_boilerplate(text: str) -> bool:
    """Whether a comment was written by a program about itself, and says nothing of the music."""
    return any(pattern.search(text) for pattern in table().boilerplate)


def known_words(
    text: str, source: str, weight: float = WORD_WEIGHT, vocabulary: Vocabulary | None = None
) -> list[Term]:
    """Genres, instruments and moods that `text` names, with `source` suffixed ":word".

    A text that is nothing but one ambiguous word ("Rock") needs nothing beside it.
    """
    vocabulary = vocabulary or active()
    phrases = _phrases(_ByVersion(vocabulary.version, vocabulary))
    tokens = _tokens(text)
    found, at = [], 0
    while at < len(tokens):
        size = _match(phrases, tokens, at)
        if size:
            kind, canonical, _ = phrases.meaning[tokens[at : at + size]]
            raw, version = " ".join(tokens[at : at + size]), vocabulary.version
            found.append(Term(canonical, kind, f"{source}:word", raw, weight, None, version))
        at += size or 1
    return found


def _match(phrases: Phrases, tokens: Tokens, at: int) -> int:
    """Length of the longest known phrase at `at`; 0 when there is none that is settled."""
    for size in range(min(phrases.longest, len(tokens) - at), 0, -1):
        phrase = tokens[at : at + size]
        if phrase not in phrases.meaning:
            continue
        beside = tokens[max(0, at - 1) : at] + tokens[at + size : at + size + 1]
        settled = len(tokens) == size or table().settling.intersection(beside)
        if settled or phrases.meaning[phrase][2] is FreeText.ALWAYS:
            return size
    return 0


def _tokens(text: str) -> Tokens:
    return tuple(_TOKEN.findall(normalise(text)))
