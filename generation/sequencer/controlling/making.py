"""From a plan to sound that measures as asked.

    density ─▶ compose ─▶ notes ─▶ heard? ─(again with another density)─▶ tilt, loudness ─▶ mix

Tempo, key and metre are right by construction. Onsets per second are met by density: counted on
notes, then heard on the sound, and composed again where they differ. The tilt of the spectrum
is one curve for all parts, so that the brightness it gives is told from the untilted spectra
without mixing. Loudness the bus meets itself, and energy follows from all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from generation.contract import Progress, silent
from generation.sequencer.composition.compose import compose
from generation.sequencer.controlling import hearing
from generation.sequencer.controlling.aims import Aims
from generation.sequencer.controlling.asking import Asked
from generation.sequencer.controlling.composing import Order, Try, composed, corrected, dry_of
from generation.sequencer.controlling.density import CLOSE
from generation.sequencer.controlling.reach import REACH
from generation.sequencer.controlling.settling import settle, tilt_response
from generation.sequencer.plan import Plan
from generation.sequencer.score import Score
from generation.sequencer.synthesis.dry import Dry
from generation.sequencer.synthesis.mixing import Mixing, Rendered, mix, premix_middle

# Drive, room and its seconds: saturation, and then a room that it fills, close the gaps of the
# spectrum: energy that nothing else gives.
_DRIVES = ((0.4, 0.0, 0.2), (1.0, 0.9, 2.0))
_CORRECTIONS = 2  # of the notes, by the onsets of the mix
_PUMPED = 1.12  # times the onsets before the bus: the limiter's release is heard as onsets
_CALMER_LU, _CALM_LUFS = 3.0, -16.0
_REMIXES, _GLANCE = 2, 3  # the mix is listened to at every third frame
_BRIGHTNESS_OFF, _ENERGY_OFF = 0.05, 0.04  # a share, and absolute; nearer is left alone


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A piece; `plan` and `mixing` are those that were settled on, `aims` what they aim for: of
    onsets, what is heard where they were asked.
    """

    plan: Plan
    mixing: Mixing
    score: Score
    rendered: Rendered
    aims: Aims


def make(order: Order, progress: Progress = silent) -> Made:
    """Compose, render and mix so that what is asked is met.

    The onsets of the mix are not quite those of the dry parts: room, echo and limiter cover some
    and bare others. Where they are off, the piece is composed again for as much more or less.
    """
    tried = composed(order, progress)
    progress(0.6, "mixing")
    best = last = _made(order, tried)
    for _ in range(_CORRECTIONS if tried.heard_onsets_hz is not None else 0):
        again = corrected(order, tried, last.aims.onset_rate_hz, last.mixing, progress)
        if again is None:
            break
        progress(0.8, "mixing")
        tried, last = again, _made(order, again)
        best = min(best, last, key=lambda made: abs(made.aims.onset_rate_hz - again.aim_hz))
    progress(1.0, "mixed")
    return best


def _made(order: Order, tried: Try) -> Made:
    aims, mixing, rendered = controlled(order, tried.dry)
    if tried.heard_onsets_hz is not None:
        aims = replace(aims, onset_rate_hz=_onsets(rendered))
    return Made(plan=tried.plan, mixing=mixing, score=tried.score, rendered=rendered, aims=aims)


def _onsets(rendered: Rendered) -> float:
    return hearing.onset_rate_hz(hearing.magnitudes(rendered.mix.mean(axis=0)))


