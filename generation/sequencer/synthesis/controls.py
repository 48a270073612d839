"""What can be turned on a mix, with valid ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from schemas.errors import InputError

RANGES: dict[str, tuple[float, float]] = {
    "tilt_db": (-12.0, 9.0),
    "drive": (0.0, 1.0),
    "loudness_lufs": (-36.0, -5.0),
    "ceiling_db": (-12.0, 0.0),
    "width": (0.0, 1.6),
    "room": (0.0, 1.0),
    "room_s": (0.2, 2.0),
    "echo": (0.0, 1.0),
    "sidechain": (0.0, 1.0),
    "compress": (-0.5, 1.0),
    "fade_in_s": (0.0, 60.0),
    "fade_out_s": (0.0, 60.0),
}
"""Valid values of Mixing, lowest and highest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixing:
    """Everything about the sound that is not in the notes. All but `gains_db` has a RANGE.

    Attributes
    ----------
    gains_db : stem → dB beside the usual balance; -120 and below is silence
    tilt_db : slope of the whole spectrum, dB per octave; rising it always rises the centroid
    drive : saturation of each part, 0 … 1: fills the gaps of the spectrum and of the level
    loudness_lufs : integrated loudness that is aimed for; None: the level is left alone
    ceiling_db : no peak, between samples either, is above, dBFS
    width : of the stereo picture: 0 mono, 1 as it is; what is below 150 Hz is always mono
    room, room_s : how much of it, and its decay to -60 dB
    echo : repeats, three quarters of a beat apart
    sidechain : how far all but the drums give way on each beat
    compress : of the bus; 1 is 4:1, below 0 contrast grows
    """

    gains_db: Mapping[str, float] = field(default_factory=dict)
    tilt_db: float = 0.0
    drive: float = 0.0
    loudness_lufs: float | None = -14.0
    ceiling_db: float = -1.0
    width: float = 1.0
    room: float = 0.4
    room_s: float = 1.2
    echo: float = 0.3
    sidechain: float = 0.0
    compress: float = 0.2
    fade_in_s: float = 0.0
    fade_out_s: float = 0.0

    def __post_init__(self) -> None:
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise InputError(f"mixing: {name} is {value}; valid is {low} … {high}")
