"""Drums of our own: electronic kits after the circuits that they are known by, and an acoustic
one where no bank is installed.

A drum is a few parts: a tone whose pitch falls, noise in a band, the metal of six square waves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from generation.sequencer.synthesis.signal import (
    Curve,
    Samples,
    band,
    decay,
    harmonics_below,
    noise,
    period,
    read,
    rise,
    seeded,
    times,
)

_METAL_HZ = (205.3, 304.4, 369.6, 522.7, 540.0, 800.0)
"""The six oscillators of the TR-808's cymbals and hats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drum:
    """Levels are relative to each other; seconds count to -60 dB.

    Attributes
    ----------
    tone : (Hz, level, seconds) of each sine
    fall, fall_s : octaves that the tones start above their pitch, and how long they take
    noise : (low Hz, high Hz, level, seconds) of each band
    metal : (low Hz, level, seconds) of the square waves
    claps : repeats of the noise, 10 ms apart, before its tail
    click, drive, attack_s : at the start; into tanh
    """

    tone: tuple[tuple[float, float, float], ...] = ()
    fall: float = 0.0
    fall_s: float = 0.05
    noise: tuple[tuple[float, float, float, float], ...] = ()
    metal: tuple[tuple[float, float, float], ...] = ()
    claps: int = 0
    click: float = 0.0
    drive: float = 0.0
    attack_s: float = 0.0006
    gain_db: float = 0.0
    pan: float = 0.0

    @property
    def seconds(self) -> float:
        ends = [one[-1] for one in (*self.tone, *self.noise, *self.metal)]
        return min(4.0, max(ends) + 0.02)


def play_drum(name: str, drum: Drum, hardness: float, take: int) -> Samples:
    """One hit of shape (1, n), begun and ended at zero."""
    rng = seeded("drum", name, take)
    t = times(drum.seconds)
    near = 1 + 0.012 * rng.standard_normal()
    out = _tones(drum, t, near, hardness) + _noises(drum, t, rng, hardness)
    for low_hz, level, seconds in drum.metal:
        out += level * band(_metal(t, near), low_hz, None, 3) * decay(t, seconds)
    if drum.click:
        out += drum.click * hardness * band(noise(t.size, rng), 1_500, 9_000) * decay(t, 0.012)
    if drum.drive:
        out = np.tanh((1 + drum.drive) * out)
    out *= rise(t, drum.attack_s) * rise(t[-1] - t, 0.008)
    return (out * 10 ** (drum.gain_db / 20)).astype(np.float32)[None, :]


def _tones(drum: Drum, t: Curve, near: float, hardness: float) -> Curve:
    out = np.zeros(t.size)
    for pitch_hz, level, seconds in drum.tone:
        rate = drum.fall_s / 5
        start = 2.0 ** (drum.fall * (0.7 + 0.4 * hardness)) - 1
        turns = pitch_hz * near * (t + start * rate * (1 - np.exp(-t / rate)))
        out += level * np.sin(2 * np.pi * turns) * decay(t, seconds)
    return out


def _noises(drum: Drum, t: Curve, rng: np.random.Generator, hardness: float) -> Curve:
    out = np.zeros(t.size)
    for low_hz, high_hz, level, seconds in drum.noise:
        bright = high_hz * 2.0 ** (0.8 * (hardness - 0.7))
        hiss = band(noise(t.size, rng), low_hz, bright)
        out += level * hiss / max(float(np.std(hiss)), 1e-6) * 0.3 * _bursts(drum, t, seconds)
    return out


def _bursts(drum: Drum, t: Curve, seconds: float) -> Curve:
    """The noise's envelope: a decay, after as many short ones as hands that clap."""
    if not drum.claps:
        return decay(t, seconds)
    out = np.zeros(t.size)
    for number in range(drum.claps):
        since = t - 0.0105 * number
        last = number == drum.claps - 1
        out = np.where(since >= 0, decay(np.maximum(since, 0), seconds if last else 0.02), out)
    return out


def _metal(t: Curve, near: float) -> Samples:
    """Six square waves of unrelated pitches, of their harmonics below 16 kHz."""
    out = np.zeros(t.size, dtype=np.float32)
    for pitch_hz in _METAL_HZ:
        tuned = 2.2 * near * pitch_hz
        out += read(_square(harmonics_below(16_000.0, tuned)), t * tuned)
    return np.float32(0.35) * out


@lru_cache(maxsize=64)
def _square(harmonics: int) -> Samples:
    order = np.arange(1, harmonics + 1)
    return period(np.where(order % 2 == 1, 1.0 / order, 0.0))


Kit = Mapping[int, Drum]

_HAT = Drum(metal=((6_500.0, 1.0, 0.09),), noise=((7_000.0, 15_000.0, 0.5, 0.07),), pan=0.2)
_OPEN = Drum(metal=((6_500.0, 1.0, 0.55),), noise=((7_000.0, 15_000.0, 0.5, 0.5),), pan=0.2)
_CRASH = Drum(metal=((3_500.0, 0.8, 2.2),), noise=((4_000.0, 14_000.0, 1.0, 1.9),),
              attack_s=0.003, gain_db=-6, pan=-0.3)  # fmt: skip
