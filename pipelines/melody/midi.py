"""A transcription as a MIDI file: on the grid where there is a tempo, as it was sung otherwise."""

from __future__ import annotations

import io

import mido

from schemas.melody import Transcription

TICKS = 480
_FREE_BPM = 120.0  # a file needs a tempo; without one, beats mean nothing


def midi_bytes(found: Transcription) -> bytes:
    """One track with tempo, key and notes; a note starts where `Transcription.melody` has it.

    Where the tempo is only suggested the notes keep the times that they were sung at, under that
    tempo, so that a sequencer may quantise them or not.
    """
    bpm = found.tempo_bpm or _FREE_BPM
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("track_name", name="melody", time=0))
    track.append(mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm), time=0))
    if found.key is not None:
        track.append(mido.MetaMessage("key_signature", key=_signature(found), time=0))
    at = 0
    for tick, kind, pitch, velocity in sorted(_events(found, bpm)):
        track.append(
            mido.Message("note_on", note=pitch, velocity=velocity * kind, time=tick - at, channel=0)
        )
        at = tick
    track.append(mido.MetaMessage("end_of_track", time=0))
    file = mido.MidiFile(type=0, ticks_per_beat=TICKS)
    file.tracks.append(track)
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


def _events(found: Transcription, bpm: float) -> list[tuple[int, int, int, int]]:
    """(tick, 1 on or 0 off, pitch, velocity): an end sorts before a beginning at the same tick."""
    per_s = bpm / 60 * TICKS
    events = []
    for note in found.melody:
        begin = round(note.start_s * per_s)
        end = max(begin + 1, round((note.start_s + note.duration_s) * per_s))
        events += [(begin, 1, round(note.pitch), note.velocity), (end, 0, round(note.pitch), 1)]
    return events


def _signature(found: Transcription) -> str:
    """The key as MIDI writes it, which knows all 24 under the names that are used here."""
    assert found.key is not None
    tonic, _, mode = found.key.name.partition(" ")
    return tonic + ("m" if mode == "minor" else "")
