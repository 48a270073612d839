"""What changed and why: a refined vector with its diff, a prediction taken apart by its words."""

from __future__ import annotations

from pydantic import Field

from schemas.answers import ConditioningVector, EvidenceTrack
from schemas.parts import Contract


class FeatureChange(Contract):
    """One feature before and after, in `unit`."""

    feature: str
    unit: str
    before: float
    after: float
    deviations: float = Field(description="the change in standard deviations of the catalogue")
    why: str = Field(description='"asked: darker", or "follows brightness_hz"')


class Refinement(Contract):
    """A vector moved by words; locked features are those of the earlier one, bit for bit."""

    words: str
    vector: ConditioningVector
    changes: tuple[FeatureChange, ...] = Field(
        (), description="largest first; what did not move is not"
    )
    locked: tuple[str, ...] = ()
    other: tuple[str, ...] = Field(
        (), description="what else changed, in words: key, vocals, instruments, metre, length"
    )
    warnings: tuple[str, ...] = ()


class PhraseEffect(Contract):
    """What a phrase of the prompt contributed to each feature's value, in the feature's unit."""

    text: str
    start: int | None = Field(None, description="place in the prompt; null for an option")
    end: int | None = None
    effects: dict[str, float]


class Counterfactual(Contract):
    """The answer without a phrase: "without 'trumpets': brightness 2,100 → 1,900 Hz"."""

    without: str
    changes: tuple[FeatureChange, ...]


class Explanation(Contract):
    """A prediction as a sum: `base` and the effects of all phrases add up to `predicted`.

    `base` is what is answered where nothing is said: the catalogue's middle.
    """

    prompt: str
    units: dict[str, str]
    base: dict[str, float]
    predicted: dict[str, float]
    phrases: tuple[PhraseEffect, ...]
    counterfactuals: tuple[Counterfactual, ...]
    evidence: tuple[EvidenceTrack, ...]
    exact: bool = Field(description="all orders of the phrases were tried, not a sample of them")
    warnings: tuple[str, ...] = ()
