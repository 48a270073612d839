"""What to do where two rules read the same words, and where a prompt says a thing twice."""

from __future__ import annotations

from collections.abc import Sequence

from mapping.reading.statements import (
    AmbiguousStatement,
    AnyStatement,
    EffectStatement,
    InstrumentStatement,
    LeaningStatement,
    LevelStatement,
    LocatedStatement,
    LyricsStatement,
    ShiftStatement,
    StyleStatement,
    ValueStatement,
)

_SHARES = (LevelStatement, LeaningStatement, ShiftStatement, StyleStatement, AmbiguousStatement)
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


def _thing(statement: AnyStatement) -> tuple[str, ...]:
    """What a statement is about; a prompt has room for one of each."""
    kind = type(statement).__name__
    if isinstance(statement, LevelStatement | ValueStatement):
        return ("level", statement.feature)
    if isinstance(statement, LeaningStatement):
        return ("leaning", statement.feature)
    if isinstance(statement, ShiftStatement):
        return ("shift", statement.feature, str(statement.amount > 0))
    if isinstance(statement, InstrumentStatement):
        return ("instrument", statement.instrument)
    if isinstance(statement, EffectStatement):
        return ("effect", statement.effect)
    if isinstance(statement, AmbiguousStatement):
        return ("ambiguous", statement.base)
    if isinstance(statement, StyleStatement):
        return ("style", statement.style)
    if isinstance(statement, LyricsStatement):
        return ("lyrics", "language" if statement.language else "theme")
    if isinstance(statement, LocatedStatement):
        return ("section", str(statement.start))
    return (kind,)


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
        elif not _agree(earlier, statement):
            first, second = (text[s.start : s.end].strip() for s in (earlier, statement))
            warnings.append(f"the prompt contradicts itself: kept {first!r}, not {second!r}")
    return list(kept.values()), warnings


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
    return isinstance(a, ShiftStatement) and isinstance(b, ShiftStatement) and (
        a.direction == b.direction
    )  # fmt: skip


def _fuller(earlier: AnyStatement, later: AnyStatement) -> bool:
    """Whether the later statement says the same and more: "vocals … female vocals", "C … C minor"."""
    from mapping.reading.statements import KeyStatement, TempoStatement, VocalsStatement

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
