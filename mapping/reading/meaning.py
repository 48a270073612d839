"""From an adjective and how it is said to statements: what it leans, by which sense.

One word of several senses gives one statement that holds them all, unless a noun beside it settles
which is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mapping.reading.adjectives import Adjective, Lean, Meaning
from mapping.reading.scope import Negation, words
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
"""Share of what is predicted without it that an adjective leans to, by its strength."""

DENIED = {"full": HALF, "mild": HALF, "too": 2 / 3, "utterly": THIRD}
"""Share that is left when an adjective is denied: "not too fast" leaves the lower two thirds."""

SHIFT = {"plain": 0.75, "strong": 1.25, "weak": 0.4}
"""Steps that a comparative moves by: "", "much", "a bit"; see `mapping.predicting.leaning`."""


@dataclass(frozen=True, slots=True)
class Place:
    """The chunks that say it, and whether they are kept from being embedded."""

    first: int
    last: int
    cut: bool


@dataclass(frozen=True, slots=True)
class Reach:
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


def leans(reach: float) -> Reach:
    return Reach(reach=reach)


def denies(denied: Negation) -> Reach:
    return Reach(reach=DENIED[denied.kind], denied=True)


def shifts(how: str, opposite: bool = False) -> Reach:
    return Reach(shift=SHIFT[how], opposite=opposite)


def holds(less: bool) -> Reach:
    """ "not slower": it must not move that way, whatever else moves."""
    return Reach(shift=0.0, opposite=not less)


def statements(
    reading: Reading, adjective: Adjective, place: Place, how: Reach, noun: int | None = None
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
    leans: Iterable[Lean], how: Reach, word: str, start: int, end: int, cut: bool
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
