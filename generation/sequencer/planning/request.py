"""A request becomes a plan: the way in to planning."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from generation.sequencer.composition.pulse import beat_quarters
from generation.sequencer.controlling.asking import asked_value, means_something
from generation.sequencer.plan import Ending, Plan
from generation.sequencer.planning.choosing import StyleWeights, choose_styles, level
from generation.sequencer.planning.key_choice import choose_key, is_stated
from generation.sequencer.planning.log import Log
from generation.sequencer.planning.players import choose_players
from generation.sequencer.planning.sections import Frame, plan_sections, stated_bars
from generation.sequencer.planning.timing import (
    bars_for,
    choose_length,
    choose_metre,
    choose_tempo,
    pulse_for,
)
from generation.sequencer.styles.library import blend
from schemas.conditioning import ConditioningRequest
from schemas.features import FEATURES

CONTROLLED = frozenset({"onset_rate_hz", "loudness_lufs", "energy", "brightness_hz"})
"""Features that the control loop meets; tempo, key, mode and metre are met by construction."""

_BY_CONSTRUCTION = frozenset({"tempo_bpm", "key_mode", "time_signature"})
_CATEGORY = {spec.name: spec.group for spec in FEATURES}
_CALMEST, _LIVELIEST = 0.25, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan and the length it is to fill; `styles` are those asked for, ids of styles.toml."""

    plan: Plan
    length_s: float
    styles: StyleWeights


def plan_request(
    request: ConditioningRequest, seed: int, log: Log, ending: Ending = "end"
) -> Planned:
    """The plan for a request; every choice left open is drawn from `seed`.

    Raises
    ------
    InputError
        When the request names a style or scale that does not exist.
    """
    rngs = [np.random.default_rng([seed, number]) for number in range(3)]
    styles = choose_styles(request, rngs[0], log)
    felt = choose_tempo(request, styles, rngs[1], log)
    tonic, scale = choose_key(request, styles, rngs[2], log)
    beats, unit = choose_metre(request, styles, log)
    tempo = felt * beat_quarters(beats, unit)
    bar_s = beats * 4 / unit * 60 / tempo
    length = choose_length(request, log)
    if request.duration_s is None and (bars := stated_bars(request.sections)):
        length = bars * bar_s
    bars = bars_for(length, bar_s, ending)
    entry = blend(styles)
    parts, absent = choose_players(request.instruments, entry, log)
    plan = Plan(
        styles=styles,
        tempo_bpm=tempo,
        tonic=tonic,
        scale=scale,
        key_stated=is_stated(request.key),
        beats=beats,
        unit=unit,
        bars=bars,
        intensity=_intensity(request, styles),
        pulse=pulse_for(felt),
        parts=parts,
        absent=absent,
        sections=plan_sections(request, entry, Frame(bars, bar_s, ending == "end"), log),
        melody=request.melody,
        chords=request.chords,
        ending=ending,
        feel=request.feel,
        seed=seed,
        stem_seeds=dict(request.stem_seeds),
    )
    _leave(request, log)
    whole = bars * bar_s if ending == "loop" else length
    return Planned(plan=plan, length_s=whole, styles=styles)


def _intensity(request: ConditioningRequest, styles: StyleWeights) -> float:
    condition = request.features.get("energy")
    meant = condition is not None and means_something(condition)
    asked = asked_value(condition) if condition is not None and meant else None
    energy = level(styles, "energy") if asked is None else asked
    return _CALMEST + (_LIVELIEST - _CALMEST) * energy


def _leave(request: ConditioningRequest, log: Log) -> None:
    """Write down what cannot be taken."""
    for name in request.features:
        if name not in CONTROLLED | _BY_CONSTRUCTION:
            perceptual = _CATEGORY[name] == "perceptual"
            log.left(name, "follows from the style" if perceptual else "is not set on its own")
    if request.vocals.mode in ("on", "spoken") or request.vocals.lyrics:
        log.ignore("vocals: it does not sing; the lead plays the melody")
        log.note("It does not sing: where a voice was asked for, an instrument plays the melody.")
    if request.references:
        log.ignore("references: only what they left in the features is heard")
