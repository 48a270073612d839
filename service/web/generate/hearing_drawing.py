"""A melody as a piano roll over the pitch that sounded, and a clip as a list of features."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.features import FEATURES
from schemas.melody import HeardNote, Transcription
from schemas.report import FileReport
from service.report.melody import note_name
from service.web.generate.values import measure, title

WIDTH, ROW, LEFT, FOOT = 640, 13, 38, 18
_LEAST_ROWS, _AROUND = 12, 2
_UNSURE = 0.5
_LABEL_PX = 20
_TICKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A note as a rectangle; `label` is empty where there is no room for it."""

    index: int
    name: str
    x: float
    y: float
    width: float
    label: str
    unsure: bool
    start_s: float
    end_s: float
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """`lines` are (y, name, whether a C), `ticks` (x, seconds), `curve` an SVG path."""

    height: float
    bars: tuple[Bar, ...]
    lines: tuple[tuple[float, str, bool], ...]
    ticks: tuple[tuple[float, str], ...]
    curve: str


def roll(found: Transcription) -> Roll:
    """The drawing of a melody, `WIDTH` units wide."""
    pitches = [note.pitch for note in found.notes] or [60]
    low, high = min(pitches) - _AROUND, max(pitches) + _AROUND
    spare = max(0, _LEAST_ROWS - (high - low + 1))
    low, high = low - spare // 2, high + (spare + 1) // 2
    height = (high - low + 1) * ROW
    seconds = max(found.duration_s, found.notes[-1].end_s if found.notes else 0.0, 0.5)
    across = (WIDTH - LEFT) / seconds

    def y_of(pitch: float) -> float:
        return (high - pitch) * ROW

    named = {*pitches, *range(0, 128, 12)}
    return Roll(
        height=height + FOOT,
        bars=tuple(_bar(i, note, across, y_of(note.pitch)) for i, note in enumerate(found.notes)),
        lines=tuple(
            (
                y_of(pitch),
                note_name(pitch) if pitch in named else "",
                pitch % 12 == 0,
            )
            for pitch in range(low, high + 1)
        ),
        ticks=_ticks(seconds, across),
        curve=_curve(found, across, (low - 0.5, high + 0.5), high),
    )


def _bar(index: int, note: HeardNote, across: float, y: float) -> Bar:
    width = max(3.0, (note.end_s - note.start_s) * across - 1)
    name = note_name(note.pitch)
    return Bar(
        index=index,
        name=name,
        x=round(LEFT + note.start_s * across, 1),
        y=round(y + 0.5, 1),
        width=round(width, 1),
        label=name if width >= _LABEL_PX else "",
        unsure=note.confidence < _UNSURE,
        start_s=note.start_s,
        end_s=note.end_s,
        pitch=note.pitch,
        velocity=note.velocity,
    )


def _ticks(seconds: float, across: float) -> tuple[tuple[float, str], ...]:
    step = next(s for s in (1, 2, 5, 10, 15, 30, 60, 120, 1_000) if seconds / s <= _TICKS)
    return tuple(
        (round(LEFT + at * across, 1), f"{at} s") for at in range(0, int(seconds) + 1, step)
    )


def _curve(found: Transcription, across: float, inside: tuple[float, float], high: int) -> str:
    """What sounded, in pieces: it breaks where there was no pitch, and where it leaves the roll.

    A singer's own tuning is taken off, and what all notes were moved by is put on, so that the
    curve lies on the notes that are meant.
    """
    if found.curve is None:
        return ""
    tuning = found.tuning_cents / 100
    moved = [round(note.pitch - note.sounded + tuning) for note in found.notes] or [0]
    by = sorted(moved)[len(moved) // 2] - tuning
    parts: list[str] = []
    pen = "M"
    for i, sounded in enumerate(found.curve.pitch):
        pitch = None if sounded is None else sounded + by
        if pitch is None or not inside[0] <= pitch <= inside[1]:
            pen = "M"
            continue
        x, y = LEFT + i * found.curve.hop_s * across, (high - pitch + 0.5) * ROW
        parts.append(f"{pen}{x:.1f},{y:.1f}")
        pen = "L"
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that is asked for because a clip has it; `name` is what it is ticked by."""

    name: str
    title: str
    told: str


def wishes(found: FileReport) -> tuple[Wish, ...]:
    """What a clip asks for, in the order of the features."""
    from pipelines.reference_clip import TAKEN

    values = {n: one.value for group in found.features.values() for n, one in group.items()}
    rows = [
        Wish(spec.name, title(spec.name), measure(spec, float(value)))
        for spec in FEATURES
        if spec.name in TAKEN
        and spec.name != "key_mode"
        and isinstance(value := values.get(spec.name), int | float)
    ]
    if isinstance(odds := values.get("key_probabilities"), tuple) and len(odds) == 24:
        from schemas.features import key_name

        best = max(range(24), key=lambda i: odds[i] or 0.0)
        rows.append(Wish("key", "key", key_name(best % 12, int(best < 12))))
    if isinstance(beats := values.get("time_signature"), int | float):
        rows.append(Wish("metre", "metre", f"{beats:.0f}/4"))
    return tuple(rows)


def told(found: Transcription) -> str:
    """A melody in a line: notes, key, tempo."""
    parts = [f"{len(found.notes)} note{'' if len(found.notes) == 1 else 's'}"]
    if found.key is not None:
        parts.append(found.key.name)
    if found.tempo_bpm is not None:
        sure = "" if found.confirmed else ", not confirmed"
        parts.append(f"{found.tempo_bpm:.0f} BPM{sure}")
    return " · ".join(parts)
