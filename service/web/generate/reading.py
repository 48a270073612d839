"""How a prompt was read, as the page shows it: marked words, and what can be done about each."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.answers import Ambiguity, Change, ConditioningVector
from schemas.features import feature
from service.web.generate.values import measure, number, title

SAID, STYLE, SENSE, UNKNOWN = "said", "style", "sense", "unknown"
_KINDS = {"style": STYLE, "ambiguous": SENSE}
"""Kind of a span → class of its mark; every other kind is something that was said."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some characters of the prompt; `kind` is said, style, sense, unknown or empty."""

    text: str
    kind: str = ""
    meaning: str = ""


@dataclass(frozen=True, slots=True)
class Meaning:
    """One sense of a word, as a choice; `effect` tells what choosing it would change."""

    id: str
    text: str
    effect: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """An ambiguous word. `mixed` where the answer mixes its senses."""

    word: str
    base: str
    mixed: bool
    meanings: tuple[Meaning, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """A word that nothing here knows; each replacement comes with the prompt that it would make."""

    word: str
    replacements: tuple[tuple[str, str], ...]


def marked(vector: ConditioningVector) -> list[Piece]:
    """The prompt in pieces that, joined, are the prompt."""
    text = vector.prompt.text
    spans = [(s.start, s.end, _KINDS.get(s.kind, SAID), s.meaning) for s in vector.spans]
    for unknown in vector.suggestions:
        near = ", ".join(unknown.suggestions)
        meaning = f"no word known here; near: {near}" if near else "no word known here"
        spans.append((unknown.start, unknown.end, UNKNOWN, meaning))
    pieces: list[Piece] = []
    at = 0
    for start, end, kind, meaning in sorted(spans):
        if start < at or end <= start:
            continue
        if start > at:
            pieces.append(Piece(text[at:start]))
        pieces.append(Piece(text[start:end], kind, meaning))
        at = end
    return [*pieces, Piece(text[at:])] if at < len(text) else pieces


def kinds(pieces: list[Piece]) -> set[str]:
    """The kinds that occur, for the legend."""
    return {piece.kind for piece in pieces if piece.kind}


def choices(vector: ConditioningVector) -> list[Choice]:
    """Every ambiguous word once, in the prompt's order."""
    words = {word.base: word for word in reversed(vector.senses)}
    return [_choice(word) for word in reversed(words.values())]


def unknowns(vector: ConditioningVector) -> list[Unknown]:
    """Every unknown word once, in the prompt's order."""
    text = vector.prompt.text
    found: dict[str, Unknown] = {}
    for one in vector.suggestions:
        instead = tuple((s, text[: one.start] + s + text[one.end :]) for s in one.suggestions)
        found.setdefault(one.word, Unknown(one.word, instead))
    return list(found.values())


def _choice(word: Ambiguity) -> Choice:
    meanings = tuple(
        Meaning(
            one.id,
            one.meaning,
            "; ".join(dict.fromkeys(_effect(change) for change in one.changes)),
            word.chosen == one.id,
        )
        for one in word.senses
    )
    return Choice(word.word, word.base, word.chosen is None, meanings)


def _effect(change: Change) -> str:
    name = title(change.feature)
    if change.before is None or change.after is None:
        return f"{name} {'lower' if change.towards == 'low' else 'higher'}"
    spec = feature(change.feature)
    return f"{name} {number(spec, change.before)} → {measure(spec, change.after)}"
