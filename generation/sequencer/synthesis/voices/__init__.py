"""Voices of our own, by name: no sample is read."""

from __future__ import annotations

from generation.sequencer.synthesis.signal import Samples
from generation.sequencer.synthesis.voices.colour import COLOURS, play_colour
from generation.sequencer.synthesis.voices.machines import KITS, play_drum
from generation.sequencer.synthesis.voices.note import VoiceNote
from generation.sequencer.synthesis.voices.struck import (
    STRUCK,
    Fm,
    Pluck,
    play_fm,
    play_modes,
    play_pluck,
)
from generation.sequencer.synthesis.voices.tone import play_tone
from generation.sequencer.synthesis.voices.tones import TONES
from schemas.errors import InputError


def play(name: str, note: VoiceNote) -> Samples:
    """A note of voice `name`, float32 of shape (1 or 2, n), held to its end.

    Raises
    ------
    InputError
        When there is no such voice.
    """
    if name in TONES:
        return play_tone(name, TONES[name], note)
    if name in COLOURS:
        return play_colour(name, note)
    if name not in STRUCK:
        raise InputError(f"voice {name!r}; there are {', '.join(voice_names())}")
    struck = STRUCK[name]
    if isinstance(struck, Pluck):
        return play_pluck(name, struck, note)
    if isinstance(struck, Fm):
        return play_fm(name, struck, note)
    return play_modes(name, struck, note)


def hit(kit: str, key: int, hardness: float, take: int) -> Samples | None:
    """A drum of a kit of our own, shape (1, n); None where the kit has nothing on that key."""
    drum = KITS[kit].get(key)
    return None if drum is None else play_drum(f"{kit}/{key}", drum, hardness, take)


def pan_of(kit: str, key: int) -> float:
    """Where a drum stands, -1 left … 1 right."""
    drum = KITS[kit].get(key)
    return 0.0 if drum is None else drum.pan


def keeps_time(name: str) -> bool:
    """Whether a voice moves with the beat, so that its notes depend on the tempo."""
    return name in TONES and TONES[name].wobble_beats > 0


def voice_names() -> tuple[str, ...]:
    return (*TONES, *STRUCK, *COLOURS)


__all__ = ["KITS", "VoiceNote", "hit", "keeps_time", "pan_of", "play", "voice_names"]
