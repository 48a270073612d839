"""A planned request as an order to `making`, and what is reported once it is made."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from generation.sequencer.composition.pulse import beat_quarters
from generation.sequencer.controlling.aims import Aims, Reach
from generation.sequencer.controlling.asking import Asked, asked, means_something
from generation.sequencer.controlling.making import Order
from generation.sequencer.controlling.reach import REACH, reach_at
from generation.sequencer.planning.choosing import StyleWeights, level, typical
from generation.sequencer.planning.log import Log
from generation.sequencer.planning.request import CONTROLLED, plan_request
from generation.sequencer.planning.sound import choose_sound
from generation.sequencer.presets import Preset, applied
from generation.sequencer.synthesis.controls import Mixing
from schemas.conditioning import ConditioningRequest
from schemas.features import feature

_USUAL_CONTRAST_DB = 21.0
_FITS = {"loudness_lufs": 0.7, "onset_rate_hz": 0.6, "brightness_hz": 0.08, "energy": 0.04}
"""How far an aim may lie from what was asked before it is told; of brightness, a share."""
_ABOVE_THE_KICK = ("chords", "lead", "extra")
_LIFT_DB, _MOST_LIFT_DB = 6.0, 12.0  # an octave by which the sound is to be darker, and at most


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order, and the values that were asked before they were held inside the reach."""

    order: Order
    wanted: Mapping[str, float]
    reach: Reach

    def tell(self, aims: Aims, log: Log) -> None:
        """Write down what was aimed for, and where it is not what was asked."""
        for name, value in self.wanted.items():
            aimed = aims.of(name)
            why = self._why(name, value, aimed)
            log.took(name, aimed if why else value, why)
            if why:
                unit = feature(name).unit
                log.note(f"{name}: {value:.4g} {unit} was asked, {aimed:.4g} aimed for; {why}")

    def _why(self, name: str, wanted: float, aimed: float) -> str:
        """Why the aim is not what was asked; empty where it is."""
        room = _FITS[name] * (wanted if name == "brightness_hz" else 1.0)
        if abs(aimed - wanted) <= room:
            return ""
        low, high = reach_of(self.reach, name)
        if not low - room <= wanted <= high + room:
            return f"it reaches {low:.4g} … {high:.4g} {feature(name).unit}"
        held = self.order.asked
        others = [
            other for other in held if other != name and held[other].weight > held[name].weight
        ]
        if others and (name == "energy" or "energy" in others):
            return f"it does not go with {', '.join(others)}, which weigh more"
        return "these sounds at this density do not reach it together with the rest"


def order_for(
    request: ConditioningRequest, seed: int, log: Log, preset: Preset | None, own_sounds: bool
) -> Ordered:
    """Plan the request, with what a preset fills in."""
    if preset is not None:
        request = applied(request, preset)
        log.note(f"preset {preset.id}: {preset.title}")
    planned = plan_request(request, seed, log, preset.ending if preset is not None else "end")
    plan, mixing = planned.plan, choose_sound(planned.styles, request.effects, log)
    if preset is not None:
        plan = replace(
            plan,
            intensity=min(1.0, plan.intensity * preset.intensity),
            density=min(1.0, plan.density * preset.density),
        )
        mixing = replace(mixing, fade_in_s=preset.fade_in_s, fade_out_s=preset.fade_out_s)
    order = Order(
        plan=plan,
        mixing=mixing,
        length_s=planned.length_s,
        asked={},
        usual=usual_aims(planned.styles),
        own_sounds=own_sounds,
    )
    return hold(request, order)


def hold(request: ConditioningRequest, order: Order) -> Ordered:
    """The order with what the request asks of controlled features, inside the reach."""
    felt = order.plan.tempo_bpm / beat_quarters(order.plan.beats, order.plan.unit)
    reach = reach_at(felt)
    wanted, held = _held(request, reach)
    mixing = _dark_balance(order.mixing, held, order.usual)
    return Ordered(replace(order, asked=held, mixing=mixing), wanted, reach)


def _dark_balance(mixing: Mixing, held: Mapping[str, Asked], usual: Aims) -> Mixing:
    """With harmony and melody louder where the sound is to be darker than the style is.

    One tilt darkens all parts, and takes more from a chord than from the kick below it: a dark mix
    would be drums alone.
    """
    if "brightness_hz" not in held:
        return mixing
    octaves = math.log2(usual.brightness_hz / held["brightness_hz"].value)
    lift = min(_MOST_LIFT_DB, max(0.0, _LIFT_DB * octaves))
    lifted = {stem: mixing.gains_db.get(stem, 0.0) + lift for stem in _ABOVE_THE_KICK}
    return replace(mixing, gains_db={**mixing.gains_db, **lifted}) if lift else mixing


def usual_aims(styles: StyleWeights) -> Aims:
    """What music of these styles measures, by their levels in schemas/styles.toml."""
    loudness = typical("loudness_lufs", level(styles, "loudness"))
    return Aims(
        loudness_lufs=min(max(loudness, REACH.loudness_lufs[0]), REACH.loudness_lufs[1]),
        onset_rate_hz=max(0.5, typical("onset_rate_hz", level(styles, "density"))),
        brightness_hz=typical("brightness_hz", level(styles, "brightness")),
        contrast_db=_USUAL_CONTRAST_DB,
    )


def _held(request: ConditioningRequest, reach: Reach) -> tuple[dict[str, float], dict[str, Asked]]:
    """(values as asked, conditions inside the reach) of the features that control meets."""
    meant = {
        name: condition
        for name, condition in request.features.items()
        if name in CONTROLLED and means_something(condition)
    }
    found = asked(meant)
    held = {}
    for name, one in found.items():
        low, high = reach_of(reach, name)
        held[name] = replace(one, value=min(max(one.value, low), high))
    return {name: one.value for name, one in found.items()}, held


def reach_of(reach: Reach, name: str) -> tuple[float, float]:
    """Lowest and highest of a controlled feature."""
    low, high = getattr(reach, name)
    return float(low), float(high)
