"""The drummer: the style's groove by role, layers by density, fills and cymbals by form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from generation.sequencer.composition.bar import Bar
from generation.sequencer.composition.patterns import (
    Placed,
    between,
    fitted,
    let_through,
    placed,
    velocity,
)
from generation.sequencer.composition.player import Player
from generation.sequencer.score import ScoreNote
from generation.sequencer.styles.entry import Drums
from generation.sequencer.styles.library import for_role, shelf
from generation.sequencer.styles.notation import DRUM_KEYS, quarters
from generation.sequencer.styles.pattern import Groove, Row, Step

_BASE = {"X": 118, "x": 98, "o": 66, "g": 42, "r": 80, "t": 76, "q": 72, "+": 46}
_SPLIT = {"r": 2, "t": 3, "q": 4}
_TIME = ("hat", "shaker", "ride", "maracas", "tambourine", "guiro", "conga1", "bongo1", "block1")
"""Voices that can go faster when the density asks for it, the likeliest first."""

_SOFT = 0.25  # intensity below which a snare is a rim click, and nothing crashes
_FILLS_FROM = 0.28
_PICKUP = 0.4  # density from which a bar leads into the next
_SHORTEST = 4  # bars of a section that ends in a fill
_LOUD = frozenset({"chorus", "drop", "solo"})


def play_drums(bar: Bar, player: Player, drums: Drums) -> list[ScoreNote]:
    """The notes of one bar, General MIDI drum keys as pitches; positions from the bar's start."""
    drums = _hands(player, drums)
    groove = _groove(bar, player, drums)
    if "drums" in bar.silent or groove is None or not groove.rows:
        return []
    rng = bar.rng(player.name)
    fill = _fill(bar, drums, rng)
    rows = [(row, placed(fitted(row.pattern, bar), bar, rng, row.enters)) for row in groove.rows]
    rows += [_faster(rows, bar, rng), _pickup(rows, bar, rng)]
    until = bar.quarters if fill is None else _first(fill, bar)
    notes: list[ScoreNote] = []
    for row, written in rows:
        kept = [
            one for one in let_through(written, bar.density, ring=False) if one.at < until - 1e-6
        ]
        notes += [note for one in kept for note in _hits(one, _key(row, bar), bar)]
    if fill is not None:
        notes += _filled(fill, bar, rng, until)
    if _crashes(bar, drums):
        notes.append(ScoreNote(0.0, 0.25, DRUM_KEYS["crash"], velocity(112, bar)))
    return _cleaned([_levelled(note, drums.level) for note in notes], bar)


def _hands(player: Player, drums: Drums) -> Drums:
    """What a percussionist beside the drummer plays: not the drummer's notes again."""
    if player.name == player.stem or player.instrument != "percussion":
        return drums
    return replace(drums, grooves={"verse": (shelf().grooves["hands"],)}, fills=(), crash=False)


def _levelled(note: ScoreNote, level: float) -> ScoreNote:
    loud = min(127, max(1, round(note.velocity * level)))
    return ScoreNote(note.start, note.length, note.pitch, loud)


