"""What a prompt can state outright, and where in the text it does.

A rule reads one kind of statement. `start` and `end` are offsets into the plain text, and into the
prompt once `parse` has returned it. Statements to `cut` are taken out before the text is embedded:
"120 BPM in C minor" is no style, and what is denied must not be heard as asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Literal

from mapping.reading.soft_statements import (
    AmbiguousStatement,
    LeaningStatement,
    LevelStatement,
    ShiftStatement,
    Statement,
    ValueStatement,
    WordSense,
)
from mapping.reading.tokens import Reading
from schemas.features import KEY_NAMES, key_name

__all__ = [
    "CONTEXT",
    "AmbiguousStatement",
    "AnyStatement",
    "DurationStatement",
    "EffectStatement",
    "FeelStatement",
    "Happening",
    "InstrumentStatement",
    "KeyStatement",
    "LeaningStatement",
    "LevelStatement",
    "LocatedStatement",
    "LyricsStatement",
    "MetreStatement",
    "Presence",
    "Refused",
    "Rule",
    "ShiftStatement",
    "Statement",
    "Strength",
    "StyleStatement",
    "TempoStatement",
    "ValueStatement",
    "VocalMode",
    "VocalsStatement",
    "WordSense",
    "after",
    "before",
]

VocalMode = Literal["on", "off", "spoken", "open"]


Presence = Literal["present", "absent", "prominent"]
Strength = Literal["absent", "light", "present", "heavy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoStatement(Statement):
    """BPM. `value` is what was said, None for a range; low and high bound what meets it."""

    kind: ClassVar[str] = "tempo"

    value: float | None
    low: float
    high: float

    def in_words(self) -> str:
        if self.value is None:
            return f"tempo {self.low:g} to {self.high:g} BPM"
        return f"tempo {self.value:g} BPM"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeelStatement(Statement):
    """How the beat is felt against the stated tempo."""

    kind: ClassVar[str] = "feel"

    feel: Literal["half-time", "double-time"]

    def in_words(self) -> str:
        return f"{self.feel} feel"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStatement(Statement):
    """A tonic, a mode, or both, and the scale where one is named. `mode`: 1 major, 0 minor."""

    kind: ClassVar[str] = "key"

    pitch_class: int | None
    mode: int | None
    scale: str | None = None

    def in_words(self) -> str:
        scale = f" ({self.scale})" if self.scale else ""
        if self.pitch_class is not None and self.mode is not None:
            return f"key {key_name(self.pitch_class, self.mode)}{scale}"
        if self.pitch_class is not None:
            return f"key of {KEY_NAMES[self.pitch_class]}{scale}"
        if self.mode is None:
            return f"scale{scale}"
        return ("major key" if self.mode else "minor key") + scale


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationStatement(Statement):
    kind: ClassVar[str] = "length"

    seconds: float

    def in_words(self) -> str:
        return f"length {self.seconds:g} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class VocalsStatement(Statement):
    kind: ClassVar[str] = "vocals"

    mode: VocalMode
    voice: str | None = None

    def in_words(self) -> str:
        voice = f" ({self.voice})" if self.voice else ""
        said = {"on": "vocals", "off": "no vocals", "spoken": "spoken word", "open": "vocals open"}
        return said[self.mode] + voice


@dataclass(frozen=True, slots=True, kw_only=True)
class LyricsStatement(Statement):
    """What is sung, and in which language (BCP 47)."""

    kind: ClassVar[str] = "lyrics"

    language: str | None = None
    theme: str | None = None

    def in_words(self) -> str:
        return f"lyrics in {self.language}" if self.language else f"lyrics about {self.theme}"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentStatement(Statement):
    kind: ClassVar[str] = "instrument"

    instrument: str
    presence: Presence

    def in_words(self) -> str:
        prefix = {"present": "with", "absent": "without", "prominent": "prominent"}[self.presence]
        return f"{prefix} {self.instrument.replace('_', ' ')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectStatement(Statement):
    kind: ClassVar[str] = "effect"

    effect: str
    presence: Strength

    def in_words(self) -> str:
        name = self.effect.replace("_", " ")
        return f"without {name}" if self.presence == "absent" else f"{self.presence} {name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleStatement(Statement):
    """A style of schemas/styles.toml; denied: "not techno"."""

    kind: ClassVar[str] = "style"

    style: str
    denied: bool = False

    def in_words(self) -> str:
        return f"not the style {self.style}" if self.denied else f"style {self.style}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetreStatement(Statement):
    kind: ClassVar[str] = "metre"

    signature: str

    def in_words(self) -> str:
        return f"time signature {self.signature}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event, and when it is if that is said."""

    name: str
    start_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedStatement(Statement):
    """A part of the piece and what is wished of it alone.

    `position` is its start as a share of the length, `start_s` in seconds, where they are known.
    """

    kind: ClassVar[str] = "section"

    label: str
    position: float | None = None
    start_s: float | None = None
    events: tuple[Happening, ...] = ()
    parts: tuple[AnyStatement, ...] = ()

    def in_words(self) -> str:
        said = [*(part.in_words() for part in self.parts), *(e.name for e in self.events)]
        when = f" at {self.start_s:g} s" if self.start_s is not None else ""
        return f"{self.label}{when}: {', '.join(said)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Statement):
    """Something that reads as a statement and cannot be obeyed; `reason` says why."""

    kind: ClassVar[str] = "refused"

    reason: str


AnyStatement = (
    TempoStatement
    | FeelStatement
    | KeyStatement
    | DurationStatement
    | VocalsStatement
    | LyricsStatement
    | LevelStatement
    | ValueStatement
    | LeaningStatement
    | ShiftStatement
    | AmbiguousStatement
    | InstrumentStatement
    | EffectStatement
    | StyleStatement
    | MetreStatement
    | LocatedStatement
    | Refused
)
CONTEXT = 80
"""Characters beside a match that a rule looks at; all of a long prompt would take seconds."""


def before(text: str, start: int) -> str:
    """What stands right before `start`."""
    return text[max(0, start - CONTEXT) : start]


def after(text: str, end: int) -> str:
    """What stands right after `end`."""
    return text[end : end + CONTEXT]


Rule = Callable[[Reading], Iterator[AnyStatement]]
"""Reads one kind of statement out of a prompt."""
