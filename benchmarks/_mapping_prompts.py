"""Generated phrasings of tempo and key, and captions that point one way: made here, seeded."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from schemas.features import KEY_NAMES

_TEMPO = (
    "{b} BPM", "{b}bpm", "at {b} bpm", "around {b} BPM", "tempo: {b}", "a tempo of {b}",
    "{b} beats per minute", "bpm is {b}", "BPM={b}", "{b}-bpm", "the bpm is {b}",
    "with a tempo of {b} beats per minute",
)  # fmt: skip
_KEY = (
    "in {t} {m}", "in the key of {t} {m}", "key: {t} {m}", "{t} {m}", "in {t}{short}",
    "the key is {t} {m}", "{t}-{m}", "in {t} {three}", "key of {spelt} {m}", "in {spelt} {m}",
)  # fmt: skip
_FRAMES = (
    "{s} techno {k}, {x}", "a {s} song {k}, {x}", "{x} {s} jazz trio {k}", "{k}, {x}, {s} ambient",
    "make me a {s} track {k} {x}", "{s} house, {x}, {k}", "{x}, {s} ballad, {k}",
)  # fmt: skip
_WORDS = ("dark", "happy", "melodic", "warm 90s", "lo-fi", "female-led", "cinematic")


@dataclass(frozen=True, slots=True)
class Phrasing:
    """A prompt, and the tempo and key (0 … 23, minor from 12) that it states."""

    text: str
    bpm: float
    key: int


def phrasings(count: int, seed: int = 0) -> list[Phrasing]:
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        key, bpm = (
            rng.randrange(24),
            rng.choice((rng.randint(40, 240), rng.randint(800, 1800) / 10)),
        )
        major = key < 12
        tonic = KEY_NAMES[key % 12]
        stated = rng.choice(_KEY).format(
            t=tonic, m="major" if major else "minor", short="maj" if major else "m",
            three="maj" if major else "min", spelt=_spelt(tonic),
        )  # fmt: skip
        frame = rng.choice(_FRAMES)
        text = frame.format(
            s=rng.choice(_WORDS), k=stated, x=rng.choice(_TEMPO).format(b=f"{bpm:g}")
        )
        found.append(Phrasing(text, bpm, key))
    return found


def _spelt(tonic: str) -> str:
    return tonic.replace("#", " sharp") if "#" in tonic else re.sub(r"(?<=.)b$", "-flat", tonic)


@dataclass(frozen=True, slots=True)
class Direction:
    """Captions that say the feature is high, and captions that say it is low."""

    feature: str
    high: tuple[str, ...]
    low: tuple[str, ...]


_IN_LEXICON = {
    "tempo_bpm": (r"fast|up-?tempo|rapid|high tempo", r"slow|downtempo"),
    "energy": (
        r"energetic|intense|aggressive|high energy|powerful",
        r"calm|relax|mellow|peaceful|soothing|gentle",
    ),
    "valence": (r"happy|cheerful|joyful|uplifting", r"\bsad\b|melanchol|sorrow|gloomy|heartbroken"),
    "instrumentalness": (
        r"no vocals|no voices|no singer|instrumental",
        r"sings|singing|vocalist|vocals? |rapp",
    ),
    "acousticness": (r"acoustic", r"electronic|synth|techno|edm"),
    "danceability": (
        r"danc(?:e|ing|eable)|groovy|club",
        r"ambient|meditat|drone|solo piano|suspense",
    ),
    "speechiness": (r"rapp|hip hop|spoken|talking", r"instrumental|no vocals|no voices"),
    "loudness_lufs": (r"\bloud|heavy metal|distort", r"quiet|soft|lullaby|gentle"),
}
_NEGATED = re.compile(r"\bno(?:t|n)?\b ")
_MOST = 90


def directions(captions: Sequence[str], seed: int = 0) -> list[Direction]:
    """Per feature, up to 90 captions with words for one end only and without a negation."""
    rng = random.Random(seed)
    found = []
    for name, (up, down) in _IN_LEXICON.items():
        keep_negated = name in ("instrumentalness", "speechiness")
        usable = [c for c in captions if keep_negated or not _NEGATED.search(c.lower())]
        high = [c for c in usable if _says(c, up) and not _says(c, down)]
        low = [c for c in usable if _says(c, down) and not _says(c, up)]
        rng.shuffle(high)
        rng.shuffle(low)
        found.append(Direction(name, tuple(high[:_MOST]), tuple(low[:_MOST])))
    return found


def _says(caption: str, pattern: str) -> bool:
    return re.search(pattern, caption.lower()) is not None
