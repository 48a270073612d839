"""Dry parts → stems before the bus: balance, drive, one linear filter a part, the sidechain."""

from __future__ import annotations

import numpy as np
from scipy.signal import fftconvolve

from generation.sequencer.synthesis.controls import Mixing
from generation.sequencer.synthesis.dry import Dry, DryPart
from generation.sequencer.synthesis.shaping import (
    block_size,
    convolve,
    convolve_middle,
    middle_and_sides,
    response,
    tone_filter,
)
from generation.sequencer.synthesis.signal import RATE_HZ, Samples
from generation.sequencer.synthesis.space import echo, room

STEM_DB: dict[str, float] = {
    "drums": 0.0, "bass": 0.0, "chords": -3.0, "lead": -2.0, "extra": -4.5,
}  # fmt: skip
"""Balance of the stems; every sound has been brought to one loudness before."""

_LONGEST_ECHO_S = 0.62
_SILENT = 1e-6
_WEIGHT_DB = 16.0
_USUAL_WEIGHT = 0.7
MONO_BELOW_HZ = 150.0
_DRIVE = 14.0


def premix_middle(dry: Dry, mixing: Mixing) -> Samples:
    """The mono sum before the bus, shape (frames,): what control listens to, for half the price."""
    out = np.zeros(dry.frames, dtype=np.float32)
    for part in dry.parts:
        gain = np.float32(part_gain(part, mixing))
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


def part_gain(part: DryPart, mixing: Mixing) -> float:
    """Linear gain of a part: balance of its stem, and how far it stands out."""
    balance_db = STEM_DB.get(part.stem, 0.0) + mixing.gains_db.get(part.stem, 0.0)
    return float(10 ** ((balance_db + _WEIGHT_DB * (part.weight - _USUAL_WEIGHT)) / 20))


def premix(dry: Dry, mixing: Mixing) -> dict[str, Samples]:
    """The stems before the bus, each of shape (2, frames)."""
    stems = {stem: np.zeros((2, dry.frames), dtype=np.float32) for stem in dry.stems}
    for part in dry.parts:
        gain = part_gain(part, mixing)
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