def controlled(order: Order, dry: Dry) -> tuple[Aims, Mixing, Rendered]:
    """Mix these notes so that what is asked is met.

    The mix is listened to: a limiter at work fills the gaps of the spectrum, which is energy, and
    moves its brightness. Where it is off it is mixed once more, and the nearest mix is taken.
    """
    asked = order.asked
    aims, usual, mixing = _settled(order, dry)
    rendered = mix(dry, mixing)
    if not {"brightness_hz", "energy"} & set(asked):
        return aims, mixing, rendered
    every = 1 if "energy" in asked else _GLANCE  # onsets, a part of it, are not told from a glance
    calm_hz, loudest = usual.onset_rate_hz, REACH.loudness_lufs[1]
    found = []
    for turn in range(_REMIXES + 1):
        heard = hearing.magnitudes(rendered.mix.mean(axis=0), every)
        if every == 1:
            usual = replace(usual, onset_rate_hz=hearing.onset_rate_hz(heard))
        now = _measured(rendered, usual.onset_rate_hz, heard)
        pumps = "onset_rate_hz" in asked and now.onset_rate_hz > _PUMPED * calm_hz
        found.append((_off(asked, now), turn, aims, mixing, rendered))
        if turn == _REMIXES or (_met(asked, aims, now) and not pumps):
            break
        if pumps and "loudness_lufs" not in asked:
            loudest = max(_CALM_LUFS, min(loudest, rendered.loudness_lufs) - _CALMER_LU)
        flat = heard / tilt_response(mixing.tilt_db)
        aims, better = settle(asked, usual, flat, mixing, loudest)
        if turn and better.loudness_lufs is not None and mixing.loudness_lufs is not None:
            # Louder is flatter and flatter needs less: whole steps would go to and fro.
            middle = (better.loudness_lufs + mixing.loudness_lufs) / 2
            better = replace(better, loudness_lufs=middle)
        if better == mixing:
            break
        mixing, rendered = better, mix(dry, better)
    return min(found, key=lambda one: one[:2])[2:]


def _settled(order: Order, dry: Dry) -> tuple[Aims, Aims, Mixing]:
    """Aims, what is usual of these notes, and the mixing, driven as far as the energy needs."""
    spectra = heard_spectra(dry, order.mixing)
    usual = replace(order.usual, onset_rate_hz=hearing.onset_rate_hz(spectra))
    aims, mixing = settle(order.asked, usual, spectra, order.mixing)
    for drive, room, room_s in _DRIVES:
        if not _wants_more(order.asked, aims) or drive <= order.mixing.drive:
            break
        before = order.mixing
        driven = replace(
            before, drive=drive, room=max(room, before.room), room_s=max(room_s, before.room_s)
        )
        aims, mixing = settle(order.asked, usual, heard_spectra(dry, driven), driven)
    return aims, usual, mixing


def _off(asked: Mapping[str, Asked], now: Aims) -> float:
    """How far a mix is from what is asked, in what may be left alone; 0 is on it."""
    off = 0.0
    if "energy" in asked:
        off += abs(now.energy - asked["energy"].value) / _ENERGY_OFF
    if "brightness_hz" in asked:
        off += abs(now.brightness_hz / asked["brightness_hz"].value - 1) / _BRIGHTNESS_OFF
    if "onset_rate_hz" in asked:
        off += abs(now.onset_rate_hz / asked["onset_rate_hz"].value - 1) / CLOSE
    return off


def _measured(rendered: Rendered, onsets_hz: float, heard: hearing.Array) -> Aims:
    return Aims(
        rendered.loudness_lufs, onsets_hz, hearing.centroid_hz(heard), hearing.contrast_db(heard)
    )


def _wants_more(asked: Mapping[str, Asked], aims: Aims) -> bool:
    """Whether more energy is asked than loudness, brightness and onsets together give."""
    return "energy" in asked and aims.energy < asked["energy"].value - _ENERGY_OFF


def _met(asked: Mapping[str, Asked], aims: Aims, now: Aims) -> bool:
    dark = abs(now.brightness_hz / max(aims.brightness_hz, 1.0) - 1) < _BRIGHTNESS_OFF
    intense = abs(now.energy - aims.energy) < _ENERGY_OFF
    return (dark or "brightness_hz" not in asked) and (intense or "energy" not in asked)


def render_again(
    plan: Plan, mixing: Mixing, length_s: float, own_sounds: bool
) -> tuple[Score, Dry]:
    """The score and dry parts of a layer of a recipe, ready to be mixed."""
    score = compose(plan)
    return score, dry_of(score, length_s, own_sounds)


def heard_spectra(dry: Dry, mixing: Mixing) -> hearing.Array:
    """Spectra of the untilted mix before the bus, shape (frames, BINS)."""
    return hearing.magnitudes(premix_middle(dry, replace(mixing, tilt_db=0.0)))


__all__ = ["Made", "Order", "controlled", "dry_of", "heard_spectra", "make", "render_again",
           "settle", "tilt_response"]  # fmt: skip
