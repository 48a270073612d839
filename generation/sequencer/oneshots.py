"""One-shots: single drums, notes, chords and effects that nobody has asked anything of but a kind.

Every one is drawn from its own seed. Drums are the kits' own, with their pitch, length, bands and
drive moved at random; notes and chords choose a sound, a pitch and how hard it is played. What is
made is cut to what is heard, brought to one peak and named by what it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from generation.sequencer.score import Part, Score, ScoreNote, ScoreSection
from generation.sequencer.synthesis.bank import BANK, installed_bank
from generation.sequencer.synthesis.dry import render_notes
from generation.sequencer.synthesis.mixing import Mixing, mix
from generation.sequencer.synthesis.signal import RATE_HZ, Samples
from generation.sequencer.synthesis.sounds import Sound, sound, sounds
from generation.sequencer.synthesis.voices.machines import KITS, Drum, play_drum
from schemas.audio import Audio
from schemas.generation import Weights

DRUM_KEYS: dict[str, tuple[int, ...]] = {
    "kick": (35, 36),
    "snare": (38, 40),
    "clap": (39,),
    "hat": (42, 44, 46),
    "percussion": (37, 45, 48, 54, 56, 60, 62, 63, 64, 67, 69, 70, 75, 76, 77, 80),
}
"""Category of drums → General MIDI keys that it is drawn from."""

CHORDS: dict[str, tuple[int, ...]] = {
    "maj": (0, 4, 7), "m": (0, 3, 7), "maj7": (0, 4, 7, 11), "m7": (0, 3, 7, 10),
    "7": (0, 4, 7, 10), "sus4": (0, 5, 7), "m9": (0, 3, 7, 10, 14), "add9": (0, 4, 7, 14),
}  # fmt: skip

FAMILIES: dict[str, frozenset[str]] = {
    "bass": frozenset({"bass"}),
    "chord": frozenset({"keys", "organ", "guitar", "strings", "brass", "synth", "voice"}),
    "lead": frozenset({"synth", "wind", "reed", "brass", "plucked", "mallets", "bells"}),
    "fx": frozenset({"effect", "hits"}),
}
"""Category of tones → families of sounds.toml that it is drawn from."""

NAMES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_PEAK = 10 ** (-1 / 20)
_FLOOR = 10 ** (-60 / 20)
_FX_S = (1.0, 2.0, 3.0, 4.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """`name` is a file's, without its ending; `key` a note or chord ("A", "F#m7"), or empty.

    `beats` counts those of a loop at `tempo_bpm`; both None for a one-shot. `weights` are whose
    sampled sounds are heard.
    """

    name: str
    category: str
    audio: Audio
    seed: int
    key: str = ""
    tempo_bpm: float | None = None
    beats: int | None = None
    metre: tuple[int, int] = (4, 4)
    weights: tuple[Weights, ...] = ()


def one_shot(category: str, seed: int, *, own_sounds: bool = False) -> Sample:
    """A one-shot of a category of DRUM_KEYS or FAMILIES; the same seed gives the same samples."""
    rng = np.random.default_rng([seed, sorted([*DRUM_KEYS, *FAMILIES]).index(category)])
    if category in DRUM_KEYS:
        return _drum(category, seed, rng)
    return _tone(category, seed, rng, own_sounds)


def _drum(category: str, seed: int, rng: np.random.Generator) -> Sample:
    kit = str(rng.choice(sorted(KITS)))
    key = int(rng.choice(DRUM_KEYS[category]))
    drum = _varied(KITS[kit][key], rng)
    raw = play_drum(f"{kit}/{key}/{seed}", drum, float(rng.uniform(0.5, 1.0)), int(seed))
    return Sample(name=f"{category}_{kit}", category=category, audio=_finished(raw), seed=seed)


def _varied(drum: Drum, rng: np.random.Generator) -> Drum:
    """The drum with everything about it moved: pitch by a third, lengths by half, bands, drive."""
    pitch, length, bright = (float(one) for one in 2 ** rng.uniform(-0.35, 0.35, 3))
    length *= float(rng.choice([0.7, 1.0, 1.0, 1.4]))
    return replace(
        drum,
        tone=tuple((hz * pitch, level, s * length) for hz, level, s in drum.tone),
        fall=drum.fall * rng.uniform(0.6, 1.5),
        fall_s=drum.fall_s * rng.uniform(0.6, 1.6),
        noise=tuple(
            (low * bright, min(high * bright, 17_000.0), level * rng.uniform(0.6, 1.5), s * length)
            for low, high, level, s in drum.noise
        ),
        metal=tuple((low * bright, level, s * length) for low, level, s in drum.metal),
        claps=drum.claps and int(rng.integers(2, 6)),
        click=drum.click * rng.uniform(0.4, 1.6),
        drive=drum.drive + rng.exponential(0.5),
        gain_db=0.0,
    )


def _tone(category: str, seed: int, rng: np.random.Generator, own_sounds: bool) -> Sample:
    found = _chosen(category, rng)
    octave = found.centre if category != "lead" else found.centre + 12 * int(rng.integers(-1, 1))
    root = int(np.clip(octave + rng.integers(-5, 7), *found.range))
    shape = str(rng.choice(sorted(CHORDS))) if category == "chord" else ""
    seconds = float(rng.choice(_FX_S if category == "fx" else (0.3, 0.8, 2.0)))
    velocity = int(rng.integers(70, 124))
    notes = tuple(
        ScoreNote(0.0, 2 * seconds, min(root + step, found.range[1]), velocity)
        for step in (CHORDS[shape] if shape else (0,))
    )
    mixing = Mixing(
        loudness_lufs=None, compress=0.0, room=float(rng.uniform(0, 0.6)), echo=0.0,
        drive=float(rng.choice([0.0, 0.0, 0.2, 0.5])), tilt_db=float(rng.uniform(-1.5, 1.5)),
    )  # fmt: skip
    made = mix(render_notes(_alone(found, notes, seconds), own_sounds=own_sounds), mixing)
    # What has no pitch of its own is not called by one.
    key = "" if category == "fx" else f"{NAMES[root % 12]}{shape if shape != 'maj' else ''}"
    sampled = not own_sounds and found.bank is not None and installed_bank() is not None
    return Sample(
        name=f"{category}_{found.id}" + (f"_{key}" if key else ""),
        category=category,
        audio=_finished(made.mix),
        seed=seed,
        key=key,
        weights=(BANK,) if sampled else (),
    )


def _chosen(category: str, rng: np.random.Generator) -> Sound:
    among = [
        one.id
        for one in sounds().values()
        if one.family in FAMILIES[category] and (category != "chord" or one.stem != "lead")
    ]
    return sound(str(rng.choice(among)))


def _alone(found: Sound, notes: tuple[ScoreNote, ...], seconds: float) -> Score:
    """A score of one part at 120 BPM, long enough for the notes to ring out."""
    bars = max(1, int(np.ceil(seconds / 2)))
    part = Part(stem=found.stem, instrument=found.id, notes=notes)
    whole = ScoreSection(
        label="verse", first_bar=0, bars=bars, tonic=0, scale="major", intensity=0.5
    )
    return Score(
        parts=(part,), sections=(whole,), chords=(), tempi=((0.0, 120.0),), beats=4, unit=4,
        bars=bars, tail_s=2.0,
    )  # fmt: skip


def _finished(samples: Samples) -> Audio:
    """Cut to what is heard (-60 dB of the peak), faded, at a peak of -1 dBFS, in stereo."""
    level = np.abs(samples).max(axis=0)
    peak = float(level.max())
    heard = np.flatnonzero(level > _FLOOR * peak)
    first, last = (int(heard[0]), int(heard[-1]) + 1) if heard.size else (0, 1)
    cut = np.repeat(samples, 3 - samples.shape[0], axis=0)[:2, max(0, first - 8) : last].copy()
    fade = min(round(0.004 * RATE_HZ), cut.shape[1])
    cut[:, cut.shape[1] - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    cut[:, :8] *= np.linspace(0, 1, min(8, cut.shape[1]), dtype=np.float32)
    top = float(np.abs(cut).max())
    return Audio(np.ascontiguousarray(cut * np.float32(_PEAK / max(top, 1e-9))), RATE_HZ)
