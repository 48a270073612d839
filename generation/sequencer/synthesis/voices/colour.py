"""Sounds that are no note: crackle, rain, walls of noise, risers, falls, impacts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from generation.sequencer.synthesis.signal import (
    RATE_HZ,
    Curve,
    Samples,
    band,
    decay,
    noise,
    rise,
    seeded,
    times,
)
from generation.sequencer.synthesis.voices.note import VoiceNote

Colour = Callable[[VoiceNote, np.random.Generator], Samples]


def play_colour(name: str, note: VoiceNote) -> Samples:
    """One sound of shape (1 or 2, n), as long as the note; `COLOURS` names them."""
    rng = seeded("colour", name, note.take)
    out = COLOURS[name](note, rng)
    return np.ascontiguousarray(out, dtype=np.float32)


def _crackle(note: VoiceNote, rng: np.random.Generator) -> Samples:
    """Dust and scratches of a record: rare clicks over a soft rush."""
    count = round(note.seconds * RATE_HZ)
    rush = 0.05 * band(noise(2 * count, rng).reshape(2, count), 300, 6_000)
    clicks = np.zeros((2, count), dtype=np.float32)
    where = np.flatnonzero(rng.random(count) < 9.0 / RATE_HZ)
    sizes = rng.exponential(1.0, where.size) * rng.choice((-1, 1), where.size)
    clicks[:, where] = sizes * rng.uniform(0.4, 1.0, (2, where.size))
    return np.asarray(rush + 6.0 * band(clicks, 800, 5_000))


def _rain(note: VoiceNote, rng: np.random.Generator) -> Samples:
    count = round(note.seconds * RATE_HZ)
    drops = (rng.random((2, count)) < 260.0 / RATE_HZ) * rng.exponential(1.0, (2, count))
    rush = 0.25 * band(noise(2 * count, rng).reshape(2, count), 1_200, 9_000)
    return np.asarray(rush + 3.0 * band(drops.astype(np.float32), 2_000, 8_000))


def _wall(note: VoiceNote, rng: np.random.Generator) -> Samples:
    """Noise that stands still, as an overdriven amplifier's: nothing in it begins."""
    count = round(note.seconds * RATE_HZ)
    hiss = noise(2 * count, rng).reshape(2, count)
    return np.asarray(0.4 * band(hiss, 900, 8_000) + band(hiss, 120, 1_200))


def _sweeping(note: VoiceNote, rng: np.random.Generator, rising: bool) -> Samples:
    """Noise whose band moves by five octaves: crossfaded between fixed bands."""
    t = times(note.seconds)
    share = t / t[-1] if t.size > 1 else t
    place = 5 * (share if rising else 1 - share)
    hiss = noise(2 * t.size, rng).reshape(2, -1)
    out = np.zeros_like(hiss)
    for step in range(6):
        near = np.clip(1 - np.abs(place - step), 0, 1)
        out += band(hiss, 220.0 * 2**step, 520.0 * 2**step) * np.sqrt(near).astype(np.float32)
    level = share**1.6 if rising else (1 - share) ** 1.6
    return np.asarray(out * level.astype(np.float32))


def _riser(note: VoiceNote, rng: np.random.Generator) -> Samples:
    return _sweeping(note, rng, True)


def _fall(note: VoiceNote, rng: np.random.Generator) -> Samples:
    return _sweeping(note, rng, False)


def _impact(note: VoiceNote, rng: np.random.Generator) -> Samples:
    t = times(max(note.seconds, 2.5))
    boom = np.sin(2 * np.pi * (38.0 * t + 1.6 * (1 - np.exp(-t * 14)))) * decay(t, 2.2)
    crash = band(noise(2 * t.size, rng).reshape(2, -1), 150, 7_000) * decay(t, 1.6)
    return np.asarray(np.tanh(1.4 * boom) + 0.35 * crash)


def _reverse(note: VoiceNote, rng: np.random.Generator) -> Samples:
    t = times(note.seconds)
    swell = decay(np.asarray(t[-1] - t), max(0.4, 1.3 * note.seconds)) * rise(t, 0.05)
    return np.asarray(band(noise(2 * t.size, rng).reshape(2, -1), 3_000, 14_000) * swell)


def _sub_drop(note: VoiceNote, _rng: np.random.Generator) -> Samples:
    t = times(note.seconds)
    pitch_hz: Curve = 28.0 + 62.0 * np.exp(-2.2 * t)
    turns = np.cumsum(pitch_hz) / RATE_HZ
    wave = np.sin(2 * np.pi * turns) * decay(t, 2.5 * max(note.seconds, 0.5))
    return wave.astype(np.float32)[None, :]


def _hit(note: VoiceNote, rng: np.random.Generator) -> Samples:
    """An orchestra's chord as a sampler of the eighties had it: octaves and a fifth, and noise."""
    from generation.sequencer.synthesis.voices.tone import Tone, play_tone

    tone = Tone(voices=5, detune_cents=30, spread=0.6, attack_s=0.006, cutoff_hz=5_000, decay_s=0.9,
                sustain=0.0)  # fmt: skip
    out = sum(
        play_tone("hit", tone, VoiceNote(note.pitch + up, note.seconds, note.hardness, note.take))
        for up in (-12, 0, 7, 12)
    )
    t = times(note.seconds)
    return np.asarray(out + 0.4 * band(noise(t.size, rng), 200, 5_000) * decay(t, 0.25))


def _glide_808(note: VoiceNote, _rng: np.random.Generator) -> Samples:
    """The 808's bass drum, tuned and long: a sine that falls into its pitch, a little driven."""
    t = times(note.seconds)
    semitones = np.zeros(t.size)
    if note.glide_from is not None and note.glide_s > 0:
        semitones += (note.glide_from - note.pitch) * np.exp(-5 * t / note.glide_s)
    else:
        semitones += 17.0 * np.exp(-t / 0.009)
    pitch_hz = 440.0 * 2.0 ** ((note.pitch + semitones - 69) / 12)
    wave = np.sin(2 * np.pi * np.cumsum(pitch_hz) / RATE_HZ)
    driven = np.tanh((1.2 + 1.6 * note.hardness) * wave) * decay(t, 3.6)
    return (driven * rise(t, 0.002)).astype(np.float32)[None, :]


COLOURS: dict[str, Colour] = {
    "crackle": _crackle,
    "rain": _rain,
    "wall": _wall,
    "riser": _riser,
    "fall": _fall,
    "impact": _impact,
    "reverse": _reverse,
    "sub_drop": _sub_drop,
    "hit": _hit,
    "glide_808": _glide_808,
}
