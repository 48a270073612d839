"""Chords in the words of Chordino, whose labels JASCO and Mustango were trained on.

Ten qualities: "", m, 6, m6, 7, maj7, m7, m7b5, dim, aug; roots C C# D Eb E F F# G Ab A Bb B.
"""

from __future__ import annotations

from collections.abc import Sequence

from generation.sequencer.composition.chords import parse_symbol
from schemas.errors import InputError
from schemas.features import KEY_NAMES
from schemas.parts import Chord

QUALITIES = ("", "m", "6", "m6", "7", "maj7", "m7", "m7b5", "dim", "aug")

_NEAREST = {
    "5": "", "sus2": "", "sus4": "", "69": "6", "mmaj7": "m", "dim7": "dim", "aug7": "aug",
    "7sus4": "7", "9sus4": "7", "add9": "", "madd9": "m", "9": "7", "maj9": "maj7", "m9": "m7",
    "11": "7", "m11": "m7", "13": "7", "maj13": "maj7", "m13": "m7", "maj7#11": "maj7",
    "7#11": "7", "7b9": "7", "7#9": "7", "7b13": "7",
}  # fmt: skip


def chordino(symbol: str) -> str:
    """The nearest label: "Cmaj9/E" is "Cmaj7"; "N" stays. Raises InputError for no chord at all."""
    kind = parse_symbol(symbol)
    if kind is None:
        return "N"
    quality = kind.quality if kind.quality in QUALITIES else _NEAREST.get(kind.quality, "")
    return f"{KEY_NAMES[kind.root]}{quality}"


def labels(chords: Sequence[Chord], seconds: float) -> tuple[list[tuple[str, float]], list[str]]:
    """(label, start) of the chords before `seconds`, and what was simplified, as "C9 → C7".

    Raises
    ------
    InputError
        Names the chord that is none, and its place.
    """
    found: list[tuple[str, float]] = []
    changed: list[str] = []
    for i, chord in enumerate(sorted(chords, key=lambda one: one.start_s)):
        if chord.start_s >= seconds:
            break
        try:
            label = chordino(chord.symbol)
        except InputError as error:
            raise InputError(f"chords[{i}]: {error}") from error
        if label != chord.symbol and f"{chord.symbol} → {label}" not in changed:
            changed.append(f"{chord.symbol} → {label}")
        found.append((label, chord.start_s))
    return found, changed
