"""What the words of a refinement ask for: shifts, things to keep, one to be more like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from mapping.reading.lexicon import lexicon
from mapping.reading.statements import (
    AmbiguousStatement,
    AnyStatement,
    LeaningStatement,
    LevelStatement,
    ShiftStatement,
)

LEAN = 0.8
"""How far a plain adjective moves a feature, in standard deviations of the catalogue: "dark" asks
for more than "a bit darker"."""

_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7,
    "eighth": 8, "1st": 1, "2nd": 2, "3rd": 3,
}  # fmt: skip
_LIKE = re.compile(
    r"\b(?:(?P<less>less)|more)?\s*like\s+(?:the\s+)?(?:"
    r"(?P<word>" + "|".join(_ORDINALS) + r")(?:\s+(?P<what>one|track|song|side|sample|example))?"
    r"|(?:number|no\.|track|song|side|sample|example)\s*#?(?P<number>\d{1,3}))\b",
    re.I,
)
_KEEP = re.compile(
    r"\b(?:(?:keep(?:ing)?|leave|leaving|hold|same|retain|preserve|don['’]?t\s+(?:change|touch)|"
    r"without\s+changing|not\s+touching)\s+(?:the\s+|its\s+|at\s+the\s+)?)+"
    r"(?P<list>[\w ,]{1,80})", re.I,
)  # fmt: skip
_ITEM = re.compile(r"\s*(?P<name>[\w ]{1,60}?)\s*(?P<joint>,|\band\b|\bor\b|\bbut\b|$)", re.I)
_FILLER = re.compile(r"\b(?:the|its|as|it|is|are|alone|where|same|exactly)\b", re.I)

Which = Literal["side", "sample", "track", "any"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a refinement asks for.

    Attributes
    ----------
    shifts : feature → standard deviations of the catalogue, signed
    words : feature → the words that ask for it
    kept : features that may not move, and key, vocals, instruments
    like : which side, sample or evidence track to draw nearer to, from 1; negative: away from
    which : what `like` counts
    """

    shifts: dict[str, float] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    like: int | None = None
    which: Which = "any"


def read_like(words: str) -> tuple[int | None, Which, str]:
    """ "more like the second one": its number, what it counts, and the words without it."""
    m = _LIKE.search(words)
    if m is None:
        return None, "any", words
    number = _ORDINALS[m["word"].lower()] if m["word"] else int(m["number"])
    said = m["what"].lower() if m["what"] else m[0].lower()
    which: Which = "any"
    for name, kind in (("side", "side"), ("sample", "sample"), ("example", "sample"),
                       ("track", "track"), ("song", "track")):  # fmt: skip
        if name in said:
            which = kind  # type: ignore[assignment]  # one of the literals above
    left = words[: m.start()] + " " * (m.end() - m.start()) + words[m.end() :]
    return (-number if m["less"] else number), which, left


def read_kept(words: str) -> tuple[frozenset[str], str]:
    """ "keep the tempo and the energy": what may not move, and the words without it."""
    kept: set[str] = set()
    left = words
    names = {**lexicon().dimensions(), "key": "key", "vocals": "vocals", "voice": "vocals",
             "instruments": "instruments", "instrumentation": "instruments", "mood": "valence",
             "bpm": "tempo_bpm", "timbre": "brightness_hz", "metre": "metre"}  # fmt: skip
    for m in _KEEP.finditer(words):
        end = at = m.start("list")
        while item := _ITEM.match(words, at, m.end("list")):
            name = _FILLER.sub("", item["name"].lower()).strip()
            if name not in names:
                break
            kept.add(names[name])
            end, at = item.end("name"), item.end()
            if item["joint"] in ("", "but"):
                break
        if end > m.start("list"):
            left = left[: m.start()] + " " * (end - m.start()) + left[end:]
    return frozenset(kept), left


def asked(statements: Sequence[AnyStatement]) -> Asked:
    """The shifts that statements of a prompt ask for.

    A comparative moves a feature by its amount, "not slower" keeps it, a plain adjective moves it
    towards its side, a word of several senses by each sense's share.
    """
    shifts: dict[str, float] = {}
    words: dict[str, str] = {}
    kept: set[str] = set()
    for statement in statements:
        for part, weight in _parts(statement):
            if isinstance(part, ShiftStatement) and part.amount == 0:
                kept.add(part.feature)
                continue
            moved = weight * _distance(part)
            shifts[part.feature] = shifts.get(part.feature, 0.0) + moved
            words.setdefault(part.feature, part.word)
    return Asked(
        {name: moved for name, moved in shifts.items() if name not in kept},
        words,
        frozenset(kept),
    )


_Moving = ShiftStatement | LeaningStatement | LevelStatement


def _parts(statement: AnyStatement) -> list[tuple[_Moving, float]]:
    if isinstance(statement, AmbiguousStatement):
        return [(part, sense.weight) for sense in statement.senses for part in sense.parts]
    if isinstance(statement, ShiftStatement | LeaningStatement):
        return [(statement, 1.0)]
    return []


def _distance(part: _Moving) -> float:
    if isinstance(part, ShiftStatement):
        return part.direction * part.amount
    middle = (part.share[0] + part.share[1]) / 2
    return LEAN * (1 if middle > 0.5 else -1)
