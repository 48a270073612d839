"""Known words in free text: a small table of ours, matched as whole words, longest first.

What it finds is weak evidence (weight 0.5) and says so in its source, which ends in ":word".
Words that mean something else as often as music (house, rock, country …) count only beside a word
that settles it: "rock song" does, "rocks fall" and "a house" do not.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.sources.metadata import Term, normalise
from schemas.catalogue import TagKind

WORD_WEIGHT = 0.5
_TABLE = Path(__file__).with_name("words.toml")
_TOKEN = re.compile(r"[^\W_]+(?:['’&][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Words:
    """The table: each known phrase, as a tuple of words, with its kind and canonical term."""

    phrases: dict[tuple[str, ...], tuple[TagKind, str]]
    longest: int
    ambiguous: frozenset[tuple[str, ...]]
    settling: frozenset[str]
    stop: frozenset[str]
    useless_genres: frozenset[str]
    useless_names: frozenset[str]
    boilerplate: tuple[re.Pattern[str], ...]


@cache
def table() -> Words:
    """The table of words.toml."""
    data = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    phrases = {
        _tokens(phrase): (TagKind(kind), phrase)
        for kind in ("genre", "instrument", "mood")
        for phrase in data[kind]["words"]
    }
    for alias, phrase in data["aliases"].items():
        phrases[_tokens(alias)] = phrases[_tokens(phrase)]
    return Words(
        phrases=phrases,
        longest=max(map(len, phrases)),
        ambiguous=frozenset(map(_tokens, data["ambiguous"]["words"])),
        settling=frozenset(data["ambiguous"]["settled_by"]),
        stop=frozenset(data["path"]["stop"]),
        useless_genres=frozenset(data["genre"]["useless"]),
        useless_names=frozenset(data["name"]["useless"]),
        boilerplate=tuple(re.compile(p, re.IGNORECASE) for p in data["boilerplate"]["patterns"]),
    )


def is_boilerplate(text: str) -> bool:
    """Whether a comment was written by a program about itself, and says nothing of the music."""
    return any(pattern.search(text) for pattern in table().boilerplate)


def known_words(text: str, source: str, weight: float = WORD_WEIGHT) -> list[Term]:
    """Genres, instruments and moods that `text` names, with `source` suffixed ":word".

    A text that is nothing but one ambiguous word ("Rock") needs nothing beside it.
    """
    words, tokens = table(), _tokens(text)
    found, at = [], 0
    while at < len(tokens):
        size = _match(words, tokens, at)
        if size:
            kind, canonical = words.phrases[tokens[at : at + size]]
            raw = " ".join(tokens[at : at + size])
            found.append(Term(canonical, kind, f"{source}:word", raw, weight))
        at += size or 1
    return found


def _match(words: Words, tokens: tuple[str, ...], at: int) -> int:
    """Length of the longest known phrase at `at`; 0 when there is none that is settled."""
    for size in range(min(words.longest, len(tokens) - at), 0, -1):
        phrase = tokens[at : at + size]
        if phrase not in words.phrases:
            continue
        beside = tokens[max(0, at - 1) : at] + tokens[at + size : at + size + 1]
        alone = len(tokens) == size
        if phrase not in words.ambiguous or alone or words.settling.intersection(beside):
            return size
    return 0


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(normalise(text)))
