"""Dry parts → stems and mix. The stems sum to the mix, sample for sample.

Drive bends the waveform, inside one part alone. Everything after it is either linear, part by part,
or one gain curve that is the same for all stems. The mix is made last, by summing the stems.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from generation.sequencer.score import Score
from generation.sequencer.synthesis.dry import Dry, DryPart, render_notes
from generation.sequencer.synthesis.dynamics import Bus, Master, decide
from generation.sequencer.synthesis.loudness import integrated_loudness
from generation.sequencer.synthesis.shaping import (
    Response,
    block_size,
    convolve,
    convolve_middle,
    middle_and_sides,
    response,
    tone_filter,
)
from generation.sequencer.synthesis.signal import RATE_HZ, Curve, Samples
from generation.sequencer.synthesis.space import echo, room
from schemas.errors import InputError
from schemas.generation import Weights

RANGES: dict[str, tuple[float, float]] = {
    "tilt_db": (-12.0, 9.0),
    "drive": (0.0, 1.0),
    "loudness_lufs": (-36.0, -5.0),
    "ceiling_db": (-12.0, 0.0),
    "width": (0.0, 1.6),
    "room": (0.0, 1.0),
    "room_s": (0.2, 2.0),
    "echo": (0.0, 1.0),
    "sidechain": (0.0, 1.0),
    "compress": (-0.5, 1.0),
    "fade_in_s": (0.0, 60.0),
    "fade_out_s": (0.0, 60.0),
}
"""Valid values of Mixing, lowest and highest."""

STEM_DB: dict[str, float] = {
    "drums": 0.0, "bass": 0.0, "chords": -3.5, "lead": -1.0, "extra": -7.0,
}  # fmt: skip
"""Balance of the stems; every sound has been brought to one loudness before."""

_LONGEST_ECHO_S = 0.62
_SILENT = 1e-6
_DEEP = 0.6
_WEIGHT_DB = 16.0
_USUAL_WEIGHT = 0.7
MONO_BELOW_HZ = 150.0
_DRIVE = 14.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixing:
    """Everything about the sound that is not in the notes. All but `gains_db` has a RANGE.

    Attributes
    ----------
    gains_db : stem → dB beside the usual balance; -120 and below is silence
    tilt_db : slope of the whole spectrum, dB per octave; rising it always rises the centroid
    drive : saturation of each part, 0 … 1: fills the gaps of the spectrum and of the level
    loudness_lufs : integrated loudness that is aimed for; None: the level is left alone
    ceiling_db : no peak, between samples either, is above, dBFS
    width : of the stereo picture: 0 mono, 1 as it is; what is below 150 Hz is always mono
    room, room_s : how much of it, and its decay to -60 dB
    echo : repeats, three quarters of a beat apart
    sidechain : how far all but the drums give way on each beat
    compress : of the bus; 1 is 4:1, below 0 contrast grows
    """

    gains_db: Mapping[str, float] = field(default_factory=dict)
    tilt_db: float = 0.0
    drive: float = 0.0
    loudness_lufs: float | None = -14.0
    ceiling_db: float = -1.0
    width: float = 1.0
    room: float = 0.4
    room_s: float = 1.2
    echo: float = 0.3
    sidechain: float = 0.0
    compress: float = 0.2
    fade_in_s: float = 0.0
    fade_out_s: float = 0.0

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InputError(f"mixing: {name} is {value}; valid is {low} … {high}")


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


def premix_middle(dry: Dry, mixing: Mixing) -> Samples:
    """The mono sum before the bus, shape (frames,): what control listens to, for half the price."""
    out = np.zeros(dry.frames, dtype=np.float32)
    for part in dry.parts:
        gain = np.float32(_gain(part, mixing))
        if gain > _SILENT:
            middle, _ = middle_and_sides(_driven(part.samples, mixing.drive))
            impulse = _impulses(part, dry, mixing)[0]
            taps = impulse.size
            spectrum = response(impulse, block_size(taps, middle.size))
            heard = convolve_middle(middle, spectrum, taps) * gain
            for begin in range(0, heard.size if dry.ending == "loop" else 1, dry.frames):
                cut = heard[begin : begin + dry.frames]
                out[: cut.size] += cut
    return out


def _gain(part: DryPart, mixing: Mixing) -> float:
    balance_db = STEM_DB.get(part.stem, 0.0) + mixing.gains_db.get(part.stem, 0.0)
    return float(10 ** ((balance_db + _WEIGHT_DB * (part.weight - _USUAL_WEIGHT)) / 20))


def premix(dry: Dry, mixing: Mixing) -> dict[str, Samples]:
    """The stems before the bus, each of shape (2, frames)."""
    stems = {stem: np.zeros((2, dry.frames), dtype=np.float32) for stem in dry.stems}
    for part in dry.parts:
        gain = _gain(part, mixing)
        if gain > _SILENT:
            _add(stems[part.stem], _treated(part, dry, mixing), np.float32(gain), dry)
    if mixing.sidechain:
        duck = _ducking(dry, mixing.sidechain)
        for stem in set(stems) - {"drums"}:
            stems[stem] *= duck
    return stems


def _treated(part: DryPart, dry: Dry, mixing: Mixing) -> tuple[Samples, Samples]:
    """Middle and sides of a part through drive and its one linear filter."""
    samples = _driven(part.samples, mixing.drive)
    middle, sides = middle_and_sides(samples)
    impulses = _impulses(part, dry, mixing)
    taps = impulses.shape[1]
    size = block_size(taps, middle.size)
    through, apart, across = (response(one, size) for one in impulses)
    return convolve(middle, sides, (through, apart, across), taps)


def _driven(samples: Samples, drive: float) -> Samples:
    """Saturation at a level that is fixed, so that no note changes another's part of it."""
    if not drive:
        return samples
    amount = np.float32(1 + _DRIVE * drive**1.5)
    return np.asarray(np.tanh(amount * samples) * (amount**-0.75))


