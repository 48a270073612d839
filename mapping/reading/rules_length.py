"""Rules for length and metre: "2 minutes", "a 30-second loop", "3:30 long", "6/8", "waltz time"."""

from __future__ import annotations

from collections.abc import Iterator

from mapping.reading.statements import AnyStatement, DurationStatement, MetreStatement, Refused
from mapping.reading.tokens import Reading

LONGEST_S = 3600.0
_LONG = frozenset(("long", "length", "duration", "in length", "min", "minutes", "loop", "clip",
                   "snippet", "jingle", "runtime"))  # fmt: skip
_DECADES = frozenset((20, 30, 40, 50, 60, 70, 80, 90))
_NAMED_DECADE = frozenset(("the", "early", "mid", "late", "in", "from", "of", "'", "years"))
_ONE_OF = frozenset(("for", "lasting", "lasts", "about", "around", "roughly", "over", "of", "with",
                     "make", "me", "want", "need", "is", "be", "almost", "nearly"))  # fmt: skip
"""Before "a minute": a length; "100 miles an hour" is none."""

_MACHINES = frozenset((303, 404, 505, 606, 707, 808, 909))
"""Drum machines and synthesisers: "808s"."""

_SECONDS_EACH = {"second": 1.0, "minute": 60.0, "hour": 3600.0}
_AWAY = frozenset(("after", "at", "in", "first", "last", "every", "into", "until", "within"))
"""Before a number: a place in the piece, or something else, but not its length."""


def duration(reading: Reading) -> Iterator[AnyStatement]:
    """ "2 minutes", "1 minute 30", "two and a half minutes", "15 s", "2:30 long"."""
    done = -1
    for index in reading.of("unit"):
        unit = reading.chunks[index].meanings["unit"]
        if index <= done or unit not in _SECONDS_EACH or _is_key(reading, index):
            continue
        counted = _count(reading, index)
        if counted is None:
            continue
        count, first = counted
        if first > 0 and reading.chunks[first - 1].key in _AWAY:
            continue
        more, last = _and_seconds(reading, index, unit)
        done = last
        yield _length(reading, first, last, count * _SECONDS_EACH[unit] + more)
    yield from _short(reading)
    yield from _clock(reading)


def _is_key(reading: Reading, index: int) -> bool:
    """ "in A min" is a key."""
    return reading.chunks[index].key == "min" and not reading.has(index - 1, "number")


def _count(reading: Reading, unit: int) -> tuple[float, int] | None:
    """How many of the unit, and the first chunk that says so."""
    at = unit - 1
    if at < 0:
        return None
    key = reading.chunks[at].key
    if reading.has(at, "number"):
        value = float(reading.chunks[at].meanings["number"])
        return (value, at) if at < 1 or reading.chunks[at - 1].key not in (":", "/") else None
    if key == "half" and reading.has(at - 1, "joint.and") and reading.has(at - 2, "number"):
        return float(reading.chunks[at - 2].meanings["number"]) + 0.5, at - 2
    said = reading.text[reading.chunks[max(0, at - 3)].start : reading.chunks[at].end].lower()
    if said.endswith("and a half"):
        whole = at
        while whole > 0 and not reading.has(whole, "number"):
            whole -= 1
        return float(reading.value(whole, "number") or 1.0) + 0.5, whole
    if said.endswith(("half a", "half an")) or key == "half":
        return 0.5, at if key == "half" else at - 1
    alone = at == 0 or reading.chunks[at - 1].stops or reading.chunks[at - 1].key in _ONE_OF
    return (1.0, at) if key in ("a", "an") and alone else None


def _and_seconds(reading: Reading, index: int, unit: str) -> tuple[float, int]:
    """Seconds said after "minutes", and the last chunk of it: "1 minute (and) 30 (seconds)"."""
    if unit != "minute":
        return 0.0, index
    at = index + 1
    if reading.has(at, "joint.and"):
        at += 1
    if not reading.has(at, "number") or reading.has(at + 1, "unit.bpm", "unit.bar"):
        return 0.0, index
    value = float(reading.chunks[at].meanings["number"])
    if reading.has(at + 1, "unit.second"):
        return value, at + 1
    nothing_after = at + 1 >= len(reading.chunks) or reading.chunks[at + 1].stops
    if at == index + 1 and value < 60 and nothing_after:
        return value, at
    return 0.0, index


