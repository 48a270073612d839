"""What happens when in a track: beats and sections, as they travel between functions.

Times are in seconds from the start of the decoded audio.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Beats:
    """The beats of a track.

    Attributes
    ----------
    times_s : ascending
    downbeats : ascending indices into `times_s`: the first beat of each bar; empty where no bar
        could be told
    """

    times_s: tuple[float, ...]
    downbeats: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a track; what cannot be told of it is None.

    Attributes
    ----------
    label : "A", "B" … in order of first appearance; sections that repeat each other share one
    tempo_bpm : BPM
    key_pitch_class, key_mode : C = 0 … B = 11; 1 major, 0 minor
    energy : 0 … 1, as the feature of that name
    brightness_hz : mean spectral centroid
    """

    start_s: float
    end_s: float
    label: str
    tempo_bpm: float | None = None
    key_pitch_class: int | None = None
    key_mode: int | None = None
    energy: float | None = None
    brightness_hz: float | None = None
