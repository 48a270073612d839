"""Strings, bars and bells: what is plucked or struck and then left alone.

`Pluck` is the string of Karplus and Strong (1983) with the pick's place and the damping of Jaffe
and Smith (1983), computed a period at a time. `Modes` sums decaying partials. `Fm` is the frequency
modulation of Chowning (1973) with pairs of operators.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from generation.sequencer.synthesis.signal import (
    HIGHEST_HZ,
    RATE_HZ,
    Curve,
    Samples,
    band,
    decay,
    frequency,
    noise,
    rise,
    seeded,
    times,
)
from generation.sequencer.synthesis.voices.note import VoiceNote


@dataclass(frozen=True, slots=True, kw_only=True)
class Pluck:
    """ring_s: to -60 dB at pitch 60, longer below; damping 0 … 1: how much faster its highs fade;
    pick 0 … 0.5: where it is plucked; bright_hz: of the pick; body: (Hz, share) of its box."""

    ring_s: float = 4.0
    damping: float = 0.5
    pick: float = 0.2
    bright_hz: float = 6_000.0
    body: tuple[tuple[float, float], ...] = ()
    thump: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Modes:
    """partials: (ratio to the pitch, level, seconds to -60 dB at pitch 60); click: of the mallet;
    stiffness: inharmonicity B of a string, partials then n·sqrt(1 + B·n²)."""

    partials: tuple[tuple[float, float, float], ...]
    click: float = 0.0
    click_hz: float = 3_000.0
    stiffness: float = 0.0
    tremolo_hz: float = 0.0
    tremolo: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fm:
    """pairs: (carrier ratio, modulator ratio, index, index seconds, level, seconds), seconds to
    -60 dB at pitch 60; attack_s; tremolo pans."""

    pairs: tuple[tuple[float, float, float, float, float, float], ...]
    attack_s: float = 0.002
    tremolo_hz: float = 0.0
    tremolo: float = 0.0
    drive: float = 0.0


def play_pluck(name: str, voice: Pluck, note: VoiceNote) -> Samples:
    """One note of shape (1, n)."""
    rng = seeded("pluck", name, round(note.pitch * 8), note.take)
    pitch_hz = float(frequency(note.pitch))
    length = max(8, round(RATE_HZ / pitch_hz))
    count = round(note.seconds * RATE_HZ)
    ring_s = voice.ring_s * 2.0 ** ((60 - note.pitch) / 24)
    burst = _burst(voice, length, pitch_hz, note.hardness, rng)
    periods = _ringing(burst, int(count / length) + 4, ring_s * pitch_hz, voice.damping)
    # The loop is a whole number of samples: read a little faster or slower, it is in tune. The
    # average over neighbours in the loop delays by half a sample.
    true_length = RATE_HZ / pitch_hz
    at = np.arange(count) * ((length + 0.5 * voice.damping) / true_length)
    out: Samples = np.interp(at, np.arange(periods.size), periods).astype(np.float32)
    if voice.thump:
        t = times(note.seconds)
        knock = np.sin(2 * np.pi * 92.0 * t) * decay(t, 0.16) * voice.thump
        out = out + knock.astype(np.float32)
    for at_hz, share in voice.body:
        out = out + np.float32(share) * band(out, 0.8 * at_hz, 1.25 * at_hz)
    out *= rise(times(note.seconds), 0.0008).astype(np.float32)
    return out[None, :]


def _burst(
    voice: Pluck, length: int, pitch_hz: float, hardness: float, rng: np.random.Generator
) -> Curve:
    """One period of the string as the pick leaves it, without its mean."""
    wave = rng.uniform(-1, 1, length) + 0.6 * np.sign(rng.uniform(-1, 1, length))
    bright = voice.bright_hz * 2.0 ** (1.6 * (hardness - 0.7))
    order = np.fft.rfftfreq(length, 1 / length)
    spectrum = np.fft.rfft(wave)
    spectrum /= np.abs(spectrum).clip(1e-9)  # the same level for every partial: only phases differ
    shape = 1 / np.sqrt(1 + (order * pitch_hz / bright) ** 4) / np.maximum(order, 1) ** 0.55
    comb = np.abs(np.sin(np.pi * order * voice.pick)) + 0.05
    spectrum *= shape * comb
    spectrum[0] = 0.0
    wave = np.fft.irfft(spectrum, length)
    return np.asarray(wave / np.sqrt(np.mean(wave**2)) * 0.35)


def _ringing(burst: Curve, periods: int, ring_periods: float, damping: float) -> Curve:
    """The string's loop, period after period: each is the one before, averaged and weaker."""
    loss = 10 ** (-3.0 / max(ring_periods, 1.0))
    keep, share = loss * (1 - 0.5 * damping), loss * 0.5 * damping
    out = np.empty((periods, burst.size))
    out[0] = burst
    previous_end = 0.0
    for number in range(1, periods):
        before = out[number - 1]
        out[number] = keep * before
        out[number, 1:] += share * before[:-1]
        out[number, 0] += share * previous_end
        previous_end = before[-1]
    return out.reshape(-1)


