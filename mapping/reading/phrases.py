"""The table of everything that a prompt's words can mean, built once from the data files.

A phrase may mean several things: "deep" is a voice, an adjective and a way to ask for bass. Rules
pick what they read by kind; the kinds are the tables of phrases.toml, and those of `_build`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from mapping.reading.adjectives import adjectives, adverbs, comparatives, qualities, superlatives
from mapping.reading.lexicon import lexicon
from mapping.reading.tokens import Trie, add, phrase_keys
from schemas.style import Style
from schemas.styles import style_names

_PLACED = ("position", "italian", "numbers")
"""Tables of phrases.toml that hold numbers rather than lists of phrases."""

LONGEST_INFLECTED = 9


@dataclass(frozen=True, slots=True)
class Phrases:
    """The trie of all phrases, the words for numbers, and where in a piece its parts begin."""

    trie: Trie
    numbers: Mapping[str, int]
    position: Mapping[str, float]
    words: frozenset[str]


@cache
def phrases() -> Phrases:
    """The table that ships with the package.

    Raises
    ------
    ValueError
        When phrases.toml lacks a table or holds something else than text: a mistake of ours.
    """
    text = resources.files("mapping.reading").joinpath("phrases.toml").read_text("utf-8")
    return _build(tomllib.loads(text))


def _build(data: Mapping[str, Any]) -> Phrases:
    trie: Trie = {}
    for kind, table in data.items():
        if kind in _PLACED:
            continue
        for meaning, listed in table.items():
            if not all(isinstance(phrase, str) and phrase for phrase in listed):
                raise ValueError(f"phrases.toml: {kind}.{meaning}: {listed!r}; valid is a list")
            for phrase in listed:
                add(trie, phrase, kind, meaning)
                add(trie, phrase, f"{kind}.{meaning}", True)
    for word, (low, high) in data["italian"].items():
        add(trie, word, "italian", (float(low), float(high)))
    for word in data["numbers"]:
        add(trie, word, "number word", True)
    _add_lexicon(trie)
    _add_adjectives(trie)
    for name, style in style_names().items():
        _add_style(trie, name, style)
    return Phrases(trie, data["numbers"], data["position"], frozenset(_words(trie)))


def _add_lexicon(trie: Trie) -> None:
    lex = lexicon()
    for phrase, instrument in lex.instruments.items():
        add(trie, phrase, "instrument", instrument)
    for phrase in lex.not_instruments:
        add(trie, phrase, "genre", True)
    for phrase in lex.levels:
        add(trie, phrase, "level", phrase)
    for phrase, feature in lex.dimensions().items():
        add(trie, phrase, "dimension", feature)
    for noun in lex.timbre_nouns:
        add(trie, noun, "timbre noun", True)


def _add_style(trie: Trie, name: str, style: Style) -> None:
    """A style by one of its names; "piano ballad" asks for a piano, "dark ambient" is dark."""
    first, _, rest = name.partition(" ")
    named = style_names().get(rest)
    if named is not None and named.id == style.id and first in adjectives():
        return  # read as the adjective and the shorter name
    add(trie, name, "style", style.id)
    if name in lexicon().not_instruments:
        return
    parts = name.split()
    for phrase in (name, parts[0], parts[-1], " ".join(parts[-2:])):
        instrument = lexicon().instruments.get(phrase)
        if instrument in style.instruments:
            add(trie, name, "instrument", instrument)
            return


def _add_adjectives(trie: Trie) -> None:
    known = adjectives()
    for word, adjective in known.items():
        add(trie, word, "adjective", adjective)
    for word, adjective in known.items():
        if not word.isalpha() or len(word) > LONGEST_INFLECTED:
            continue
        forms: dict[str, Iterable[str]] = {
            "comparative": comparatives(word),
            "superlative": superlatives(word),
            "adjective": adverbs(word),
            "quality": qualities(word),
        }
        for kind, inflected in forms.items():
            for form in inflected:
                # "hardly" and "roughly" are no adverbs of hard and rough.
                if form not in known and "" not in trie.get(form, {}):
                    add(trie, form, kind, adjective)


def _words(trie: Trie) -> set[str]:
    """Every single word of the phrases."""
    found: set[str] = set()
    nodes = [trie]
    while nodes:
        node = nodes.pop()
        found.update(part for part in node if part)
        nodes.extend(child for part, child in node.items() if part)
    found.update(part for word in lexicon().stop for part in phrase_keys(word))
    return found
