"""Which opposites a mapping tells apart: pairs of prompts of which one must get the larger value.

Written for this project before any mapping was tried on them; not taken from a data set. They say
whether plain words move a feature the right way, which an R² over tags does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mapping.model import Mapping

PAIRS: tuple[tuple[str, str, str], ...] = (
    ("tempo_bpm", "a frantic piece that races along", "a piece that crawls along lazily"),
    ("tempo_bpm", "music for sprinting", "a lullaby for a tired child"),
    ("tempo_bpm", "drum and bass", "ambient drone"),
    ("energy", "a furious wall of distorted guitars", "a hushed solo piano by candlelight"),
    ("energy", "stadium rock anthem", "whispered acoustic ballad"),
    ("energy", "explosive festival drop", "background music for meditation"),
    ("brightness_hz", "glittering cymbals and shrill synths", "a muffled, boomy, bassy groove"),
    ("brightness_hz", "crisp and sparkling", "dark and murky"),
    ("loudness_lufs", "brutal, as loud as it gets", "barely audible and delicate"),
    ("loudness_lufs", "heavy metal at full blast", "quiet classical guitar"),
    ("danceability", "a groove that fills the dance floor", "free-form noise without a beat"),
    ("danceability", "funky disco", "sombre orchestral elegy"),
    ("valence", "a cheerful tune for a sunny day", "a mournful dirge for a funeral"),
    ("valence", "joyful and triumphant", "bleak and hopeless"),
    ("acousticness", "unplugged folk with a wooden guitar", "techno made on machines"),
    ("acousticness", "string quartet", "industrial electronic body music"),
    ("instrumentalness", "post-rock without singing", "a rapper telling a story"),
    ("instrumentalness", "ambient soundscape", "pop singer with a catchy chorus"),
    ("speechiness", "spoken word over a beat", "symphonic overture"),
    ("liveness", "recorded at a concert with a cheering crowd", "polished studio production"),
    ("onset_rate_hz", "busy, restless percussion everywhere", "long sustained pads, few notes"),
    ("dynamic_complexity", "orchestral drama from whisper to roar", "compressed club track"),
)
"""Feature, the prompt that should get more of it, the prompt that should get less."""


@dataclass(frozen=True, slots=True)
class Direction:
    """One pair as a mapping answers it; values in the feature's unit."""

    feature: str
    more: str
    less: str
    more_value: float
    less_value: float

    @property
    def right(self) -> bool:
        return self.more_value > self.less_value


def directions(mapping: Mapping, features: Sequence[str] | None = None) -> tuple[Direction, ...]:
    """The pairs of the features that `mapping` predicts, or of `features`, as it answers them."""
    asked = mapping.features if features is None else features
    return tuple(
        Direction(name, more, less, _value(mapping, name, more), _value(mapping, name, less))
        for name, more, less in PAIRS
        if name in asked
    )


def listed(mapping: Mapping) -> list[dict[str, object]]:
    """The pairs as the mapping's page shows them, JSON-ready."""
    return [asdict(found) | {"right": found.right} for found in directions(mapping)]


def share_right(found: Sequence[Direction]) -> float | None:
    """Share of pairs the right way round; None without pairs."""
    return sum(d.right for d in found) / len(found) if found else None


def _value(mapping: Mapping, name: str, prompt: str) -> float:
    value = mapping.condition(prompt).features[name].value
    return float("nan") if value is None else value
