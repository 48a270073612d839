"""What a prompt asks for that does not go together: reported, never resolved silently."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mapping.reading.statements import (
    AnyStatement,
    InstrumentStatement,
    LeaningStatement,
    LevelStatement,
    StyleStatement,
    TempoStatement,
    VocalsStatement,
)
from schemas.style import LEVELS
from schemas.styles import style

SLOW_ABOVE, FAST_BELOW = 140.0, 80.0
"""BPM from which a stated tempo is not "slow" any more, and below which it is not "fast"."""

STYLE_LOW, STYLE_HIGH = 0.2, 0.85
"""Level of a style from which its opposite is remarked: a danceable drone."""

REMARKED = frozenset(("danceability", "energy"))
"""Features by which a style is what it is; "acoustic rock" and "sad disco" are styles too."""

_TEMPO_SLACK = 1.12
"""A stated tempo this far outside a style's usual range, or half or double it, is remarked."""


def contradictions(found: Sequence[AnyStatement], text: str) -> tuple[str, ...]:
    """Sentences about what contradicts, of the statements of one prompt."""
    return tuple(
        dict.fromkeys((*_tempo(found, text), *_styles(found, text), *_voices(found, text)))
    )


def _said(statement: AnyStatement, text: str) -> str:
    return repr(text[statement.start : statement.end].strip())


def _tempo(found: Sequence[AnyStatement], text: str) -> Iterator[str]:
    stated = next((s for s in found if isinstance(s, TempoStatement)), None)
    if stated is None:
        return
    for s in found:
        if not isinstance(s, LeaningStatement | LevelStatement) or s.feature != "tempo_bpm":
            continue
        slow = s.share[1] <= 0.5
        fast = s.share[0] >= 0.5
        if (slow and stated.low > SLOW_ABOVE) or (fast and stated.high < FAST_BELOW):
            yield (
                f"{_said(s, text)} and {_said(stated, text)} contradict each other: "
                f"the number was kept"
            )


def _styles(found: Sequence[AnyStatement], text: str) -> Iterator[str]:
    named = [s for s in found if isinstance(s, StyleStatement) and not s.denied]
    stated = next((s for s in found if isinstance(s, TempoStatement)), None)
    level_of = {feature: level for level, feature in LEVELS.items()}
    for s in named:
        usual = style(s.style)
        if stated is not None and not _usual_tempo(stated, usual.tempo):
            low, high = usual.tempo
            yield (
                f"{_said(stated, text)} is unusual for {usual.name} ({low:g} to {high:g} BPM): "
                "it was kept"
            )
        for wish in found:
            if not isinstance(wish, LeaningStatement | LevelStatement):
                continue
            level = usual.levels.get(level_of.get(wish.feature, ""))
            if (
                level is None
                or wish.feature not in REMARKED
                or (wish.start, wish.end) == (s.start, s.end)
            ):
                continue
            wants_high, wants_low = wish.share[0] >= 0.5, wish.share[1] <= 0.5
            if (wants_high and level < STYLE_LOW) or (wants_low and level > STYLE_HIGH):
                yield (
                    f"{_said(wish, text)} is the opposite of how {usual.name} usually is: "
                    "both were kept"
                )


def _usual_tempo(stated: TempoStatement, usual: tuple[float, float]) -> bool:
    low, high = usual[0] / _TEMPO_SLACK, usual[1] * _TEMPO_SLACK
    return any(low * k <= stated.high and stated.low <= high * k for k in (0.5, 1.0, 2.0))


def _voices(found: Sequence[AnyStatement], text: str) -> Iterator[str]:
    vocals = next((s for s in found if isinstance(s, VocalsStatement)), None)
    choir = next((s for s in found if isinstance(s, InstrumentStatement)
                  and s.instrument == "choir" and s.presence != "absent"), None)  # fmt: skip
    if vocals is not None and vocals.mode == "off" and choir is not None:
        yield (
            f"{_said(vocals, text)} and {_said(choir, text)} contradict each other: both were kept"
        )
    if vocals is not None and text[vocals.start : vocals.end].lower().startswith("a capp"):
        for s in found:
            if (
                isinstance(s, InstrumentStatement)
                and s.presence != "absent"
                and s.instrument != "choir"
            ):
                yield (
                    f"{_said(vocals, text)} and {_said(s, text)} contradict each other: "
                    "both were kept"
                )
