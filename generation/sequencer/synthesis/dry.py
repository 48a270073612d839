"""Score → the dry sound of every part: notes placed, without room, tone or bus."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from generation.sequencer.score import Part, Score, ScoreNote
from generation.sequencer.synthesis.bank import BANK, Bank, installed_bank
from generation.sequencer.synthesis.inserts import insert
from generation.sequencer.synthesis.notes import Key, add, gain_of, layer_of, note_samples
from generation.sequencer.synthesis.signal import RATE_HZ, Curve, Samples
from generation.sequencer.synthesis.sounds import Sound, sound
from generation.sequencer.synthesis.voices import keeps_time, pan_of
from schemas.generation import Weights

LOOP_TAIL_S = 4.0
"""How much rings on beyond the last bar of a loop, to be laid over its start."""

_CLOSED_HATS = (42, 44)
_OPEN_HAT = 46
_DRUM_HELD_S = 3.0
_ANY_BEAT_HZ = 2.0
_DETACHED = 0.02
_TOGETHER_S = 0.03


@dataclass(frozen=True, slots=True)
class DryPart:
    """One player's sound, float32 of shape (1 or 2, n)."""

    stem: str
    sound: Sound
    weight: float
    samples: Samples


@dataclass(frozen=True, slots=True)
class Dry:
    """All parts, of one length.

    Attributes
    ----------
    frames : of the piece; parts of a loop are longer, and what is beyond belongs to its start
    beats_s : times of the beats (quarter notes)
    bank : whose samples are heard; None: voices of our own alone
    """

    parts: tuple[DryPart, ...]
    frames: int
    ending: Literal["end", "loop", "cut"]
    beats_s: Curve
    tempo_bpm: float
    bank: Weights | None
    notes: tuple[str, ...] = ()

    @property
    def stems(self) -> tuple[str, ...]:
        """In the order in which they first appear."""
        return tuple(dict.fromkeys(part.stem for part in self.parts))


def render_notes(score: Score, *, own_sounds: bool = False) -> Dry:
    """Render every note of a score.

    Parameters
    ----------
    score : its `ending` says what becomes of what rings beyond the last bar
    own_sounds : use no sampled sound, even where the bank is installed

    Raises
    ------
    InputError
        When a part names a sound that does not exist.
    """
    bank = None if own_sounds else installed_bank()
    frames = round((score.length_s + (score.tail_s if score.ending == "end" else 0)) * RATE_HZ)
    length = frames + round(LOOP_TAIL_S * RATE_HZ) if score.ending == "loop" else frames
    parts = tuple(_part(score, part, length, bank) for part in score.parts if part.notes)
    sampled = bank is not None and any(part.sound.bank is not None for part in parts)
    missing = bank is None and not own_sounds
    quarters = np.arange(0, score.bars * score.bar_quarters + 1e-6)
    return Dry(
        parts,
        frames,
        score.ending,
        np.asarray([score.seconds(float(at)) for at in quarters]),
        score.tempi[0][1],
        BANK if sampled else None,
        ("The sound bank TimGM6mb is not installed; wordtone's own voices play.",) * missing,
    )


def _part(score: Score, part: Part, length: int, bank: Bank | None) -> DryPart:
    found = sound(part.instrument)
    timed = [(_start(score, note), note) for note in part.notes]
    if found.kit:
        samples = np.zeros((2, length), dtype=np.float32)
        _hits(samples, found, timed, bank)
        samples = samples[:1] if np.array_equal(samples[0], samples[1]) else samples
    else:
        samples = _tones(length, found, _voiced(score, found, timed), bank)
    treated = insert(samples, found.insert, score.tempi[0][1])
    return DryPart(part.stem, found, part.weight, treated)


def _start(score: Score, note: ScoreNote) -> float:
    return max(0.0, score.seconds(note.start) + note.late_s)


def _hits(
    target: Samples, kit: Sound, timed: list[tuple[float, ScoreNote]], bank: Bank | None
) -> None:
    """Drums ring as long as they do; a closed hat ends an open one."""
    closed = np.asarray(sorted(at for at, note in timed if round(note.pitch) in _CLOSED_HATS))
    sampled = bank is not None and kit.bank is not None
    trims = dict(kit.key_db) if sampled else {}
    for at, note in timed:
        key = round(note.pitch)
        held = _DRUM_HELD_S
        if key == _OPEN_HAT:
            after = closed[np.searchsorted(closed, at + 1e-3) :][:1]
            held = min(held, float(after[0]) - at) if after.size else held
        # Repeats of a drum are not one sample again and again: three takes, by place in the piece.
        take = 0 if sampled else round(12 * note.start) * 7 % 3
        name = Key(kit.id, key, held, layer_of(note.velocity), take, bank=sampled)
        pan = pan_of(kit.voice, key)
        raw = note_samples(name, kit, bank if sampled else None)
        level = gain_of(note.velocity) * 10 ** (trims.get(key, 0.0) / 20)
        gain = level * np.asarray([min(1, 1 - pan), min(1, 1 + pan)])
        add(target, raw, round(at * RATE_HZ), round(held * RATE_HZ), gain, kit.release_s)


@dataclass(frozen=True, slots=True)
class _Voiced:
    at: float
    held: float
    note: ScoreNote
    glide_from: float | None
    release_s: float
    beat_hz: float


def _voiced(score: Score, found: Sound, timed: list[tuple[float, ScoreNote]]) -> Iterable[_Voiced]:
    """Notes with their lengths; those of a sound of one voice end where the next begins."""
    timely = keeps_time(found.voice)
    for number, (at, note) in enumerate(timed):
        held = max(0.01, score.seconds(note.start + note.length) - score.seconds(note.start))
        release, origin = found.release_s, None
        if found.mono:
            before = timed[number - 1][1] if number else None
            if before is not None and found.glide_s and _overlap(before, note):
                origin = before.pitch
            # What begins together is a chord, and ends together.
            after = (later for later, _ in timed[number + 1 :] if later > at + _TOGETHER_S)
            following = next(after, None)
            if following is not None and following < at + held:
                held, release = following - at, 0.006
        beat_hz = score.bpm_at(note.start) / 60 if timely else _ANY_BEAT_HZ
        yield _Voiced(at, held, note, origin, release, beat_hz)


def _overlap(before: ScoreNote, note: ScoreNote) -> bool:
    return before.start + before.length > note.start + _DETACHED and before.start < note.start


def _tones(length: int, found: Sound, voiced: Iterable[_Voiced], bank: Bank | None) -> Samples:
    """Notes placed, shape (1, length); (2, length) from the first note on that is not mono."""
    target = np.zeros((1, length), dtype=np.float32)
    sampled = bank is not None and found.bank is not None
    low, high = found.range
    for one in voiced:
        pitch = min(max(one.note.pitch, low), high)
        name = Key(
            found.id, pitch, one.held + one.release_s, layer_of(one.note.velocity),
            glide_from=one.glide_from,
            beat_hz=one.beat_hz, bank=sampled,
        )  # fmt: skip
        raw = note_samples(name, found, bank if sampled else None)
        if len(raw) > len(target):
            target = np.concatenate((target, target))
        gain = np.full(2, gain_of(one.note.velocity))
        add(target, raw, round(one.at * RATE_HZ), round(one.held * RATE_HZ), gain, one.release_s)
    return target
