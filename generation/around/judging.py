"""What was asked against what was measured, feature by feature.

Everything that the request conditions is reported. What is free is reported and never counted as
asked; the key stands for key_mode, where both are asked. A tempo an octave off is a miss whose
note says so, and so is a relative key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generation.around import asking
from generation.around.tolerances import TEMPO_SHARE, default_tolerance
from generation.contract import Application
from schemas.conditioning import ConditioningRequest, FeatureCondition
from schemas.features import FEATURES, feature, key_name
from schemas.generation import FeatureResult
from schemas.outcomes import NullReason
from schemas.parts import Applied, Lock
from schemas.protocols import FeatureValues
from schemas.scales import normalise

_UNTOUCHED = Application(Applied.IGNORED)
_CLAMPED = 0.01
"""An aim this far from what was asked, on 0 … 1 of the typical range, counts as clamped."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What counts as met. `tolerance` is None where it is a range and no deviation."""

    low: float
    high: float
    tolerance: float | None = None

    def meet(self, value: float) -> bool:
        slack = 1e-9 * max(1.0, abs(self.low), abs(self.high))
        return self.low - slack <= value <= self.high + slack


def bounds(name: str, condition: FeatureCondition) -> Bounds | None:
    """Where a condition is met: by its tolerance, range, quantiles, else the default tolerance.

    None where the condition asks nothing.
    """
    value, spec = condition.value, feature(name)
    if value is not None and condition.tolerance is not None:
        return Bounds(value - condition.tolerance, value + condition.tolerance, condition.tolerance)
    if condition.low is not None or condition.high is not None:
        low = spec.minimum if condition.low is None else condition.low
        return Bounds(low, spec.maximum if condition.high is None else condition.high)
    if condition.quantiles is not None:
        return Bounds(condition.quantiles.p05, condition.quantiles.p95)
    aim = asking.aim(name, condition)
    if aim is None:
        return None
    tolerance = default_tolerance(name, aim)
    return Bounds(aim - tolerance, aim + tolerance, tolerance)


def judge(
    request: ConditioningRequest,
    measured: FeatureValues,
    applied: Mapping[str, Application],
) -> tuple[FeatureResult, ...]:
    """One result per conditioned feature in the order of FEATURES, the key after them.

    `measured` may lack features: what was not measured has no verdict.
    """
    key = asking.key(request)
    skipped = {"key_mode"} if key is not None and key.major is not None else set()
    found = [
        _feature(spec.name, request.features[spec.name], measured, applied)
        for spec in FEATURES
        if spec.name in request.features and spec.name not in skipped
    ]
    if request.time_signature is not None and "time_signature" not in request.features:
        found.append(_metre(request.time_signature, measured, applied))
    if key is not None or measured_key(measured) is not None:
        found.append(_key(key, measured, applied))
    return tuple(found)


def counted(
    request: ConditioningRequest, results: tuple[FeatureResult, ...]
) -> list[FeatureResult]:
    """The results that count: of what should or must be met, and has a verdict."""
    return [one for one in results if one.hit is not None and weight(request, one.feature) > 0]


def weight(request: ConditioningRequest, name: str) -> float:
    """How much a feature counts: 2 where it must be met, up to 1 where it should, 0 where free."""
    if name == "key":
        condition = request.key
        lock = Lock.FREE if condition is None else condition.lock
        return {Lock.HARD: 2.0, Lock.SOFT: 1.0, Lock.FREE: 0.0}[lock]
    if name == "time_signature" and name not in request.features:
        return 1.0
    asked = request.features[name]
    if asked.lock is Lock.HARD:
        return 2.0
    return max(0.2, asked.confidence) if asked.lock is Lock.SOFT else 0.0


def measured_key(measured: FeatureValues) -> str | None:
    """As in "C minor"; None where there is none."""
    tonic, mode = number(measured.get("key_pitch_class")), number(measured.get("key_mode"))
    if tonic is None or mode is None:
        return None
    return key_name(round(tonic), round(mode))


def number(value: object) -> float | None:
    """A scalar as it was measured; None where it was not, or is a vector."""
    return float(value) if isinstance(value, int | float) else None