_RIDE = Drum(metal=((4_500.0, 0.8, 1.3),), tone=((3_150.0, 0.12, 0.7),), gain_db=-5, pan=0.3)
_SHAKER = Drum(noise=((5_000.0, 13_000.0, 1.0, 0.1),), attack_s=0.018, gain_db=-6, pan=-0.35)


def _tom(pitch_hz: float, pan: float) -> Drum:
    return Drum(tone=((pitch_hz, 1.0, 0.5), (1.5 * pitch_hz, 0.25, 0.2)), fall=0.5, fall_s=0.15,
                noise=((200.0, 3_000.0, 0.2, 0.08),), pan=pan, gain_db=-4)  # fmt: skip


def _conga(pitch_hz: float, seconds: float, pan: float) -> Drum:
    return Drum(
        tone=((pitch_hz, 1.0, seconds), (2.3 * pitch_hz, 0.25, 0.08)),
        fall=0.15,
        fall_s=0.03,
        noise=((900.0, 4_000.0, 0.35, 0.03),),
        pan=pan,
        gain_db=-2,
    )


_COMMON: dict[int, Drum] = {
    37: Drum(tone=((1_720.0, 0.8, 0.05), (480.0, 0.5, 0.04)), click=0.5, gain_db=-3),
    41: _tom(85.0, 0.4), 43: _tom(105.0, 0.3), 45: _tom(130.0, 0.1), 47: _tom(160.0, -0.1),
    48: _tom(190.0, -0.2), 50: _tom(225.0, -0.35),
    49: _CRASH, 57: replace(_CRASH, pan=0.35), 52: _CRASH, 55: replace(_CRASH, gain_db=-9),
    51: _RIDE, 59: _RIDE, 53: replace(_RIDE, tone=((2_700.0, 0.5, 1.1),)),
    54: Drum(metal=((7_000.0, 0.8, 0.16),), noise=((6_000.0, 14_000.0, 0.6, 0.12),), pan=0.3,
             gain_db=-5),
    56: Drum(tone=((540.0, 0.6, 0.25), (805.0, 0.6, 0.3)), drive=1.5, gain_db=-7, pan=0.25),
    60: _conga(410.0, 0.18, 0.25), 61: _conga(300.0, 0.22, 0.35), 62: _conga(330.0, 0.09, -0.2),
    63: _conga(290.0, 0.35, -0.2), 64: _conga(205.0, 0.42, -0.35),
    65: _conga(420.0, 0.5, 0.4), 66: _conga(300.0, 0.5, 0.4),
    67: Drum(tone=((1_100.0, 0.8, 0.35), (2_900.0, 0.3, 0.2)), gain_db=-6, pan=0.4),
    68: Drum(tone=((780.0, 0.8, 0.35), (2_050.0, 0.3, 0.2)), gain_db=-6, pan=0.4),
    69: _SHAKER, 70: replace(_SHAKER, attack_s=0.006, pan=0.35), 82: _SHAKER,
    73: Drum(noise=((2_500.0, 9_000.0, 0.8, 0.09),), attack_s=0.02, gain_db=-6, pan=-0.3),
    74: Drum(noise=((2_500.0, 9_000.0, 0.8, 0.35),), attack_s=0.06, gain_db=-6, pan=-0.3),
    75: Drum(tone=((2_480.0, 1.0, 0.07),), click=0.2, gain_db=-5, pan=0.2),
    76: Drum(tone=((1_250.0, 0.9, 0.06), (2_600.0, 0.3, 0.04)), gain_db=-5, pan=0.2),
    77: Drum(tone=((870.0, 0.9, 0.08), (1_900.0, 0.3, 0.04)), gain_db=-5, pan=0.2),
    80: Drum(tone=((4_200.0, 0.5, 0.05), (6_400.0, 0.4, 0.05)), gain_db=-8, pan=0.3),
    81: Drum(tone=((4_200.0, 0.5, 1.2), (6_400.0, 0.4, 1.0)), gain_db=-8, pan=0.3),
    58: Drum(noise=((1_800.0, 6_000.0, 1.0, 0.7),), tone=((2_400.0, 0.3, 0.6),), gain_db=-9),
    71: Drum(tone=((2_480.0, 0.6, 0.14), (2_560.0, 0.4, 0.14)), attack_s=0.008, gain_db=-9),
    72: Drum(tone=((2_480.0, 0.6, 0.6), (2_560.0, 0.4, 0.6)), attack_s=0.01, gain_db=-9),
    78: Drum(tone=((560.0, 1.0, 0.14),), fall=-0.4, fall_s=0.2, attack_s=0.01, gain_db=-6),
    79: Drum(tone=((420.0, 1.0, 0.35),), fall=0.5, fall_s=0.4, attack_s=0.01, gain_db=-6),
    86: Drum(tone=((84.0, 1.0, 0.14), (150.0, 0.2, 0.06)), fall=0.2, fall_s=0.03, gain_db=-1),
    87: Drum(tone=((68.0, 1.0, 0.8), (127.0, 0.2, 0.2)), fall=0.2, fall_s=0.03, gain_db=-1),
}  # fmt: skip

