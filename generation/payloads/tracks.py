"""Notes, chords and beats of a request as the arrays that generators take.

Times are in seconds from the start of the piece, frames count from 0 and frame `i` covers
[i, i + 1) / rate. What lies beyond the asked length is left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from schemas.parts import Chord, Note

Frames = npt.NDArray[np.float32]


def spans(notes: Sequence[Note], frames: int, rate_hz: float) -> Iterator[tuple[int, int, Note]]:
    """First frame, frame after the last, and note, of each note that begins within `frames`.

    A note covers at least one frame, so that grace notes are not lost.
    """
    for note in notes:
        first = math.floor(note.start_s * rate_hz + 1e-6)
        if first < frames:
            last = math.ceil((note.start_s + note.duration_s) * rate_hz - 1e-6)
            yield first, min(frames, max(first + 1, last)), note


def chroma(notes: Sequence[Note], frames: int, rate_hz: float) -> Frames:
    """One-hot pitch classes, float32 (frames, 12); rows without a note are 0.

    Of notes that sound together the highest is kept, as melody followers do.
    """
    pitches = highest(notes, frames, rate_hz)
    found = np.zeros((frames, 12), np.float32)
    sounding = pitches >= 0
    found[np.flatnonzero(sounding), pitches[sounding] % 12] = 1.0
    return found


def highest(notes: Sequence[Note], frames: int, rate_hz: float) -> npt.NDArray[np.int64]:
    """The highest sounding pitch of each frame as a whole MIDI number; -1 where there is none."""
    found = np.full(frames, -1, np.int64)
    for first, after, note in spans(notes, frames, rate_hz):
        found[first:after] = np.maximum(found[first:after], round(note.pitch))
    return found


def salience(
    notes: Sequence[Note], frames: int, rate_hz: float, low: int, high: int
) -> tuple[Frames, int]:
    """One-hot pitches low … high, float32 (high - low + 1, frames), and how many notes were moved.

    A pitch outside is brought in by octaves.
    """
    pitches = highest(notes, frames, rate_hz)
    found = np.zeros((high - low + 1, frames), np.float32)
    for frame in np.flatnonzero(pitches >= 0):
        found[folded(int(pitches[frame]), low, high) - low, frame] = 1.0
    moved = sum(not low <= round(n.pitch) <= high for _, _, n in spans(notes, frames, rate_hz))
    return found, moved


def folded(pitch: int, low: int, high: int) -> int:
    """`pitch` moved by octaves into low … high, which span an octave at least."""
    while pitch < low:
        pitch += 12
    while pitch > high:
        pitch -= 12
    return pitch


def piano_roll(notes: Sequence[Note], frames: int, rate_hz: float) -> npt.NDArray[np.int8]:
    """int8 (frames, 128): 0 off, 1 goes on, 2 begins in this frame."""
    found = np.zeros((frames, 128), np.int8)
    for first, after, note in spans(notes, frames, rate_hz):
        pitch = round(note.pitch)
        found[first:after, pitch] = np.maximum(found[first:after, pitch], 1)
        found[first, pitch] = 2
    return found


def beat_times(tempo_bpm: float, seconds: float) -> npt.NDArray[np.float64]:
    """Times of the beats from 0 on, before `seconds`."""
    period = 60 / tempo_bpm
    return np.arange(0, max(0.0, seconds - 1e-9), period)


def beat_activations(tempo_bpm: float, beats: int, seconds: float, rate_hz: float) -> Frames:
    """float32 (2, frames): likelihood of a beat and of a downbeat, 1 where one is.

    As a beat tracker's activations look: a peak two frames wide to either side.
    """
    frames = round(seconds * rate_hz)
    found = np.zeros((2, frames), np.float32)
    shape = np.asarray([0.25, 0.6, 1.0, 0.6, 0.25], np.float32)
    for i, time in enumerate(beat_times(tempo_bpm, seconds)):
        centre = round(time * rate_hz)
        for k, height in enumerate(shape, start=centre - 2):
            if 0 <= k < frames:
                found[0, k] = max(found[0, k], height)
                if i % beats == 0:
                    found[1, k] = max(found[1, k], height)
    return found


def chord_changes(chords: Sequence[Chord], seconds: float) -> list[tuple[str, float]]:
    """(symbol, start) of the chords before `seconds`, by time; "N" fills what comes before them."""
    found = [(c.symbol, c.start_s) for c in sorted(chords, key=lambda c: c.start_s)]
    kept = [one for one in found if one[1] < seconds]
    return [("N", 0.0), *kept] if kept and kept[0][1] > 0 else kept
