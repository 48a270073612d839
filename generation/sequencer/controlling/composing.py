"""The notes of a piece, as dense as its onsets per second are asked: composed, heard, and again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from generation.contract import Progress
from generation.sequencer.composition.compose import compose
from generation.sequencer.composition.pulse import beat_quarters
from generation.sequencer.controlling import hearing
from generation.sequencer.controlling.aims import Aims, solve
from generation.sequencer.controlling.asking import Asked
from generation.sequencer.controlling.density import CLOSE, Compose, Search, counted, first_guess
from generation.sequencer.controlling.reach import CALM_ONSETS_A_BEAT, SLOW_BPM, reach_at
from generation.sequencer.controlling.settling import settle, tilt_response
from generation.sequencer.plan import Plan
from generation.sequencer.score import Score
from generation.sequencer.synthesis.controls import Mixing
from generation.sequencer.synthesis.dry import Dry, render_notes
from generation.sequencer.synthesis.signal import RATE_HZ
from generation.sequencer.synthesis.treating import part_gain

_TRIES = 6
_MOST = 1.6  # factor between the onsets of dry parts and of a mix that is believed


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


@dataclass(frozen=True, slots=True)
class Try:
    """Notes and how they sound; `heard_onsets_hz` is None where nobody asked, `aim_hz` what for."""

    plan: Plan
    score: Score
    dry: Dry
    aim_hz: float
    heard_onsets_hz: float | None = None

    @property
    def miss_hz(self) -> float:
        return abs((self.heard_onsets_hz or 0.0) - self.aim_hz)


class _Writing:
    """`compose` that remembers: the plan that is settled on has been composed to be counted."""

    def __init__(self) -> None:
        self._written: list[tuple[Plan, Score]] = []

    def __call__(self, plan: Plan) -> Score:
        for one, score in self._written:
            if one == plan:
                return score
        self._written.append((plan, compose(plan)))
        return self._written[-1][1]


def composed(order: Order, progress: Progress) -> Try:
    """The piece at the density that is heard as asked, as near as a few tries come."""
    progress(0.0, "composing")
    plan, writing = order.plan, _Writing()
    felt = plan.tempo_bpm / beat_quarters(plan.beats, plan.unit)
    aim = solve(order.asked, order.usual, reach_at(felt)).onset_rate_hz
    if not order.keep_notes and "onset_rate_hz" in order.asked:
        return _searched(order, first_guess(plan, aim, writing), aim, None, progress, writing)
    if not order.keep_notes:
        room = CALM_ONSETS_A_BEAT * felt / 60 if felt < SLOW_BPM else math.inf
        if "energy" in order.asked:
            plan = first_guess(plan, min(aim, room), writing)
        elif counted(writing(plan)) > room:
            plan = first_guess(plan, room, writing)
    score = writing(plan)
    return Try(plan, score, dry_of(score, order.length_s, order.own_sounds), aim)


def corrected(
    order: Order, tried: Try, heard_hz: float, mixing: Mixing, progress: Progress
) -> Try | None:
    """Another try for what the mix adds to or takes from the onsets; None where it is near enough.

    Parameters
    ----------
    tried : of `composed`
    heard_hz : onsets per second of its mix
    mixing : that of the mix, which the next is listened to by
    """
    if abs(heard_hz / tried.aim_hz - 1) < CLOSE:
        return None
    before = heard_onsets(tried.dry, mixing)
    aim = tried.aim_hz * min(_MOST, max(1 / _MOST, before / max(heard_hz, 0.1)))
    # A share never goes back: what is composed again lies within the mixing.
    after = _searched(order, tried.plan, aim, mixing, lambda _, step: progress(0.8, step))
    return None if after.plan == tried.plan else replace(after, aim_hz=tried.aim_hz)


def _searched(
    order: Order,
    plan: Plan,
    aim_hz: float,
    mixing: Mixing | None,
    progress: Progress,
    write: Compose = compose,
) -> Try:
    best = last = _try(order, plan, aim_hz, mixing, write)
    search = Search(aim_hz, _TRIES)
    while (after := search.next(last.plan, last.heard_onsets_hz or 0.0)) is not None:
        progress(0.3, "composing")
        last = _try(order, after, aim_hz, mixing, write)
        best = min(best, last, key=lambda one: one.miss_hz)
    return best


def _try(order: Order, plan: Plan, aim_hz: float, mixing: Mixing | None, write: Compose) -> Try:
    score = write(plan)
    dry = dry_of(score, order.length_s, order.own_sounds)
    heard = heard_onsets(dry, mixing or order.mixing, order if mixing is None else None)
    return Try(plan, score, dry, aim_hz, heard)


def dry_of(score: Score, length_s: float, own_sounds: bool) -> Dry:
    """Dry parts of exactly `length_s`; of a loop, of its whole bars."""
    dry = render_notes(score, own_sounds=own_sounds)
    return dry if score.ending == "loop" else replace(dry, frames=round(length_s * RATE_HZ))


def heard_onsets(dry: Dry, mixing: Mixing, order: Order | None = None) -> float:
    """Onsets per second, without room, echo and bus: near enough, and cheap.

    With `order`, through the tilt that what it asks for will need; else through the mixing's own.
    """
    mono = np.zeros(dry.frames, np.float32)
    for part in dry.parts:
        samples = part.samples[0] if len(part.samples) == 1 else part.samples.mean(axis=0)
        samples = samples[: dry.frames]
        mono[: len(samples)] += np.float32(part_gain(part, mixing)) * samples
    spectra = hearing.magnitudes(mono)
    if order is not None:
        mixing = settle(order.asked, order.usual, spectra, mixing)[1]
    return hearing.onset_rate_hz(spectra * tilt_response(mixing.tilt_db))
