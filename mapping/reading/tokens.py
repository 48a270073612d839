"""Tokens of a prompt, and the chunks that known phrases make of them, in one pass.

A token is a word (apostrophes inside), a number, or one sign; hyphens and spaces part tokens alike,
so that "fast-paced" and "fast paced" are one phrase. The longest known phrase wins at each place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_MARKS = "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff\u0e31\u0e34-\u0e4e"
_TOKEN = re.compile(
    rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}])*(?:['’](?:[^\W\d_]|[{_MARKS}])+)*"
    r"|\d+(?:[.,]\d+)*|([^\w\s-])\1*|_+"
)
_STOPS = frozenset(',;.!?()[]{}:"|\n/–—…。、，')

Meanings = Mapping[str, Any]
NOTHING: Meanings = {}
Trie = dict[str, Any]
"""Token → the trie of what may follow; the empty token → the meanings of the phrase so far."""


@dataclass(frozen=True, slots=True)
class Token:
    """`key` is the token as tables have it: lower case, without accents."""

    key: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A phrase of the tables or a single unknown token; `meanings` is empty for the latter."""

    key: str
    start: int
    end: int
    meanings: Meanings

    @property
    def stops(self) -> bool:
        """Whether a clause ends here."""
        return self.key[0] in _STOPS

    def is_word(self) -> bool:
        return self.key[:1].isalpha()


@dataclass(frozen=True)
class Reading:
    """A plain text and its chunks, in order."""

    text: str
    chunks: tuple[Chunk, ...]

    @cached_property
    def places(self) -> Mapping[str, list[int]]:
        """Kind of meaning → indices of the chunks that have it."""
        found: dict[str, list[int]] = {}
        for index, chunk in enumerate(self.chunks):
            for kind in chunk.meanings:
                found.setdefault(kind, []).append(index)
        return found

    def of(self, kind: str) -> list[int]:
        return self.places.get(kind, [])

    def has(self, index: int, *kinds: str) -> bool:
        """Whether the chunk at `index` exists and has one of `kinds`."""
        if not 0 <= index < len(self.chunks):
            return False
        meanings = self.chunks[index].meanings
        return any(kind in meanings for kind in kinds)

    def value(self, index: int, kind: str) -> Any:
        """What the chunk at `index` means as `kind`; None where it does not."""
        return self.chunks[index].meanings.get(kind) if 0 <= index < len(self.chunks) else None

    def gap(self, index: int) -> str:
        """What stands between the chunk at `index` and the one before."""
        if not 0 < index < len(self.chunks):
            return " "
        return self.text[self.chunks[index - 1].end : self.chunks[index].start]


def key(word: str) -> str:
    """A word as the tables have it: lower case, typewriter apostrophes, no accents."""
    lowered = word.lower()
    if lowered.isascii():
        return lowered
    lowered = lowered.replace("’", "'").replace("ß", "ss")
    decomposed = unicodedata.normalize("NFD", lowered)
    if not decomposed[:1].isascii():
        return lowered
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def tokens(text: str) -> list[Token]:
    found = []
    for m in _TOKEN.finditer(text):
        start, end = m.span()
        # A row of one sign is one token, and no longer than an ellipsis to the tables.
        found.append(Token(text[start : min(end, start + 3)] if m[1] else key(m[0]), start, end))
    return found


def phrase_keys(phrase: str) -> tuple[str, ...]:
    """The tokens of a phrase of the tables."""
    return tuple(token.key for token in tokens(phrase))


def add(trie: Trie, phrase: str, kind: str, meaning: object) -> None:
    """Let `phrase` mean `meaning` as a `kind`; of two meanings of one kind the first holds."""
    node = trie
    for part in phrase_keys(phrase):
        node = node.setdefault(part, {})
    node.setdefault("", {}).setdefault(kind, meaning)


def read(text: str, trie: Trie, numbers: Mapping[str, int]) -> Reading:
    """Chunks of a plain text."""
    found = tokens(text)
    chunks: list[Chunk] = []
    at = 0
    while at < len(found):
        end, meanings = _longest(found, at, trie)
        number = _number(found, at, numbers)
        if number is not None and number[1] >= end:
            end, meanings = number[1], {**(meanings if number[1] == end else {}),
                                        "number": number[0]}  # fmt: skip
        parts = found[at:end]
        chunks.append(
            Chunk(
                parts[0].key if len(parts) == 1 else " ".join(token.key for token in parts),
                parts[0].start,
                parts[-1].end,
                meanings,
            )
        )
        at = end
    return Reading(text, tuple(chunks))


def _longest(found: list[Token], at: int, trie: Trie) -> tuple[int, Meanings]:
    node: Trie | None = trie
    best, meanings = at + 1, NOTHING
    for end in range(at, len(found)):
        assert node is not None
        node = node.get(found[end].key)
        if node is None:
            break
        if "" in node:
            best, meanings = end + 1, node[""]
    return best, meanings


def _number(found: list[Token], at: int, words: Mapping[str, int]) -> tuple[float, int] | None:
    """Value of the number at `at`, in digits or words, and the index after it."""
    key_ = found[at].key
    if key_[0].isdigit():
        return _float(key_), at + 1
    if key_ not in words:
        return None
    value, end = words[key_], at + 1
    if value == 0:
        return 0.0, end
    while end < len(found):
        joined = found[end].key == "and" and value % 100 == 0 and end + 1 < len(found)
        word = words.get(found[end + joined].key)
        if word is None or (together := _together(value, word)) is None:
            break
        value, end = together, end + joined + 1
    return float(value), end


def _together(value: int, word: int) -> int | None:
    """ "one" "hundred", "hundred" "twenty", "twenty" "eight", "one" "twenty": the number so far."""
    if word == 100:
        return value * 100 if value < 10 else None
    if value >= 100 and value % 100 == 0 and word > 0:
        return value + word
    if value >= 20 and value % 10 == 0 and 0 < word < 10:
        return value + word
    return value * 100 + word if value < 10 <= word else None


def _float(digits: str) -> float:
    """ "127.5", "127,5", "1,200"."""
    whole, mark, rest = digits.replace(",", ".").partition(".")
    if not mark or not rest.isdigit() or not rest.isascii():
        return float(whole) if len(whole) < 12 else float("inf")
    return float(f"{whole[:12]}.{rest[:6]}")
