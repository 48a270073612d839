"""The rule for tempi with a unit or a name: "120 BPM", "♩ = 96", "under 90 bpm"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mapping.reading.statements import (
    AnyStatement,
    Refused,
    TempoStatement,
)
from mapping.reading.tokens import Reading

SLOWEST, FASTEST = 30.0, 300.0

EXACT, AROUND = 0.04, 0.08
"""Accepted deviation of a stated tempo: 4% is the usual tolerance (Gouyon et al. 2006)."""

_TO = frozenset(("to", "and", "until", "or"))
_DASHES = frozenset(("-", "–", "—", "..", "…"))
NO_TEMPO_AFTER = frozenset(("%", ":", "/", "s", "am", "pm", "hz", "khz", "db", "st", "nd", "rd",
                             "th", "years", "$", "€", "bit", "kbps", "o'clock", "rpm"))  # fmt: skip


def tempo(reading: Reading) -> Iterator[AnyStatement]:
    """Numbers with a unit, and numbers after a name of tempo."""
    taken: set[int] = set()
    for index in reading.of("unit.bpm"):
        number = index - 1
        number -= number > 0 and reading.chunks[number].key == "+"
        if reading.value(number, "approximate") and reading.has(number - 1, "number"):
            number -= 1  # "120-ish bpm"
        if _is_decade_of_tempi(reading, number):
            yield _tens(reading, number - 1, index)
        elif (
            reading.has(number, "number")
            and number not in taken
            and not _is_length_unit(reading, number)
        ):
            high = upper(reading, number)
            last = high + reading.has(high + 1, "unit.bpm") if high != number else index
            yield stated(reading, high, last)
            taken.update((number, high))
    for index in reading.of("tempo.names"):
        found = _named_number(reading, index)
        if found is not None and found not in taken:
            yield stated(reading, found, upper(reading, found), first=index)
            taken.add(found)


def _is_decade_of_tempi(reading: Reading, at: int) -> bool:
    """ "in the 120s bpm"."""
    return at > 0 and reading.chunks[at].key == "s" and reading.has(at - 1, "number")


def _tens(reading: Reading, number: int, last: int) -> AnyStatement:
    low = float(reading.chunks[number].meanings["number"])
    span = (reading.chunks[number].start, reading.chunks[last].end)
    return statement(reading.text, span, [low, low + 9], False, None)


def _is_length_unit(reading: Reading, number: int) -> bool:
    return reading.has(number - 1, "unit.minute") and reading.gap(number) == ""


def _named_number(reading: Reading, index: int) -> int | None:
    """The number that "tempo", "bpm" or "♩" is followed by: "the tempo should be around 90"."""
    at = index + 1
    while reading.has(at, "tempo.copula", "approximate", "tempo.names") and at < index + 5:
        at += 1
    if not reading.has(at, "number") or _counts_else(reading, upper(reading, at) + 1):
        return None
    key = reading.chunks[index].key
    signed = reading.has(index + 1, "tempo.copula")
    # "a quarter of 90", "speed 3", "the beat of 100 drums": only with a sign or a plain "tempo".
    plain = key in ("tempo", "bpm", "♩", "tempo marking", "metronome", "mm", "m . m", "m . m .")
    equals = signed and reading.chunks[index + 1].key in ("=", ":")
    return at if plain or equals else None


def _counts_else(reading: Reading, after: int) -> bool:
    """Whether what follows a number makes it something else than a tempo: "tempo 50%"."""
    if after >= len(reading.chunks):
        return False
    unit = reading.has(after, "unit.minute", "unit.second")
    return unit or reading.chunks[after].key in NO_TEMPO_AFTER


def upper(reading: Reading, number: int) -> int:
    """Index of the second number of a range that begins at `number`, or `number` itself."""
    at = number + 1
    if reading.has(at, "unit.bpm"):
        at += 1
    if at < len(reading.chunks) and (
        reading.chunks[at].key in _TO or reading.chunks[at].key in _DASHES
    ):
        at += 1
        at += reading.has(at, "approximate")
        return at if reading.has(at, "number") else number
    if reading.has(at, "number") and reading.gap(at).strip() == "-":
        return at
    return number


def _lower(reading: Reading, number: int) -> int:
    """Index of the first number of a range that ends at `number`, or `number` itself."""
    at = number - 1
    if reading.has(number, "number") and reading.gap(number).strip() == "-":
        return at if reading.has(at, "number") else number
    if at > 0 and reading.has(at, "bound.high") and reading.chunks[at].key == "up to":
        return at - 1 if reading.has(at - 1, "number") else number
    if at > 0 and (reading.chunks[at].key in _TO or reading.chunks[at].key in _DASHES):
        at -= 1
        at -= reading.has(at, "unit.bpm")
        return at if reading.has(at, "number") else number
    return number


@dataclass(slots=True)
class _Said:
    """A number and the words about it; `begin` and `last` are the chunks they reach to."""

    begin: int
    last: int
    about: bool = False
    bound: str | None = None
    factor: float = 1.0

    def look_left(self, reading: Reading, single: bool) -> None:
        """Take in "around", "under", "faster than", "half the tempo of", "between"."""
        while self.begin > 0:
            at = self.begin - 1
            if reading.has(at, "bound") and single:
                self.bound = reading.chunks[at].meanings["bound"]
            elif single and (compared := _compared(reading, self.begin)) is not None:
                self.bound, self.begin = compared
                continue
            elif reading.has(at, "approximate"):
                self.about = True
            elif reading.has(at, "tempo.times_two", "tempo.times_half"):
                self.factor = 2.0 if reading.has(at, "tempo.times_two") else 0.5
            elif reading.chunks[at].key not in ("between", "from", "at", "of", "a", "the"):
                return
            self.begin = at

    def look_right(self, reading: Reading, high: int, single: bool) -> None:
        """Take in "+", "-ish" and the unit."""
        chunks = reading.chunks
        plus = [
            at for at in (high + 1, self.last + 1) if at < len(chunks) and chunks[at].key == "+"
        ]
        if single and plus:
            self.bound, self.last = "low", max(self.last, *plus)  # "150+ bpm"
        if reading.value(self.last + 1, "approximate") and chunks[self.last + 1].key == "ish":
            self.about, self.last = True, self.last + 1
        self.last += reading.has(self.last + 1, "unit.bpm")


def stated(reading: Reading, number: int, last: int, first: int | None = None) -> AnyStatement:
    """The statement of the number, range or bound that `number` belongs to."""
    low = _lower(reading, number) if first is None else number
    high = number if first is None else upper(reading, number)
    said = _Said(low, max(last, high))
    said.look_left(reading, low == high)
    said.look_right(reading, high, low == high)
    begin = said.begin if first is None else min(said.begin, first)
    start, end = reading.chunks[begin].start, reading.chunks[said.last].end
    if reading.has(begin - 1, "negator.full") and said.bound is None:
        start = reading.chunks[begin - 1].start
        reason = f"{reading.text[start:end]}: what to avoid says no tempo to take"
        return Refused(start=start, end=end, cut=True, reason=reason)
    values = sorted(said.factor * float(reading.chunks[i].meanings["number"]) for i in (low, high))
    return statement(reading.text, (start, end), values, said.about, said.bound)


def _compared(reading: Reading, begin: int) -> tuple[str, int] | None:
    """The bound that "faster than", "not slower than" before `begin` sets, and its start."""
    if not reading.has(begin - 1, "than") or not reading.has(begin - 2, "comparative"):
        return None
    lean = reading.chunks[begin - 2].meanings["comparative"].meanings[0].leans[0]
    if lean.feature != "tempo_bpm":
        return None
    denied = reading.has(begin - 3, "negator")
    return "low" if (lean.direction > 0) != denied else "high", begin - 2 - denied


def statement(
    text: str, span: tuple[int, int], values: list[float], about: bool, bound: str | None
) -> AnyStatement:
    low, high = values
    if low < SLOWEST or high > FASTEST:
        said = text[span[0] : span[1]].strip()
        reason = f"{said}: a tempo is {SLOWEST:g} … {FASTEST:g} BPM"
        return Refused(start=span[0], end=span[1], cut=True, reason=reason)
    value = low if low == high and bound is None else None
    if bound is not None:
        low, high = (low, FASTEST) if bound == "low" else (SLOWEST, high)
    elif value is not None:
        near = AROUND if about else EXACT
        low, high = max(SLOWEST, value * (1 - near)), min(FASTEST, value * (1 + near))
    return TempoStatement(start=span[0], end=span[1], cut=True, value=value, low=low, high=high)
