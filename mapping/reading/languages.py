"""The language of a prompt, from its script, its frequent words and its letters; data of ours.

Words of other languages are read only where a table says what they mean (`translated`); all others
are listed as not understood, never passed to an encoder that knows English alone.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from mapping.reading.plaintext import Plain
from mapping.reading.tokens import Chunk, Reading, Trie, add, read

ENGLISH = "en"
MUSIC_WORD, SHARED, LETTER = 0.3, 0.5, 1.0
"""Votes of an English word of music, of a frequent word that is one too, and of a letter."""

LEAST = 1.0
"""Votes below which another language than English is not named."""

LOOKED_AT = 400
"""Chunks that decide; a long prompt does not change its language."""


@dataclass(frozen=True, slots=True)
class Languages:
    """The tables of languages.toml, turned around for looking up."""

    of_word: Mapping[str, tuple[str, ...]]
    of_script: Mapping[str, str]
    of_letter: Mapping[str, str]
    tries: Mapping[str, Trie]


@cache
def tables() -> Languages:
    """The tables that ship with the package. Raises ValueError where an entry is not text."""
    text = resources.files("mapping.reading").joinpath("languages.toml").read_text("utf-8")
    return _read(tomllib.loads(text))


def _read(data: Mapping[str, Any]) -> Languages:
    of_word: dict[str, list[str]] = {}
    for language, listed in data["words"].items():
        for word in dict.fromkeys(listed):
            if not isinstance(word, str) or not word.isascii():
                raise ValueError(f"languages.toml: words.{language}: {word!r}; valid is plain text")
            of_word.setdefault(word, []).append(language)
    of_letter = {letter: code for code, letters in data["letters"].items() for letter in letters}
    tries: dict[str, Trie] = {}
    for language, said in data["say"].items():
        for word, english in said.items():
            add(tries.setdefault(language, {}), word, "say", english)
    return Languages(
        {word: tuple(found) for word, found in of_word.items()}, data["scripts"], of_letter, tries
    )


def language(reading: Reading) -> str | None:
    """BCP 47 code of the language that most of the prompt is in; None where nothing tells."""
    table = tables()
    votes: dict[str, float] = defaultdict(float)
    for chunk in reading.chunks[:LOOKED_AT]:
        if not chunk.is_word() or (len(chunk.key) == 1 and chunk.key.isascii()):
            continue  # one letter is a key as often as a word
        found = table.of_word.get(chunk.key, ())
        known = bool(chunk.meanings) and ENGLISH not in found
        for code in found:
            votes[code] += (SHARED if known else 1.0) / len(found)
        if known:
            votes[ENGLISH] += MUSIC_WORD
        if not reading.text[chunk.start : chunk.end].isascii():
            _vote_by_letters(chunk, reading.text, votes)
    if not votes:
        return None
    english = votes.get(ENGLISH, 0.0)
    best, most = max(votes.items(), key=lambda item: item[1])
    # English keeps what is close: its words of music travel.
    if best == ENGLISH or most <= english or (most < LEAST and english > 0):
        return ENGLISH if english > 0 else None
    return best if most >= LEAST else None


def _vote_by_letters(chunk: Chunk, text: str, votes: dict[str, float]) -> None:
    table = tables()
    for letter in text[chunk.start : chunk.end].lower():
        if letter.isascii():
            continue
        if letter in table.of_letter:
            votes[table.of_letter[letter]] += LETTER
        else:
            script = unicodedata.name(letter, "").split(" ")[0].split("-")[0]
            if script in table.of_script:
                votes[table.of_script[script]] += LETTER / 2


def translated(form: Plain, code: str | None) -> Plain:
    """The text with the words that languages.toml has for language `code` put into English."""
    trie = tables().tries.get(code or "")
    if trie is None:
        return form
    spans = [
        (chunk.start, chunk.end, node[""]["say"])
        for chunk in read(form.text, trie, {}).chunks
        if (node := trie.get(chunk.key)) is not None and "" in node
    ]
    return form.replaced(spans) if spans else form


def is_read(code: str | None) -> bool:
    """Whether words of language `code` are read at all, or numbers, keys and styles alone."""
    return code in (None, ENGLISH) or code in tables().tries


def says_nothing(code: str | None) -> frozenset[str]:
    """Frequent words of language `code`: no names of anything in music."""
    if code in (None, ENGLISH):
        return frozenset()
    return frozenset(word for word, codes in tables().of_word.items() if code in codes)
