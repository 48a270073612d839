"""The same piece, refined: "but darker", "10 % faster", "with trumpets". The notes stay."""

from __future__ import annotations

from dataclasses import replace

from generation.sequencer.composition.compose import compose
from generation.sequencer.composition.pulse import beat_quarters
from generation.sequencer.controlling.aims import Aims
from generation.sequencer.controlling.hearing import (
    centroid_hz,
    contrast_db,
    onset_rate_hz,
)
from generation.sequencer.controlling.making import (
    Order,
    dry_of,
    heard_spectra,
    settle,
    tilt_response,
)
from generation.sequencer.editing.recipe import Layer, Recipe
from generation.sequencer.planning.key_choice import heard_key, scale_of
from generation.sequencer.planning.log import Log
from generation.sequencer.planning.ordering import hold
from generation.sequencer.planning.players import choose_players
from generation.sequencer.planning.timing import pulse_for, tempo_within
from generation.sequencer.styles.library import blend
from schemas.conditioning import ConditioningRequest
from schemas.parts import Source


def refined(base: Recipe, request: ConditioningRequest, log: Log) -> Recipe:
    """The recipe of the same notes with another tempo, key, players or sound."""
    layers = tuple(_another(layer, request, log) for layer in base.layers)
    own = base.sounds == "own"
    top = layers[-1]
    spectra = heard_spectra(dry_of(compose(top.plan), top.length_s, own), top.mixing)
    response = tilt_response(top.mixing.tilt_db)
    now = Aims(
        loudness_lufs=-14.0 if top.mixing.loudness_lufs is None else top.mixing.loudness_lufs,
        onset_rate_hz=onset_rate_hz(spectra),
        brightness_hz=centroid_hz(spectra, response),
        contrast_db=contrast_db(spectra * response),
    )
    ordered = hold(request, Order(
        plan=top.plan, mixing=top.mixing, length_s=top.length_s, asked={}, usual=now,
        own_sounds=own, keep_notes=True,
    ))  # fmt: skip
    aims, mixing = settle(ordered.order.asked, now, spectra, top.mixing)
    ordered.tell(aims, log)
    return Recipe(
        layers=tuple(
            replace(
                layer,
                mixing=replace(
                    layer.mixing, tilt_db=mixing.tilt_db, loudness_lufs=mixing.loudness_lufs
                ),
            )
            for layer in layers
        ),
        sounds=base.sounds,
    )


def _another(layer: Layer, request: ConditioningRequest, log: Log) -> Layer:
    plan = layer.plan
    tempo = request.features.get("tempo_bpm")
    if tempo is not None and tempo.value is not None and tempo.source is not Source.MODEL:
        felt = tempo_within(tempo.value, log)
        beat = beat_quarters(plan.beats, plan.unit)
        plan = replace(plan, tempo_bpm=felt * beat, pulse=pulse_for(felt))
    key = request.key
    if key is not None and (key.pitch_class is not None or key.mode is not None):
        tonic = plan.tonic if key.pitch_class is None else key.pitch_class
        plan = replace(plan, tonic=tonic, scale=scale_of(key, key.mode or plan.scale))
        log.took("key", heard_key(tonic, plan.scale))
    if request.instruments:
        parts, absent = choose_players(request.instruments, blend(plan.styles), log)
        named = {part.instrument for part in parts}
        kept = tuple(part for part in plan.parts if part.instrument not in (*named, *absent))
        stay = tuple(one for one in plan.absent if one not in named)
        plan = replace(plan, parts=(*parts, *kept), absent=tuple(dict.fromkeys((*stay, *absent))))
    faster = layer.plan.tempo_bpm / plan.tempo_bpm
    spans = tuple((start * faster, end * faster) for start, end in layer.spans_s)
    return replace(layer, plan=plan, length_s=layer.length_s * faster, spans_s=spans)
