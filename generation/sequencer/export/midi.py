"""Score → a Standard MIDI File (type 1) as a musician would want it.

The first track holds tempi, time and key signatures, sections as markers and chords as cue points;
then comes a track for each part, with its General MIDI program and name, drums on channel 10. What
a player is late by is in the notes' places, in ticks of 1/960 of a quarter: 0.5 ms at 120 BPM.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

import mido

from generation.sequencer.composition.scales import scale as find_scale
from generation.sequencer.score import Part, Score
from generation.sequencer.synthesis.sounds import sound

TICKS = 960
"""Of a quarter note."""

DRUM_CHANNEL = 9
_CHANNELS = tuple(number for number in range(16) if number != DRUM_CHANNEL)
_MAJOR = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR = ("Cm", "C#m", "Dm", "Ebm", "Em", "Fm", "F#m", "Gm", "G#m", "Am", "Bbm", "Bm")
Timed = tuple[int, int, mido.Message | mido.MetaMessage]
"""Tick, rank among what happens at that tick, message."""


def midi_bytes(score: Score, title: str = "wordtone") -> bytes:
    """The file's content; the same score gives the same bytes.

    A part whose notes of one pitch overlap has the earlier ended where the later begins, as no
    MIDI channel can hold both. Pitches between keys are rounded to the nearer key.
    """
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS, charset="utf-8")
    end = _tick(score.bars * score.bar_quarters)
    file.tracks.append(_track(_conductor(score, title), end))
    for part, channel in zip(score.parts, channels(score.parts), strict=True):
        file.tracks.append(_track(_part(score, part, channel), end))
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def tempo_map_bytes(score: Score) -> bytes:
    """A file of the first track alone: tempi, signatures, markers."""
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS, charset="utf-8")
    file.tracks.append(
        _track(_conductor(score, "tempo map"), _tick(score.bars * score.bar_quarters))
    )
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def channels(parts: Iterable[Part]) -> list[int]:
    """A channel for each part: 9 for kits; the 16th tone and beyond share with the first ones."""
    out, used = [], 0
    for part in parts:
        if sound(part.instrument).kit:
            out.append(DRUM_CHANNEL)
            continue
        out.append(_CHANNELS[used % len(_CHANNELS)])
        used += 1
    return out


def key_name(tonic: int, scale: str) -> str:
    """As key signatures are named: "Eb", "F#m"."""
    return (_MINOR if find_scale(scale).minor else _MAJOR)[tonic % 12]


def _conductor(score: Score, title: str) -> list[Timed]:
    meta = mido.MetaMessage
    out: list[Timed] = [
        (0, 0, meta("track_name", name=title)),
        (0, 1, meta("time_signature", numerator=score.beats, denominator=score.unit)),
    ]
    for at, bpm in score.tempi:
        out.append((_tick(at), 2, meta("set_tempo", tempo=mido.bpm2tempo(bpm))))
    key = ""
    for section in score.sections:
        at = _tick(section.first_bar * score.bar_quarters)
        if (now := key_name(section.tonic, section.scale)) != key:
            out.append((at, 3, meta("key_signature", key=now)))
            key = now
        out.append((at, 4, meta("marker", text=section.label)))
    symbol = ""
    for chord in score.chords:
        if chord.symbol != symbol:
            out.append((_tick(chord.start), 5, meta("cue_marker", text=chord.symbol)))
            symbol = chord.symbol
    return out


def _part(score: Score, part: Part, channel: int) -> list[Timed]:
    found = sound(part.instrument)
    name = f"{part.stem}: {part.instrument.replace('_', ' ')}"
    out: list[Timed] = [
        (0, 0, mido.MetaMessage("track_name", name=name)),
        (0, 1, mido.Message("program_change", channel=channel, program=found.gm)),
        (0, 2, _control(channel, 7, 70 + 45 * part.weight)),
        (0, 2, _control(channel, 10, 64 + 63 * found.pan)),
    ]
    for begin, end, key, velocity in _notes(score, part):
        on = mido.Message("note_on", channel=channel, note=key, velocity=velocity)
        off = mido.Message("note_off", channel=channel, note=key, velocity=0)
        out += [(begin, 4, on), (end, 3, off)]
    return out


def _control(channel: int, control: int, value: float) -> mido.Message:
    held = min(127, max(0, round(value)))
    return mido.Message("control_change", channel=channel, control=control, value=held)


def _notes(score: Score, part: Part) -> list[tuple[int, int, int, int]]:
    """(tick, tick of its end, key, velocity), one at a time on each key."""
    last: dict[int, int] = {}
    out: list[tuple[int, int, int, int]] = []
    timed = []
    for note in part.notes:
        late = note.late_s * score.bpm_at(note.start) / 60
        timed.append((max(0, _tick(note.start + late)), note))
    for begin, note in sorted(timed, key=lambda one: (one[0], one[1].pitch, -one[1].length)):
        key = min(127, max(0, round(note.pitch)))
        before = last.get(key)
        if before is not None and out[before][1] > begin:
            started, _, _, velocity = out[before]
            if started == begin:
                continue  # the same key twice at once: the longer one is there already
            out[before] = (started, begin, key, velocity)
        last[key] = len(out)
        length = max(1, _tick(note.length))
        out.append((begin, begin + length, key, min(127, max(1, note.velocity))))
    return out


def _tick(quarters: float) -> int:
    return round(quarters * TICKS)


def _track(timed: list[Timed], end: int) -> mido.MidiTrack:
    """Messages in order, each with what has passed since the one before."""
    track = mido.MidiTrack()
    now = 0
    for at, _, message in sorted(timed, key=lambda one: one[:2]):
        track.append(message.copy(time=at - now))
        now = at
    track.append(mido.MetaMessage("end_of_track", time=max(0, end - now)))
    return track
