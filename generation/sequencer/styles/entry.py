"""How a style is played: the shape of the entries that `library` reads from the .toml files here.

What a style *is* (tempo range, metres, share of major keys, instruments) stands in
schemas/styles.toml under the same id; an entry here adds what a band has to know to play it.

Positions and lengths are quarter notes from the start of the pattern. Patterns are written
straight; `Feel.swung` says where a straight position is heard. Roman numerals count the degrees of
the key's own scale, as composition/chords reads them: the chords of A minor are
i iio III iv v VI VII.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from generation.sequencer.styles.pattern import Groove, Pattern

Mode = Literal["major", "minor"]

ROLES: tuple[str, ...] = (
    "intro", "verse", "chorus", "bridge", "solo", "break", "build", "drop", "outro",
)  # fmt: skip
"""Labels of sections. What a style leaves open for one is taken from STANDS_FOR."""

STANDS_FOR: dict[str, str] = {
    "intro": "verse",
    "chorus": "verse",
    "bridge": "verse",
    "solo": "chorus",
    "break": "bridge",
    "build": "verse",
    "drop": "chorus",
    "outro": "intro",
}
"""Role → the role whose material it takes when the style has none of its own; ends at "verse"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drums:
    """`kit` is a sound of synthesis/sounds.toml; grooves by role, alternatives first to last.

    `fills` are grooves that replace the end of a section's last bar. `crash`: a cymbal opens
    sections that are louder than the one before. `level`: factor on velocities.
    """

    kit: str
    grooves: dict[str, tuple[Groove, ...]]
    fills: tuple[Groove, ...] = ()
    crash: bool = True
    level: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bass:
    """`manner`: pattern, walking (a note a beat that leads to the next chord), pedal (held), none.

    `octave`: the root lies in the octave that begins at this MIDI pitch. `gate`: share of a step
    that sounds.
    """

    sounds: tuple[str, ...]
    manner: Literal["pattern", "walking", "pedal", "none"] = "pattern"
    patterns: dict[str, tuple[Pattern, ...]] = field(default_factory=dict)
    octave: int = 28
    gate: float = 0.9


Voicing = Literal["close", "open", "shell", "power", "guitar", "quartal", "octaves", "single"]
"""close: within an octave; open: drop-2, spread; shell: third, seventh and a colour, no root, as
in jazz; power: root, fifth, octave; guitar: five or six strings; quartal: fourths; octaves: the
root in octaves; single: the root alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """A player of chords or of an extra part.

    Attributes
    ----------
    kind : comping (by `patterns`), pad (held chords), drone (tonic and fifth held), arp (broken
        chords by `patterns`), riser (a rise into the next section), hit (a stroke where a loud
        section begins), counter (a slow line of chord tones), atmosphere (a sound that runs on)
    patterns : by role, alternatives first to last
    centre : MIDI pitch around which voicings lie
    enters : intensity from which it plays
    roles : where it plays; empty: everywhere
    gate : share of a step that sounds
    loud : factor on velocity
    """

    sounds: tuple[str, ...]
    kind: Literal["comping", "pad", "drone", "arp", "riser", "hit", "counter", "atmosphere"] = (
        "comping"
    )
    patterns: dict[str, tuple[Pattern, ...]] = field(default_factory=dict)
    voicing: Voicing = "close"
    centre: int = 62
    enters: float = 0.0
    roles: tuple[str, ...] = ()
    gate: float = 0.9
    loud: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """What the melody is like; composition/melody writes it.

    Attributes
    ----------
    manner : hook (short, returns exactly), lyrical (long notes, arcs), riff (low, rhythmic), bebop
        (running quavers, approach notes), rolls (running broken chords, as a banjo), sparse (few
        notes, long rests), ornamented (turns and grace notes), call (call and response), none
    low, high : MIDI pitches
    notes_per_beat : at density 0.5
    syncopation : 0 … 1, share of notes off the beat
    scale : the melody's own where it is not the key's: a name of composition/scales, as "blues"
    rest : share of bars or half-bars in which it breathes
    roles : where it plays; empty: everywhere but intro, build and break
    """

    sounds: tuple[str, ...]
    manner: Literal[
        "hook", "lyrical", "riff", "bebop", "rolls", "sparse", "ornamented", "call", "none"
    ] = "hook"
    low: int = 60
    high: int = 81
    notes_per_beat: float = 1.0
    syncopation: float = 0.3
    scale: str = ""
    rest: float = 0.25
    roles: tuple[str, ...] = ()


Progression = tuple[tuple[str, ...], ...]
"""Bars, each with its chords in equal parts: (("ii7", "V7"), ("Imaj7",))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmony:
    """Progressions by mode and role, alternatives first to last; modes without any are played by
    the other's. `scales` by mode: what "major" and "minor" are in this style, as in
    {"minor": "dorian"}. `cadence` by mode: the last two bars of the piece.
    """

    progressions: dict[Mode, dict[str, tuple[Progression, ...]]]
    scales: dict[Mode, str] = field(default_factory=dict)
    cadence: dict[Mode, Progression] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSection:
    label: str
    bars: int
    intensity: float
    silent: tuple[str, ...] = ()
    """Stems that rest in it."""
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The sections of a whole piece. `hook` is the label that a short excerpt must hold."""

    sections: tuple[FormSection, ...]
    hook: str = "chorus"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feel:
    """How the grid is played.

    Attributes
    ----------
    swing : share of a pair that its first half takes: 0.5 straight, 0.667 triplets
    pair : length of that pair, quarter notes: 1 swings quavers, 0.5 semiquavers
    looseness : 0 … 1; scatter of onsets
    accents : 0 … 1; how far strong beats are louder
    spread : 0 … 1; scatter of velocities
    late_ms : stem → how far it is behind the beat (negative: ahead)
    """

    swing: float = 0.5
    pair: float = 1.0
    looseness: float = 0.3
    accents: float = 0.4
    spread: float = 0.3
    late_ms: dict[str, float] = field(default_factory=dict)

    def swung(self, at: float) -> float:
        """Where the straight position `at` (quarter notes) is heard; monotone in it.

        The pair's halves are stretched and squeezed linearly, so that what lies between them moves
        in proportion and triplets written as such (12 steps a bar) should have swing 0.5.
        """
        pair, place = divmod(at, self.pair)
        share = place / self.pair
        moved = share * 2 * self.swing
        if share > 0.5:
            moved = self.swing + (share - 0.5) * 2 * (1 - self.swing)
        return (pair + moved) * self.pair


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleEntry:
    """A style that can be played. `chords` has at least one voice; the first is the main one."""

    id: str
    drums: Drums
    bass: Bass
    chords: tuple[Voice, ...]
    lead: Lead
    extra: tuple[Voice, ...]
    harmony: Harmony
    form: Form
    feel: Feel
