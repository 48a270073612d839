""" "More like the second one": the second of what, and where it lies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from mapping.controlling.asking import Which
from mapping.predicting.learned import Learned
from schemas.answers import ConditioningVector
from schemas.errors import PromptError


def liked(
    learned: Learned, vector: ConditioningVector, number: int, which: Which
) -> tuple[dict[str, float | None], str]:
    """Features of the one that is meant, and its name.

    "One" is a side where a name in the prompt has several, else a sample, else a track of the
    evidence: what an answer lays side by side. Raises PromptError when there are not so many.
    """
    place = abs(number)
    sides = [side for r in vector.references for side in r.sides]
    offered: dict[str, Sequence[Mapping[str, float | None]]] = {
        "side": [{n: s.value for n, s in side.features.items()} for side in sides],
        "sample": vector.samples,
        "track": _tracks(learned, vector),
    }
    there = [kind for kind in ("side", "sample", "track") if offered[kind]]
    kind = which if which != "any" else there[0] if there else "track"
    found = offered[kind]
    if not 1 <= place <= len(found):
        raise PromptError(
            f"words: there is no {kind} number {place}; the vector has {len(found)}"
            + ("" if found or kind != "sample" else " (ask for some with --samples)")
        )
    name = f"{kind} {place}"
    return dict(found[place - 1]), name if number > 0 else f"away from {name}"


def _tracks(learned: Learned, vector: ConditioningVector) -> list[dict[str, float | None]]:
    rows = {track.track_id: row for row, track in enumerate(learned.tracks)}
    found = []
    for track in vector.evidence:
        row = rows.get(track.track_id)
        values = learned.natural[row].tolist() if row is not None else []
        known = zip(learned.names, values, strict=bool(values))
        found.append({n: None if math.isnan(v) else v for n, v in known})
    return found
