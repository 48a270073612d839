"""Wishes about a part of the piece: "starts quiet", "guitar solo in the middle", "drop at 0:45".

What is said of a part is taken out of what is said of the whole. A part is opened by a verb
("starts …", up to the end of the clause), by a place after what it holds ("a solo in the middle"),
or by its name ("the chorus is in D minor").
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from mapping.reading.phrases import phrases
from mapping.reading.rules_length import clock, is_clock
from mapping.reading.scope import clause_end, negation
from mapping.reading.statements import (
    AnyStatement,
    DurationStatement,
    Happening,
    InstrumentStatement,
    LocatedStatement,
    Refused,
    StyleStatement,
)
from mapping.reading.tokens import Reading

MOST_PARTS = 32
"""Parts of a piece that a prompt has room for; what is said of more is said of the whole."""

_WHOLE = (DurationStatement, StyleStatement, Refused)
"""Statements about the whole piece wherever they stand."""

_LINKS = frozenset(("is", "are", "in", "at", "has", "with", "should", "goes", "gets", "be", "stays",
                    "modulates", "features", "having", ":", "to", "becomes", "turns"))  # fmt: skip
_LEFT_ENDS = frozenset(("with", "featuring", "has", "having", "where", "that", "plus", "a", "an"))


@dataclass(frozen=True, slots=True)
class Part:
    """The chunks `first` … `last` (exclusive) that speak of one part of the piece."""

    label: str
    first: int
    last: int
    position: float | None = None
    start_s: float | None = None


def located(reading: Reading, found: Sequence[AnyStatement]) -> tuple[AnyStatement, ...]:
    """The statements, those about a part of the piece gathered into a statement of that part."""
    parts = _parts(_Said(reading, found))
    if not parts:
        return tuple(found)
    kept = list(found)
    for part in parts:
        start, end = reading.chunks[part.first].start, reading.chunks[part.last - 1].end
        inside = [
            s for s in kept if start <= s.start and s.end <= end and not isinstance(s, _WHOLE)
        ]
        events = tuple(_events(reading, part, inside))
        if not inside and not events:
            continue
        kept = [s for s in kept if s not in inside]
        kept.append(
            LocatedStatement(
                start=start, end=end, cut=True, label=part.label, position=part.position,
                start_s=part.start_s, events=events, parts=tuple(inside),
            )
        )  # fmt: skip
    return tuple(sorted(kept, key=lambda s: (s.start, s.end)))


@dataclass(frozen=True, slots=True)
class _Said:
    """A reading, and what its rules found, in the order of the text."""

    reading: Reading
    found: Sequence[AnyStatement]

    def between(self, first: int, last: int) -> bool:
        """Whether something is wished, or happens, in the chunks `first` … `last` (exclusive)."""
        chunks = self.reading.chunks
        if first >= last:
            return False
        if any(self.reading.has(at, "change", "solo") for at in range(first, last)):
            return True
        start, end = chunks[first].start, chunks[last - 1].end
        at = bisect_left(self.found, start, key=lambda s: s.start)
        return at < len(self.found) and self.found[at].end <= end


def _parts(said: _Said) -> list[Part]:
    """Parts that do not overlap; of two that do, the earlier candidate keeps what it has."""
    found: list[Part] = []
    taken: set[int] = set()
    for part in _candidates(said):
        first = part.first
        while first < part.last and first in taken:
            first += 1
        last = next((at for at in range(first, part.last) if at in taken), part.last)
        if first < last and (last == part.last or part.start_s is None):
            found.append(replace(part, first=first, last=last))
            taken.update(range(first, last))
        if len(found) == MOST_PARTS:
            break
    return sorted(found, key=lambda part: part.first)


def _candidates(said: _Said) -> Iterator[Part]:
    position, reading = phrases().position, said.reading
    yield from _timed(said)
    for index in reading.of("place_verb"):
        label = reading.chunks[index].meanings["place_verb"]
        last = _right(reading, index + 1)
        if last > index + 1 and (label != "middle" or _then(reading, index)):
            yield Part(label, index, last, position.get(label))
    for index in reading.of("place"):
        label = reading.chunks[index].meanings["place"]
        first = _left(reading, index)
        if said.between(first, index):
            yield Part(label, first, index + 1, position.get(label))
        else:
            begin = index + 1 + (index + 1 < len(reading.chunks)
                                 and reading.chunks[index + 1].key in (",", ":"))  # fmt: skip
            yield Part(label, index, _right(reading, begin), position.get(label))
    for index in reading.of("place_subject"):
        after = index + 1
        linked = after < len(reading.chunks) and reading.chunks[after].key in _LINKS
        if linked and not reading.has(index, "place"):
            label = reading.chunks[index].meanings["place_subject"]
            yield Part(label, index, _right(reading, after), position.get(label))
        elif reading.has(index - 1, "adjective", "vocals.off") and not reading.has(index, "effect"):
            label = reading.chunks[index].meanings["place_subject"]
            yield Part(label, _adjectives(reading, index), index + 1, position.get(label))
    yield from _changes(reading)


def _adjectives(reading: Reading, index: int) -> int:
    """First chunk of "very quiet (verse)"."""
    at = index
    while reading.has(at - 1, "adjective", "degree", "vocals.off"):
        at -= 1
    return at


def _timed(said: _Said) -> Iterator[Part]:
    """ "a drop at 0:45", "strings come in after 30 seconds"."""
    reading = said.reading
    for index in reading.of("number"):
        if index < 1 or reading.chunks[index - 1].key not in ("at", "around", "after", "from", "@"):
            continue
        if is_clock(reading, index):
            seconds, last = clock(reading, index), index + 3
        elif reading.has(index + 1, "unit.second"):
            seconds, last = float(reading.chunks[index].meanings["number"]), index + 2
        elif reading.has(index + 1, "unit.minute"):
            seconds, last = 60 * float(reading.chunks[index].meanings["number"]), index + 2
        else:
            continue
        first = _left(reading, index - 1)
        if said.between(first, index - 1) and seconds <= 24 * 3600:
            yield Part(_label(reading, first, index), first, last, start_s=seconds)


def _label(reading: Reading, first: int, last: int) -> str:
    for at in range(first, last):
        if reading.has(at, "place_subject") or reading.has(at, "change"):
            named = reading.value(at, "place_subject") or reading.value(at, "change")
            return str(named)
    return "section"


def _changes(reading: Reading) -> Iterator[Part]:
    """ "fade out", "builds up", "a key change": events with no place of their own but the usual."""
    position = phrases().position
    usual = {"fade out": "end", "abrupt end": "end", "ritardando": "end", "fade in": "intro",
             "drop": "drop", "breakdown": "breakdown"}  # fmt: skip
    for index in reading.of("change"):
        name = reading.chunks[index].meanings["change"]
        # "drum and bass drop" as a word of style, "drops" as a verb with an object: only alone.
        if name == "drop" and not _is_event(reading, index):
            continue
        if negation(reading, index, things=True) is not None:
            continue  # "no bass drop"
        label = usual.get(name, "change")
        yield Part(label, index, index + 1, position.get(label))


def _is_event(reading: Reading, index: int) -> bool:
    before = reading.chunks[index - 1].key if index else ""
    return before in ("a", "the", "big", "to", "with", "huge", "massive", "into", "heavy") or (
        reading.chunks[index].key not in ("drop", "drops")
    )


def _then(reading: Reading, index: int) -> bool:
    """ "becomes" and "turns into" speak of a later part only after something came first."""
    return index > 1


def _right(reading: Reading, at: int) -> int:
    """End of what a part holds that begins at `at`: the clause, or the next part."""
    begin, end = at, clause_end(reading, at)
    while at < min(end, len(reading.chunks)):
        if at > begin and (
            reading.has(at, "joint.then", "place_verb", "place", "change")
            or (reading.has(at, "joint") and reading.has(at + 1, "place_verb", "change"))
            or reading.has(at, "place_subject")
        ):
            break
        at += 1
    return at


def _left(reading: Reading, index: int) -> int:
    """Start of what a place after it holds: "(with) a guitar solo in the middle"."""
    at = index
    while at > 0:
        chunk = reading.chunks[at - 1]
        if chunk.stops or chunk.key in _LEFT_ENDS or "joint" in chunk.meanings:
            break
        if "place" in chunk.meanings:
            break
        at -= 1
    return at


def _events(reading: Reading, part: Part, inside: Sequence[AnyStatement]) -> Iterator[Happening]:
    for at in range(part.first, part.last):
        if reading.has(at, "change"):
            yield Happening(name=reading.chunks[at].meanings["change"], start_s=part.start_s)
        elif reading.has(at, "solo"):
            yield Happening(name=_solo(reading, at, inside), start_s=part.start_s)


def _solo(reading: Reading, at: int, inside: Sequence[AnyStatement]) -> str:
    """ "guitar solo"."""
    what = reading.chunks[at].key
    before = [s for s in inside if isinstance(s, InstrumentStatement)
              and s.end <= reading.chunks[at].start]  # fmt: skip
    return f"{before[-1].instrument.replace('_', ' ')} {what}" if before else what
