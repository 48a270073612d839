"""From a plan to sound that measures as asked.

    density ─▶ compose ─▶ notes ─▶ heard? ─(again with another density)─▶ tilt, loudness ─▶ mix

Tempo, key and metre are right by construction. Onsets per second are met by density: counted on the
score, then heard on the sound, and composed once more where they differ. The tilt of the spectrum
is one curve for all parts, so that the brightness it gives is told from the untilted spectra
without mixing again. Loudness the bus meets itself, and energy follows from all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from generation.contract import Progress, silent
from generation.sequencer.composition.compose import compose
from generation.sequencer.controlling import hearing
from generation.sequencer.controlling.aims import Aims, Reach, solve
from generation.sequencer.controlling.asking import Asked
from generation.sequencer.controlling.density import counted, densities
from generation.sequencer.controlling.reach import REACH
from generation.sequencer.plan import Plan
from generation.sequencer.score import Score
from generation.sequencer.synthesis.dry import Dry, render_notes
from generation.sequencer.synthesis.mixing import RANGES, Mixing, Rendered, mix, premix
from generation.sequencer.synthesis.shaping import tilt_gain_db
from generation.sequencer.synthesis.signal import RATE_HZ

_ONSETS_OFF = 0.08  # of what was aimed for; nearer is left alone
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

    @property
    def led_by_onsets(self) -> bool:
        """Whether the density is to be found, and not as the plan has it."""
        return not self.keep_notes and bool({"onset_rate_hz", "energy"} & set(self.asked))


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
    first = solve(order.asked, order.usual, REACH)
    tried = _try(order, order.plan, first.onset_rate_hz, 1.0, progress)
    got = tried.heard_onsets_hz
    if order.led_by_onsets and abs(got / first.onset_rate_hz - 1) > _ONSETS_OFF:
        factor = got / max(counted(tried.score), 0.1)
        tried = _try(order, tried.plan, first.onset_rate_hz, factor, progress)
    usual = replace(order.usual, onset_rate_hz=tried.heard_onsets_hz)
    aims, mixing = settle(order.asked, usual, tried.spectra, order.mixing)
    progress(0.7, "mixing")
    rendered = mix(tried.dry, mixing)
    progress(1.0, "mixed")
    return Made(plan=tried.plan, mixing=mixing, score=tried.score, rendered=rendered, aims=aims)


@dataclass(frozen=True, slots=True)
class _Try:
    plan: Plan
    score: Score
    dry: Dry
    spectra: hearing.Array
    heard_onsets_hz: float


def _try(order: Order, plan: Plan, onsets_hz: float, factor: float, progress: Progress) -> _Try:
    """Compose for that many onsets per second, render and listen; see `densities` for `factor`."""
    progress(0.0, "composing")
    score = None
    if order.led_by_onsets:
        plan, score = densities(plan, onsets_hz, factor, compose)
    score = score or compose(plan)
    progress(0.3, "rendering")
    dry = dry_of(score, order.length_s, order.own_sounds)
    spectra = heard_spectra(dry, order.mixing)
    return _Try(plan, score, dry, spectra, hearing.onset_rate_hz(spectra))


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
    stems = premix(dry, replace(mixing, tilt_db=0.0))
    mono = np.zeros(dry.frames, np.float32)
    for samples in stems.values():
        mono += samples[0]
        mono += samples[1]
    return hearing.magnitudes(mono * np.float32(0.5))


def settle(
    asked: Mapping[str, Asked], usual: Aims, spectra: hearing.Array, mixing: Mixing
) -> tuple[Aims, Mixing]:
    """Aims that this sound reaches, and the mixing that meets them."""
    onsets = usual.onset_rate_hz
    natural = hearing.centroid_hz(spectra)
    low, high = RANGES["tilt_db"]
    darkest, brightest = (hearing.centroid_hz(spectra, tilt_response(tilt)) for tilt in (low, high))
    contrast = hearing.contrast_db(spectra)
    tilt, aims = 0.0, usual
    for _ in range(2):  # the second time with the contrast that the tilt leaves
        reach = Reach(
            REACH.loudness_lufs, (onsets, onsets), (darkest, brightest), (contrast, contrast)
        )
        start = replace(usual, brightness_hz=_usual_brightness(natural, usual, asked),
                        contrast_db=contrast)  # fmt: skip
        aims = solve(asked, start, reach)
        tilt = tilt_for(spectra, aims.brightness_hz)
        contrast = hearing.contrast_db(spectra * tilt_response(tilt))
    return aims, replace(mixing, tilt_db=tilt, loudness_lufs=aims.loudness_lufs)


def _usual_brightness(natural: float, usual: Aims, asked: Mapping[str, Asked]) -> float:
    """Between what the sounds are and what the style is said to be, where nothing is asked."""
    return (
        float(np.sqrt(natural * usual.brightness_hz)) if "brightness_hz" not in asked else natural
    )


def tilt_for(spectra: hearing.Array, brightness_hz: float) -> float:
    """The tilt, dB per octave, that brings the mean centroid there, as far as it goes."""
    low, high = RANGES["tilt_db"]
    for _ in range(_TILT_STEPS):
        middle = (low + high) / 2
        if hearing.centroid_hz(spectra, tilt_response(middle)) < brightness_hz:
            low = middle
        else:
            high = middle
    return round((low + high) / 2, 3)


def tilt_response(tilt_db: float) -> hearing.Array:
    """Magnitude response of a tilt at the bins of `hearing`, linear, shape (BINS,)."""
    gain = tilt_gain_db(hearing.HZ.astype(np.float64), tilt_db)
    return np.asarray(10 ** (gain / 20), np.float32)