def _groove(bar: Bar, player: Player, drums: Drums) -> Groove | None:
    """Of a build's grooves, the one for how far it has come; else the drummer's taste."""
    grooves: Sequence[Groove] = for_role(drums.grooves, bar.label) or ()
    if not grooves:
        return None
    if bar.label == "build" and len(grooves) > 1:
        return grooves[bar.bar_of_section * len(grooves) // bar.section_bars]
    fitting = [one for one in grooves if abs(quarters(one.metre) - bar.quarters) < 1e-6]
    among = fitting or grooves
    return among[int(bar.taste(player.name).integers(len(among)))]


def _faster(
    rows: Sequence[tuple[Row, list[Placed]]], bar: Bar, rng: np.random.Generator
) -> tuple[Row, list[Placed]]:
    """What the timekeeping voice adds beyond the usual density, between all that is written."""
    by_voice = {row.voice: row for row, _ in rows}
    voice = next((one for one in _TIME if one in by_voice), rows[0][0].voice)
    taken = [one.at for _, written in rows for one in written if one.enters < 0.6]
    return by_voice[voice], between(taken, bar, rng)


def _pickup(
    rows: Sequence[tuple[Row, list[Placed]]], bar: Bar, rng: np.random.Generator
) -> tuple[Row, list[Placed]]:
    """A soft stroke of one of the groove's own voices that leads out of each fourth bar."""
    usual = [row for row, _ in rows if row.enters < 0.5] or [rows[0][0]]
    row = usual[int(rng.integers(len(usual)))]
    taken = {round(one.at, 4) for _, written in rows for one in written if one.enters < 0.6}
    last = [bar.quarters - step * 0.25 for step in (1, 2, 3)]
    free = [at for at in last if at > 0 and round(at, 4) not in taken] or last[1:2]
    at = free[int(rng.integers(len(free)))]
    plays = bar.bar_of_section % 4 == 3
    return row, [Placed(at, 0.25, "o", _PICKUP)] if plays else []


def _key(row: Row, bar: Bar) -> int:
    if row.voice == "snare" and bar.intensity < _SOFT:
        return DRUM_KEYS["rim"]
    return row.key


def _hits(one: Placed, key: int, bar: Bar) -> list[ScoreNote]:
    """The note or, of a roll, the notes of one sign."""
    count = _SPLIT.get(one.symbol, 1)
    length = one.length / count if count > 1 else min(one.length, 0.25)
    base = _BASE[one.symbol]
    return [
        ScoreNote(one.at + i * length, length, key, velocity(base * (0.8 + 0.2 * i / count), bar))
        if count > 1
        else ScoreNote(one.at, length, key, velocity(base, bar))
        for i in range(count)
    ]


def _fill(bar: Bar, drums: Drums, rng: np.random.Generator) -> Groove | None:
    """A fill in a section's last bar, and now and then in the eighth of a longer one."""
    asked = "fill" in bar.events
    draw, pick = float(rng.random()), int(rng.integers(1 << 30))
    closes = bar.last and bar.section_bars >= _SHORTEST
    eighth = bar.bar_of_section % 8 == 7 and draw < 0.6
    if not drums.fills or bar.label in {"break", "outro"} or bar.intensity < _FILLS_FROM:
        return None
    if not (asked or closes or eighth):
        return None
    fitting = [one for one in drums.fills if abs(quarters(one.metre) - bar.quarters) < 1e-6]
    return fitting[pick % len(fitting)] if fitting else None


def _steps(fill: Groove, bar: Bar) -> list[tuple[Row, list[Step]]]:
    return [(row, fitted(row.pattern, bar)) for row in fill.rows]


def _first(fill: Groove, bar: Bar) -> float:
    return min(step.at for _, steps in _steps(fill, bar) for step in steps)


def _filled(fill: Groove, bar: Bar, rng: np.random.Generator, since: float) -> list[ScoreNote]:
    """Later hits are louder, and fewer where the density is low."""
    notes = []
    for row, steps in _steps(fill, bar):
        for one in let_through(placed(steps, bar, rng), bar.density, ring=False):
            rise = 0.85 + 0.15 * (one.at - since) / max(bar.quarters - since, 0.25)
            for note in _hits(one, _key(row, bar), bar):
                louder = int(min(127, max(1, note.velocity * rise)))
                notes.append(ScoreNote(note.start, note.length, note.pitch, louder))
    return notes


def _crashes(bar: Bar, drums: Drums) -> bool:
    opens = bar.label in _LOUD or "drop" in bar.events
    return drums.crash and bar.intensity >= 0.45 and bar.first and bar.index > 0 and opens


def _cleaned(notes: list[ScoreNote], bar: Bar) -> list[ScoreNote]:
    """By position, one hit a key and place: the loudest. A break in the middle of the music leaves
    the first stroke.
    """
    best: dict[tuple[float, float], ScoreNote] = {}
    for note in notes:
        place = (round(note.start, 4), note.pitch)
        if place not in best or best[place].velocity < note.velocity:
            best[place] = note
    ordered = sorted(best.values(), key=lambda note: (note.start, note.pitch))
    if "stop" in bar.events:
        return [note for note in ordered if note.start < 1e-6]
    return ordered
