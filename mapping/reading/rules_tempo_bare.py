"""Rules for tempi that are bare numbers: "techno at 132", "between 120 and 130", "drill 140"."""

from __future__ import annotations

from collections.abc import Iterator

from mapping.reading.rules_tempo import NO_TEMPO_AFTER, stated, statement, upper
from mapping.reading.statements import AnyStatement
from mapping.reading.tokens import Reading
from schemas.styles import style

BARE = (60.0, 200.0)
"""A number after "at" with no unit is a tempo within these bounds: "techno at 132"."""

USUAL = 1.05
"""How far from a style's usual tempo range a bare number beside its name may be."""


def bare_tempo(reading: Reading) -> Iterator[AnyStatement]:
    """ "techno at 132", "between 120 and 130": numbers without a unit; what has one comes first."""
    for index in reading.of("tempo.at"):
        at = index + 1 + reading.has(index + 1, "approximate")
        if reading.has(at, "number") and _is_bare_tempo(reading, at):
            yield stated(reading, at, at, first=index)
    for index in reading.of("between"):
        low = index + 1
        high = upper(reading, low) if reading.has(low, "number") else low
        if high != low and _is_bare_tempo(reading, high):
            yield stated(reading, high, high)
    for index in reading.of("number"):
        # "four-on-the-floor, 124, Am": a clause of its own, not the first.
        if index > 1 and reading.chunks[index - 1].key == "," and _is_alone(reading, index):
            yield stated(reading, index, index)


def _is_alone(reading: Reading, index: int) -> bool:
    after = index + 1
    ends = after >= len(reading.chunks) or reading.chunks[after].key == ","
    return ends and BARE[0] <= float(reading.chunks[index].meanings["number"]) <= BARE[1]


def tempo_of_style(reading: Reading) -> Iterator[AnyStatement]:
    """ "drill 140": a bare number after a style that is usually that fast."""
    for index in reading.of("style"):
        at = index + 1
        if not reading.has(at, "number") or not _is_bare_tempo(reading, at):
            continue
        value = float(reading.chunks[at].meanings["number"])
        low, high = style(reading.chunks[index].meanings["style"]).tempo
        if any(low * k / USUAL <= value <= high * k * USUAL for k in (0.5, 1.0)):
            chunk = reading.chunks[at]
            yield statement(reading.text, (chunk.start, chunk.end), [value, value], False, None)


def _is_bare_tempo(reading: Reading, at: int) -> bool:
    """ "techno at 132, dark": nothing that counts something else follows."""
    value = float(reading.chunks[at].meanings["number"])
    if not BARE[0] <= value <= BARE[1]:
        return False
    if at + 1 >= len(reading.chunks):
        return True
    after = reading.chunks[at + 1]
    if after.key in NO_TEMPO_AFTER or (reading.gap(at + 1) == "" and not after.stops):
        return False
    return after.stops or after.key in ("with", "and", "in", "but", "please", "for")
