"""Statements about features: levels and values, leanings of words, comparatives, open senses.

The first two are met, the others move what is predicted; see `mapping.predicting.leaning`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Base: where it stands, and whether the words that say it are kept from being embedded."""

    kind: ClassVar[str] = ""

    start: int
    end: int
    cut: bool = False

    def in_words(self) -> str:
        """What was understood, for a person."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelStatement(Statement):
    """Feature within a share of the catalogue, such as the upper third: (0.667, 1)."""

    kind: ClassVar[str] = "level"

    feature: str
    word: str
    share: tuple[float, float]

    def in_words(self) -> str:
        return f"{self.word} {self.feature}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueStatement(Statement):
    """A feature's value in its unit, as in "energy 0.8"; low and high bound what meets it."""

    kind: ClassVar[str] = "value"

    feature: str
    value: float
    low: float
    high: float

    def in_words(self) -> str:
        return f"{self.feature} {self.value:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaningStatement(Statement):
    """A word that leans a feature to a share of the catalogue: a soft wish.

    `word` is as the prompt has it; "not happy" leans valence to (0, 0.5).
    """

    kind: ClassVar[str] = "leaning"

    feature: str
    word: str
    share: tuple[float, float]

    def in_words(self) -> str:
        ends = "low" if self.share[0] == 0 else "high" if self.share[1] == 1 else "middling"
        return f"{self.word}: {ends} {self.feature}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftStatement(Statement):
    """A comparative: moves a feature from where the rest of the prompt has it.

    Attributes
    ----------
    direction : 1 up, -1 down
    amount : standard deviations of the catalogue; 0 forbids the other direction ("not slower")
    than : what it is compared with; None: the rest of the prompt
    """

    kind: ClassVar[str] = "comparison"

    feature: str
    word: str
    direction: Literal[-1, 1]
    amount: float
    than: str | None = None

    def in_words(self) -> str:
        than = f" than {self.than}" if self.than else ""
        way = "higher" if self.direction > 0 else "lower"
        if not self.amount:
            way = "not lower" if self.direction > 0 else "not higher"
        return f"{self.word}: {way} {self.feature}{than}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WordSense:
    """One sense of an ambiguous word: what it would ask for."""

    id: str
    means: str
    weight: float
    parts: tuple[LeaningStatement | ShiftStatement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbiguousStatement(Statement):
    """A word of several senses, as the prompt has it, and the `base` that choices are keyed by."""

    kind: ClassVar[str] = "ambiguous"

    word: str
    base: str
    senses: tuple[WordSense, ...]

    def in_words(self) -> str:
        return f"{self.word}: {' or '.join(sense.id for sense in self.senses)}"
