"""The rule that reads adjectives: "slow", "not happy at all", "nothing fast", "too loud".

An adjective leans features to a share of the catalogue; denied, away from the share it names.
"""

from __future__ import annotations

from collections.abc import Iterator

from mapping.reading.adjectives import Adjective
from mapping.reading.meaning import REACH, TENTH, Place, denies, leans, shifts, statements
from mapping.reading.scope import alone, degree, negation
from mapping.reading.statements import AnyStatement
from mapping.reading.tokens import Reading

LIVE_THINGS = frozenset(
    (
        "version",
        "take",
        "session",
        "album",
        "set",
        "show",
        "concert",
        "jam",
        "gig",
        "music",
        "recording",
    )
)
"""What a bare "live" before is about the recording: not "live drums", not "we live"."""

COMPLAINTS = frozenset(("too", "too much", "overly", "excessively", "unnecessarily"))
"""Words that make an adjective a complaint: "too loud" asks for quieter."""


def leanings(reading: Reading) -> Iterator[AnyStatement]:
    """ "slow", "very dark", "not happy at all", "nothing fast", "too loud", "the saddest"."""
    for index in reading.of("adjective"):
        adjective: Adjective = reading.chunks[index].meanings["adjective"]
        if _is_compared(reading, index) or _names_something(reading, index):
            continue
        denied = negation(reading, index)
        if denied is None and _complains(reading, index - 1):
            place = Place(index - 1, index, True)  # "too loud": a complaint
            yield from statements(reading, adjective, place, shifts("plain", opposite=True))
        elif denied is not None:
            last = index + 1 if denied.kind == "utterly" and reading.has(
                index + 1, "degree") else index  # fmt: skip
            first = denied.first if alone(reading, denied.first, index) else index
            yield from statements(reading, adjective, Place(first, last, True), denies(denied))
        else:
            how, first = degree(reading, index)
            yield from statements(reading, adjective, Place(first, index, False), leans(REACH[how]))
    for index in reading.of("superlative"):
        adjective = reading.chunks[index].meanings["superlative"]
        yield from statements(reading, adjective, Place(index, index, False), leans(TENTH))


def _complains(reading: Reading, at: int) -> bool:
    return reading.value(at, "degree") == "too" and reading.chunks[at].key in COMPLAINTS


def _is_compared(reading: Reading, index: int) -> bool:
    """ "more energetic": read as a comparison."""
    return reading.has(index - 1, "shift") and not reading.has(index - 1, "negator")


def _names_something(reading: Reading, index: int) -> bool:
    """ "low voice", "heavy bass", "soft female vocals": the adjective belongs to the noun."""
    if reading.has(index, "voice") and _voice_follows(reading, index):
        return True
    if reading.chunks[index].key in ("live", "studio"):  # "we live here"
        named = index + 1 < len(reading.chunks) and reading.chunks[index + 1].key in LIVE_THINGS
        alone = index + 1 >= len(reading.chunks) or reading.chunks[index + 1].stops
        return not (named or alone or reading.has(index + 1, "style"))
    if reading.has(index - 1, "instrument") and reading.gap(index) == "-":
        return True  # "strings-heavy"
    amount = reading.has(index, "amount", "prominence.before")
    return amount and (reading.has(index + 1, "effect") or reading.has(index + 1, "instrument"))


def _voice_follows(reading: Reading, index: int) -> bool:
    at = index + 1
    while reading.has(at, "voice"):
        at += 1
    return reading.has(at, "vocals.voice")
