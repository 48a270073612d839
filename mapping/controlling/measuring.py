"""A measured piece of audio as a vector: every feature that was measured, the rest left open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mapping.controlling.rebuilding import Next, assembled
from mapping.predicting.answer import key_confidence
from mapping.predicting.scaling import Array
from mapping.reading.wishes import Options
from schemas.answers import ConditioningVector
from schemas.conditioning import FeatureCondition, KeyCondition, Mode
from schemas.features import feature, key_name
from schemas.parts import Lock, Source
from schemas.references import FeatureSpread, Reference

if TYPE_CHECKING:
    from mapping.model import Mapping as Model

SURE = 0.9
"""Confidence of a measured value that has none of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured on a piece of audio.

    Attributes
    ----------
    name : what a person calls it; never passed on to an engine
    values : feature → value in its unit
    tolerances : feature → accepted deviation, for each of `values`
    confidences : feature → 0 … 1, where the measurement has one
    key_probabilities : 24, C major … B minor, or None where it has no key
    time_signature : as "3/4", or None
    """

    name: str
    values: Mapping[str, float]
    tolerances: Mapping[str, float]
    confidences: Mapping[str, float] = field(default_factory=dict)
    key_probabilities: Array | None = None
    time_signature: str | None = None


def measured_vector(m: Model, clip: Measured, options: Options) -> ConditioningVector:
    """The vector that asks for what was measured, from source `audio`; a soft wish each.

    What was not measured is the catalogue's own spread, and free. Of `options`, only samples and
    seed are used.
    """
    open_ = m.condition("", vocals="open", samples=options.samples, seed=options.seed)
    found = {name: _condition(clip, name) for name in clip.values}
    update: dict[str, object] = {
        "references": (_reference(clip, found),),
        "time_signature": clip.time_signature,
        "understood": (f"like {clip.name}: {len(found)} features measured",),
    }
    if clip.key_probabilities is not None:
        update["key"] = _key(clip.key_probabilities)
    start = open_.model_copy(update=update)
    features = {**open_.features, **found}
    whole = assembled(m, start, "", Next(features, None, frozenset()))
    return whole.model_copy(update={"prompt": open_.prompt, "warnings": _left_open(m, clip)})


def _condition(clip: Measured, name: str) -> FeatureCondition:
    spec, value, by = feature(name), clip.values[name], clip.tolerances[name]
    return FeatureCondition(
        value=value,
        low=max(spec.minimum, value - by),
        high=min(spec.maximum, value + by),
        modes=(Mode(value=value, weight=1.0),) if name == "tempo_bpm" else (),
        unit=spec.unit,
        source=Source.AUDIO,
        confidence=clip.confidences.get(name, SURE),
        lock=Lock.SOFT,
        tolerance=by,
    )


def _key(probabilities: Array) -> KeyCondition:
    best = int(probabilities.argmax())
    return KeyCondition(
        pitch_class=best % 12,
        mode="major" if best < 12 else "minor",
        name=key_name(best % 12, int(best < 12)),
        probabilities=tuple(min(1.0, max(0.0, float(p))) for p in probabilities),
        source=Source.AUDIO,
        confidence=key_confidence(probabilities),
        lock=Lock.SOFT,
    )


def _reference(clip: Measured, found: Mapping[str, FeatureCondition]) -> Reference:
    spreads = {
        name: FeatureSpread(
            value=clip.values[name], low=c.low or 0.0, high=c.high or 0.0, unit=c.unit
        )
        for name, c in found.items()
    }
    return Reference(
        text=f"like {clip.name}", kind="audio", name=clip.name, tracks=1, features=spreads
    )


def _left_open(m: Model, clip: Measured) -> tuple[str, ...]:
    missing = [name for name in m.features if name not in clip.values]
    if not missing:
        return ()
    return (f"{clip.name}: not measured, and left open: {', '.join(missing)}",)
