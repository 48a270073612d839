"""Dry notes: each is rendered once a process and then added with its gain, length and release.

What a note sounds like depends on its sound, pitch, touch and length, and on nothing else that is
played: two scores that share a note share its samples.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from generation.sequencer.synthesis.bank import Bank, installed_bank
from generation.sequencer.synthesis.levels import Levels
from generation.sequencer.synthesis.signal import RATE_HZ, Curve, Samples, frequency, softened
from generation.sequencer.synthesis.sounds import Sound
from generation.sequencer.synthesis.voices import VoiceNote, hit, play

LAYERS: tuple[tuple[int, float, float], ...] = (
    (52, 0.3, 1_400.0),
    (78, 0.55, 3_000.0),
    (104, 0.75, 7_000.0),
    (127, 1.0, 20_000.0),
)
"""Highest velocity, hardness for voices of our own, cutoff in Hz at pitch 60 for sampled ones."""

_REFERENCE_LAYER = 2
_LENGTHS_S = (0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
_OWN_LENGTH = frozenset({"riser", "fall", "reverse", "sub_drop"})
_CACHE_BYTES = 160 * 2**20
_DRUM_S = 3.0


@dataclass(frozen=True, slots=True)
class Key:
    """All that a note's samples depend on."""

    sound: str
    pitch: float
    seconds: float
    layer: int
    take: int = 0
    glide_from: float | None = None
    beat_hz: float = 2.0
    bank: bool = True


class NoteCache:
    """The samples of notes by key; the longest unused go first when it is full."""

    def __init__(self, limit_bytes: int = _CACHE_BYTES) -> None:
        self._limit = limit_bytes
        self._size = 0
        self._held: OrderedDict[Key, Samples] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, sound: Sound, bank: Bank | None) -> Samples:
        with self._lock:
            found = self._held.get(key)
            if found is not None:
                self._held.move_to_end(key)
                return found
        made = _trimmed(_make(key, sound, bank))
        with self._lock:
            if key not in self._held:
                self._held[key] = made
                self._size += made.nbytes
            while self._size > self._limit and len(self._held) > 1:
                self._size -= self._held.popitem(last=False)[1].nbytes
        return made


_CACHE = NoteCache()


def layer_of(velocity: int) -> int:
    return next(number for number, (top, _, _) in enumerate(LAYERS) if velocity <= top)


def gain_of(velocity: int) -> float:
    """Of a velocity, 1 at 100: 40·log10 of it is too steep for a mix, 20 too shallow."""
    return float((max(velocity, 1) / 100.0) ** 1.5)


def note_samples(key: Key, sound: Sound, bank: Bank | None) -> Samples:
    """A note, held, float32 of shape (1 or 2, n); brought to the level that all sounds have.

    `key.seconds` is the least length; what is returned may be longer, or shorter where the sound
    has died away.
    """
    if not (sound.voice in _OWN_LENGTH and not sound.kit):
        seconds = next((s for s in _LENGTHS_S if s >= key.seconds), key.seconds)
        key = replace(key, seconds=_DRUM_S if sound.kit else seconds)
    return _CACHE.get(key, sound, bank)


def _make(key: Key, sound: Sound, bank: Bank | None) -> Samples:
    sampled = bank is not None and sound.bank is not None
    return _raw(key, sound, bank) * np.float32(_LEVELS.gain(sound, key.pitch, sampled))


def _reference(sound: Sound, pitch: float, sampled: bool) -> Samples:
    bank = installed_bank() if sampled else None
    return _raw(Key(sound.id, pitch, 0.8, _REFERENCE_LAYER, bank=sampled), sound, bank)


_LEVELS = Levels(_reference)


def _raw(key: Key, sound: Sound, bank: Bank | None) -> Samples:
    _, hardness, cutoff_hz = LAYERS[key.layer]
    if bank is not None and sound.bank is not None:
        out = bank.note(sound.bank, key.pitch, key.seconds, kit=sound.kit)
        at_hz = cutoff_hz * float(frequency(key.pitch) / 261.6) ** 0.5
        if sound.kit:
            at_hz = 2.5 * cutoff_hz
        return softened(out, at_hz) if at_hz < 18_000 else out
    if sound.kit:
        found = hit(sound.voice, round(key.pitch), hardness, key.take)
        return np.zeros((1, 64), dtype=np.float32) if found is None else found
    note = VoiceNote(
        key.pitch, key.seconds, hardness, key.take, key.glide_from, sound.glide_s, key.beat_hz
    )
    return play(sound.voice, note)


def _trimmed(samples: Samples) -> Samples:
    """Without the silence after it has died away, below -84 dB of its peak."""
    level = np.abs(samples).max(axis=0)
    heard = np.flatnonzero(level > max(6e-5 * float(level.max()), 1e-7))
    end = int(heard[-1]) + 1 if heard.size else 1
    if end >= samples.shape[1] - 32:
        return np.ascontiguousarray(samples)
    out = samples[:, :end].copy()
    ramp = min(64, end)
    out[:, end - ramp :] *= np.linspace(1, 0, ramp, dtype=np.float32)
    return out


def add(target: Samples, note: Samples, at: int, held: int, gain: Curve, release_s: float) -> None:
    """Add a note to `target` (2, n) from sample `at` on; it lets go after `held` samples.

    `gain` holds the factors of left and right.
    """
    fade = release_curve(max(64, round(release_s * RATE_HZ)))
    end = min(held + fade.size, note.shape[1], target.shape[1] - at)
    if end <= 0:
        return
    cut = note[:, :end]
    if end > held:
        cut = cut.copy()
        cut[:, held:] *= fade[: end - held]
    for side in range(target.shape[0]):
        source = cut[min(side, cut.shape[0] - 1)]
        target[side, at : at + end] += source * np.float32(gain[side])


@lru_cache(maxsize=64)
def release_curve(count: int) -> Samples:
    """From 1 to 0 without a corner, fast at first as what rings does."""
    share = np.linspace(0, 1, count)
    return np.asarray(np.exp(-4.0 * share) * (0.5 + 0.5 * np.cos(np.pi * share)), dtype=np.float32)
