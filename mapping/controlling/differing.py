"""The diff of a refinement: what moved, by how much and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mapping.controlling.moving import deviation
from mapping.controlling.planning import Plan
from schemas.answers import ConditioningVector
from schemas.control import FeatureChange
from schemas.parts import Lock

if TYPE_CHECKING:
    from mapping.model import Mapping as Model


def reasons(plan: Plan, shifts: Mapping[str, float]) -> dict[str, str]:
    """Why each feature moved; under "" why those did that merely follow."""
    reasons = dict.fromkeys(plan.pulls, f"drawn to: {plan.pulled_by}")
    reasons |= {n: f"asked: {plan.asked.words[n]}" for n in shifts if n in plan.asked.words}
    reasons |= dict.fromkeys(plan.stated, "stated")
    strongest = max(shifts, key=lambda n: abs(shifts[n]), default="")
    return reasons | ({"": f"follows {strongest}"} if strongest else {})


def changes(
    m: Model, before: ConditioningVector, after: ConditioningVector, reasons: Mapping[str, str]
) -> tuple[FeatureChange, ...]:
    found = []
    for name, new in after.features.items():
        old = before.features.get(name)
        if old is None or old.value is None or new.value is None or old.value == new.value:
            continue
        deviations = deviation(m.learned, name, old.value, new.value)
        why = reasons.get(name) or reasons.get("", "stated")
        found.append(
            FeatureChange(
                feature=name, unit=new.unit, before=old.value, after=new.value,
                deviations=deviations, why=why,
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda c: -abs(c.deviations)))


def other(before: ConditioningVector, after: ConditioningVector) -> tuple[str, ...]:
    found = []
    if before.key != after.key and after.key is not None:
        found.append(f"key: {_key(before)} → {_key(after)}")
    if before.vocals != after.vocals:
        found.append(f"vocals: {before.vocals.mode} → {after.vocals.mode}")
    if before.instruments != after.instruments:
        new = [i for i in after.instruments if i not in before.instruments]
        found.append("instruments: " + ", ".join(f"{i.id} {i.presence}" for i in new))
    if before.effects != after.effects:
        changed = [e for e in after.effects if e not in before.effects]
        found.append("effects: " + ", ".join(f"{e.id} {e.presence}" for e in changed))
    if len(before.sections) != len(after.sections):
        found.append("sections: " + ", ".join(s.label for s in after.sections))
    if before.feel != after.feel:
        found.append(f"feel: {after.feel}")
    if before.time_signature != after.time_signature:
        found.append(f"metre: {before.time_signature or 'open'} → {after.time_signature}")
    if before.duration_s != after.duration_s:
        found.append(f"length: {before.duration_s or 'open'} → {after.duration_s:g} s")
    return tuple(found)


def _key(vector: ConditioningVector) -> str:
    key = vector.key
    if key is None or key.lock is not Lock.HARD:
        return "open"
    return key.name or f"{key.mode}"


def warnings(
    plan: Plan, locked: frozenset[str], before: ConditioningVector, after: ConditioningVector
) -> tuple[str, ...]:
    found = []
    for name in sorted(locked & (set(plan.asked.shifts) | set(plan.stated))):
        found.append(f"{name} is locked: what the words ask of it is not done")
    for name in sorted(set(plan.asked.shifts) - locked):
        if after.features[name].value == before.features[name].value:
            found.append(f"{name} is at the end of this catalogue: it stays where it is")
    if plan.unknown:
        found.append(f"not understood: {', '.join(plan.unknown)}")
    return tuple(found)
