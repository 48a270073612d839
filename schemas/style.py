"""A style of music: its names, and how music of it usually is. The data is in styles.toml."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Feel = Literal["straight", "swing", "half", "double"]

LEVELS: dict[str, str] = {
    "energy": "energy",
    "brightness": "brightness_hz",
    "danceability": "danceability",
    "acousticness": "acousticness",
    "valence": "valence",
    "speechiness": "speechiness",
    "loudness": "loudness_lufs",
    "dynamics": "loudness_range_lu",
    "density": "onset_rate_hz",
}
"""Level of a style → the feature on whose typical range it is a place, 0 … 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """One entry of styles.toml.

    Attributes
    ----------
    id : stable name in lower case with hyphens, as in "uk-garage"
    name : how it is written in a sentence
    family : the coarse kind, such as "electronic"; styles of one family are neighbours
    parents : ids of the styles it comes from
    synonyms : other names, in lower case; unique over all styles
    tempo : lowest and highest usual tempo in BPM, of the beat as musicians count it
    scenes : occasions and pictures that it goes with, in plain words
    feel : half, double: the tempo is also felt at half or double that; swing: quavers are uneven
    metres : time signatures, the usual one first
    major : share of pieces in a major key, 0 … 1
    vocals : share of pieces with a voice, 0 … 1
    instruments : ids of typical instruments, as in Instrument
    levels : the names of LEVELS → 0 … 1
    source : where the entry comes from
    """

    id: str
    name: str
    family: str
    tempo: tuple[float, float]
    metres: tuple[str, ...]
    major: float
    vocals: float
    instruments: tuple[str, ...]
    levels: dict[str, float]
    source: str
    parents: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    scenes: tuple[str, ...] = ()
    feel: Feel = "straight"

    @property
    def names(self) -> tuple[str, ...]:
        """Everything it is called, each once."""
        return tuple(dict.fromkeys((self.name, self.id, *self.synonyms)))


@dataclass(frozen=True, slots=True)
class StyleMention:
    """A style that a text names between the offsets `start` and `end`."""

    start: int
    end: int
    style: Style
