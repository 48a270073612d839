"""What the sequencer has decided to play, before a note of it is written.

Request ─planning─▶ Plan ─composition─▶ Score ─synthesis─▶ stems.
Times are in seconds only where the name says so; musical time is in quarter notes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from schemas.parts import Chord, Event, Note

STEMS: tuple[str, ...] = ("drums", "bass", "chords", "lead", "extra")
"""The true stems, in the order of files and of MIDI tracks."""

Ending = Literal["end", "loop", "cut"]
"""end: a close on the tonic that rings out; loop: the last bar leads to the first, and nothing
rings beyond; cut: as a passage out of something longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartPlan:
    """One player. `weight` 0 … 1 is how far it stands out (1: prominent)."""

    stem: str
    instrument: str
    weight: float = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionPlan:
    """A section as asked for; what is None the style decides."""

    label: str
    bars: int
    tonic: int | None = None
    scale: str | None = None
    tempo_bpm: float | None = None
    intensity: float | None = None
    absent: tuple[str, ...] = ()
    """Ids of instruments, or stems, that are silent in it."""
    events: tuple[Event, ...] = ()
    """"guitar solo", "drop", "build", "break", "fade out" …; start_s counts from the section."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Everything composition needs. The same plan gives the same score, note for note.

    Attributes
    ----------
    styles : (id, weight) of generation/sequencer/styles, heaviest first, weights sum to 1
    tonic, scale : pitch class 0 … 11, and "major", "minor", "dorian" …
    beats, unit : the time signature
    bars : whole bars that fill the length
    density : 0 … 1, how busy every part is; 0.5 as the style is used to
    intensity : 0 … 1, how hard it is played and how many play
    pulse : 0 … 1, how far notes between the beats give way to those on them
    parts : players that were asked for, by instrument of `Instrument.id` or sound of
        synthesis/sounds.toml. The first of a stem plays in the place of the style's own (of
        "drums", it is the kit), further ones of that stem join in; stems of which none is named
        are the style's
    absent : ids of instruments, sounds, their families or stems that play nowhere in the piece
    key_stated : whether somebody asked for this key: then the chords must tell it
    seed : draws form and harmony; a stem's own seed, where given, draws its notes
    bar_seeds : bar → seed, for bars that are drawn anew while others stay
    """

    styles: tuple[tuple[str, float], ...]
    tempo_bpm: float
    tonic: int
    scale: str
    bars: int
    beats: int = 4
    unit: int = 4
    density: float = 0.5
    intensity: float = 0.6
    pulse: float = 0.0
    parts: tuple[PartPlan, ...] = ()
    absent: tuple[str, ...] = ()
    sections: tuple[SectionPlan, ...] = ()
    melody: tuple[Note, ...] = ()
    chords: tuple[Chord, ...] = ()
    ending: Ending = "end"
    feel: Literal["half-time", "double-time"] | None = None
    modulation: int = 0
    """Semitones by which the last chorus is raised."""
    key_stated: bool = False
    seed: int = 0
    stem_seeds: dict[str, int] = field(default_factory=dict)
    bar_seeds: dict[int, dict[str, int]] = field(default_factory=dict)
    """Bar → stem → seed."""
