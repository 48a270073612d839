"""What is turned once a piece is composed: its sound, as numbers that a recipe keeps."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """How a score is mixed. The same score and controls give the same samples.

    Attributes
    ----------
    tone : -1 dark … 1 bright, as in synthesis: 0 leaves the sounds as they are
    loudness_lufs : integrated loudness of the mix
    drive : 0 … 1
    room, echo : factors on the reverb and delay that the sounds bring: 0 none, 1 as usual
    width : 0 mono, 1 as usual
    fade_in_s, fade_out_s : of the whole piece
    """

    tone: float = 0.0
    loudness_lufs: float = -14.0
    drive: float = 0.0
    room: float = 1.0
    echo: float = 1.0
    width: float = 1.0
    fade_in_s: float = 0.0
    fade_out_s: float = 0.0
