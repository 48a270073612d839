"""Years and decades in a prompt: "in 1977", "the late eighties", "90s"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_DECADES = {
    "twenties": 1920, "thirties": 1930, "forties": 1940, "fifties": 1950, "sixties": 1960,
    "seventies": 1970, "eighties": 1980, "nineties": 1990, "noughties": 2000,
}  # fmt: skip
_THIRDS = {"early": (0, 3), "mid": (4, 6), "late": (7, 9)}
_THIS_CENTURY = 20
"""Of two figures, "10s" and below are taken for this century, "20s" and above for the last."""

_ERA = re.compile(
    r"(?P<third>\b(?:early|mid|late)[\s-]+)?(?:(?P<word>\b(?:" + "|".join(_DECADES) + r")\b)"
    r"|(?P<four>\b(?:1[89]|20)\d0)['’]?s\b|(?<![\w.:/])['’]?(?P<two>\d0)['’]?s\b)",
    re.I,
)
_YEAR = re.compile(
    r"\b(?:in|from|of|since|circa|around|year|back\s+in)\s+(?:the\s+year\s+)?((?:19|20)\d\d)\b"
    r"(?!\s*(?:bpm|hz|khz|beats|seconds?|s\b))", re.I,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Era:
    """First and last year, and where the prompt says so."""

    first: int
    last: int
    start: int
    end: int


def eras(text: str) -> Iterator[Era]:
    """Every year and decade that `text` names, in the order of the two patterns."""
    for m in _YEAR.finditer(text):
        yield Era(int(m[1]), int(m[1]), m.start(1), m.end(1))
    for m in _ERA.finditer(text):
        decade = _decade(m)
        low, high = _THIRDS[m["third"].strip(" -\t\n").lower()] if m["third"] else (0, 9)
        yield Era(decade + low, decade + high, m.start(), m.end())


def _decade(m: re.Match[str]) -> int:
    if m["word"]:
        return _DECADES[m["word"].lower()]
    if m["four"]:
        return int(m["four"])
    short = int(m["two"])
    return short + (2000 if short < _THIS_CENTURY else 1900)
