"""Scales: which pitch classes are in key, and which seven degrees its chords stand on.

Pitch classes are 0 … 11 with C = 0; steps are semitones above the tonic. A scale of five or six
notes is for melodies: its chords stand on the degrees of its `harmony` scale, as musicians do it (a
tune in minor pentatonic over chords in natural minor).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from schemas.errors import InputError


@dataclass(frozen=True, slots=True)
class Scale:
    """`steps` for melodies, ascending from 0; `degrees` are seven, for chords.

    `minor` tells whether its third is minor: the mode, as an extractor hears it.
    """

    name: str
    steps: tuple[int, ...]
    degrees: tuple[int, ...]

    @property
    def minor(self) -> bool:
        return self.degrees[2] == 3

    def classes(self, tonic: int) -> frozenset[int]:
        """Pitch classes in key: those of the melody and of the chords' degrees."""
        return frozenset((tonic + step) % 12 for step in (*self.steps, *self.degrees))


_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_MINOR = (0, 2, 3, 5, 7, 8, 10)
_DORIAN = (0, 2, 3, 5, 7, 9, 10)
_MIXOLYDIAN = (0, 2, 4, 5, 7, 9, 10)

SCALES: dict[str, Scale] = {
    scale.name: scale
    for scale in (
        Scale("major", _MAJOR, _MAJOR),
        Scale("minor", _MINOR, _MINOR),
        Scale("harmonic minor", (0, 2, 3, 5, 7, 8, 11), _MINOR),
        Scale("melodic minor", (0, 2, 3, 5, 7, 9, 11), (0, 2, 3, 5, 7, 9, 11)),
        Scale("dorian", _DORIAN, _DORIAN),
        Scale("phrygian", (0, 1, 3, 5, 7, 8, 10), (0, 1, 3, 5, 7, 8, 10)),
        Scale("phrygian dominant", (0, 1, 4, 5, 7, 8, 10), (0, 1, 4, 5, 7, 8, 10)),
        Scale("lydian", (0, 2, 4, 6, 7, 9, 11), (0, 2, 4, 6, 7, 9, 11)),
        Scale("mixolydian", _MIXOLYDIAN, _MIXOLYDIAN),
        Scale("locrian", (0, 1, 3, 5, 6, 8, 10), (0, 1, 3, 5, 6, 8, 10)),
        Scale("major pentatonic", (0, 2, 4, 7, 9), _MAJOR),
        Scale("minor pentatonic", (0, 3, 5, 7, 10), _MINOR),
        Scale("blues", (0, 3, 5, 6, 7, 10), _DORIAN),
        Scale("major blues", (0, 2, 3, 4, 7, 9), _MIXOLYDIAN),
        Scale("whole tone", (0, 2, 4, 6, 8, 10), (0, 2, 4, 6, 8, 8, 10)),
    )
}

_OTHER_NAMES = {
    "ionian": "major",
    "aeolian": "minor",
    "natural minor": "minor",
    "pentatonic": "major pentatonic",
    "minor blues": "blues",
    "spanish phrygian": "phrygian dominant",
    "hijaz": "phrygian dominant",
}


def scale(name: str) -> Scale:
    """The scale of that name; "harmonic-minor" and "Harmonic Minor" are the same.

    Raises
    ------
    InputError
        When there is none: the nearest name is given.
    """
    plain = name.strip().lower().replace("-", " ").replace("_", " ")
    plain = _OTHER_NAMES.get(plain, plain)
    if plain not in SCALES:
        near = difflib.get_close_matches(plain, (*SCALES, *_OTHER_NAMES), 1)
        hint = f"did you mean {near[0]!r}?" if near else f"valid: {', '.join(SCALES)}"
        raise InputError(f"scale: unknown scale {name!r}; {hint}")
    return SCALES[plain]


def melody_pitches(tonic: int, name: str, low: int, high: int) -> tuple[int, ...]:
    """MIDI pitches of the scale's melody steps in low … high, ascending."""
    wanted = {(tonic + step) % 12 for step in scale(name).steps}
    return tuple(pitch for pitch in range(low, high + 1) if pitch % 12 in wanted)
