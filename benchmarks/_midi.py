"""Standard MIDI files, as much of them as it takes to play one less evenly.

Conventions: times are ticks from the start of the file until `humanise` has moved them.
"""

from __future__ import annotations

import itertools
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass

Event = tuple[int, bytes]  # tick, the whole message
_META, _TEMPO, _END = 0xFF, 0x51, 0x2F
_NOTE_OFF, _NOTE_ON = 0x8, 0x9


@dataclass(frozen=True, slots=True)
class Feel:
    """How a player differs from a machine.

    Attributes
    ----------
    scatter_ms : standard deviation of each stroke's time
    drift : standard deviation of the tempo about its mean, as a share of it
    swing : where in the beat its second half begins: 1/2 straight, 2/3 a shuffle
    drift_beats : over about how many beats the tempo drifts
    """

    scatter_ms: float
    drift: float
    swing: float = 0.5
    drift_beats: float = 16.0


def humanise(data: bytes, feel: Feel, seed: int) -> bytes:
    """The same piece swung, its strokes scattered, its tempo drifting about the same mean."""
    draw = random.Random(seed)
    division = struct.unpack(">H", data[12:14])[0]
    tracks = [list(_events(track)) for track in _tracks(data)]
    microseconds = next(
        int.from_bytes(message[3:], "big")
        for track in tracks for _, message in track
        if message[0] == _META and message[1] == _TEMPO
    )  # fmt: skip
    spread = feel.scatter_ms * 1_000 / microseconds * division
    swung = [
        [(_swung(tick, division, feel.swing), message) for tick, message in track]
        for track in tracks
    ]
    moved = [_scattered(track, spread, draw) for track in swung]
    beats = 1 + max(tick for track in moved for tick, _ in track) // division
    moved.insert(0, _drifting(beats, division, microseconds, feel, draw))
    head = struct.pack(">4sIHHH", b"MThd", 6, 1, len(moved), division)
    return head + b"".join(_track(events) for events in moved)


def _swung(tick: int, division: int, swing: float) -> int:
    """Ticks of straight halves of beats → of long and short ones."""
    beat, part = divmod(tick, division)
    place = 2 * part / division
    bent = place * swing if place < 1 else swing + (place - 1) * (1 - swing)
    return beat * division + round(bent * division)


def _scattered(track: list[Event], spread: float, draw: random.Random) -> list[Event]:
    """Each note moved with its end; the file's own tempi left out."""
    shifts: dict[tuple[int, int], int] = {}
    moved = []
    for tick, message in track:
        if message[0] == _META and message[1] in (_TEMPO, _END):
            continue
        kind, channel = message[0] >> 4, message[0] & 15
        shift = 0
        if kind in (_NOTE_OFF, _NOTE_ON):
            note = (channel, message[1])
            if kind == _NOTE_ON and message[2]:
                shifts[note] = round(draw.gauss(0, spread))
            shift = shifts.get(note, 0)
        moved.append((max(0, tick + shift), message))
    return sorted(moved, key=lambda event: event[0])


def _drifting(
    beats: int, division: int, microseconds: int, feel: Feel, draw: random.Random
) -> list[Event]:
    """A tempo a beat: a first-order random walk that is pulled back to its mean."""
    stay = 1 - 1 / feel.drift_beats
    step = feel.drift * (1 - stay * stay) ** 0.5
    walk = list(
        itertools.accumulate(
            range(beats - 1), lambda now, _: stay * now + draw.gauss(0, step), initial=0.0
        )
    )
    mean = sum(walk) / len(walk)
    lengths = (round(microseconds * (1 + bend - mean)) for bend in walk)
    return [
        (beat * division, bytes([_META, _TEMPO, 3]) + length.to_bytes(3, "big"))
        for beat, length in enumerate(lengths)
    ]


def _tracks(data: bytes) -> Iterator[bytes]:
    where = 14
    while where + 8 <= len(data):
        size = struct.unpack(">I", data[where + 4 : where + 8])[0]
        if data[where : where + 4] == b"MTrk":
            yield data[where + 8 : where + 8 + size]
        where += 8 + size


def _events(track: bytes) -> Iterator[Event]:
    where = tick = status = 0
    while where < len(track):
        wait, where = _number(track, where)
        tick += wait
        if track[where] >= 0x80:
            status = track[where]
            where += 1
        if status >= 0xF0:
            start = where
            size, where = _number(track, where + (status == _META))
            where += size
            yield tick, bytes([status]) + track[start:where]
        else:
            size = 1 if status >> 4 in (0xC, 0xD) else 2
            yield tick, bytes([status]) + track[where : where + size]
            where += size


def _track(events: list[Event]) -> bytes:
    body = bytearray()
    now = 0
    for tick, message in [*events, ((events[-1][0] if events else 0), bytes([_META, _END, 0]))]:
        body += _written(tick - now) + message
        now = tick
    return b"MTrk" + struct.pack(">I", len(body)) + bytes(body)


def _number(data: bytes, where: int) -> tuple[int, int]:
    value = 0
    while True:
        byte = data[where]
        where += 1
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, where


def _written(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(value & 0x7F | 0x80)
    return bytes(reversed(digits))


def tempo_bpm(data: bytes) -> float:
    """The only tempo of a file; ValueError where it has several or none."""
    tempi = {
        message[3:]
        for track in _tracks(data) for _, message in _events(track)
        if message[0] == _META and message[1] == _TEMPO
    }  # fmt: skip
    if len(tempi) != 1:
        raise ValueError(f"{len(tempi)} tempi")
    return 60e6 / int.from_bytes(tempi.pop(), "big")
