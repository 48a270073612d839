"""Mixes whose lead line is known: pieces of the embedded engine and the lead of their MIDI."""

from __future__ import annotations

import io
from dataclasses import dataclass

import mido
import numpy as np

from generation.sequencer.engine import Embedded
from schemas.audio import Audio
from schemas.conditioning import ConditioningRequest
from schemas.parts import Prompt, StyleWeight

STYLES = (
    "pop",
    "rock",
    "jazz",
    "reggae",
    "house",
    "country",
    "soul",
    "synthwave",
    "bossa-nova",
    "folk",
)
LENGTH_S = 20.0


@dataclass(frozen=True, slots=True)
class Mix:
    """A piece and its lead's notes as (onset s, offset s, pitch)."""

    audio: Audio
    lead_audio: Audio
    lead: tuple[tuple[float, float, float], ...]


def mix(style: str, seed: int) -> Mix | None:
    """A piece in `style`; None where its lead plays fewer than eight notes."""
    request = ConditioningRequest(
        prompt=Prompt(text=style.replace("_", " ")),
        styles=(StyleWeight(id=style),),
        duration_s=LENGTH_S,
    )
    made = Embedded().generate(request, seed)
    assert made.midi is not None
    lead = lead_notes(made.midi)
    sounding = float(np.sqrt(np.mean(made.stems["lead"].samples ** 2))) if lead else 0.0
    return Mix(made.mix, made.stems["lead"], lead) if len(lead) >= 8 and sounding > 0.005 else None


def lead_notes(content: bytes) -> tuple[tuple[float, float, float], ...]:
    """The notes of tracks called lead; of a chord, the highest."""
    file = mido.MidiFile(file=io.BytesIO(content))
    lead = [track for track in file.tracks if "lead" in track.name.lower()]
    found: list[tuple[float, float, float]] = []
    for track in lead:
        merged = mido.MidiFile(ticks_per_beat=file.ticks_per_beat)
        merged.tracks += [file.tracks[0], track]
        at, on = 0.0, {}
        for message in merged:
            at += message.time
            if message.type == "note_on" and message.velocity:
                on[message.note] = at
            elif message.type in ("note_off", "note_on") and message.note in on:
                found.append((on.pop(message.note), at, float(message.note)))
    return _highest(sorted(found))


def _highest(notes: list[tuple[float, float, float]]) -> tuple[tuple[float, float, float], ...]:
    kept: list[tuple[float, float, float]] = []
    for note in notes:
        if kept and note[0] - kept[-1][0] < 0.05:
            kept[-1] = max(kept[-1], note, key=lambda one: one[2])
        else:
            kept.append(note)
    return tuple(kept)
