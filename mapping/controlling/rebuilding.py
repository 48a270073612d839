"""The vector after its features have moved: numbers, samples and evidence follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mapping.controlling.planning import PULL
from mapping.predicting import answer
from mapping.predicting.distribution import Constraint
from mapping.predicting.scaling import Array
from schemas.answers import ConditioningVector, Vector
from schemas.conditioning import FeatureCondition
from schemas.parts import Lock, Prompt, StyleWeight

if TYPE_CHECKING:
    from mapping.model import Mapping as Model

FIELDS = {
    "key": "key", "vocals": "vocals", "instruments": "instruments", "metre": "time_signature",
    "length": "duration_s",
}  # fmt: skip
"""What may be locked beside features → its field of the vector."""

_ROW_SPREAD = 0.5


@dataclass(frozen=True, slots=True)
class Next:
    features: dict[str, FeatureCondition]
    told: ConditioningVector | None
    locked: frozenset[str]
    style: bool = False


def assembled(m: Model, vector: ConditioningVector, words: str, nxt: Next) -> ConditioningVector:
    update: dict[str, object] = {"features": nxt.features}
    told = nxt.told
    if told:
        if told.key is not None and told.key.lock is Lock.HARD:
            update["key"] = told.key
        if told.vocals.mode != "open":
            update["vocals"] = told.vocals
        if told.instruments:
            new = {i.id: i for i in (*vector.instruments, *told.instruments)}
            update["instruments"] = tuple(new.values())
        update["understood"] = (*vector.understood, *told.understood)
        if nxt.style:
            update["styles"] = _styles(vector, told)
        if told.effects:
            effects = {e.id: e for e in (*vector.effects, *told.effects)}
            update["effects"] = tuple(effects.values())
        if told.sections:
            update["sections"] = (*vector.sections, *told.sections)
        said = ("time_signature", "duration_s", "feel")
        update |= {field: v for field in said if (v := getattr(told, field))}
    for name in nxt.locked & set(FIELDS):
        update.pop(FIELDS[name], None)
    weights = _rows(m, nxt.features)
    seed = vector.seed or 0
    update |= {
        "prompt": _prompt(vector, words, told),
        "references": (*vector.references, *(told.references if told else ())),
        "samples": answer.samples(m.learned, weights, len(vector.samples), seed),
        "evidence": answer.evidence(m.learned, weights),
        "unsaid": tuple(n for n, c in nxt.features.items() if c.lock is Lock.FREE),
    }
    refined = vector.model_copy(update=update)
    return refined.model_copy(update={"vector": _numbers(m, vector, refined)})


def _styles(vector: ConditioningVector, told: ConditioningVector) -> tuple[StyleWeight, ...]:
    """The earlier styles and the new ones, in the shares that the features are drawn by."""
    weights = {style.id: (1 - PULL) * style.weight for style in vector.styles}
    for style in told.styles:
        weights[style.id] = min(1.0, weights.get(style.id, 0.0) + PULL * style.weight)
    ordered = sorted(weights.items(), key=lambda pair: -pair[1])
    return tuple(StyleWeight(id=name, weight=weight) for name, weight in ordered)


def _prompt(vector: ConditioningVector, words: str, told: ConditioningVector | None) -> Prompt:
    """Both prompts in one; names stay with us where either says so."""
    before, engine = vector.prompt, told.prompt.for_engine if told else None
    anonymous = None
    if before.for_engine is not None or engine is not None:
        earlier = before.text if before.for_engine is None else before.for_engine
        anonymous = f"{earlier}; {words if engine is None else engine}"[:40_000]
    text = f"{before.text}; {words}"[:20_000]
    return Prompt(text=text, language=before.language, for_engine=anonymous)


def _numbers(m: Model, before: ConditioningVector, after: ConditioningVector) -> Vector:
    """The vector's numbers; those of a condition that stayed are taken over as they are."""
    key = after.key
    assert key is not None
    new = answer.vector(m.learned, after.features, key)
    same = [after.features[n] is before.features[n] for n in new.names]

    def joined(field: str) -> tuple[float, ...]:
        pairs = zip(same, getattr(before.vector, field), getattr(new, field), strict=True)
        return tuple(old if stayed else now for stayed, old, now in pairs)

    fields = {f: joined(f) for f in ("values", "low", "high", "confidence")}
    kept = before.vector.key_probabilities if before.key is after.key else new.key_probabilities
    return new.model_copy(update={**fields, "key_probabilities": kept})


def _rows(m: Model, features: Mapping[str, FeatureCondition]) -> Array:
    """Weights of the tracks that lie where the refined features do: evidence and samples."""
    limits = []
    for name in m.learned.names:
        q = features[name].quantiles
        ends = (q.p25, q.p75) if q else (features[name].low, features[name].high)
        value = features[name].value
        low, high = (value if end is None else end for end in ends)
        if low is not None and high is not None:
            z = [m.learned.scaler.one(name, end) for end in (low, high)]
            target = m.learned.names.index(name)
            limits.append(Constraint(target, z[0], z[1], _ROW_SPREAD))
    return m.learned.reference.reweigh(m.learned.reference.uniform(), tuple(limits))
