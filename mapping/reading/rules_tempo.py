"""Rules for tempo, length and metre."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mapping.reading.statements import (
    AnyStatement,
    DurationStatement,
    MetreStatement,
    Refused,
    TempoStatement,
    before,
)

SLOWEST, FASTEST = 30.0, 300.0
LONGEST_S = 3600.0

EXACT, AROUND = 0.04, 0.08
"""Accepted deviation of a stated tempo: 4% is the usual tolerance (Gouyon et al. 2006)."""

_NUMBER = r"(?<![\d.,/:])(\d{1,4}(?:[.,]\d{1,3})?)"
_UNIT = r"(?:-?\s*(?:bpm|b\.p\.m\.?)(?![a-z])|\s*beats?[\s-](?:per|a)[\s-]min(?:ute)?\b)"
_ABOUT = r"(?:(around|about|approximately|approx\.?|roughly|circa|ca\.|near|nearly|~)\s*)?"
_BOUND = {
    "low": r"(?:over|above|more than|at least|faster than|minimum(?: of)?|from)",
    "high": r"(?:under|below|less than|at most|slower than|up to|max(?:imum)?(?: of)?)",
}
_TO = r"\s*(?:-|–|—|to|and|\.\.\.?|…)\s*"

_RANGE = re.compile(_NUMBER + r"(?:\s*bpm)?" + _TO + r"(\d{1,4}(?:[.,]\d{1,3})?)" + _UNIT, re.I)
_LIMIT = re.compile(rf"\b(?:(?P<low>{_BOUND['low']})|(?P<high>{_BOUND['high']}))\s+"
                    + _NUMBER + _UNIT, re.I)  # fmt: skip
_PLAIN = re.compile(_ABOUT + _NUMBER + _UNIT, re.I)
_NAMED = re.compile(
    r"(?:\b(?:bpm|tempo)\b|♩|\bq(?=\s*=))(?:\s+of this song)?\s*(?:is|of|at|:|=)?\s*"
    + _ABOUT + _NUMBER + r"(?![\d:/]|\s*(?:%|min|sec|s\b))", re.I)  # fmt: skip


def tempo(text: str) -> Iterator[AnyStatement]:
    """ "120 BPM", "90–100 bpm", "around 127.5 BPM", "tempo: 96", "under 80 BPM", "♩ = 60"."""
    for m in _RANGE.finditer(text):
        low, high = sorted((_float(m[1]), _float(m[2])))
        yield _tempo_range(m, low, high)
    for m in _LIMIT.finditer(text):
        value = _float(m[3])
        yield _tempo_range(m, value, FASTEST) if m["low"] else _tempo_range(m, SLOWEST, value)
    for pattern in (_PLAIN, _NAMED):
        for m in pattern.finditer(text):
            yield _tempo_value(m, _float(m[2]), AROUND if m[1] else EXACT)


def _tempo_value(m: re.Match[str], value: float, tolerance: float) -> AnyStatement:
    if not SLOWEST <= value <= FASTEST:
        return _outside(m)
    low, high = max(SLOWEST, value * (1 - tolerance)), min(FASTEST, value * (1 + tolerance))
    return TempoStatement(
        start=m.start(), end=m.end(), numeric=True, value=value, low=low, high=high
    )


def _tempo_range(m: re.Match[str], low: float, high: float) -> AnyStatement:
    if low < SLOWEST or high > FASTEST or low > high:
        return _outside(m)
    value = low if low == high else None
    return TempoStatement(
        start=m.start(), end=m.end(), numeric=True, value=value, low=low, high=high
    )


def _outside(m: re.Match[str]) -> Refused:
    reason = f"{m[0].strip()}: a tempo is {SLOWEST:g} … {FASTEST:g} BPM"
    return Refused(start=m.start(), end=m.end(), numeric=True, reason=reason)


def _float(text: str) -> float:
    return float(text.replace(",", "."))


_COUNT_WORDS = {
    "half a": 0.5, "a": 1.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0,
    "six": 6.0, "seven": 7.0, "eight": 8.0, "nine": 9.0, "ten": 10.0, "fifteen": 15.0,
    "twenty": 20.0, "thirty": 30.0, "forty": 40.0, "forty-five": 45.0, "sixty": 60.0,
    "ninety": 90.0,
}  # fmt: skip
_COUNT = (
    r"(?<![\d.,/:'’])(\d{1,4}(?:[.,]\d{1,2})?|\b(?:"
    + "|".join(sorted(_COUNT_WORDS, key=len, reverse=True))
    + r")\b)"
)
_SECONDS = re.compile(_COUNT + r"[\s-]*(?:seconds?|secs?)\b", re.I)
_S = re.compile(r"(?<![\d.,/:'’])(\d{1,4}(?:[.,]\d{1,2})?)\s?s\b(?![\w'’])")
_MINUTES = re.compile(
    _COUNT + r"(\s+and a half)?[\s-]*(?:minutes?|mins?)\b"
    r"(?:\s+(?:and\s+)?(\d{1,2})\s*(?:seconds?|secs?|s)?\b(?!\s*bpm))?", re.I)  # fmt: skip
_CLOCK = re.compile(
    r"(?:\b(?:length|duration|long)\b\s*(?:of|is|:|=)?\s*)?(?<![\d:])(\d{1,2}):([0-5]\d)(?![\d:])"
    r"(?:\s*(?:min(?:ute)?s?|long)\b)?", re.I)  # fmt: skip
_DECADE_BEFORE = re.compile(r"(?:\b(?:the|early|mid|late|in|from|of|18|19|20)[\s-]*|['’])$", re.I)
_DECADES = {"20", "30", "40", "50", "60", "70", "80", "90"}
_LENGTH_AFTER = re.compile(r"\s*(?:long|loop|clip|snippet|jingle|in length)\b", re.I)


def duration(text: str) -> Iterator[AnyStatement]:
    """ "2 minutes", "a 30-second loop", "15 s", "2:30 long", "1 minute 30", "half a minute"."""
    for m in _MINUTES.finditer(text):
        if re.match(r"a\s+min\b", m[0], re.I):  # the key of A minor
            continue
        count = _count(m[1]) + (0.5 if m[2] else 0.0)
        yield _length(m, 60 * count + float(m[3] or 0))
    for m in _SECONDS.finditer(text):
        yield _length(m, _count(m[1]))
    for m in _S.finditer(text):
        if not _is_decade(text, m):
            yield _length(m, _float(m[1]))
    for m in _CLOCK.finditer(text):
        if re.search(r"[a-z]", m[0], re.I):  # a bare 2:30 may be a time of day
            yield _length(m, 60 * int(m[1]) + int(m[2]))


def _is_decade(text: str, m: re.Match[str]) -> bool:
    """ "30s" is a length, "the 30s", "90s house" and "1980s" are times."""
    number = m[1]
    if number not in _DECADES and len(number) != 4:
        return False
    if " " in m[0] or _LENGTH_AFTER.match(text, m.end()):
        return len(number) == 4
    written_before = _DECADE_BEFORE.search(before(text, m.start())) is not None
    return written_before or len(number) == 4 or int(number) >= 50


def _length(m: re.Match[str], seconds: float) -> AnyStatement:
    if not 0 < seconds <= LONGEST_S:
        reason = f"{m[0].strip()}: a length is above 0 and at most {LONGEST_S:g} s"
        return Refused(start=m.start(), end=m.end(), numeric=True, reason=reason)
    return DurationStatement(start=m.start(), end=m.end(), numeric=True, seconds=seconds)


def _count(text: str) -> float:
    found = _COUNT_WORDS.get(text.lower())
    return _float(text) if found is None else found


_METRE = re.compile(r"(?<![\d/.])([2-9]|1\d)/(2|4|8|16)(?![\d/])(?!\s*(?:of|notes?)\b)")
_NAMED_METRE = {"waltz time": "3/4", "common time": "4/4", "cut time": "2/2"}


def metre(text: str) -> Iterator[AnyStatement]:
    """ "6/8", "in 7/8 time", "waltz time", "common time"."""
    for m in _METRE.finditer(text):
        yield MetreStatement(start=m.start(), end=m.end(), numeric=True, signature=f"{m[1]}/{m[2]}")
    for name, signature in _NAMED_METRE.items():
        for m in re.finditer(rf"\b{name}\b", text, re.I):
            yield MetreStatement(start=m.start(), end=m.end(), signature=signature)
