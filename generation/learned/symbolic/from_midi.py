"""A MIDI file as a score: who plays what, key, metre and chords, as far as notes tell.

Players become stems: channel 10 drums; tracks named after a stem that stem; the lowest line bass;
of the rest the highest that is mostly one note at a time lead, the one with most notes at once
chords, the next extra. Only the stretch of the first time signature is read. Chords are estimated
by half bars, bass notes counting double. Key profiles: Temperley 2007 (Kostka-Payne corpus).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from generation.learned.symbolic.events import QUALITIES
from generation.learned.symbolic.playing import score_chord
from generation.sequencer.plan import STEMS
from generation.sequencer.score import Part, Score, ScoreChord, ScoreNote, ScoreSection
from schemas.errors import InputError

MOST_BARS = 400
_MAJOR = (0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400)
_MINOR = (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330)
_DRUM_CHANNEL = 9

Key = tuple[int, str]
"""(tonic, "major" or "minor")"""


@dataclass(slots=True)
class _Player:
    name: str = ""
    drums: bool = False
    notes: list[ScoreNote] = field(default_factory=list)

    @property
    def height(self) -> float:
        return float(np.mean([note.pitch for note in self.notes]))

    @property
    def at_once(self) -> float:
        """Notes that begin together, on average."""
        return len(self.notes) / len({round(note.start, 2) for note in self.notes})


def score_of_midi(song: Any, key: Key | None = None) -> Score:
    """The score of a `mido.MidiFile`; `key` where it is known, else estimated.

    Raises
    ------
    InputError
        When it holds no note, or counts time in frames rather than in beats.
    """
    if song.ticks_per_beat <= 0:
        raise InputError("MIDI in SMPTE time: positions in bars are not known")
    tempi, (beats, unit), end = _timing(song)
    players = [player for player in _players(song, end) if player.notes]
    if not players:
        raise InputError("MIDI without a note")
    last = max(note.start + note.length for player in players for note in player.notes)
    quarters = beats * 4 / unit
    bars = int(min(MOST_BARS, max(1, np.ceil(last / quarters - 1e-6))))
    parts = _parts(players)
    tonic, mode = key or estimated_key(parts)
    return Score(
        parts=parts,
        sections=(
            ScoreSection(
                label="other", first_bar=0, bars=bars, tonic=tonic, scale=mode, intensity=0.6
            ),
        ),
        chords=_chords(parts, bars, quarters),
        tempi=tempi,
        beats=beats,
        unit=unit,
        bars=bars,
    )


def _timing(song: Any) -> tuple[tuple[tuple[float, float], ...], tuple[int, int], float]:
    """Tempi, the first time signature, and the quarter note at which another one begins."""
    tempi: dict[float, float] = {}
    signatures: list[tuple[float, int, int]] = []
    for track in song.tracks:
        at = 0
        for message in track:
            at += message.time
            quarter = at / song.ticks_per_beat
            if message.type == "set_tempo" and message.tempo:
                tempi[quarter] = min(300.0, max(20.0, 60e6 / message.tempo))
            elif message.type == "time_signature":
                signatures.append((quarter, message.numerator, message.denominator))
    signatures.sort()
    first = signatures[0][1:] if signatures else (4, 4)
    if not 2 <= first[0] * 4 / first[1] <= 8:
        raise InputError(f"MIDI in {first[0]}/{first[1]}: bars of 2 to 8 quarter notes are read")
    end = next((at for at, *other in signatures if tuple(other) != first and at > 0), np.inf)
    tempi.setdefault(0.0, 120.0)
    return tuple(sorted(tempi.items())), (int(first[0]), int(first[1])), float(end)


def _players(song: Any, end: float) -> list[_Player]:
    players: dict[tuple[int, int], _Player] = defaultdict(_Player)
    for number, track in enumerate(song.tracks):
        at = 0
        open_notes: dict[tuple[int, int], tuple[float, int]] = {}
        for message in track:
            at += message.time
            if message.type not in ("note_on", "note_off"):
                continue
            quarter = at / song.ticks_per_beat
            player = players[number, message.channel]
            player.name = track.name.strip().lower()
            player.drums = message.channel == _DRUM_CHANNEL
            slot = message.channel, message.note
            if slot in open_notes:
                start, velocity = open_notes.pop(slot)
                length = max(1 / 32, quarter - start)
                player.notes.append(ScoreNote(start, length, float(message.note), velocity))
            if message.type == "note_on" and message.velocity and quarter < end:
                open_notes[slot] = quarter, message.velocity
    return list(players.values())


def _parts(players: list[_Player]) -> tuple[Part, ...]:
    found: dict[str, list[ScoreNote]] = {}
    drums = [note for player in players if player.drums for note in player.notes]
    if drums:
        found["drums"] = drums
    rest = [player for player in players if not player.drums]
    for player in list(rest):
        stem = next((s for s in STEMS if s in player.name.replace("drum ", "")), None)
        if stem and stem != "drums" and stem not in found:
            found[stem] = player.notes
            rest.remove(player)
    for stem, fits in (
        ("bass", lambda p: -p.height if p.height < 52 and p.at_once < 1.3 else None),
        ("lead", lambda p: p.height if p.at_once < 1.3 else None),
        ("chords", lambda p: p.at_once),
        ("extra", lambda p: len(p.notes)),
    ):
        ranked = [(fits(player), player) for player in rest]
        able = [(rank, player) for rank, player in ranked if rank is not None]
        if stem not in found and able:
            chosen = max(able, key=lambda pair: pair[0])[1]
            found[stem] = chosen.notes
            rest.remove(chosen)
    return tuple(
        Part(
            stem=stem,
            instrument="kit_acoustic" if stem == "drums" else "piano",
            notes=tuple(sorted(found[stem], key=lambda note: (note.start, note.pitch))),
        )
        for stem in STEMS
        if stem in found
    )


def estimated_key(parts: tuple[Part, ...]) -> Key:
    """The key whose profile correlates most with how long each pitch class sounds."""
    held = _histogram(
        [note for part in parts if part.stem != "drums" for note in part.notes], 0, np.inf
    )
    scored = [
        (float(np.corrcoef(np.roll(profile, tonic), held)[0, 1]), tonic, mode)
        for mode, profile in (("major", _MAJOR), ("minor", _MINOR))
        for tonic in range(12)
    ]
    best = max(scored) if held.std() > 0 else (0.0, 0, "major")
    return best[1], best[2]


def _histogram(notes: list[ScoreNote], start: float, end: float) -> npt.NDArray[np.float64]:
    held = np.zeros(12)
    for note in notes:
        overlap = min(end, note.start + note.length) - max(start, note.start)
        if overlap > 0:
            held[int(note.pitch) % 12] += overlap
    return held


def _chords(parts: tuple[Part, ...], bars: int, quarters: float) -> tuple[ScoreChord, ...]:
    """By half bars; a chord that goes on is one chord."""
    tuned = [note for part in parts if part.stem != "drums" for note in part.notes]
    low = [note for part in parts if part.stem == "bass" for note in part.notes]
    half = quarters / 2
    by_half: dict[int, list[ScoreNote]] = defaultdict(list)
    for note in [*tuned, *low]:  # bass notes twice
        first, last = int(note.start / half), int((note.start + note.length - 1e-6) / half)
        for place in range(first, min(last, first + 64) + 1):
            by_half[place].append(note)
    found: list[tuple[float, int]] = []
    for place in range(2 * bars):
        held = _histogram(by_half[place], place * half, (place + 1) * half)
        if held.sum() > 0:
            code = _best_chord(held / held.sum())
            if not found or found[-1][1] != code:
                found.append((place * half, code))
    ends = [at for at, _ in found[1:]] + [bars * quarters]
    return tuple(
        score_chord(at, end - at, code, 0) for (at, code), end in zip(found, ends, strict=True)
    )


def _best_chord(shares: npt.NDArray[np.float64]) -> int:
    best, code = -1.0, 0
    for root in range(12):
        for number, quality in enumerate(QUALITIES):
            inside = shares[[(root + step) % 12 for step in quality]]
            value = float(inside.sum() + 0.2 * shares[root] - 0.08 * len(quality))
            if value > best:
                best, code = value, root * len(QUALITIES) + number
    return code