def play_modes(name: str, voice: Modes, note: VoiceNote) -> Samples:
    """One note of shape (1, n)."""
    rng = seeded("modes", name, round(note.pitch * 8), note.take)
    t = times(note.seconds)
    pitch_hz = float(frequency(note.pitch))
    slower = 2.0 ** ((60 - note.pitch) / 18)
    out = np.zeros(t.size)
    for ratio, level, seconds in voice.partials:
        stretched = ratio * np.sqrt((1 + voice.stiffness * ratio**2) / (1 + voice.stiffness))
        if stretched * pitch_hz > HIGHEST_HZ:
            continue
        soft = 2.0 ** (1.5 * (note.hardness - 0.7) * np.log2(max(ratio, 1.0)))
        wave = np.sin(2 * np.pi * (stretched * pitch_hz * t + 0.02 * rng.random()))
        out += level * soft * wave * decay(t, seconds * slower)
    if voice.tremolo_hz:
        out *= 1 + voice.tremolo * np.sin(2 * np.pi * voice.tremolo_hz * t)
    if voice.click:
        hit = band(noise(t.size, rng), 0.5 * voice.click_hz, voice.click_hz)
        out += voice.click * note.hardness * hit * decay(t, 0.03)
    out *= rise(t, 0.0012)
    return out.astype(np.float32)[None, :]


def play_fm(name: str, voice: Fm, note: VoiceNote) -> Samples:
    """One note of shape (1 or 2, n): two where the tremolo pans."""
    rng = seeded("fm", name, round(note.pitch * 8), note.take)
    t = times(note.seconds)
    pitch_hz = float(frequency(note.pitch))
    slower = 2.0 ** ((60 - note.pitch) / 24)
    out = np.zeros(t.size)
    for carrier, modulator, index, index_s, level, seconds in voice.pairs:
        # Sidebands reach about (index + 1) modulators up: higher notes get a lower index.
        highest = max(0.0, (HIGHEST_HZ / pitch_hz - carrier) / max(modulator, 0.5) - 1)
        deep = min(index * (0.45 + 0.8 * note.hardness), highest)
        turn = deep * decay(t, index_s * slower) * np.sin(2 * np.pi * modulator * pitch_hz * t)
        wave = np.sin(2 * np.pi * carrier * pitch_hz * t + turn)
        out += level * wave * decay(t, seconds * slower)
    out *= rise(t, voice.attack_s)
    if voice.drive:
        out = np.tanh((1 + voice.drive * note.hardness) * out) / (1 + 0.4 * voice.drive)
    if not voice.tremolo_hz:
        return out.astype(np.float32)[None, :]
    swing = voice.tremolo * np.sin(2 * np.pi * (voice.tremolo_hz * t + rng.random()))
    return np.stack((out * (1 - swing), out * (1 + swing))).astype(np.float32)


STRUCK: dict[str, Pluck | Modes | Fm] = {
    "plucked": Pluck(body=((110.0, 0.5), (220.0, 0.3))),
    "plucked_bright": Pluck(ring_s=2.5, damping=0.3, pick=0.12, bright_hz=9_000),
    "plucked_soft": Pluck(ring_s=3.0, damping=0.7, pick=0.3, bright_hz=2_600, body=((180.0, 0.6),)),
    "plucked_muted": Pluck(ring_s=0.35, damping=0.6, pick=0.15, bright_hz=3_500),
    "plucked_bass": Pluck(ring_s=3.5, damping=0.6, pick=0.18, bright_hz=1_800),
    "upright": Pluck(ring_s=1.6, damping=0.75, pick=0.3, bright_hz=1_000, body=((130.0, 0.5),),
                     thump=0.12),
    "struck": Modes(
        partials=tuple((float(n), n**-1.15 * (1 if n % 7 else 0.3), 5.5 / n**0.55)
                       for n in range(1, 26)),
        click=0.05, click_hz=2_200, stiffness=4e-4,
    ),
    "bar": Modes(partials=((1, 1, 1.3), (3.93, 0.3, 0.5), (9.2, 0.12, 0.25)), click=0.06,
                 click_hz=1_800),
    "bell": Modes(partials=((1, 1, 3.2), (2.0, 0.3, 2.4), (2.76, 0.5, 1.6), (5.4, 0.3, 0.9),
                            (8.9, 0.15, 0.5)), click=0.05),
    "timpani": Modes(partials=((1, 1, 1.8), (1.5, 0.6, 1.2), (1.98, 0.4, 0.9), (2.44, 0.25, 0.6)),
                     click=0.15, click_hz=500),
    "fm_piano": Fm(pairs=((1, 14, 0.7, 0.35, 0.35, 2.2), (1, 1, 1.1, 2.0, 0.75, 4.5)),
                   tremolo_hz=4.6, tremolo=0.16),
    "tine": Fm(pairs=((1, 1, 1.3, 1.6, 0.8, 5.0), (4, 1, 0.4, 0.5, 0.16, 0.7)), tremolo_hz=5.2,
               tremolo=0.25, drive=0.4),
    "reed": Fm(pairs=((1, 2, 1.1, 1.8, 0.7, 3.0), (1, 1, 0.9, 1.2, 0.4, 3.5)), tremolo_hz=5.8,
               tremolo=0.12, drive=0.9),
    "fm_bell": Fm(pairs=((1, 3.5, 2.4, 2.4, 0.7, 4.5), (2.0, 7.1, 1.2, 1.2, 0.25, 2.0))),
    "fm_bass": Fm(pairs=((1, 1, 2.6, 0.6, 0.8, 2.4), (0.5, 1, 0.6, 0.5, 0.5, 2.8))),
}  # fmt: skip
