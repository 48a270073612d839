"""Dry parts → stems and mix. The stems sum to the mix, sample for sample.

Drive bends the waveform, inside one part alone. Everything after it is either linear, part by part,
or one gain curve that is the same for all stems. The mix is made last, by summing the stems.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from generation.sequencer.score import Score
from generation.sequencer.synthesis.controls import RANGES, Mixing
from generation.sequencer.synthesis.dry import Dry, render_notes
from generation.sequencer.synthesis.dynamics import Bus, Master, decide
from generation.sequencer.synthesis.loudness import integrated_loudness
from generation.sequencer.synthesis.signal import RATE_HZ, Samples
from generation.sequencer.synthesis.treating import premix, premix_middle
from schemas.generation import Weights

_DEEP = 0.6
"""A limiter that goes below this has changed loudness more than hops can tell: measured again."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A piece as sound: float32 of shape (2, n) at `rate_hz`.

    Attributes
    ----------
    stems : by name; `mix` is their sum, in this order
    master : what the bus did, to be handed to `mix` again where other stems must not change
    loudness_lufs : integrated, reached
    bank : whose samples are heard; None: voices of our own alone
    """

    stems: dict[str, Samples]
    mix: Samples
    master: Master
    loudness_lufs: float
    bank: Weights | None
    notes: tuple[str, ...] = ()
    rate_hz: int = RATE_HZ


def render(score: Score, mixing: Mixing | None = None, *, own_sounds: bool = False) -> Rendered:
    """Score → stems and mix. See `render_notes` and `mix`, which this joins."""
    return mix(render_notes(score, own_sounds=own_sounds), mixing or Mixing())


def mix(dry: Dry, mixing: Mixing, master: Master | None = None) -> Rendered:
    """Mix dry parts.

    Parameters
    ----------
    dry : of `render_notes`; may be mixed again and again
    master : the bus of an earlier mix of equal length, taken as it is: a stem whose notes are the
        same is then the same sample for sample, whatever became of the others
    """
    stems = premix(dry, mixing)
    given, reached = master is not None, 0.0
    if master is None:
        bus = Bus.of(_sum(stems, dry.frames), dry.ending == "loop")
        master, reached = decide(bus, mixing.loudness_lufs, mixing.ceiling_db, mixing.compress)
    gain = master.curve(dry.frames) * _fades(dry, mixing)
    for stem in stems:
        stems[stem] *= gain
    together = _sum(stems, dry.frames)
    if master.nodes.min() < _DEEP or given:
        reached = integrated_loudness(together)
    return Rendered(stems, together, master, reached, dry.bank, dry.notes)


def _fades(dry: Dry, mixing: Mixing) -> Samples:
    """Gain of the ends: asked fades, and none so short that the cut would click."""
    out = np.ones(dry.frames, dtype=np.float32)
    if dry.ending == "loop":
        return out
    shortest = 0.25 if dry.ending == "end" else 0.012
    for fade_s, least, ends in (
        (mixing.fade_in_s, 0.0015, out),
        (mixing.fade_out_s, shortest, out[::-1]),
    ):
        count = min(round(max(fade_s, least) * RATE_HZ), dry.frames)
        ends[:count] *= (0.5 - 0.5 * np.cos(np.linspace(0, np.pi, count))).astype(np.float32)
    return out


def _sum(stems: Mapping[str, Samples], frames: int) -> Samples:
    out = np.zeros((2, frames), dtype=np.float32)
    for samples in stems.values():
        out += samples
    return out


__all__ = ["RANGES", "Mixing", "Rendered", "mix", "premix", "premix_middle", "render"]
