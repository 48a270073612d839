"""Dry parts → stems before the bus: balance, drive, one linear filter a part, the sidechain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from generation.sequencer.synthesis.controls import Mixing
from generation.sequencer.synthesis.dry import Dry, DryPart
from generation.sequencer.synthesis.shaping import (
    TAPS,
    Response,
    Through,
    block_size,
    convolve_into,
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
    out = np.zeros((1, dry.frames), dtype=np.float32)
    for part in dry.parts:
        gain = part_gain(part, mixing)
        if gain > _SILENT:
            middle, _ = middle_and_sides(_driven(part.samples, mixing.drive))
            place = _Place.of(part, dry, mixing)
            through: Response = np.complex64(gain) * place.through()
            convolve_into(out, (middle, None), [(through, None)], place.taps, dry.ending == "loop")
    heard: Samples = out[0]
    return heard


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
            _treat(stems[part.stem], part, dry, mixing)
    if mixing.sidechain:
        duck = _ducking(dry, mixing.sidechain)
        for stem in set(stems) - {"drums"}:
            stems[stem] *= duck
    return stems


def _treat(target: Samples, part: DryPart, dry: Dry, mixing: Mixing) -> None:
    """Add a part to its stem, (2, frames), through drive and its one linear filter."""
    both = middle_and_sides(_driven(part.samples, mixing.drive))
    place = _Place.of(part, dry, mixing)
    convolve_into(target, both, place.channels(), place.taps, dry.ending == "loop")


def _driven(samples: Samples, drive: float) -> Samples:
    """Saturation at a level that is fixed, so that no note changes another's part of it."""
    if not drive:
        return samples
    amount = np.float32(1 + _DRIVE * drive**1.5)
    return np.asarray(np.tanh(amount * samples) * (amount**-0.75))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a part is heard: its tone, room and echo, as responses of an FFT of `size`.

    `taps` is how long it rings, in samples; room and echo are heard through the part's tone.
    """

    part: DryPart
    mixing: Mixing
    echo_s: float
    taps: int
    size: int

    @classmethod
    def of(cls, part: DryPart, dry: Dry, mixing: Mixing) -> _Place:
        delay_s = _echo_s(dry.tempo_bpm)
        rings = [TAPS]
        if part.sound.send * mixing.room:
            rings.append(TAPS + room(_room_s(mixing)).shape[1])
        if part.sound.delay * mixing.echo:
            rings.append(TAPS + echo(delay_s).shape[1])
        taps = max(rings)
        rings = part.samples.shape[1] + taps
        count = rings if dry.ending == "loop" else min(rings, dry.frames)
        return cls(part, mixing, delay_s, taps, block_size(taps, count))

    def channels(self) -> list[Through]:
        """Of middle and sides to left and right, at the part's gain; one for both where it is
        mono.
        """
        gain = np.complex64(part_gain(self.part, self.mixing))
        through, apart, across = gain * self.through(), gain * self.apart(), self.across()
        if not self._width:
            return [(through, None)] * 2
        return [(through + gain * across, apart), (through - gain * across, -apart)]

    def through(self) -> Response:
        """Of middle to middle."""
        tone = self._tone(self.part.sound.low_cut_hz)
        wet = self._wet(0)
        return tone if wet is None else tone + tone * wet

    def apart(self) -> Response:
        """Of sides to sides."""
        return self._width * self._tone(max(self.part.sound.low_cut_hz, MONO_BELOW_HZ))

    def across(self) -> Response:
        """Of middle to sides: panning, and what of room and echo is to the sides."""
        out = np.complex64(self.part.sound.pan) * self.apart()
        wet = self._wet(1)
        if wet is not None:
            out += self._width * self._tone(self.part.sound.low_cut_hz) * wet
        return out

    @property
    def _width(self) -> np.complex64:
        return np.complex64(0.0 if self.part.stem == "bass" else self.mixing.width)

    def _tone(self, low_cut_hz: float) -> Response:
        return _tone_response(low_cut_hz, self.mixing.tilt_db, self.part.sound.cabinet, self.size)

    def _wet(self, side: int) -> Response | None:
        found, mixing = self.part.sound, self.mixing
        out = None
        if level := found.send * mixing.room:
            out = np.complex64(level) * _room_response(_room_s(mixing), side, self.size)
        if level := found.delay * mixing.echo:
            repeats = np.complex64(level) * _echo_response(self.echo_s, side, self.size)
            out = repeats if out is None else out + repeats
        return out


def _room_s(mixing: Mixing) -> float:
    return round(mixing.room_s, 1)


@lru_cache(maxsize=48)
def _tone_response(low_cut_hz: float, tilt_db: float, cabinet: bool, size: int) -> Response:
    return response(tone_filter(low_cut_hz, tilt_db, cabinet), size)


@lru_cache(maxsize=8)
def _room_response(seconds: float, side: int, size: int) -> Response:
    return response(room(seconds)[side], size)


@lru_cache(maxsize=8)
def _echo_response(delay_s: float, side: int, size: int) -> Response:
    return response(echo(delay_s)[side], size)


def _echo_s(tempo_bpm: float) -> float:
    delay = 45.0 / tempo_bpm
    while delay > _LONGEST_ECHO_S:
        delay /= 2
    return round(delay, 4)


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
