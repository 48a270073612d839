"""Progressions of the church modes and their kin, for music whose mode is stated.

A style writes major and minor, or the mode that it is at home in. In another mode its progressions
would lose their sense (IV in lydian is a diminished chord), so the mode's own are played: those
that show the degree it differs by (Persichetti 1961, "Twentieth-Century Harmony", chapter 2).
"""

from __future__ import annotations

from generation.sequencer.styles.entry import Progression

_WRITTEN: dict[str, dict[str, tuple[str, ...]]] = {
    "dorian": {
        "verse": ("i | IV | i | IV", "i7 | ii7 | i7 | ii7", "i | i | IV | i"),
        "chorus": ("III | IV | VII | i", "VII | IV | VII | i"),
        "close": ("IV | i",),
    },
    "phrygian": {
        "verse": ("i | II | i | II", "i | i | II | i"),
        "chorus": ("VI | II | VI | i", "iv | II | VI | i"),
        "close": ("II | i",),
    },
    "phrygian dominant": {
        "verse": ("I | II | I | II", "I | I | II | I"),
        "chorus": ("iv | II | iv | I", "VI | II | iv | I"),
        "close": ("II | I",),
    },
    "lydian": {
        "verse": ("I | II | I | II", "Imaj7 | Imaj7 | II | II"),
        "chorus": ("vi | II | V | I", "V | II | vii | I"),
        "close": ("II | I",),
    },
    "mixolydian": {
        "verse": ("I | VII | IV | I", "I | I | VII | VII", "I | v | IV | I"),
        "chorus": ("IV | VII | IV | I", "VII | IV | v | I"),
        "close": ("VII | I",),
    },
    "locrian": {
        "verse": ("io | II | io | II", "io | io | III5 | io"),
        "chorus": ("VI | VII | II | io", "II | VI | VII | io"),
        "close": ("II | io",),
    },
    "melodic minor": {
        "verse": ("i | IV | i | IV", "i | ii | i | V"),
        "chorus": ("IV | V | ii | i", "ii | IV | V | i"),
        "close": ("V | i",),
    },
    "whole tone": {
        "verse": ("I+ | II+ | I+ | II+",),
        "chorus": ("II+ | III+ | II+ | I+",),
        "close": ("II+ | I+",),
    },
}


def read(text: str) -> Progression:
    """ "i7 | IV V" as its bars."""
    return tuple(tuple(bar.split()) for bar in text.split("|"))


def progressions(mode: str) -> dict[str, tuple[Progression, ...]]:
    """By role of section, and "close"; empty for a scale that is major or minor at heart."""
    return {role: tuple(map(read, found)) for role, found in _WRITTEN.get(mode, {}).items()}
