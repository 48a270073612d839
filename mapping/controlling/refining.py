"""Refine: an earlier vector and a few words make the next one."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from mapping.controlling.differing import changes, other, reasons, warnings
from mapping.controlling.moving import deviation, followed, moved, still
from mapping.controlling.planning import planned
from mapping.controlling.rebuilding import FIELDS, Next, assembled
from mapping.predicting.scaling import Array
from schemas.answers import ConditioningVector
from schemas.conditioning import FeatureCondition
from schemas.control import Refinement
from schemas.errors import PromptError
from schemas.parts import Lock

if TYPE_CHECKING:
    from mapping.model import Mapping as Model

LONGEST = 2_000


def refine(
    m: Model, vector: ConditioningVector, words: str, locks: Collection[str] = ()
) -> Refinement:
    """`vector` moved by `words`; features in `locks` stay as they are, bit for bit.

    Parameters
    ----------
    words : "darker, not slower", "a bit faster", "more like the second one", "with trumpets"
    locks : names of features, and key, vocals, instruments, metre or length

    Raises
    ------
    PromptError
        When nothing in `words` can be followed, a lock names nothing, or `vector` is of a mapping
        with other features.
    """
    _check(m, vector, words, locks)
    plan = planned(m, vector, words)
    locked = frozenset(locks) | plan.asked.kept
    said = set(plan.asked.shifts) | set(plan.stated)
    held = locked | {n for n, c in vector.features.items() if c.lock is Lock.HARD and n not in said}
    shifts = {n: by for n, by in plan.asked.shifts.items() if n not in locked}
    inside = {n: by for n, by in shifts.items() if n in m.learned.names}
    stated = {n: by for n, by in _stated(m, vector, plan.stated).items() if n not in locked}
    moves = followed(m.learned, {**inside, **stated}, held | set(plan.pulls))
    for name, by in plan.pulls.items():
        if name not in held:
            moves[m.learned.names.index(name)] += by
    features = _moved(m, vector, still(moves))
    for name in set(shifts) - set(inside):
        features[name] = moved(m.learned, name, features[name], shifts[name])
    features |= {name: c for name, c in plan.stated.items() if name not in locked}
    refined = assembled(m, vector, words, Next(features, plan.told, locked, plan.style))
    return Refinement(
        words=words,
        vector=refined,
        changes=changes(m, vector, refined, reasons(plan, {**stated, **shifts})),
        locked=tuple(sorted(locked)),
        other=other(vector, refined),
        warnings=warnings(plan, locked, vector, refined),
    )


def _stated(
    m: Model, vector: ConditioningVector, stated: Mapping[str, FeatureCondition]
) -> dict[str, float]:
    """How far what is stated lies from what was: other features follow it as they follow a wish."""
    found = {}
    for name, condition in stated.items():
        before = vector.features.get(name)
        if name in m.learned.names and before and before.value is not None:
            to = condition.value
            found[name] = 0.0 if to is None else deviation(m.learned, name, before.value, to)
    return found


def _moved(m: Model, vector: ConditioningVector, moves: Array) -> dict[str, FeatureCondition]:
    found = dict(vector.features)
    for name, by in zip(m.learned.names, moves.tolist(), strict=True):
        if by and found[name].value is not None:
            found[name] = moved(m.learned, name, found[name], by)
    return found


def _check(m: Model, vector: ConditioningVector, words: str, locks: Collection[str]) -> None:
    if not words.strip() or len(words) > LONGEST:
        raise PromptError(f"words: {len(words)} characters; valid is 1 to {LONGEST:,}")
    if vector.vector.names != m.features:
        raise PromptError(
            f"vector: of a mapping with the features {', '.join(vector.vector.names)}; "
            f"this one has {', '.join(m.features)}"
        )
    if missing := [name for name in m.features if name not in vector.features]:
        raise PromptError(f"vector: lacks the features {', '.join(missing)}")
    if vector.key is None:
        raise PromptError("vector: key is null; valid is one that `wordtone condition` wrote")
    valid = (*vector.features, *FIELDS)
    for name in locks:
        if name not in valid:
            near = difflib.get_close_matches(name, valid, 1)
            hint = f"did you mean {near[0]}?" if near else f"valid: {', '.join(valid)}"
            raise PromptError(f"locks: nothing is called {name!r}; {hint}")
