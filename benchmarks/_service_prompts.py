"""Prompts as people might phrase them, drawn by a seed from the vocabularies of the package.

Each names one or two styles and some of: an adjective, an instrument, a tempo, a key, a level, a
comparison, a part of the piece, a length. There are far more combinations than a run asks for, so
that no cache of answers could flatter a figure; `repeated` says what share repeats all the same.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from itertools import islice

from mapping.reading.lexicon import lexicon
from schemas.features import KEY_NAMES
from schemas.styles import styles

_FRAMES = (
    "{style}",
    "{adjective} {style}",
    "{style} with {instrument}",
    "{style} track with {instrument} and {other}, {bpm} bpm",
    "{adjective}, {mood} {style} around {bpm} BPM",
    "it's like {style}, but much {comparative}",
    "{style} meets {second} in {key}",
    "{adjective} {style} in the key of {key}, {bpm} BPM, no {instrument}",
    "high energy and {mood} {style} with bright timbre",
    "I want to hear {adjective} {style} for {scene}, not too {mood}",
    "{scene}: {mood} {style}, {instrument}, about {length} seconds",
    "{style} that starts quiet and ends loud, with a {instrument} solo in the middle",
    "something {comparative} than {style}, with {instrument}, {adjective} and {mood}",
    "a {length} second {adjective} {style} piece in {key} without vocals",
    "{adjective} {style} from the {decade}s with {instrument}, {mood} and {other_mood}, sung",
)
_COMPARATIVES = ("darker", "brighter", "faster", "slower", "calmer", "louder", "softer", "warmer")
_MODES = ("major", "minor")


def prompts(seed: int) -> Iterator[str]:
    """Prompts without end; the same for the same seed."""
    rng = random.Random(seed)
    words = _Words()
    while True:
        yield rng.choice(_FRAMES).format_map(words.drawn(rng))


def many(seed: int, count: int) -> list[str]:
    return list(islice(prompts(seed), count))


def repeated(asked: Sequence[str]) -> float:
    """Share of prompts that had been asked before."""
    return 1 - len(set(asked)) / max(len(asked), 1)


class _Words:
    def __init__(self) -> None:
        known = lexicon()
        self._styles = [name for one in styles() for name in one.names]
        self._scenes = [scene for one in styles() for scene in one.scenes]
        self._instruments = sorted(known.instruments)
        features = known.features.values()
        self._adjectives = sorted(known.timbre)
        self._moods = sorted({word for f in features for word in (*f.low, *f.high)})

    def drawn(self, rng: random.Random) -> dict[str, object]:
        """A word for every place of a frame."""
        style, second = rng.sample(self._styles, 2)
        instrument, other = rng.sample(self._instruments, 2)
        mood, other_mood = rng.sample(self._moods, 2)
        return {
            "style": style,
            "second": second,
            "instrument": instrument,
            "other": other,
            "mood": mood,
            "other_mood": other_mood,
            "adjective": rng.choice(self._adjectives),
            "comparative": rng.choice(_COMPARATIVES),
            "scene": rng.choice(self._scenes),
            "bpm": rng.randint(60, 200),
            "key": f"{rng.choice(KEY_NAMES)} {rng.choice(_MODES)}",
            "length": rng.randint(10, 120),
            "decade": rng.choice((1970, 1980, 1990, 2000)),
        }
