"""Which tracks a demonstration catalogue holds: style, mood, key and tempo of each, and by whom.

A sketch is decided before anything is composed, by the seed and its number alone. Moods move what
is asked of the engine, so that the words of a track's labels are true of its sound: dark ones are
darker than their style is used to, calm ones calmer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from generation.sequencer.planning.choosing import typical
from generation.sequencer.styles.library import entries
from schemas.conditioning import ConditioningRequest, FeatureCondition, KeyCondition
from schemas.features import feature, key_name
from schemas.parts import Lock, Prompt, Source, StyleWeight
from schemas.styles import style

TRACKS_A_STYLE = 4
LEAST_STYLES = 12
LENGTHS_S = (10.0, 15.0)


@dataclass(frozen=True, slots=True)
class Mood:
    """`words` say it; energy is shifted, brightness multiplied, the mode set where one is named."""

    words: tuple[str, ...]
    energy: float = 0.0
    brightness: float = 1.0
    mode: str | None = None


MOODS: tuple[Mood, ...] = (
    Mood(("dark", "brooding"), -0.05, 0.65, "minor"),
    Mood(("bright", "sparkling"), 0.05, 1.4, "major"),
    Mood(("calm", "relaxed", "gentle"), -0.25, 0.8),
    Mood(("energetic", "driving", "powerful"), 0.2, 1.2),
    Mood(("happy", "cheerful", "uplifting"), 0.08, 1.15, "major"),
    Mood(("sad", "melancholic", "wistful"), -0.12, 0.85, "minor"),
    Mood(("aggressive", "intense"), 0.25, 1.3, "minor"),
    Mood(("warm", "mellow"), -0.1, 0.7),
    Mood(("dreamy", "atmospheric"), -0.18, 0.9),
    Mood(("tense", "restless"), 0.12, 1.1, "minor"),
)
_FIRST = ("Copper", "Northern", "Paper", "Velvet", "Silent", "Harbour", "Glass", "Juniper",
          "Static", "Lantern", "Marble", "Crooked", "Amber", "Winter", "Electric",
          "Hollow")  # fmt: skip
_SECOND = ("Orchard", "Signals", "Parade", "Foxes", "Quartet", "Engine", "Choir", "Avenue",
           "Assembly", "Weather", "Machines", "Ramblers", "Society", "Pilots")  # fmt: skip
_TITLE_OF = ("River", "Midnight", "Letters", "Stairs", "Ember", "Harvest", "Windows", "Satellite",
             "Ferry", "Garden", "Echoes", "Sundays", "Thunder", "Paper Moon", "Crossing", "Ashes",
             "Fireflies", "Carousel", "Departure", "Tides", "Neon", "Meadow")  # fmt: skip
_TITLE = ("{mood} {thing}", "{thing} in {tonic}", "The {thing}", "{thing} No. {number}",
          "After the {thing}", "{thing}, Again")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """One track before it is made; `words` are those of its mood that its labels use."""

    number: int
    seed: int
    style: str
    mood: Mood
    words: tuple[str, ...]
    artist: str
    album: str
    title: str
    tempo_bpm: float
    tonic: int
    mode: str
    length_s: float
    energy: float
    brightness_hz: float

    @property
    def key(self) -> str:
        return key_name(self.tonic, int(self.mode == "major"))

    def request(self) -> ConditioningRequest:
        asks = {"tempo_bpm": self.tempo_bpm, "energy": self.energy,
                "brightness_hz": self.brightness_hz}  # fmt: skip
        return ConditioningRequest(
            prompt=Prompt(text=f"{' '.join(self.words)} {style(self.style).name}"),
            features={
                name: FeatureCondition(
                    value=value, unit=feature(name).unit, source=Source.USER, confidence=1,
                    lock=Lock.SOFT,
                )
                for name, value in asks.items()
            },
            key=KeyCondition(
                pitch_class=self.tonic, mode="major" if self.mode == "major" else "minor",
                source=Source.USER, confidence=1,
            ),
            styles=(StyleWeight(id=self.style),),
            duration_s=self.length_s,
        )  # fmt: skip


def sketch(number: int, count: int, seed: int) -> Sketch:
    """Track `number` of a catalogue of `count`."""
    chosen = _styles(count)
    one = style(chosen[number % len(chosen)])
    rng = np.random.default_rng([seed, number, 41])
    mood = MOODS[int(rng.integers(len(MOODS)))]
    words = tuple(str(w) for w in rng.permutation(mood.words)[: int(rng.integers(1, 3))])
    low, high = one.tempo
    tempo = round(float(low + (high - low) * rng.beta(2.0, 2.0)))
    tonic = int(rng.integers(12))
    mode = mood.mode or ("major" if rng.random() < one.major else "minor")
    artist = _artist(number, len(chosen), count)
    thing = str(rng.choice(_TITLE_OF))
    title = str(rng.choice(_TITLE)).format(
        mood=words[0].title(),
        thing=thing,
        tonic=key_name(tonic, 1).split()[0],
        number=number % 9 + 1,
    )
    return Sketch(
        number=number,
        seed=int(rng.integers(2**31)),
        style=one.id,
        mood=mood,
        words=words,
        artist=artist,
        album=f"{artist}: {_TITLE_OF[(number // len(chosen)) % len(_TITLE_OF)]}",
        title=title,
        tempo_bpm=min(200.0, max(50.0, float(tempo))),
        tonic=tonic,
        mode=mode,
        length_s=float(rng.uniform(*LENGTHS_S)),
        energy=float(np.clip(one.levels["energy"] + mood.energy + rng.normal(0, 0.04), 0.06, 0.95)),
        brightness_hz=float(
            np.clip(
                typical("brightness_hz", one.levels["brightness"]) * mood.brightness, 600, 4_500
            )
        ),
    )


@cache
def _styles(count: int) -> tuple[str, ...]:
    """Styles of a catalogue of that size: each four times or more, of all families alike."""
    known = list(entries())
    wanted = min(len(known), max(LEAST_STYLES, count // TRACKS_A_STYLE))
    return tuple(known[round(i * len(known) / wanted)] for i in range(wanted))


def _artist(number: int, styles: int, count: int) -> str:
    """Artists share out a style's tracks, so that a split by artist leaves it on both sides."""
    artists = max(LEAST_STYLES, count // 6)
    place = (number + 5 * (number // styles)) % artists
    return f"{_FIRST[place % len(_FIRST)]} {_SECOND[(place // len(_FIRST) + place) % len(_SECOND)]}"
