"""Clips whose tempo and key are known, and the table (CSV) that lists them.

Conventions: tempo in BPM of the felt beat (a dotted note in 6/8 and 12/8); pitch classes C = 0 … B
= 11; mode 1 major, 0 minor; what is not known is None. Times are seconds from the start of the
clip.

The table has a header with the columns path, tempo_bpm, key, mode, genre, in any order; groove,
family, meter, first_beat_s, first_bar_s and split are read where they are there, others are left
alone. A path is relative to the table's folder. A key is written as A, Bb, F# (or "F# minor"); a
mode as major or minor. An empty cell is a value that nobody knows.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import InputError

COLUMNS = ("path", "tempo_bpm", "key", "mode", "genre")
EXTRA_COLUMNS = ("groove", "family", "meter", "first_beat_s", "first_bar_s", "split")
PITCH_CLASSES = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")

_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_KEY = re.compile(r"([A-Ga-g])([#b♯♭]?)(?:[ :]*([A-Za-z]+))?")  # the sharp sign
_MODES = {"major": 1, "maj": 1, "minor": 0, "min": 0, "m": 0, "": None}


@dataclass(frozen=True, slots=True)
class Truth:
    """One clip and what is known of it.

    Attributes
    ----------
    groove : the rhythm it was made from; empty for a recording
    family : grooves that resemble each other; clips of one family are never on both sides of a
        split, and confidence intervals draw whole families
    first_beat_s, first_bar_s : first beat and first downbeat at or after the start of the clip
    split : "development", "held-out" or empty
    """

    path: Path
    tempo_bpm: float | None = None
    key: int | None = None
    mode: int | None = None
    genre: str = ""
    groove: str = ""
    family: str = ""
    meter: str = ""
    first_beat_s: float | None = None
    first_bar_s: float | None = None
    split: str = ""

    @property
    def group(self) -> str:
        """What a bootstrap draws as a whole."""
        return self.family or self.groove or str(self.path)


def read_truth(table: Path) -> list[Truth]:
    """The clips of a table, in its order.

    Raises
    ------
    InputError
        The table cannot be read, lacks a column or has no rows; or a cell is not valid or its file
        is missing: then row (the header is 1) and column are named.
    """
    try:
        with table.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            rows = list(reader)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"truth table {table}: {error}") from error
    if missing:
        raise InputError(
            f"truth table {table}: no column {', '.join(missing)}; needed: {', '.join(COLUMNS)}"
        )
    if not rows:
        raise InputError(f"truth table {table}: no rows")
    return [_Row(table, number, row).truth() for number, row in enumerate(rows, 2)]


def write_truth(table: Path, clips: Sequence[Truth]) -> None:
    """Write the table that `read_truth` reads; paths become relative to its folder."""
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS + EXTRA_COLUMNS)
        for clip in clips:
            path = clip.path.resolve()
            folder = table.parent.resolve()
            shown = path.relative_to(folder) if path.is_relative_to(folder) else path
            key = "" if clip.key is None else PITCH_CLASSES[clip.key]
            mode = "" if clip.mode is None else ("minor", "major")[clip.mode]
            extra = [getattr(clip, name) for name in EXTRA_COLUMNS]
            writer.writerow([shown, clip.tempo_bpm, key, mode, clip.genre, *extra])


@dataclass(frozen=True, slots=True)
class _Row:
    table: Path
    number: int
    cells: Mapping[str | None, str | None]

    def truth(self) -> Truth:
        path = self.table.parent / self.text("path")
        if not self.text("path") or not path.is_file():
            raise self.wrong("path", "an audio file, relative to the table's folder")
        key, mode = self.key()
        return Truth(
            path, self.number_in("tempo_bpm", above=0.0), key, mode, self.text("genre"),
            self.text("groove"), self.text("family"), self.text("meter"),
            self.number_in("first_beat_s"), self.number_in("first_bar_s"), self.text("split"),
        )  # fmt: skip

    def text(self, column: str) -> str:
        return (self.cells.get(column) or "").strip()

    def number_in(self, column: str, above: float = -math.inf) -> float | None:
        if not (text := self.text(column)):
            return None
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (math.isfinite(value) and value > above):
            raise self.wrong(column, f"a number above {above:g}" if above > -1 else "a number")
        return value

    def key(self) -> tuple[int | None, int | None]:
        if (mode_text := self.text("mode").lower()) not in _MODES:
            raise self.wrong("mode", "major or minor")
        mode = _MODES[mode_text]
        if not (text := self.text("key")):
            return None, mode
        match = _KEY.fullmatch(text)
        if not match or (match[3] or "").lower() not in _MODES:
            raise self.wrong("key", "such as C, F#, Bb or A minor")
        sign = {"#": 1, "♯": 1, "b": -1, "♭": -1, "": 0}[match[2]]
        written = _MODES[(match[3] or "").lower()]
        if written is not None and mode is not None and written != mode:
            raise self.wrong("key", f"in the mode of its column, {mode_text}")
        return (_LETTERS[match[1].upper()] + sign) % 12, mode if written is None else written

    def wrong(self, column: str, valid: str) -> InputError:
        where = f"truth table {self.table}, row {self.number}, column {column}"
        return InputError(f"{where}: {self.text(column)!r}; valid: {valid}")
