"""What a prompt can state outright, and where in the text it does.

A rule reads one kind of statement. `start` and `end` are offsets into the prompt; `numeric`
statements are cut out before the text is embedded, since "120 BPM in C minor" is no style.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from schemas.features import KEY_NAMES, key_name

VocalMode = Literal["on", "off", "spoken", "open"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Base: where it stands, and whether the words that say it are to be embedded."""

    start: int
    end: int
    numeric: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TempoStatement(Statement):
    """BPM. `value` is what was said, None for a range; low and high bound what meets it."""

    value: float | None
    low: float
    high: float

    def in_words(self) -> str:
        if self.value is None:
            return f"tempo {self.low:g} to {self.high:g} BPM"
        return f"tempo {self.value:g} BPM"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyStatement(Statement):
    """A tonic, a mode, or both. `mode` is 1 for major, 0 for minor."""

    pitch_class: int | None
    mode: int | None

    def in_words(self) -> str:
        if self.pitch_class is not None and self.mode is not None:
            return f"key {key_name(self.pitch_class, self.mode)}"
        if self.pitch_class is not None:
            return f"key of {KEY_NAMES[self.pitch_class]}"
        return "major key" if self.mode else "minor key"


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationStatement(Statement):
    seconds: float

    def in_words(self) -> str:
        return f"length {self.seconds:g} s"


@dataclass(frozen=True, slots=True, kw_only=True)
class VocalsStatement(Statement):
    mode: VocalMode
    voice: str | None = None

    def in_words(self) -> str:
        voice = f" ({self.voice})" if self.voice else ""
        said = {"on": "vocals", "off": "no vocals", "spoken": "spoken word", "open": "vocals open"}
        return said[self.mode] + voice


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelStatement(Statement):
    """Feature within a share of the catalogue, such as the upper third: (0.667, 1)."""

    feature: str
    word: str
    share: tuple[float, float]

    def in_words(self) -> str:
        return f"{self.word} {self.feature}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaningStatement(Statement):
    """A word that leans a feature to one end: a soft wish. `word` is as the prompt has it."""

    feature: str
    word: str
    share: tuple[float, float]

    def in_words(self) -> str:
        return f"{self.word}: {'low' if self.share[0] == 0 else 'high'} {self.feature}"


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentStatement(Statement):
    instrument: str
    presence: Literal["present", "absent", "prominent"]

    def in_words(self) -> str:
        prefix = {"present": "with", "absent": "without", "prominent": "prominent"}[self.presence]
        return f"{prefix} {self.instrument.replace('_', ' ')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetreStatement(Statement):
    signature: str

    def in_words(self) -> str:
        return f"time signature {self.signature}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Statement):
    """Something that reads as a statement and cannot be obeyed; `reason` says why."""

    reason: str

    def in_words(self) -> str:
        return ""


AnyStatement = (
    TempoStatement
    | KeyStatement
    | DurationStatement
    | VocalsStatement
    | LevelStatement
    | LeaningStatement
    | InstrumentStatement
    | MetreStatement
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


Rule = Callable[[str], Iterator[AnyStatement]]
"""Reads one kind of statement out of a prompt."""
