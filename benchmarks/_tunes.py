"""Tunes to hum: traditional melodies, long out of copyright, written down from memory.

tunes.csv has one a line: part, title, tonic and mode, the beats a minute at which people hum it,
and its notes. A note is a letter with accidentals ("F#", "Bb"), an octave where it changes (kept
until the next one) and, after a colon, its beats (kept until the next colon); "r" is a rest.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).with_name("tunes.csv")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(frozen=True, slots=True)
class Tune:
    """A tune as written; `notes` are (pitch or None for a rest, beats), pitch as MIDI number."""

    title: str
    tonic: int
    mode: str
    tempo_bpm: float
    notes: tuple[tuple[int | None, float], ...]


@cache
def tunes(part: str) -> tuple[Tune, ...]:
    """The tunes of one part: development or held_out."""
    with _FILE.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["part"] == part]
    return tuple(_tune(row) for row in rows)


def _tune(row: dict[str, str]) -> Tune:
    tempo, notes = float(row["tempo_bpm"]), tuple(_notes(row["notes"]))
    return Tune(row["title"], pitch_class(row["tonic"]), row["mode"], tempo, notes)


def pitch_class(name: str) -> int:
    return (_LETTERS[name[0]] + name.count("#") - name[1:].count("b")) % 12


def _notes(text: str) -> list[tuple[int | None, float]]:
    found: list[tuple[int | None, float]] = []
    octave, beats = 4, 1.0
    for word in text.split():
        name, _, length = word.partition(":")
        beats = float(length) if length else beats
        if name == "r":
            found.append((None, beats))
            continue
        spelt = name.rstrip("0123456789")
        octave = int(name[len(spelt) :] or octave)
        found.append((12 * (octave + 1) + pitch_class(spelt), beats))
    return found
