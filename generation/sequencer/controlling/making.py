"""From a plan to sound that measures as asked.

    density ─▶ compose ─▶ notes ─▶ heard? ─(again with another density)─▶ tilt, loudness ─▶ mix

Tempo, key and metre are right by construction. Onsets per second are met by density: counted on
notes, then heard on the sound, and composed again where they differ. The tilt of the spectrum
is one curve for all parts, so that the brightness it gives is told from the untilted spectra
without mixing. Loudness the bus meets itself, and energy follows from all of them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from generation.contract import Progress, silent
from generation.sequencer.composition.compose import compose
from generation.sequencer.composition.pulse import beat_quarters
from generation.sequencer.controlling import hearing
from generation.sequencer.controlling.aims import Aims, Reach, solve
from generation.sequencer.controlling.asking import Asked
from generation.sequencer.controlling.density import Search, counted, first_guess
from generation.sequencer.controlling.reach import (
    CALM_ONSETS_A_BEAT,
    REACH,
    SLOW_BPM,
    reach_at,
)
from generation.sequencer.plan import Plan
from generation.sequencer.score import Score
from generation.sequencer.synthesis.dry import Dry, render_notes
from generation.sequencer.synthesis.mixing import RANGES, Mixing, Rendered, mix, premix_middle
from generation.sequencer.synthesis.shaping import tilt_gain_db
from generation.sequencer.synthesis.signal import RATE_HZ
from generation.sequencer.synthesis.treating import part_gain

_TRIES = 6
_DRIVES = (0.3, 0.6)  # saturation fills the gaps of the spectrum: energy that nothing else gives
_REMIXES, _GLANCE = 2, 3  # the mix is listened to at every third frame
_BRIGHTNESS_OFF, _ENERGY_OFF = 0.05, 0.04  # a share, and absolute; nearer is left alone
_TILT_STEPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be made.

    Attributes
    ----------
    asked : by feature, of loudness, onset rate, brightness and energy
    usual : what the styles are like, which what is not asked stays near to
    keep_notes : the plan's density is taken as it is
    """

    plan: Plan
    mixing: Mixing
    length_s: float
    asked: Mapping[str, Asked]
    usual: Aims
    own_sounds: bool = False
    keep_notes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A piece; `plan` and `mixing` are those that were settled on, `aims` what they aim for."""

    plan: Plan
    mixing: Mixing
    score: Score
    rendered: Rendered
    aims: Aims


def make(order: Order, progress: Progress = silent) -> Made:
    """Compose, render and mix so that what is asked is met."""
    tried = _composed(order, progress)
    progress(0.6, "mixing")
    aims, mixing, rendered = controlled(order, tried.dry)
    progress(1.0, "mixed")
    return Made(plan=tried.plan, mixing=mixing, score=tried.score, rendered=rendered, aims=aims)


def controlled(order: Order, dry: Dry) -> tuple[Aims, Mixing, Rendered]:
    """Mix these notes so that what is asked is met.

    The mix is listened to: a limiter at work fills the gaps of the spectrum, which is energy, and
    moves its brightness. Where it is off it is mixed once more.
    """
    spectra = heard_spectra(dry, order.mixing)
    onsets = hearing.onset_rate_hz(spectra)
    usual = replace(order.usual, onset_rate_hz=onsets)
    aims, mixing = settle(order.asked, usual, spectra, order.mixing)
    for drive in _DRIVES:
        if not _wants_more(order.asked, aims) or drive <= order.mixing.drive:
            break
        driven = replace(order.mixing, drive=drive)
        aims, mixing = settle(order.asked, usual, heard_spectra(dry, driven), driven)
    rendered = mix(dry, mixing)
    for _ in range(_REMIXES if {"brightness_hz", "energy"} & set(order.asked) else 0):
        heard = hearing.magnitudes(rendered.mix.mean(axis=0), _GLANCE)
        now = Aims(
            rendered.loudness_lufs, onsets, hearing.centroid_hz(heard), hearing.contrast_db(heard)
        )
        if _met(order.asked, aims, now):
            break
        aims, better = settle(order.asked, usual, heard / tilt_response(mixing.tilt_db), mixing)
        if better == mixing:
            break
        mixing, rendered = better, mix(dry, better)
    return aims, mixing, rendered


def _wants_more(asked: Mapping[str, Asked], aims: Aims) -> bool:
    """Whether more energy is asked than loudness, brightness and onsets together give."""
    return "energy" in asked and aims.energy < asked["energy"].value - _ENERGY_OFF


def _met(asked: Mapping[str, Asked], aims: Aims, now: Aims) -> bool:
    dark = abs(now.brightness_hz / max(aims.brightness_hz, 1.0) - 1) < _BRIGHTNESS_OFF
    intense = abs(now.energy - aims.energy) < _ENERGY_OFF
    return (dark or "brightness_hz" not in asked) and (intense or "energy" not in asked)


@dataclass(frozen=True, slots=True)
class _Try:
    plan: Plan
    score: Score
    dry: Dry
    heard_onsets_hz: float | None


def _composed(order: Order, progress: Progress) -> _Try:
    """The piece at the density that is heard as asked, as near as a few tries come."""
    progress(0.0, "composing")
    plan = order.plan
    felt = plan.tempo_bpm / beat_quarters(plan.beats, plan.unit)
    aim = solve(order.asked, order.usual, reach_at(felt)).onset_rate_hz
    if not order.keep_notes and "onset_rate_hz" in order.asked:
        plan = first_guess(plan, aim, compose)
    elif not order.keep_notes:
        room = CALM_ONSETS_A_BEAT * felt / 60 if felt < SLOW_BPM else math.inf
        if "energy" in order.asked:
            plan = first_guess(plan, min(aim, room), compose)
        elif counted(compose(plan)) > room:
            plan = first_guess(plan, room, compose)
    best = _try(order, plan)
    if best.heard_onsets_hz is None:
        return best
    search, last = Search(aim, _TRIES), best
    while (after := search.next(last.plan, last.heard_onsets_hz or 0.0)) is not None:
        progress(0.3, "composing")
        last = _try(order, after)
        if _miss(last, aim) < _miss(best, aim):
            best = last
    return best


def _try(order: Order, plan: Plan) -> _Try:
    score = compose(plan)
    dry = dry_of(score, order.length_s, order.own_sounds)
    listens = not order.keep_notes and "onset_rate_hz" in order.asked
    return _Try(plan, score, dry, heard_onsets(dry, order.mixing) if listens else None)


def _miss(tried: _Try, aim: float) -> float:
    return abs((tried.heard_onsets_hz or 0.0) - aim)


def render_again(
    plan: Plan, mixing: Mixing, length_s: float, own_sounds: bool
) -> tuple[Score, Dry]:
    """The score and dry parts of a layer of a recipe, ready to be mixed."""
    score = compose(plan)
    return score, dry_of(score, length_s, own_sounds)


def dry_of(score: Score, length_s: float, own_sounds: bool) -> Dry:
    """Dry parts of exactly `length_s`; of a loop, of its whole bars."""
    dry = render_notes(score, own_sounds=own_sounds)
    return dry if score.ending == "loop" else replace(dry, frames=round(length_s * RATE_HZ))


def heard_spectra(dry: Dry, mixing: Mixing) -> hearing.Array:
    """Spectra of the untilted mix before the bus, shape (frames, BINS)."""
    return hearing.magnitudes(premix_middle(dry, replace(mixing, tilt_db=0.0)))


def heard_onsets(dry: Dry, mixing: Mixing) -> float:
    """Onsets per second, without room, echo and bus: near enough, and cheap."""
    mono = np.zeros(dry.frames, np.float32)
    for part in dry.parts:
        samples = part.samples[0] if len(part.samples) == 1 else part.samples.mean(axis=0)
        samples = samples[: dry.frames]
        mono[: len(samples)] += np.float32(part_gain(part, mixing)) * samples
    return hearing.onset_rate_hz(hearing.magnitudes(mono))


def settle(
    asked: Mapping[str, Asked], usual: Aims, spectra: hearing.Array, mixing: Mixing
) -> tuple[Aims, Mixing]:
    """Aims that this sound reaches, and the mixing that meets them."""
    onsets = usual.onset_rate_hz
    natural = hearing.centroid_hz(spectra)
    low, high = RANGES["tilt_db"]
    bands = hearing.Bands.of(spectra)
    darkest, brightest = (_tilted(bands, tilt) for tilt in (low, high))
    contrast = hearing.contrast_db(spectra)
    tilt, aims = 0.0, usual
    for _ in range(2):  # the second time with the contrast that the tilt leaves
        reach = Reach(
            REACH.loudness_lufs, (onsets, onsets), (darkest, brightest), (contrast, contrast)
        )
        start = replace(usual, brightness_hz=_usual_brightness(natural, usual, asked),
                        contrast_db=contrast)  # fmt: skip
        aims = solve(asked, start, reach)
        tilt = tilt_for(bands, aims.brightness_hz)
        contrast = hearing.contrast_db(spectra * tilt_response(tilt))
    return aims, replace(mixing, tilt_db=tilt, loudness_lufs=aims.loudness_lufs)


def _usual_brightness(natural: float, usual: Aims, asked: Mapping[str, Asked]) -> float:
    """Between what the sounds are and what the style is said to be, where nothing is asked."""
    return (
        float(np.sqrt(natural * usual.brightness_hz)) if "brightness_hz" not in asked else natural
    )


def tilt_for(bands: hearing.Bands, brightness_hz: float) -> float:
    """The tilt, dB per octave, that brings the mean centroid there, as far as it goes."""
    low, high = RANGES["tilt_db"]
    for _ in range(_TILT_STEPS):
        middle = (low + high) / 2
        if _tilted(bands, middle) < brightness_hz:
            low = middle
        else:
            high = middle
    return round((low + high) / 2, 3)


def _tilted(bands: hearing.Bands, tilt_db: float) -> float:
    gain = tilt_gain_db(bands.hz.astype(np.float64), tilt_db)
    return bands.centroid_hz(np.asarray(10 ** (gain / 20), np.float32))


def tilt_response(tilt_db: float) -> hearing.Array:
    """Magnitude response of a tilt at the bins of `hearing`, linear, shape (BINS,)."""
    gain = tilt_gain_db(hearing.HZ.astype(np.float64), tilt_db)
    return np.asarray(10 ** (gain / 20), np.float32)
