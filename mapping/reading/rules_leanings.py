"""The rule that reads adjectives: "slow", "not happy at all", "much darker than house".

An adjective leans features to a share of the catalogue; negated, away from the share it names; a
comparative shifts them from where the rest of the prompt has them. A word of several senses gives
one statement that holds them all, unless a noun beside it settles which is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from mapping.reading.adjectives import Adjective, Lean, Meaning
from mapping.reading.scope import Negation, degree, negation, words
from mapping.reading.statements import (
    AmbiguousStatement,
    AnyStatement,
    LeaningStatement,
    ShiftStatement,
    WordSense,
)
from mapping.reading.tokens import Reading

THIRD, TENTH, HALF = 1 / 3, 0.1, 0.5
REACH = {"plain": THIRD, "strong": 0.15, "weak": HALF}
"""Share of the catalogue that an adjective leans to, by how strongly it is meant."""

DENIED = {"full": HALF, "mild": HALF, "too": 2 / 3, "utterly": THIRD}
"""Share that is left when an adjective is denied: "not too fast" leaves the lower two thirds."""

SHIFT = {"plain": 0.75, "strong": 1.25, "weak": 0.4}
"""Standard deviations of the catalogue that a comparative moves by: "a bit", "", "much"."""

THAN_WORDS = 6


@dataclass(frozen=True, slots=True)
class _Place:
    """The chunks that say it, and whether they are kept from being embedded."""

    first: int
    last: int
    cut: bool


def leanings(reading: Reading) -> Iterator[AnyStatement]:
    """ "slow", "very dark", "not happy at all", "nothing fast", "too loud", "the saddest"."""
    for index in reading.of("adjective"):
        adjective: Adjective = reading.chunks[index].meanings["adjective"]
        if _is_compared(reading, index) or _names_something(reading, index):
            continue
        denied = negation(reading, index)
        if denied is None and reading.value(index - 1, "degree") == "too":
            place = _Place(index - 1, index, True)  # "too loud": a complaint
            yield from _statements(reading, adjective, place, _shifts("plain", opposite=True))
        elif denied is not None:
            last = index + 1 if denied.kind == "utterly" and reading.has(
                index + 1, "degree") else index  # fmt: skip
            yield from _statements(
                reading, adjective, _Place(denied.first, last, True), _denies(denied)
            )
        else:
            how, first = degree(reading, index)
            yield from _statements(
                reading, adjective, _Place(first, index, False), _leans(REACH[how])
            )
    for index in reading.of("superlative"):
        adjective = reading.chunks[index].meanings["superlative"]
        yield from _statements(reading, adjective, _Place(index, index, False), _leans(TENTH))


def comparisons(reading: Reading) -> Iterator[AnyStatement]:
    """ "much darker", "more energetic than house", "less energy", "not slower"."""
    for index in reading.of("comparative"):
        adjective: Adjective = reading.chunks[index].meanings["comparative"]
        yield from _compared(reading, adjective, index, index, False)
    for index in reading.of("shift"):
        less = reading.value(index, "shift") == "less"
        target = index + 1
        adjective_ = reading.value(target, "adjective")
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
    parts = _holds(less) if denied else _shifts(how, less)
    for statement in _statements(reading, adjective, _Place(begins, last, True), parts, last):
        yield _with_than(statement, than)


def _than(reading: Reading, last: int) -> tuple[str | None, int]:
    """What "than …" names, and the last chunk of it; None for "than usual" and for no "than"."""
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


@dataclass(frozen=True, slots=True)
class _Leaning:
    """How a lean of an adjective becomes a part of a statement."""

    reach: float = THIRD
    denied: bool = False
    shift: float | None = None
    opposite: bool = False

    def part(
        self, lean: Lean, word: str, start: int, end: int, cut: bool
    ) -> LeaningStatement | ShiftStatement:
        up = (lean.direction > 0) != self.opposite
        if self.shift is not None:
            return ShiftStatement(
                start=start, end=end, cut=cut, feature=lean.feature, word=word,
                direction=1 if up else -1, amount=self.shift,
            )  # fmt: skip
        reach = min(self.reach, TENTH) if lean.strong and not self.denied else self.reach
        share = (1 - reach, 1.0) if up != self.denied else (0.0, reach)
        return LeaningStatement(
            start=start, end=end, cut=cut, feature=lean.feature, word=word, share=share
        )


def _leans(reach: float) -> _Leaning:
    return _Leaning(reach=reach)


def _denies(denied: Negation) -> _Leaning:
    return _Leaning(reach=DENIED[denied.kind], denied=True)


def _shifts(how: str, opposite: bool = False) -> _Leaning:
    return _Leaning(shift=SHIFT[how], opposite=opposite)


def _holds(less: bool) -> _Leaning:
    """ "not slower": it must not move that way, whatever else moves."""
    return _Leaning(shift=0.0, opposite=not less)


def _statements(
    reading: Reading, adjective: Adjective, place: _Place, how: _Leaning, noun: int | None = None
) -> Iterator[AnyStatement]:
    start, end = reading.chunks[place.first].start, reading.chunks[place.last].end
    word = words(reading, place.first, place.last)
    meanings = _meant(reading, adjective, place.last if noun is None else noun)
    if len(meanings) == 1:
        yield from _parts(meanings[0].leans, how, word, start, end, place.cut)
        return
    senses = tuple(
        WordSense(
            id=m.id, means=m.means, weight=m.weight,
            parts=tuple(_parts(m.leans, how, word, start, end, place.cut)),
        )
        for m in meanings
    )  # fmt: skip
    yield AmbiguousStatement(
        start=start, end=end, cut=place.cut, word=word, base=adjective.word, senses=senses
    )


def _parts(
    leans: Iterable[Lean], how: _Leaning, word: str, start: int, end: int, cut: bool
) -> Iterator[LeaningStatement | ShiftStatement]:
    for lean in leans:
        yield how.part(lean, word, start, end, cut)


def _meant(reading: Reading, adjective: Adjective, last: int) -> tuple[Meaning, ...]:
    """The senses that the noun beside the word leaves; all when it settles nothing."""
    for at in (last + 1, last + 2, last + 3):
        if at >= len(reading.chunks) or reading.chunks[at].stops:
            break
        settled = [m for m in adjective.meanings if reading.chunks[at].key in m.beside]
        if settled:
            return tuple(settled[:1])
        if not reading.has(at, "adjective", "joint.and"):
            break
    return adjective.meanings


def _is_compared(reading: Reading, index: int) -> bool:
    """ "more energetic": read as a comparison."""
    return reading.has(index - 1, "shift") and not reading.has(index - 1, "negator")


def _names_something(reading: Reading, index: int) -> bool:
    """ "low voice", "heavy bass", "soft female vocals": the adjective belongs to the noun."""
    if reading.has(index, "voice") and _voice_follows(reading, index):
        return True
    amount = reading.has(index, "amount", "prominence.before")
    return amount and (reading.has(index + 1, "effect") or reading.has(index + 1, "instrument"))


def _voice_follows(reading: Reading, index: int) -> bool:
    at = index + 1
    while reading.has(at, "voice"):
        at += 1
    return reading.has(at, "vocals.voice")
