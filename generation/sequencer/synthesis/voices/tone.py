"""Subtractive and additive voices: a waveform, a filter that moves, an envelope, vibrato, breath.

The filter is not run over samples. The waveform's period is made for a row of cutoffs, each with
the harmonics that a filter of that cutoff leaves, and the note reads between neighbouring periods
as its cutoff moves. That is exact for a filter slower than a period, costs the same for any order,
and cannot alias: no period has harmonics above `HIGHEST_HZ`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from generation.sequencer.synthesis.signal import (
    HIGHEST_HZ,
    RATE_HZ,
    Curve,
    Samples,
    band,
    decay,
    frequency,
    harmonics_below,
    noise,
    period,
    phases,
    rise,
    scan,
    seeded,
    times,
)
from generation.sequencer.synthesis.voices.note import VoiceNote

_ROWS = 28
_LOWEST_CUTOFF_HZ = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """A voice as data.

    Attributes
    ----------
    wave : "saw", "square", "pulse" (a quarter), "triangle", "sine", "hollow" (odd harmonics,
        softer) or "drawbars:888800000" as on a Hammond organ, 16' first
    voices, detune_cents, spread : how many play at once, over which range, how far apart in stereo
    attack_s, decay_s, sustain : the envelope before the release; decay_s counts to -60 dB of what
        is above `sustain`, 0 … 1
    cutoff_hz, follow : of the low-pass at pitch 60, and how far it follows the pitch, 0 … 1
    sweep_octaves, sweep_s, sweep_in_s : how far above the cutoff the filter starts, how long until
        it is back (to -60 dB), and how long it takes to open
    resonance : height of the filter's peak, dB
    touch : octaves that a hard note opens the filter beyond a soft one
    vibrato_cents, vibrato_hz, vibrato_in_s : and how late it comes
    wobble_hz, wobble_beats, wobble_octaves : a movement of the cutoff: its rate in Hz or, in time
        with the music, in cycles a beat
    breath, breath_hz : noise beside the tone, and its middle
    formants : (Hz, dB) that stay where they are whatever the pitch
    sub : level of a sine an octave below
    chirp_octaves, chirp_s : how far above its pitch a note starts, and how long until it is there
    drive : into tanh, 0: none
    """

    wave: str = "saw"
    voices: int = 1
    detune_cents: float = 0.0
    spread: float = 0.0
    attack_s: float = 0.004
    decay_s: float = 0.0
    sustain: float = 1.0
    cutoff_hz: float = 16_000.0
    follow: float = 0.3
    sweep_octaves: float = 0.0
    sweep_s: float = 0.4
    sweep_in_s: float = 0.0
    resonance: float = 0.0
    touch: float = 0.8
    vibrato_cents: float = 0.0
    vibrato_hz: float = 5.2
    vibrato_in_s: float = 0.35
    wobble_hz: float = 0.0
    wobble_beats: float = 0.0
    wobble_octaves: float = 0.0
    breath: float = 0.0
    breath_hz: float = 3_000.0
    formants: tuple[tuple[float, float], ...] = ()
    sub: float = 0.0
    chirp_octaves: float = 0.0
    chirp_s: float = 0.05
    drive: float = 0.0


def play_tone(name: str, tone: Tone, note: VoiceNote) -> Samples:
    """One note, float32 of shape (1 or 2, n); its level is of order 1."""
    rng = seeded("tone", name, round(note.pitch * 8), note.take)
    t = times(note.seconds)
    octave = 12 * tone.wave.startswith("drawbars")
    pitch_hz = _pitch(tone, note, t, rng) * 2.0 ** (-octave / 12)
    bucket = _bucket(note.pitch - octave)
    tables, lowest, octaves = _tables(tone.wave, tone.resonance, tone.formants, bucket)
    place = (np.log2(np.maximum(_cutoff(tone, note, t), 1.0)) - lowest) * (_ROWS - 1) / octaves
    out = _unison(tone, tables, pitch_hz, place, rng)
    if tone.sub:
        out = out + np.float32(tone.sub) * np.sin(2 * np.pi * phases(0.5 * pitch_hz)).astype(
            np.float32
        )
    envelope = _envelope(tone, t)
    if tone.breath:
        centre = tone.breath_hz
        air = band(noise(t.size, rng), 0.5 * centre, min(2 * centre, 15_000.0))
        out = out + np.float32(tone.breath) * air
    out = out * envelope.astype(np.float32)
    if tone.drive:
        out = np.tanh(np.float32(1 + tone.drive) * out) / np.float32(1 + 0.3 * tone.drive)
    return np.ascontiguousarray(out, dtype=np.float32)


def _unison(
    tone: Tone, tables: Samples, pitch_hz: Curve, place: Curve, rng: np.random.Generator
) -> Samples:
    """All voices of the note, panned over the spread, shape (1 or 2, n)."""
    count = tone.voices
    cents = np.linspace(-0.5, 0.5, count) * tone.detune_cents if count > 1 else np.zeros(1)
    base = phases(pitch_hz)
    sides = np.zeros((2 if tone.spread and count > 1 else 1, pitch_hz.size), dtype=np.float32)
    for number in range(count):
        start = rng.random() if count > 1 else 0.0
        one = scan(tables, base * 2.0 ** (cents[number] / 1200) + start, place)
        one *= np.float32(count**-0.5)
        if sides.shape[0] == 1:
            sides[0] += one
            continue
        # Neighbours in pitch go to opposite sides, so that neither side is the flat one.
        where = tone.spread * (1 if number % 2 else -1)
        if count % 2 and number == count // 2:
            where = 0.0
        sides[0] += one * np.float32(np.sqrt(0.5 * (1 - where)))
        sides[1] += one * np.float32(np.sqrt(0.5 * (1 + where)))
    return sides


def _pitch(tone: Tone, note: VoiceNote, t: Curve, rng: np.random.Generator) -> Curve:
    pitch = np.full(t.size, float(note.pitch))
    if note.glide_from is not None and note.glide_s > 0:
        pitch += (note.glide_from - note.pitch) * np.exp(-5.0 * t / note.glide_s)
    if tone.vibrato_cents:
        rate = tone.vibrato_hz * (1 + 0.06 * rng.standard_normal())
        depth = tone.vibrato_cents / 100 * rise(t - 0.15, tone.vibrato_in_s)
        pitch += depth * np.sin(2 * np.pi * (rate * t + rng.random()))
    if tone.chirp_octaves:
        pitch += 12 * tone.chirp_octaves * np.exp(-5.0 * t / tone.chirp_s)
    return frequency(pitch)


def _cutoff(tone: Tone, note: VoiceNote, t: Curve) -> Curve:
    """Of the filter at these times, Hz; of shape (1,) where it does not move."""
    still = tone.follow * (note.pitch - 60) / 12 + tone.touch * (note.hardness - 0.7)
    rate_hz = tone.wobble_hz or tone.wobble_beats * note.beat_hz
    if not tone.sweep_octaves and not rate_hz:
        return np.asarray([tone.cutoff_hz * 2.0**still])
    octaves = np.full(t.size, still)
    if tone.sweep_octaves:
        moved = tone.sweep_octaves * (0.6 + 0.55 * note.hardness) * decay(t, tone.sweep_s)
        octaves += moved * rise(t, tone.sweep_in_s) if tone.sweep_in_s else moved
    if rate_hz:
        octaves += tone.wobble_octaves * np.sin(2 * np.pi * rate_hz * t - np.pi / 2)
    return np.asarray(tone.cutoff_hz * 2.0**octaves)


def _envelope(tone: Tone, t: Curve) -> Curve:
    level = rise(t, tone.attack_s)
    if tone.decay_s and tone.sustain < 1:
        level = level * (tone.sustain + (1 - tone.sustain) * decay(t, tone.decay_s))
    return np.asarray(level)


def _bucket(pitch: float) -> int:
    """Notes of three semitones share their tables: made for the highest of them."""
    return int(np.ceil(pitch / 3)) * 3


@lru_cache(maxsize=96)
def _tables(
    wave: str, resonance: float, formants: tuple[tuple[float, float], ...], bucket: int
) -> tuple[Samples, float, float]:
    """Periods for _ROWS cutoffs, shape (_ROWS, TABLE + 1); log2 of the lowest, and octaves."""
    pitch_hz = float(frequency(bucket))
    count = harmonics_below(HIGHEST_HZ, pitch_hz * 1.02)
    order = np.arange(1, count + 1, dtype=np.float64)
    spectrum = waveform(wave, order)
    for at_hz, gain_db in formants:
        near = np.exp(-0.5 * (np.log2(order * pitch_hz / at_hz) / 0.28) ** 2)
        spectrum = spectrum * 10 ** (gain_db * near / 20)
    lowest, highest = np.log2(_LOWEST_CUTOFF_HZ), np.log2(HIGHEST_HZ)
    cutoffs = 2.0 ** np.linspace(lowest, highest, _ROWS)
    passed = low_pass(order[None, :] * pitch_hz / cutoffs[:, None], resonance)
    rows = spectrum * passed
    if formants:  # brought to one loudness, as the mouth that shapes it does not add to it
        rows = rows / np.sqrt(np.sum(rows**2, axis=1, keepdims=True)).clip(1e-6)
    return period(rows), float(lowest), float(highest - lowest)


def waveform(wave: str, order: Curve) -> Curve:
    """Amplitudes of the harmonics 1, 2 … of a waveform."""
    odd = order % 2 == 1
    if wave.startswith("drawbars:"):
        return _drawbars(wave.removeprefix("drawbars:"), order)
    shapes = {
        "saw": 0.6 / order,
        "square": np.where(odd, 0.9 / order, 0.0),
        "pulse": 0.85 * np.sin(np.pi * order / 4) / order,
        "triangle": np.where(odd, 1.0 / order**2, 0.0),
        "sine": np.where(order == 1, 1.0, 0.0),
        "hollow": np.where(odd, 0.9 / order, 0.12 / order),
        "voice": 0.8 / order**1.2,
    }
    return np.asarray(shapes[wave], dtype=np.float64)


def _drawbars(settings: str, order: Curve) -> Curve:
    """Nine drawbars 0 … 8 of 3 dB a step; the note's own pitch is the period's second harmonic.

    The period is that of the 16' pipe, an octave below: `Tone.wave` of an organ reads an octave
    lower, which keeps all nine footages harmonic.
    """
    footage = (1, 3, 2, 4, 6, 8, 10, 12, 16)
    levels = np.zeros(order.size)
    for step, harmonic in zip(settings, footage, strict=True):
        if step != "0" and harmonic <= order.size:
            levels[harmonic - 1] = 10 ** (-3.0 * (8 - int(step)) / 20)
    return levels / max(1.0, float(np.sqrt(np.sum(levels**2))))


def low_pass(relative: Curve, resonance_db: float) -> Curve:
    """Gain of a four-pole low-pass at `relative` times its cutoff, with a peak there."""
    slope = 1.0 / np.sqrt(1.0 + relative**8) ** 0.5 / np.sqrt(1.0 + relative**4) ** 0.5
    if not resonance_db:
        return np.asarray(slope)
    peak = (10 ** (resonance_db / 20) - 1) * np.exp(-0.5 * (np.log2(relative) / 0.16) ** 2)
    return np.asarray(slope * (1 + peak))


__all__ = ["RATE_HZ", "Tone", "low_pass", "play_tone", "waveform"]
