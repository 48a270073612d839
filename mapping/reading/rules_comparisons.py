"""The rule that reads comparatives: "much darker", "more energetic than house", "not slower".

A comparative shifts features from where the rest of the prompt, or the named style, has them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mapping.reading.adjectives import Adjective, Lean, Meaning
from mapping.reading.meaning import Place, holds, shifts, statements
from mapping.reading.scope import degree, negation, words
from mapping.reading.statements import AmbiguousStatement, AnyStatement, ShiftStatement
from mapping.reading.tokens import Reading

THAN_WORDS = 6
"""Chunks of what a comparative compares with."""


def comparisons(reading: Reading) -> Iterator[AnyStatement]:
    """ "much darker", "more energetic than house", "less energy", "not slower"."""
    for index in reading.of("comparative"):
        if reading.has(index + 1, "voice", "vocals"):
            continue  # "a deeper male voice"
        adjective: Adjective = reading.chunks[index].meanings["comparative"]
        yield from _compared(reading, adjective, index, index, False)
    for index in reading.of("shift"):
        less = reading.value(index, "shift") == "less"
        target = index + 1
        adjective_ = reading.value(target, "adjective") or reading.value(target, "quality")
        dimension = reading.value(target, "dimension")
        if adjective_ is None and dimension is not None:
            lean = Lean(dimension, 1)
            adjective_ = Adjective(reading.chunks[target].key, (Meaning("plain", "", (lean,)),))
        if adjective_ is not None:
            yield from _compared(reading, adjective_, index, target, less)


def _compared(
    reading: Reading, adjective: Adjective, first: int, last: int, less: bool
) -> Iterator[AnyStatement]:
    how, begins = degree(reading, first)
    denied = negation(reading, first)
    than, last = _than(reading, last)
    begins = denied.first if denied else begins
    if reading.has(begins - 1, "joint.but"):
        begins -= 1
    parts = holds(less) if denied else shifts(how, less)
    for statement in statements(reading, adjective, Place(begins, last, True), parts, last):
        yield _with_than(statement, than)


def _than(reading: Reading, last: int) -> tuple[str | None, int]:
    """The style that "than …" names, and the last chunk of it; None where it names none."""
    at = last + 1
    if not reading.has(at, "than") or at >= len(reading.chunks):
        return None, last
    at += 1
    if reading.has(at, "than_nothing"):
        return None, at
    first = at
    while (
        at < len(reading.chunks)
        and at < first + THAN_WORDS
        and not reading.chunks[at].stops
        and not reading.has(at, "joint.but", "unit", "than_nothing", "number")
    ):
        at += 1
    if at == first:
        return None, last
    if not any(reading.has(i, "style") for i in range(first, at)):
        return None, last
    named = words(reading, first, at - 1)
    return named, at if reading.has(at, "than_nothing") else at - 1


def _with_than(statement: AnyStatement, than: str | None) -> AnyStatement:
    if than is None:
        return statement
    if isinstance(statement, ShiftStatement):
        return replace(statement, than=than)
    if isinstance(statement, AmbiguousStatement):
        senses = tuple(
            replace(s, parts=tuple(
                replace(p, than=than) if isinstance(p, ShiftStatement) else p for p in s.parts
            )) for s in statement.senses
        )  # fmt: skip
        return replace(statement, senses=senses)
    return statement
