"""A piece as the page tells of it: asked against measured, credits, what became of an edit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.conditioning import ConditioningRequest
from schemas.control import FeatureChange
from schemas.features import feature
from schemas.generation import FeatureResult, GenerationResult
from schemas.parts import Applied
from schemas.scales import normalise
from service.web.generate.values import measure, number, plainly, span, title

if TYPE_CHECKING:
    from generation.around.keeping import Kept

_LEAST_MOVE = 0.01
_HOW = {
    Applied.NATIVE: ("native", "the engine sets it itself"),
    Applied.PROMPT: ("prompt", "the engine was told in words"),
    Applied.RERANK: ("rerank", "the best of several tries"),
    Applied.POSTFIX: ("corrected", "corrected afterwards"),
    Applied.IGNORED: ("not set", "the engine does not set this; it is measured all the same"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the table. `met` is hit, below, above, missed or empty; `good` says which."""

    title: str
    asked: str
    measured: str
    how: str
    how_why: str
    met: str
    good: bool | None
    note: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A feature before and after a change; `by` is signed, as a share of the typical range."""

    title: str
    before: str
    after: str
    by: float
    why: str


@dataclass(frozen=True, slots=True)
class Credit:
    title: str
    artist: str
    licence: str


def table(kept: Kept) -> list[Told]:
    """What could be measured: first what the engine answers for, then the rest."""
    found = [one for one in kept.result.features if one.measured is not None and _shown(one)]
    found.sort(key=lambda one: one.applied is Applied.IGNORED)
    return [_told(one, kept.result.request) for one in found]


def tally(result: GenerationResult) -> tuple[int, int]:
    """Hits, and how many features were asked of what the engine answers for."""
    judged = [
        one.hit
        for one in result.features
        if one.hit is not None and one.applied is not Applied.IGNORED
    ]
    return sum(judged), len(judged)


def notes(result: GenerationResult) -> list[str]:
    """What a person should know, with features by their plain names."""
    return [plainly(note) for note in result.notes]


def unmeasured(kept: Kept) -> list[str]:
    """Features that were asked and nobody measured."""
    return [
        title(one.feature)
        for one in kept.result.features
        if one.asked is not None and one.measured is None
    ]


def credits_of(kept: Kept) -> list[Credit]:
    """Tracks of the catalogue that the prediction rests on, which is what taught it."""
    vector = kept.vector()
    return [
        Credit(
            track.title or track.track_id,
            track.artist or "",
            f"{track.licence or 'unknown'}{', rendered, no recording' if track.rendered else ''}",
        )
        for track in (vector.evidence if vector else ())
    ]


def differences(before: GenerationResult, after: GenerationResult) -> list[Moved]:
    """What was measured in a piece against the one that it was made of, largest first."""
    earlier = {one.feature: one.measured for one in before.features}
    found = []
    for one in after.features:
        was, now = earlier.get(one.feature), one.measured
        if isinstance(was, float) and isinstance(now, float):
            found.append(_moved(one.feature, was, now, ""))
        elif isinstance(was, str) and isinstance(now, str) and was != now:
            found.append(Moved(title(one.feature), was, now, 1.0, ""))
    return sorted(_notable(found), key=lambda one: -abs(one.by))


def changes(found: tuple[FeatureChange, ...]) -> list[Moved]:
    """What words would move of a vector, as the mapping has ordered it."""
    return list(_notable([_moved(one.feature, one.before, one.after, one.why) for one in found]))


def _notable(found: list[Moved]) -> Iterator[Moved]:
    return (one for one in found if abs(one.by) >= _LEAST_MOVE)


def _moved(name: str, before: float, after: float, why: str) -> Moved:
    spec = feature(name)
    if name == "key_mode":
        by = float(round(after) != round(before))
    else:
        by = normalise(spec, after) - normalise(spec, before)
    return Moved(title(name), number(spec, before), measure(spec, after), by, plainly(why))


def _shown(one: FeatureResult) -> bool:
    """The key says the mode already."""
    return one.feature != "key_mode"


def _told(one: FeatureResult, request: ConditioningRequest) -> Told:
    how, why = _HOW[one.applied]
    judged = one.hit is not None and one.applied is not Applied.IGNORED
    return Told(
        title=title(one.feature),
        asked=asked(one, request),
        measured=_value(one, one.measured),
        how=how,
        how_why=why,
        met=_met(one) if judged else "",
        good=one.hit if judged else None,
        note="; ".join(text for text in (one.corrected, _clamped(one), one.note) if text),
    )


def _clamped(one: FeatureResult) -> str:
    return f"aimed for {_value(one, one.aimed)}" if one.clamped_from is not None else ""


def asked(one: FeatureResult, request: ConditioningRequest) -> str:
    """The range that counts as met, or the value with its tolerance."""
    if one.asked is None or isinstance(one.asked, str):
        return one.asked or "unsaid"
    spec = feature(one.feature)
    if one.tolerance:
        return f"{number(spec, one.asked)} ± {measure(spec, one.tolerance)}"
    low, high = _accepted(one, request)
    if low is None or high is None:
        return measure(spec, one.asked)
    return span(spec, low, high)


def _accepted(
    one: FeatureResult, request: ConditioningRequest
) -> tuple[float | None, float | None]:
    condition = request.features.get(one.feature)
    if condition is None:
        return None, None
    if condition.low is not None or condition.high is not None:
        return condition.low, condition.high
    q = condition.quantiles
    return (q.p05, q.p95) if q else (None, None)


def _met(one: FeatureResult) -> str:
    if one.hit:
        return "hit"
    if not isinstance(one.measured, float) or not isinstance(one.asked, float):
        return "missed"
    return "below" if one.measured < one.asked else "above"


def _value(one: FeatureResult, value: float | str | None) -> str:
    if value is None:
        return "open"
    return value if isinstance(value, str) else measure(feature(one.feature), value)
