"""A busy band to be played by any sounds, written without the composer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from generation.sequencer.plan import Ending
from generation.sequencer.score import Part, Score, ScoreChord, ScoreNote, ScoreSection

BAND: dict[str, str] = {
    "drums": "kit_acoustic",
    "bass": "electric_bass",
    "chords": "piano",
    "lead": "trumpet",
    "extra": "strings",
}
CLUB: dict[str, str] = {
    "drums": "kit_909",
    "bass": "acid",
    "chords": "supersaw",
    "lead": "lead_saw",
    "extra": "warm_pad",
}
ROOTS = (0, 9, 5, 7)


def piece(
    sounds: Mapping[str, str] = BAND,
    bars: int = 8,
    tempo_bpm: float = 120.0,
    ending: Ending = "end",
    seed: int = 0,
) -> Score:
    """Bars of four in C major; sixteenth hats, walking bass, struck chords, a lead, a pad."""
    rng = np.random.default_rng(seed)
    notes: dict[str, list[ScoreNote]] = {stem: [] for stem in BAND}
    chords = []
    for bar in range(bars):
        at, root = 4.0 * bar, ROOTS[bar % 4]
        triad = (root, root + (3 if root == 9 else 4), root + 7)
        symbol = ("C", "Am", "F", "G")[bar % 4]
        chords.append(
            ScoreChord(start=at, length=4.0, symbol=symbol, pitch_classes=triad, bass=root)
        )
        notes["drums"] += _beat(at, rng)
        for eighth in range(8):
            pitch = 36 + root % 12 + (7 if eighth in (3, 7) else 0)
            notes["bass"].append(ScoreNote(at + eighth / 2, 0.45, pitch, 92 + eighth % 2))
        for beat in (0, 1.5, 3):
            notes["chords"] += [ScoreNote(at + beat, 0.9, 60 + p % 12, 84) for p in triad]
        for quarter in range(4):
            pitch = 72 + int(rng.choice([0, 2, 4, 5, 7, 9]))
            late = float(rng.normal(0, 0.004))
            notes["lead"].append(ScoreNote(at + quarter, 0.8, pitch, 90, late))
        notes["extra"] += [ScoreNote(at, 4.0, 55 + p % 12, 70) for p in triad]
    return Score(
        parts=tuple(
            Part(stem=stem, instrument=sounds[stem], notes=tuple(notes[stem]))
            for stem in BAND
            if stem in sounds
        ),
        sections=(
            ScoreSection(
                label="verse", first_bar=0, bars=bars, tonic=0, scale="major", intensity=0.6
            ),
        ),
        chords=tuple(chords),
        tempi=((0.0, tempo_bpm),),
        beats=4,
        unit=4,
        bars=bars,
        tail_s=2.0 if ending == "end" else 0.0,
        ending=ending,
    )


def _beat(at: float, rng: np.random.Generator) -> list[ScoreNote]:
    out = []
    for sixteenth in range(16):
        where = at + sixteenth / 4
        loud = int(60 + 30 * (sixteenth % 4 == 0) + rng.integers(0, 8))
        out.append(ScoreNote(where, 0.1, 46 if sixteenth == 14 else 42, loud))
        if sixteenth in (0, 8, 10):
            out.append(ScoreNote(where, 0.1, 36, 110))
        if sixteenth in (4, 12):
            out.append(ScoreNote(where, 0.1, 38, 108))
    return out
