"""Features as words that captions of music use, for engines that only read text.

A feature is worth a word where it lies clearly to one side of what music usually has: below 0.3 or
above 0.7 of its typical range, and with "very" beyond 0.12 and 0.88. In between nothing is said,
for a caption that names the ordinary ("medium energy") only dilutes the others.
"""

from __future__ import annotations

from generation.around.asking import aim, wanted
from schemas.conditioning import ConditioningRequest
from schemas.features import feature
from schemas.scales import normalise

MOODS: dict[str, tuple[str, str]] = {
    "energy": ("calm", "energetic"),
    "valence": ("melancholic", "uplifting"),
    "brightness_hz": ("dark, mellow tone", "bright, crisp tone"),
    "onset_rate_hz": ("sparse", "busy and dense"),
    "danceability": ("free-flowing", "danceable"),
    "loudness_range_lu": ("steady dynamics", "wide dynamics"),
    "loudness_lufs": ("quiet", "loud"),
    "acousticness": ("electronic", "acoustic"),
    "harmonic_ratio": ("percussive", "sustained"),
    "flatness": ("clean", "noisy"),
    "speechiness": ("", "spoken word"),
    "liveness": ("", "live recording with audience"),
}
"""Feature → what is said of a low and of a high value."""

_LOW, _HIGH = 0.3, 0.7
_VERY_LOW, _VERY_HIGH = 0.12, 0.88
_GRADED = frozenset({"energy", "valence", "danceability", "loudness_lufs"})
"""Features whose words take a "very"."""


def moods(request: ConditioningRequest) -> dict[str, str]:
    """Feature → words, for the wanted features that are worth one, as MOODS orders them."""
    asked = wanted(request)
    found: dict[str, str] = {}
    for name in MOODS:
        value = aim(name, asked[name]) if name in asked else None
        if value is not None and (words := mood(name, value)):
            found[name] = words
    return found


def mood(name: str, value: float) -> str:
    """What is said of one value, "" where nothing is."""
    place = normalise(feature(name), value)
    if _LOW <= place <= _HIGH:
        return ""
    words = MOODS[name][place > _HIGH]
    very = name in _GRADED and not _VERY_LOW <= place <= _VERY_HIGH
    return f"very {words}" if very and words else words


def listed(things: list[str]) -> str:
    """As in "piano, bass and drums"."""
    return " and ".join([", ".join(things[:-1]), things[-1]]) if len(things) > 1 else things[0]
