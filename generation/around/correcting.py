"""Which correction would bring a candidate's tempo and key to what was asked, and what it did.

A correction is only planned where it turns a miss into a hit within the quality limits of
`stretching`; what would need more than ±12 % or ±3 semitones stays a miss, and so does a tempo that
a model guessed and nobody asked for. It is only kept where,
measured again, it made nothing worse that was asked (`improves`).
"""

from __future__ import annotations

from generation.around import asking, judging
from generation.around.ranking import score
from generation.around.stretching import Correction
from generation.around.tolerances import TEMPO_SHARE
from schemas.conditioning import ConditioningRequest
from schemas.features import KEY_NAMES
from schemas.generation import FeatureResult
from schemas.parts import Applied, Lock, Source

COST = 0.01
"""What a corrected hit counts less than a native one, when candidates are compared."""


def planned(request: ConditioningRequest, results: tuple[FeatureResult, ...]) -> list[Correction]:
    """Corrections worth trying, the one that promises most first; empty where none would help."""
    by_name = {one.feature: one for one in results if _worth(request, one.feature)}
    speed, semitones = _speed(by_name.get("tempo_bpm")), _shift(request, by_name.get("key"))
    wished = [Correction(speed, semitones), Correction(speed, 0), Correction(1.0, semitones)]
    return [one for one in dict.fromkeys(wished) if one and one.allowed]


def promised(
    request: ConditioningRequest, results: tuple[FeatureResult, ...], correction: Correction
) -> float:
    """The score that a candidate would have if the correction did just what it should."""
    named = set(_touched(correction))
    after = tuple(
        one.model_copy(update={"hit": True}) if one.feature in named else one for one in results
    )
    return score(request, after) - COST * len(named)


def improves(
    request: ConditioningRequest,
    before: tuple[FeatureResult, ...],
    after: tuple[FeatureResult, ...],
) -> bool:
    """More is met than before, and nothing that counts and was met is missed now."""
    was = {one.feature: one.hit for one in judging.counted(request, before)}
    now = {one.feature: one.hit for one in judging.counted(request, after)}
    lost = [name for name, hit in was.items() if hit and not now.get(name)]
    gained = [name for name, hit in now.items() if hit and not was.get(name)]
    return bool(gained) and not lost


def marked(
    before: tuple[FeatureResult, ...], after: tuple[FeatureResult, ...], correction: Correction
) -> tuple[FeatureResult, ...]:
    """The results after a correction, those that it brought about marked as such."""
    was = {one.feature: one for one in before}
    done = _touched(correction)
    found = []
    for one in after:
        update: dict[str, object] = {}
        if one.feature in done:
            update["corrected"] = done[one.feature]
            if one.hit and not was[one.feature].hit:
                update["applied"] = Applied.POSTFIX
        found.append(one.model_copy(update=update) if update else one)
    return tuple(found)


def words(correction: Correction) -> str:
    """As in "stretched +3.1 %, shifted +1 semitone"."""
    return ", ".join(_touched(correction).values())


def _worth(request: ConditioningRequest, name: str) -> bool:
    """Whether a feature is worth what stretching costs in sound: no guess of a model is."""
    condition = request.key if name == "key" else request.features.get(name)
    if condition is None or condition.lock is Lock.FREE:
        return False
    return condition.lock is Lock.HARD or condition.source is not Source.MODEL


def _touched(correction: Correction) -> dict[str, str]:
    """Feature → what the correction does to it, in words."""
    done = {}
    if correction.speed != 1.0:
        done["tempo_bpm"] = f"stretched {100 * (correction.speed - 1):+.1f} %"
    if correction.semitones:
        plural = "" if abs(correction.semitones) == 1 else "s"
        done["key"] = f"shifted {correction.semitones:+d} semitone{plural}"
    return done


def _speed(result: FeatureResult | None) -> float:
    """Asked over measured tempo, 1 where no stretch within the limits would help.

    A tempo that was heard an octave off, and is not right at that, is stretched to the asked one as
    well; whether it is then heard there is for measuring again to tell.
    """
    if result is None or result.hit is not False:
        return 1.0
    if not isinstance(result.asked, float) or not result.measured:
        return 1.0
    whole = result.asked / float(result.measured)
    near = [whole / octave for octave in (1.0, 2.0, 0.5) if Correction(whole / octave).allowed]
    helps = [speed for speed in near if speed == whole or abs(speed - 1) > TEMPO_SHARE]
    return helps[0] if helps else 1.0


def _shift(request: ConditioningRequest, result: FeatureResult | None) -> int:
    """Semitones from the measured key to the asked one, -6 … 5; 0 where the mode is another."""
    asked = asking.key(request)
    if result is None or result.hit is not False or asked is None or asked.pitch_class is None:
        return 0
    name, _, mode = str(result.measured).partition(" ")
    if asked.major is not None and asked.major != (mode == "major"):
        return 0
    return (asked.pitch_class - KEY_NAMES.index(name) + 6) % 12 - 6