_ACOUSTIC: Kit = _COMMON | {
    35: Drum(tone=((52.0, 1.0, 0.32), (98.0, 0.3, 0.12)), fall=1.2, fall_s=0.05,
             noise=((1_500.0, 6_000.0, 0.12, 0.02),), click=0.25),
    36: Drum(tone=((58.0, 1.0, 0.28), (110.0, 0.3, 0.1)), fall=1.2, fall_s=0.05,
             noise=((1_500.0, 6_000.0, 0.15, 0.02),), click=0.3),
    38: Drum(tone=((188.0, 0.6, 0.14), (331.0, 0.35, 0.1)), fall=0.4, fall_s=0.03,
             noise=((300.0, 11_000.0, 1.1, 0.24),), click=0.3),
    40: Drum(tone=((205.0, 0.6, 0.14), (365.0, 0.4, 0.1)), fall=0.4, fall_s=0.03,
             noise=((500.0, 13_000.0, 1.2, 0.2),), click=0.4),
    39: Drum(noise=((800.0, 6_000.0, 1.0, 0.18),), claps=3),
    42: _HAT, 44: replace(_HAT, gain_db=-3), 46: _OPEN,
}  # fmt: skip

_TR808: Kit = _COMMON | {
    35: Drum(tone=((46.0, 1.0, 1.3),), fall=0.8, fall_s=0.06, click=0.06, drive=0.3),
    36: Drum(tone=((50.0, 1.0, 0.85),), fall=1.0, fall_s=0.06, click=0.1, drive=0.3),
    38: Drum(tone=((178.0, 0.6, 0.16), (331.0, 0.3, 0.1)), noise=((700.0, 9_000.0, 0.9, 0.17),)),
    40: Drum(tone=((190.0, 0.5, 0.12),), noise=((1_200.0, 12_000.0, 1.1, 0.14),)),
    39: Drum(noise=((700.0, 3_500.0, 1.2, 0.28),), claps=4),
    42: replace(_HAT, metal=((7_500.0, 1.0, 0.06),), noise=()),
    44: replace(_HAT, metal=((7_500.0, 1.0, 0.05),), noise=(), gain_db=-3),
    46: replace(_OPEN, metal=((7_500.0, 1.0, 0.42),), noise=()),
}  # fmt: skip

_TR909: Kit = _COMMON | {
    35: Drum(tone=((49.0, 1.0, 0.42),), fall=2.1, fall_s=0.07, click=0.35, drive=1.0),
    36: Drum(tone=((52.0, 1.0, 0.38),), fall=2.1, fall_s=0.065, click=0.45, drive=1.0),
    38: Drum(tone=((185.0, 0.8, 0.15), (286.0, 0.4, 0.1)), fall=0.6, fall_s=0.03,
             noise=((1_000.0, 12_000.0, 1.0, 0.22),)),
    40: Drum(tone=((200.0, 0.7, 0.13),), fall=0.6, fall_s=0.03,
             noise=((1_500.0, 14_000.0, 1.1, 0.17),)),
    39: Drum(noise=((900.0, 5_500.0, 1.2, 0.3),), claps=4),
    42: replace(_HAT, noise=((8_000.0, 15_500.0, 0.8, 0.08),)),
    44: replace(_HAT, gain_db=-3), 46: replace(_OPEN, noise=((7_500.0, 15_500.0, 0.8, 0.45),)),
}  # fmt: skip


def _softer(kit: Kit, high_hz: float) -> Kit:
    """The kit as from an old sampler: nothing above `high_hz`, a little driven."""
    return {
        key: replace(
            drum,
            noise=tuple((low, min(high, high_hz), lv, s) for low, high, lv, s in drum.noise),
            metal=tuple((0.75 * low, 0.5 * lv, s) for low, lv, s in drum.metal),
            drive=max(drum.drive, 0.9),
        )
        for key, drum in kit.items()
    }


KITS: dict[str, Kit] = {
    "acoustic": _ACOUSTIC,
    "rock": {**_ACOUSTIC, 36: replace(_ACOUSTIC[36], drive=0.8),
             38: replace(_ACOUSTIC[40], drive=0.8)},
    "brush": {**_ACOUSTIC, 38: Drum(noise=((900.0, 6_000.0, 1.0, 0.3),), attack_s=0.02, gain_db=-5),
              40: Drum(noise=((900.0, 6_000.0, 1.0, 0.16),), attack_s=0.008, gain_db=-4)},
    "tr808": _TR808,
    "tr909": _TR909,
    "lofi": _softer(_ACOUSTIC, 5_500.0),
    "electro": {**_TR909, 36: replace(_TR909[36], fall=3.0, drive=1.6)},
    "trap": {**_TR808, 36: replace(_TR909[36], tone=((50.0, 1.0, 0.3),)), 38: _TR909[40]},
    "breaks": {key: replace(drum, drive=max(drum.drive, 0.7)) for key, drum in _ACOUSTIC.items()},
}  # fmt: skip
