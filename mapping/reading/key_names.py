"""Names of pitches and scales: letters, German, solfège, Camelot codes, modes."""

from __future__ import annotations

NATURAL: dict[str, int] = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}

GERMAN: dict[str, int] = {
    "c": 0, "cis": 1, "des": 1, "d": 2, "dis": 3, "es": 3, "e": 4, "f": 5, "fis": 6, "ges": 6,
    "g": 7, "gis": 8, "as": 8, "a": 9, "ais": 10, "b": 10, "h": 11, "ces": 11,
}  # fmt: skip

SOLFEGE: dict[str, int] = {
    "do": 0, "ut": 0, "re": 2, "mi": 4, "fa": 5, "sol": 7, "la": 9, "si": 11,
}  # fmt: skip

SOLFEGE_SIGNS: dict[str, int] = {"dies": 1, "sost": 1, "sust": 1, "bemo": -1}
"""First four letters of dièse, diesis, sostenido, sustenido, bémol, bemolle → semitones."""

CAMELOT_MAJOR: tuple[int, ...] = (11, 6, 1, 8, 3, 10, 5, 0, 7, 2, 9, 4)
"""Tonic of 1B … 12B; the minor keys 1A … 12A are their relatives."""

SCALES: dict[str, int | None] = {
    "dorian": 0, "phrygian": 0, "phrygian dominant": 1, "lydian": 1, "mixolydian": 1,
    "aeolian": 0, "ionian": 1, "locrian": 0, "minor pentatonic": 0, "major pentatonic": 1,
    "pentatonic": None, "blues scale": 0, "whole tone": None, "whole-tone": None,
    "chromatic": None, "octatonic": None, "hijaz": 1, "harmonic minor": 0, "melodic minor": 0,
    "natural minor": 0, "hungarian minor": 0, "double harmonic": 1,
}  # fmt: skip
"""Scale → mode by its third: 1 major, 0 minor, None neither or unsaid."""
