"""A transcribed melody as lines for people."""

from __future__ import annotations

from schemas.features import KEY_NAMES
from schemas.melody import HeardNote, Transcription
from service.report.analysis import length, printable

_SOURCES = {"stated": "as stated", "tapped": "as tapped", "suggested": "suggested"}


def note_name(pitch: int) -> str:
    """Name and octave of a MIDI number: 60 is C4."""
    return f"{KEY_NAMES[pitch % 12]}{pitch // 12 - 1}"


def melody_table(name: str, found: Transcription) -> str:
    """Key, tempo, tuning and every note, one a line."""
    what = "one line" if found.kind == "line" else "the most salient line of a mix"
    lines = [f"{printable(name)}: {length(found.duration_s)}, {what}, {len(found.notes)} notes"]
    if found.keys:
        told = ", ".join(f"{key.name} {key.probability:.0%}" for key in found.keys)
        lines.append(f"  key     {told}")
    if found.tempo_bpm is not None and found.tempo_from is not None:
        lines.append(
            f"  tempo   {found.tempo_bpm:g} BPM, {_SOURCES[found.tempo_from]}{_how(found)}"
        )
    if found.notes:
        lines.append(f"  tuning  {found.tuning_cents:+.0f} cents from A4 = 440 Hz")
        lines += ["", "   start      end  note   sounded   beat  beats  confidence"]
        lines += [_note(note) for note in found.notes]
    return "\n".join(lines)


def _how(found: Transcription) -> str:
    if found.taps is not None:
        taps = found.taps
        dropped = f", {taps.dropped} dropped" if taps.dropped else ""
        return f" ({taps.used} taps{dropped}, within {taps.spread_ms:.0f} ms)"
    if found.tempo_from == "suggested":
        told = ", ".join(f"{tempo.bpm:g} {tempo.confidence:.0%}" for tempo in found.tempi)
        return f" ({told})"
    return ""


def _note(note: HeardNote) -> str:
    beat = "    –" if note.start_beat is None else f"{note.start_beat:5.2f}"
    beats = "    –" if note.beats is None else f"{note.beats:5.2f}"
    return (
        f"{note.start_s:7.2f} s {note.end_s:6.2f} s  {note_name(note.pitch):<4} "
        f"{note.sounded:8.2f}  {beat}  {beats}  {note.confidence:10.2f}"
    )