def _feature(
    name: str,
    condition: FeatureCondition,
    measured: FeatureValues,
    applied: Mapping[str, Application],
) -> FeatureResult:
    asked, limits = asking.aim(name, condition), bounds(name, condition)
    how = applied.get(name, _UNTOUCHED)
    value = number(measured.get(name))
    hit = None if limits is None or value is None else limits.meet(value)
    notes = [how.note, _null(measured.get(name)), _tempo_note(name, asked, value, measured, hit)]
    return FeatureResult(
        feature=name,
        asked=asked,
        applied=how.applied,
        aimed=how.aimed,
        clamped_from=_clamped(name, asked, how.aimed),
        measured=value,
        tolerance=None if limits is None else limits.tolerance,
        hit=hit,
        note="; ".join(note for note in notes if note),
    )


def _clamped(name: str, asked: float | None, aimed: float | str | None) -> float | None:
    """What was asked, where the engine aims for clearly something else."""
    if asked is None or not isinstance(aimed, float):
        return None
    spec = feature(name)
    off = abs(normalise(spec, asked) - normalise(spec, aimed))
    outside = normalise(spec, asked) in (0.0, 1.0) and abs(asked - aimed) > 0.01 * abs(asked)
    return asked if off > _CLAMPED or outside else None


def _tempo_note(
    name: str,
    asked: float | None,
    value: float | None,
    measured: FeatureValues,
    hit: bool | None,
) -> str:
    """Why a missed tempo was missed, where an octave or another candidate explains it."""
    if name != "tempo_bpm" or asked is None or value is None or hit:
        return ""
    octaves = {2.0: "twice", 0.5: "half", 3.0: "three times", 1 / 3: "a third of"}
    for factor, words in octaves.items():
        if abs(value - factor * asked) <= TEMPO_SHARE * factor * asked:
            return f"an octave off: {words} the asked tempo"
    others = measured.get("tempo_candidates")
    candidates = others if isinstance(others, tuple) else ()
    if any(c is not None and abs(c - asked) <= TEMPO_SHARE * asked for c in candidates):
        return "the asked tempo is another of its candidates"
    return ""


def _metre(
    asked: str, measured: FeatureValues, applied: Mapping[str, Application]
) -> FeatureResult:
    """Beats a bar; only 3 and 4 can be told apart."""
    beats = int(asked.split("/", maxsplit=1)[0])
    value = number(measured.get("time_signature"))
    told = value is not None and beats in (3, 4)
    how = applied.get("time_signature", _UNTOUCHED)
    note = "" if beats in (3, 4) else "only 3 and 4 beats a bar can be told apart"
    return FeatureResult(
        feature="time_signature",
        asked=float(beats),
        applied=how.applied,
        measured=value,
        tolerance=0.0,
        hit=round(value) == beats if told and value is not None else None,
        note="; ".join(n for n in (how.note, note, _null(measured.get("time_signature"))) if n),
    )


def _key(
    asked: asking.Key | None, measured: FeatureValues, applied: Mapping[str, Application]
) -> FeatureResult:
    words = measured_key(measured)
    how = applied.get("key", _UNTOUCHED)
    aimed = how.aimed if isinstance(how.aimed, str) else None
    hit = None if asked is None or words is None else key_meets(asked, words)
    relation = "" if hit in (None, True) or asked is None else related(asked, words or "")
    return FeatureResult(
        feature="key",
        asked=None if asked is None else asked.words,
        applied=how.applied,
        aimed=aimed,
        clamped_from=asked.words if asked and aimed and not key_meets(asked, aimed) else None,
        measured=words,
        hit=hit,
        note="; ".join(n for n in (how.note, relation, _null(measured.get("key_mode"))) if n),
    )


def key_meets(asked: asking.Key, words: str) -> bool:
    """Whether the key called `words` is the asked one, as far as it is stated."""
    tonic, major = _parsed(words)
    return asked.pitch_class in (None, tonic) and asked.major in (None, major)


def related(asked: asking.Key, words: str) -> str:
    """How a missed key stands to a whole asked one; "" where no near relation is."""
    tonic, major = _parsed(words)
    if not asked.whole or asked.pitch_class is None:
        return ""
    step = (tonic - asked.pitch_class) % 12
    if major == asked.major:
        return {7: "a fifth above", 5: "a fifth below"}.get(step, "")
    if step == 0:
        return "the parallel key"
    return "the relative key" if step == (9 if asked.major else 3) else ""


def _parsed(words: str) -> tuple[int, bool]:
    name, _, mode = words.partition(" ")
    return _TONICS[name], mode == "major"


_TONICS = {key_name(i, 1).split()[0]: i for i in range(12)}


def _null(value: object) -> str:
    return f"not measured: {value.value}" if isinstance(value, NullReason) else ""