def _impulses(part: DryPart, dry: Dry, mixing: Mixing) -> Samples:
    """Responses of middle to middle, sides to sides, middle to sides, shape (3, n)."""
    found = part.sound
    direct = tone_filter(found.low_cut_hz, mixing.tilt_db, found.cabinet)
    wet = [
        (room(round(mixing.room_s, 1)), found.send * mixing.room),
        (echo(_echo_s(dry.tempo_bpm)), found.delay * mixing.echo),
    ]
    used = [(impulse, level) for impulse, level in wet if level > 1e-4]
    length = direct.size + max((impulse.shape[1] for impulse, _ in used), default=0)
    out = np.zeros((3, length), dtype=np.float32)
    out[0, : direct.size] = direct
    if used:
        from scipy.signal import fftconvolve

        rung = np.zeros((2, length), dtype=np.float32)
        for impulse, level in used:
            rung[:, : impulse.shape[1]] += np.float32(level) * impulse
        rung = fftconvolve(rung, direct[None, :], axes=1)[:, :length]
        out[0] += rung[0]
        out[2] += rung[1]
    sides = tone_filter(max(found.low_cut_hz, MONO_BELOW_HZ), mixing.tilt_db, found.cabinet)
    out[1, : direct.size] = sides
    out[2, : direct.size] += np.float32(found.pan) * sides
    out[1:] *= np.float32(0.0 if part.stem == "bass" else mixing.width)
    return out


def _echo_s(tempo_bpm: float) -> float:
    delay = 45.0 / tempo_bpm
    while delay > _LONGEST_ECHO_S:
        delay /= 2
    return round(delay, 4)


def _add(target: Samples, treated: tuple[Samples, Samples], gain: np.float32, dry: Dry) -> None:
    """Middle and sides as left and right; what rings beyond a loop is laid over its start."""
    middle, sides = treated[0] * gain, treated[1] * gain
    for begin in range(0, middle.size if dry.ending == "loop" else 1, dry.frames):
        cut = slice(begin, min(begin + dry.frames, middle.size))
        count = cut.stop - cut.start
        target[0, :count] += middle[cut] + sides[cut]
        target[1, :count] += middle[cut] - sides[cut]


def _ducking(dry: Dry, depth: float) -> Samples:
    """Gain that falls on each beat and is back before the next, shape (frames,)."""
    hop = 32
    at = np.arange(0, dry.frames + hop, hop) / RATE_HZ
    beats = dry.beats_s
    number = np.clip(np.searchsorted(beats, at, side="right") - 1, 0, max(beats.size - 2, 0))
    length = np.diff(beats)[number] if beats.size > 1 else np.full(at.size, 0.5)
    share = np.clip((at - beats[number]) / length, 0.0, 1.0)
    back = np.clip(share / 0.75, 0.0, 1.0)
    dip = (1 - (3 * back**2 - 2 * back**3)) * np.minimum(1.0, share * length / 0.004)
    gain = 1 - 0.9 * depth * dip
    return np.interp(np.arange(dry.frames), np.arange(at.size) * hop, gain).astype(np.float32)


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


__all__ = ["RANGES", "Curve", "Mixing", "Rendered", "Response", "mix", "premix", "render"]
