"""Score → a Standard MIDI File (type 1) as a musician would want it.

The first track holds tempi, time and key signatures, sections as markers and chords as cue points;
then comes a track for each part, with its General MIDI program and name, drums on channel 10. What
a player is late by is in the notes' places, in ticks of 1/960 of a quarter: 0.5 ms at 120 BPM.
Events are written as the bytes they are ("Standard MIDI Files 1.0", MMA RP-001): a piece has
thousands, and message objects would take longer than the notes took to compose.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from generation.sequencer.composition.scales import scale as find_scale
from generation.sequencer.score import Part, Score
from generation.sequencer.synthesis.sounds import sound

TICKS = 960
"""Of a quarter note."""

DRUM_CHANNEL = 9
_CHANNELS = tuple(number for number in range(16) if number != DRUM_CHANNEL)
_MAJOR_SHARPS = (0, -5, 2, -3, 4, -1, 6, 1, -4, 3, -2, 5)
_MINOR_SHARPS = (-3, 4, -1, -6, 1, -4, 3, -2, 5, 0, -5, 2)
"""By pitch class of the tonic; flats below 0: F sharp, C sharp and G sharp are usual with sharps
in minor, D flat and A flat in major.
"""
_NAME, _MARKER, _CUE, _END, _TEMPO, _TIME, _KEY = 0x03, 0x06, 0x07, 0x2F, 0x51, 0x58, 0x59
_NOTE_ON, _NOTE_OFF, _CONTROL, _PROGRAM, _META = 0x90, 0x80, 0xB0, 0xC0, 0xFF
_SLOWEST = 2**24 - 1
Timed = tuple[int, int, bytes]
"""Tick, rank among what happens at that tick, event."""


def midi_bytes(score: Score, title: str = "wordtone") -> bytes:
    """The file's content; the same score gives the same bytes.

    A part whose notes of one pitch overlap has the earlier ended where the later begins, as no
    MIDI channel can hold both. Pitches between keys are rounded to the nearer key.
    """
    end = _tick(score.bars * score.bar_quarters)
    tracks = [_track(_conductor(score, title), end)]
    for part, channel in zip(score.parts, channels(score.parts), strict=True):
        tracks.append(_track(_part(score, part, channel), end))
    return _file(tracks)


def tempo_map_bytes(score: Score) -> bytes:
    """A file of the first track alone: tempi, signatures, markers."""
    end = _tick(score.bars * score.bar_quarters)
    return _file([_track(_conductor(score, "tempo map"), end)])


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


def _conductor(score: Score, title: str) -> list[Timed]:
    unit = score.unit.bit_length() - 1
    out: list[Timed] = [
        (0, 0, _text(_NAME, title)),
        (0, 1, _meta(_TIME, bytes((score.beats, unit, 24, 8)))),
    ]
    for at, bpm in score.tempi:
        period_us = min(_SLOWEST, round(60e6 / bpm))
        out.append((_tick(at), 2, _meta(_TEMPO, period_us.to_bytes(3, "big"))))
    key = b""
    for section in score.sections:
        at = _tick(section.first_bar * score.bar_quarters)
        minor = find_scale(section.scale).minor
        sharps = (_MINOR_SHARPS if minor else _MAJOR_SHARPS)[section.tonic % 12]
        if (now := _meta(_KEY, bytes((sharps % 256, minor)))) != key:
            out.append((at, 3, now))
            key = now
        out.append((at, 4, _text(_MARKER, section.label)))
    symbol = ""
    for chord in score.chords:
        if chord.symbol != symbol:
            out.append((_tick(chord.start), 5, _text(_CUE, chord.symbol)))
            symbol = chord.symbol
    return out


def _part(score: Score, part: Part, channel: int) -> list[Timed]:
    found = sound(part.instrument)
    name = f"{part.stem}: {part.instrument.replace('_', ' ')}"
    out: list[Timed] = [
        (0, 0, _text(_NAME, name)),
        (0, 1, bytes((_PROGRAM | channel, found.gm))),
        (0, 2, _control(channel, 7, 70 + 45 * part.weight)),
        (0, 2, _control(channel, 10, 64 + 63 * found.pan)),
    ]
    for begin, end, key, velocity in _notes(score, part):
        out.append((begin, 4, bytes((_NOTE_ON | channel, key, velocity))))
        out.append((end, 3, bytes((_NOTE_OFF | channel, key, 0))))
    return out


def _control(channel: int, control: int, value: float) -> bytes:
    return bytes((_CONTROL | channel, control, min(127, max(0, round(value)))))


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


def _file(tracks: Sequence[bytes]) -> bytes:
    head = b"".join(number.to_bytes(2, "big") for number in (1, len(tracks), TICKS))
    return _chunk(b"MThd", head) + b"".join(_chunk(b"MTrk", track) for track in tracks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + len(content).to_bytes(4, "big") + content


def _track(timed: list[Timed], end: int) -> bytes:
    """Events in order, each after what has passed since the one before; a status that is that of
    the event before is left out ("running status").
    """
    out = bytearray()
    now, status = 0, -1
    for at, _, event in sorted(timed, key=lambda one: one[:2]):
        out += _length(at - now)
        out += event[1:] if event[0] == status else event
        now, status = at, -1 if event[0] == _META else event[0]
    return bytes(out + _length(max(0, end - now)) + _meta(_END, b""))


def _meta(kind: int, content: bytes) -> bytes:
    return bytes((_META, kind)) + _length(len(content)) + content


def _text(kind: int, text: str) -> bytes:
    return _meta(kind, text.encode())


def _length(number: int) -> bytes:
    """Seven bits a byte, the highest first; all but the last have the eighth set."""
    out = [number & 0x7F]
    while number := number >> 7:
        out.append(number & 0x7F | 0x80)
    return bytes(reversed(out))
