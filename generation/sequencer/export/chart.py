"""What a musician reads off a MIDI file before opening it: tempi, key, sections, chords by bar."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import pairwise

import mido

from schemas.errors import InputError

_BARS_A_LINE = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Something at a place: bar and beat count from 1, time in s."""

    bar: int
    beat: float
    time_s: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """`tempi` holds (place, BPM as text); keys, sections and chords their names."""

    beats: int
    unit: int
    bars: int
    tempi: tuple[Place, ...]
    keys: tuple[Place, ...]
    sections: tuple[Place, ...]
    chords: tuple[Place, ...]

    @property
    def tempo_bpm(self) -> float:
        return float(self.tempi[0].text)

    @property
    def key(self) -> str:
        """In words, "C minor"; empty when the file has none."""
        return self.keys[0].text if self.keys else ""


def chart(midi: bytes) -> Chart:
    """Read a MIDI file's first track.

    Raises
    ------
    InputError
        When it is no MIDI file.
    """
    try:
        file = mido.MidiFile(file=io.BytesIO(midi), charset="utf-8")
    except (OSError, EOFError, ValueError, KeyError, IndexError) as error:
        raise InputError(f"not a MIDI file: {error}") from error
    events, end = _timed(file)
    beats, unit = next(
        ((one.numerator, one.denominator) for _, _, one in events if one.type == "time_signature"),
        (4, 4),
    )
    bar_ticks = file.ticks_per_beat * 4 * beats / unit

    def placed(kind: str) -> tuple[Place, ...]:
        return tuple(
            Place(
                int(at // bar_ticks) + 1,
                round(at % bar_ticks / bar_ticks * beats + 1, 3),
                round(time_s, 6),
                _text(message),
            )
            for at, time_s, message in events
            if message.type == kind
        )

    return Chart(
        beats=beats,
        unit=unit,
        bars=max(1, round(end / bar_ticks)),
        tempi=placed("set_tempo") or (Place(1, 1.0, 0.0, "120"),),
        keys=placed("key_signature"),
        sections=placed("marker"),
        chords=placed("cue_marker"),
    )


def _timed(file: mido.MidiFile) -> tuple[list[tuple[int, float, mido.MetaMessage]], int]:
    """(tick, time in s, message) of the first track, and the tick of its end."""
    tick, time_s, tempo = 0, 0.0, 500_000
    out = []
    for message in file.tracks[0] if file.tracks else ():
        tick += message.time
        time_s += mido.tick2second(message.time, file.ticks_per_beat, tempo)
        if message.type == "set_tempo":
            tempo = message.tempo
        out.append((tick, time_s, message))
    return out, tick


def _text(message: mido.MetaMessage) -> str:
    if message.type == "set_tempo":
        return f"{mido.tempo2bpm(message.tempo):.3f}".rstrip("0").rstrip(".")
    if message.type == "key_signature":
        minor = message.key.endswith("m")
        return f"{message.key.removesuffix('m')} {'minor' if minor else 'major'}"
    return str(message.text)


def csv_text(places: tuple[Place, ...], what: str) -> str:
    """A table with the columns bar, beat, time_s and `what`."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("bar", "beat", "time_s", what))
    table.writerows((one.bar, f"{one.beat:g}", f"{one.time_s:.6f}", one.text) for one in places)
    return out.getvalue()


def lead_sheet(read: Chart) -> str:
    """Chords by bar, four bars a line, each section on lines of its own; "%" repeats the bar."""
    by_bar: dict[int, list[str]] = {}
    for chord in read.chords:
        by_bar.setdefault(chord.bar, []).append(chord.text)
    starts = {section.bar: section.text for section in read.sections} or {1: ""}
    borders = sorted({*starts, read.bars + 1} | {1})
    lines = []
    for begin, end in pairwise(borders):
        lines.append(f"[{starts[begin]}]" if starts.get(begin) else "")
        for first in range(begin, end, _BARS_A_LINE):
            row = [
                " ".join(by_bar.get(bar, ["%"]))
                for bar in range(first, min(first + _BARS_A_LINE, end))
            ]
            lines.append("| " + " | ".join(f"{one:<10}" for one in row) + " |")
        lines.append("")
    return "\n".join(lines).strip("\n") + "\n"
