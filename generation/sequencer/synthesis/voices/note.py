"""A note as a voice sees it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VoiceNote:
    """`hardness` 0 … 1 is how hard it is struck or blown; `take` 0, 1 … tells repeats apart.

    The note is held to the end of `seconds`: its release is the caller's. `glide_from` is the pitch
    that it comes from within `glide_s`, or None. `beat_hz` is the tempo, for what moves with it.
    """

    pitch: float
    seconds: float
    hardness: float = 0.7
    take: int = 0
    glide_from: float | None = None
    glide_s: float = 0.0
    beat_hz: float = 2.0
