"""The sound of a piece before it is controlled: by its styles, and by effects that were asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from generation.sequencer.planning.choosing import StyleWeights, level
from generation.sequencer.planning.log import Log
from generation.sequencer.synthesis.mixing import Mixing
from schemas.parts import Effect
from schemas.styles import style

_AMOUNTS = {"absent": 0.0, "light": 0.35, "present": 0.65, "heavy": 1.0}
_PUMPED = {"house": 0.45, "trance": 0.5, "edm": 0.5, "french-house": 0.6, "progressive-house": 0.5,
           "techno": 0.3, "hardstyle": 0.4, "future-bass": 0.45}  # fmt: skip
"""Style → how far its parts give way to the kick; of others whose parent is one of them, half."""

_EFFECTS: dict[str, Callable[[Mixing, float], Mixing]] = {
    "reverb": lambda m, a: replace(m, room=a, room_s=min(2.0, 0.6 + 1.4 * a)),
    "delay": lambda m, a: replace(m, echo=a),
    "distortion": lambda m, a: replace(m, drive=0.6 * a),
    "sidechain": lambda m, a: replace(m, sidechain=a),
    "compression": lambda m, a: replace(m, compress=a),
    "stereo_width": lambda m, a: replace(m, width=0.6 + a),
}
"""Effect → the mixing with so much of it."""


def choose_sound(styles: StyleWeights, effects: Sequence[Effect], log: Log) -> Mixing:
    """Room by how acoustic and calm the styles are, pumping where it belongs, effects as asked."""
    calm = 1 - level(styles, "energy")
    mixing = Mixing(
        room=0.25 + 0.35 * calm,
        room_s=round(0.7 + 1.1 * calm, 1),
        echo=0.15 + 0.2 * calm,
        sidechain=round(sum(weight * _pumping(one) for one, weight in styles), 3),
        compress=round(0.35 - 0.4 * level(styles, "dynamics"), 3),
    )
    for effect in effects:
        turn = _EFFECTS.get(effect.id)
        if turn is None:
            log.ignore(f"effect {effect.id}: it has none")
        else:
            mixing = turn(mixing, _AMOUNTS[effect.presence])
    return mixing


def _pumping(style_id: str) -> float:
    own = _PUMPED.get(style_id)
    if own is not None:
        return own
    return max((0.5 * _PUMPED.get(parent, 0.0) for parent in style(style_id).parents), default=0.0)