def _short(reading: Reading) -> Iterator[AnyStatement]:
    """ "15 s", "30s": a length; "the 30s", "90s", "1980s": a time."""
    for index in reading.of("number"):
        chunk = reading.chunks[index]
        after = reading.chunks[index + 1] if index + 1 < len(reading.chunks) else None
        if after is None or after.key != "s" or not chunk.key[0].isdigit():
            continue
        before = reading.chunks[index - 1].key if index else ""
        if before == ":" and index > 1 and reading.chunks[index - 2].key in _LONG:
            before = ""
        if before in (*_AWAY, ":", "/") or reading.text[chunk.start - 1 : chunk.start] == "'":
            continue
        value = float(chunk.meanings["number"])
        if before == "m" and reading.gap(index) == "" and reading.has(index - 2, "number"):
            minutes = float(reading.chunks[index - 2].meanings["number"])  # "1m30s"
            yield _length(reading, index - 2, index + 1, 60 * minutes + value)
            continue
        loop = index + 2 < len(reading.chunks) and reading.chunks[index + 2].key in _LONG
        spaced = reading.gap(index + 1) != ""
        decade = not (spaced or loop) and (
            (value in _DECADES and value >= 50) or (before in _NAMED_DECADE and value % 10 == 0)
        )  # fmt: skip
        if (
            value < 1000
            and value not in _MACHINES
            and not decade
            and not chunk.key.startswith("00")
        ):
            yield _length(reading, index, index + 1, value)


def _clock(reading: Reading) -> Iterator[AnyStatement]:
    """ "2:30 long", "length 2:30", "3:30 minutes"; a bare 2:30 may be a time of day."""
    for index in reading.of("number"):
        if not is_clock(reading, index):
            continue
        first, last = index, index + 2
        before = index - 1
        if reading.value(before, "tempo") == "copula":
            before -= 1
        long_before = before >= 0 and reading.chunks[before].key in (
            "length",
            "duration",
            "runtime",
        )
        long_after = last + 1 < len(reading.chunks) and reading.chunks[last + 1].key in _LONG
        if not long_before and not long_after:
            continue
        first = before if long_before else first
        last = last + 1 if long_after else last
        yield _length(reading, first, last, clock(reading, index))


def is_clock(reading: Reading, index: int) -> bool:
    """Whether "2:30" stands at `index`."""
    if not reading.has(index, "number") or not reading.has(index + 2, "number"):
        return False
    seconds = reading.chunks[index + 2]
    nothing_more = index + 3 >= len(reading.chunks) or reading.chunks[index + 3].key != ":"
    return (
        reading.chunks[index + 1].key == ":"
        and (index == 0 or reading.chunks[index - 1].key != ":")
        and len(seconds.key) == 2
        and seconds.key.isdigit()
        and reading.gap(index + 1) == reading.gap(index + 2) == ""
        and float(seconds.meanings["number"]) < 60
        and nothing_more
    )


def clock(reading: Reading, index: int) -> float:
    """Seconds of the "2:30" at `index`."""
    minutes, seconds = (float(reading.chunks[i].meanings["number"]) for i in (index, index + 2))
    return 60 * minutes + seconds


def _length(reading: Reading, first: int, last: int, seconds: float) -> AnyStatement:
    start, end = reading.chunks[first].start, reading.chunks[last].end
    if not 0 < seconds <= LONGEST_S:
        said = reading.text[start:end].strip()
        reason = f"{said}: a length is above 0 and at most {LONGEST_S:g} s"
        return Refused(start=start, end=end, cut=True, reason=reason)
    return DurationStatement(start=start, end=end, cut=True, seconds=seconds)


_LOWER = frozenset((2, 4, 8, 16))
_FRACTION_OF = frozenset(("of", "note", "notes", "inch"))


def metre(reading: Reading) -> Iterator[AnyStatement]:
    """ "6/8", "in 7/8 time", "waltz time", "three four"."""
    for index in reading.of("metre"):
        chunk = reading.chunks[index]
        yield MetreStatement(start=chunk.start, end=chunk.end, signature=chunk.meanings["metre"])
    for index in reading.of("number"):
        if reading.has(index + 2, "number") and reading.chunks[index + 1].key == "/":
            statement = _fraction(reading, index)
            if statement is not None:
                yield statement


def _fraction(reading: Reading, index: int) -> MetreStatement | Refused | None:
    upper, lower = (float(reading.chunks[i].meanings["number"]) for i in (index, index + 2))
    after = reading.chunks[index + 3].key if index + 3 < len(reading.chunks) else ""
    before = reading.chunks[index - 1].key if index else ""
    if not 2 <= upper <= 19 or lower not in _LOWER or upper % 1:
        return None
    if after in _FRACTION_OF or after == "/" or before == "/":
        return None
    start, end = reading.chunks[index].start, reading.chunks[index + 2].end
    if reading.has(index - 1, "negator.full"):
        said = reading.text[reading.chunks[index - 1].start : end]
        return Refused(
            start=reading.chunks[index - 1].start, end=end, cut=True,
            reason=f"{said}: what to avoid says no metre to take",
        )  # fmt: skip
    return MetreStatement(start=start, end=end, cut=True, signature=f"{upper:g}/{lower:g}")
