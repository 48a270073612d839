"""What a request asks for, as single values: tempo, key, a feature's aim, the words.

A condition may hold a value, a range, quantiles or modes; an engine that takes one number gets the
first of these that there is: the value, the middle of the range on the feature's scale, the
median, the heaviest mode.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from schemas.conditioning import ConditioningRequest, FeatureCondition
from schemas.features import KEY_NAMES, feature, key_name
from schemas.parts import Lock


@dataclass(frozen=True, slots=True)
class Key:
    """A key as asked: of `pitch_class` and `major` either may be left open (None)."""

    pitch_class: int | None
    major: bool | None

    @property
    def words(self) -> str:
        """As in "C minor", "C", "minor"."""
        if self.pitch_class is None:
            return "major" if self.major else "minor"
        if self.major is None:
            return KEY_NAMES[self.pitch_class]
        return key_name(self.pitch_class, int(self.major))

    @property
    def whole(self) -> bool:
        return self.pitch_class is not None and self.major is not None


def aim(name: str, condition: FeatureCondition) -> float | None:
    """The one value to aim for, in the feature's unit; None where the condition leaves it open."""
    if condition.value is not None:
        return condition.value
    if condition.low is not None and condition.high is not None:
        if feature(name).scale == "log2" and condition.low > 0:
            return math.sqrt(condition.low * condition.high)
        return (condition.low + condition.high) / 2
    if condition.quantiles is not None:
        return condition.quantiles.p50
    if condition.modes:
        return condition.modes[0].value
    return condition.high if condition.low is None else condition.low


def tempo(request: ConditioningRequest) -> float | None:
    """The tempo to aim for, BPM; None where none is asked, or it is left free."""
    condition = request.features.get("tempo_bpm")
    if condition is None or condition.lock is Lock.FREE:
        return None
    return aim("tempo_bpm", condition)


def key(request: ConditioningRequest) -> Key | None:
    """The stated key; None where none is (probabilities alone are a prior, no wish)."""
    condition = request.key
    if condition is None or (condition.pitch_class is None and condition.mode is None):
        return None
    major = None if condition.mode is None else condition.mode == "major"
    return Key(condition.pitch_class, major)


def text(request: ConditioningRequest) -> str:
    """The prompt as an engine may see it: without names, where the policy took them out."""
    prompt = request.prompt
    return prompt.text if prompt.for_engine is None else prompt.for_engine


def wanted(request: ConditioningRequest) -> dict[str, FeatureCondition]:
    """The features that should or must be met: what is free is left out."""
    return {n: c for n, c in request.features.items() if c.lock is not Lock.FREE}


def parts(request: ConditioningRequest) -> tuple[str, ...]:
    """Names of everything that the request asks beside its prompt and its features.

    `seed` and `candidates` are not among them: they are what is done around every engine.
    """
    there = {
        "key": key(request) is not None,
        "time_signature": request.time_signature is not None,
        "feel": request.feel is not None,
        "styles": bool(request.styles),
        "instruments": bool(request.instruments),
        "effects": bool(request.effects),
        "sections": bool(request.sections),
        "vocals": request.vocals.mode != "open",
        "lyrics": bool(request.vocals.lyrics or request.vocals.theme),
        "duration_s": request.duration_s is not None,
        "melody": bool(request.melody),
        "chords": bool(request.chords),
        "references": bool(request.references),
        "edit": request.edit is not None,
        "stem_seeds": bool(request.stem_seeds),
    }
    return tuple(name for name, asked in there.items() if asked)
