"""What to do where two rules read the same words, and where a prompt says a thing twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from mapping.reading.statements import (
    AmbiguousStatement,
    AnyStatement,
    EffectStatement,
    InstrumentStatement,
    KeyStatement,
    LeaningStatement,
    LevelStatement,
    LocatedStatement,
    LyricsStatement,
    ShiftStatement,
    StyleStatement,
    TempoStatement,
    ValueStatement,
    VocalsStatement,
)

_SHARES = (
    LevelStatement, LeaningStatement, ShiftStatement, StyleStatement, AmbiguousStatement,
    InstrumentStatement,
)  # fmt: skip
"""Statements of which one span can make several: "lullaby", "aggressive", "happier"."""


def without_overlaps(found: Sequence[AnyStatement]) -> list[AnyStatement]:
    """The statements that share no character with an earlier one, in the order of the text."""
    kept: list[AnyStatement] = []
    owner: dict[int, AnyStatement] = {}  # by character, so that a long prompt takes no longer
    for statement in found:
        place = range(statement.start, statement.end)
        if all(_is_shared(owner[at], statement) for at in place if at in owner):
            kept.append(statement)
            owner.update(dict.fromkeys(place, statement))
    return sorted(kept, key=lambda s: (s.start, s.end))


def _is_shared(a: AnyStatement, b: AnyStatement) -> bool:
    return (
        isinstance(a, _SHARES) and isinstance(b, _SHARES) and (a.start, a.end) == (b.start, b.end)
    )


_THINGS: dict[type, Callable[[Any], tuple[str, ...]]] = {
    LevelStatement: lambda s: ("level", s.feature),
    ValueStatement: lambda s: ("level", s.feature),
    LeaningStatement: lambda s: ("leaning", s.feature),
    ShiftStatement: lambda s: ("shift", s.feature, str(s.amount > 0)),
    InstrumentStatement: lambda s: ("instrument", s.instrument),
    EffectStatement: lambda s: ("effect", s.effect),
    AmbiguousStatement: lambda s: ("ambiguous", s.base),
    StyleStatement: lambda s: ("style", s.style),
    LyricsStatement: lambda s: ("lyrics", "language" if s.language else "theme"),
    LocatedStatement: lambda s: ("section", str(s.start)),
}
"""Statement → what it is about; a prompt has room for one of each. Others are one of their kind."""


def _thing(statement: AnyStatement) -> tuple[str, ...]:
    about = _THINGS.get(type(statement))
    return about(statement) if about else (type(statement).__name__,)


def one_of_each(found: Sequence[AnyStatement], text: str) -> tuple[list[AnyStatement], list[str]]:
    """The first statement of each thing, and a warning for every later one that differs."""
    kept: dict[tuple[str, ...], AnyStatement] = {}
    warnings = []
    for statement in found:
        earlier = kept.setdefault(_thing(statement), statement)
        if earlier is statement or _content(earlier) == _content(statement):
            continue
        if _fuller(earlier, statement):
            kept[_thing(statement)] = statement
        elif (both := _merged(earlier, statement)) is not None:
            kept[_thing(statement)] = both
        elif not _agree(earlier, statement):
            first, second = (text[s.start : s.end].strip() for s in (earlier, statement))
            warnings.append(f"the prompt contradicts itself: kept {first!r}, not {second!r}")
    return list(kept.values()), warnings


def _merged(a: AnyStatement, b: AnyStatement) -> AnyStatement | None:
    """One statement that says what both do: "blues scale in E", "neither happy nor sad"."""
    if isinstance(a, KeyStatement) and isinstance(b, KeyStatement):
        pairs = ((a.pitch_class, b.pitch_class), (a.mode, b.mode), (a.scale, b.scale))
        if any(x is not None and y is not None and x != y for x, y in pairs):
            return None
        tonic, mode, scale = (x if x is not None else y for x, y in pairs)
        return replace(b, pitch_class=tonic, mode=mode, scale=scale)  # type: ignore[arg-type]
    if isinstance(a, LeaningStatement) and isinstance(b, LeaningStatement):
        apart = a.share[1] <= b.share[0] or b.share[1] <= a.share[0]
        if a.cut and b.cut and apart:  # both ends denied: the middle
            return replace(b, share=(1 / 3, 2 / 3), word=f"{a.word}, {b.word}")
    return None


def _content(statement: AnyStatement) -> object:
    """What it comes to: "slow" and "unhurried" say the same."""
    if isinstance(statement, LeaningStatement):
        return statement.share
    if isinstance(statement, AmbiguousStatement):
        return [(s.id, [p.feature for p in s.parts]) for s in statement.senses]
    return statement.in_words()


def _agree(a: AnyStatement, b: AnyStatement) -> bool:
    """Whether both can hold: "calm" and "very calm", "a piano" and "prominent piano"."""
    if isinstance(a, LeaningStatement) and isinstance(b, LeaningStatement):
        return max(a.share[0], b.share[0]) < min(a.share[1], b.share[1])
    if isinstance(a, InstrumentStatement) and isinstance(b, InstrumentStatement):
        return "absent" not in (a.presence, b.presence)
    if isinstance(a, EffectStatement) and isinstance(b, EffectStatement):
        return "absent" not in (a.presence, b.presence)
    if isinstance(a, VocalsStatement) and isinstance(b, VocalsStatement):
        return a.mode == b.mode
    return isinstance(a, ShiftStatement) and isinstance(b, ShiftStatement) and (
        a.direction == b.direction
    )  # fmt: skip


def _fuller(earlier: AnyStatement, later: AnyStatement) -> bool:
    """Whether the later one says the same and more: "vocals … female vocals", "C … C minor"."""
    if isinstance(earlier, LeaningStatement) and isinstance(later, LeaningStatement):
        return earlier.share[0] <= later.share[0] and later.share[1] <= earlier.share[1]
    if isinstance(earlier, VocalsStatement) and isinstance(later, VocalsStatement):
        return earlier.mode == later.mode and earlier.voice is None
    if isinstance(earlier, KeyStatement) and isinstance(later, KeyStatement):
        pairs = ((earlier.pitch_class, later.pitch_class), (earlier.mode, later.mode))
        return all(a is None or a == b for a, b in pairs) and earlier.scale in (None, later.scale)
    if isinstance(earlier, TempoStatement) and isinstance(later, TempoStatement):
        return earlier.value is None and later.value is not None and (
            earlier.low <= later.value <= earlier.high
        )  # fmt: skip
    return isinstance(earlier, InstrumentStatement) and isinstance(later, InstrumentStatement) and (
        earlier.presence == "present" and later.presence == "prominent"
    )  # fmt: skip
