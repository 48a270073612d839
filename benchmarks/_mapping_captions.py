"""Captions of MusicCaps that point one way: is what they say predicted in the right order?

The word lists are those of the research (prototypes aug.py and oov.py): for eight features with
words of the lexicon, for three with words outside it. Judged are the answers to the captions as
prompts; beside them stand the learned mean alone and the prototype's, which has no rules.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks._mapping_data import read_captions
from benchmarks._mapping_rounds import CONFIG, Bench, Round
from benchmarks.figures import Figure
from mapping.model import Mapping
from mapping.predicting.scaling import Array
from mapping.starter.training import PRIOR, learn_prior
from schemas.conditioning import FeatureCondition
from schemas.protocols import TextEncoder

Predict = Callable[[Sequence[str]], Array]


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
_OUT_OF_LEXICON = {
    "energy": (
        r"vigorous|rousing|pounding|thrilling|exhilarating|frantic|frenetic|lively|hard-hitting"
        r"|spirited|head-?bang",
        r"tranquil|serene|lull|dreamy|meditat|soothing|delicate|sleepy|peaceful",
    ),
    "valence": (
        r"festive|playful|\bfun\b|bouncy|celebrat|jolly|merry|sunny|good vibes",
        r"mournful|somber|tragic|lament|poignant|wistful|sorrow|heartbroken|heartfelt|longing"
        r"|eerie|ominous|sinister",
    ),
    "loudness_lufs": (
        r"blaring|booming|roaring|thunder|wall of sound|scream|distort",
        r"hushed|faint|whisper|muted|delicate|minimal",
    ),
}
_LEXICON_WORDS = re.compile(
    r"fast|slow|up-?tempo|downtempo|energ|intense|powerful|aggressive|calm|relax|mellow|soft"
    r"|\bsad\b|melanchol|dark|gloomy|moody|happy|cheerful|upbeat|joyful|feel-good|uplift"
)
"""What the research called its lexicon: a caption with one of these is not "without" it."""

_NEGATED = re.compile(r"\bno(?:t|n)?\b ")
_MOST, _MOST_BEYOND = 90, 40


def directions(captions: Sequence[str], seed: int = 0) -> list[Direction]:
    """Per feature, up to 90 captions with words for one end only and without a negation."""
    rng = random.Random(seed)
    found = []
    for name, (up, down) in _IN_LEXICON.items():
        keep_negated = name in ("instrumentalness", "speechiness")
        usable = [c for c in captions if keep_negated or not _NEGATED.search(c.lower())]
        found.append(_direction(name, (up, down), usable, _MOST, rng))
    return found


def directions_beyond(captions: Sequence[str], seed: int = 1) -> list[Direction]:
    """The same with other words, in captions that have no word of the research's lexicon."""
    rng = random.Random(seed)
    usable = [c for c in captions if not _LEXICON_WORDS.search(c.lower())]
    found = []
    for name, (up, down) in _OUT_OF_LEXICON.items():
        found.append(_direction(name, (up, down), usable, _MOST_BEYOND, rng))
    return found


def _direction(
    feature: str, words: tuple[str, str], captions: Sequence[str], most: int, rng: random.Random
) -> Direction:
    """Up to `most` captions with the words for one end only, drawn by `rng`."""
    up, down = words
    high = [c for c in captions if _says(c, up) and not _says(c, down)]
    low = [c for c in captions if _says(c, down) and not _says(c, up)]
    rng.shuffle(high)
    rng.shuffle(low)
    return Direction(feature, tuple(high[:most]), tuple(low[:most]))


def _says(caption: str, pattern: str) -> bool:
    return re.search(pattern, caption.lower()) is not None


def caption_figures(bench: Bench) -> list[Figure]:
    captions = read_captions(bench.data)
    if not captions:
        why = "no musiccaps/captions.csv in the folder"
        return [
            Figure(f"caption_auc_{side}_lexicon", None, "AUC", note=why) for side in ("in", "out")
        ]
    found = []
    for side, chosen, target in (
        ("in", directions(captions), ">= 0.96"),
        ("out", directions_beyond(captions), ">= 0.70"),
    ):
        name = f"caption_auc_{side}_lexicon"
        ours = _means(bench, chosen, lambda r: _regressor(r, bench.encoder))
        prototype = _means(bench, chosen, lambda r: _prototype(r, bench.encoder))
        whole = _means(bench, chosen, lambda r: _answers(r, bench))
        found += [
            _figure(name, whole, target, "the answer: rules and starter included"),
            _figure(f"{name}_regressor", ours, "", "the learned mean alone"),
            _figure(f"{name}_prototype", prototype, ""),
        ]
    return found


def _figure(name: str, by_feature: dict[str, float], target: str, peer: str = "") -> Figure:
    note = ", ".join(f"{re.sub('_.*', '', one)} {auc:.2f}" for one, auc in by_feature.items())
    mean = float(np.mean(list(by_feature.values()))) if by_feature else None
    return Figure(name, mean, "AUC", target, peer, note)


def _means(
    bench: Bench, chosen: Sequence[Direction], predictor: Callable[[Round], Predict]
) -> dict[str, float]:
    """AUC by feature, averaged over the seeds."""
    names = bench.rounds[0].fitted.learned.names
    found: dict[str, list[float]] = {}
    for r in bench.rounds:
        predict = predictor(r)
        for direction in chosen:
            if direction.feature in names and direction.high and direction.low:
                j = names.index(direction.feature)
                high, low = predict(direction.high)[:, j], predict(direction.low)[:, j]
                found.setdefault(direction.feature, []).append(auc(high, low))
    return {name: float(np.mean(values)) for name, values in found.items()}


def _regressor(r: Round, encoder: TextEncoder) -> Predict:
    return lambda texts: r.fitted.learned.regressor.predict(texts, encoder.encode(texts))


def _prototype(r: Round, encoder: TextEncoder) -> Predict:
    return lambda texts: r.prototype.mean(texts, encoder.encode(texts))


def _answers(r: Round, bench: Bench) -> Predict:
    mapping = Mapping.of(r.fitted, bench.plain, CONFIG)
    mapping.manifest.details[PRIOR] = learn_prior(r.train, bench.encoder, CONFIG.seed)
    names = mapping.features

    def ask(texts: Sequence[str]) -> Array:
        answers = [mapping.condition(text).features for text in texts]
        return np.array([[_level(answer[name]) for name in names] for answer in answers])

    return ask


def _level(condition: FeatureCondition) -> float:
    """Where a feature's distribution lies: the mean of its quantiles, or what was stated.

    Not the value, which for tempo is the heaviest of several modes.
    """
    if condition.quantiles is None:
        return condition.value or 0.0
    return float(np.mean(list(condition.quantiles.model_dump().values())))


def auc(high: Array, low: Array) -> float:
    """Share of pairs in the right order, ties half (Mann & Whitney 1947)."""
    gap = high[:, None] - low[None]
    return float((gap > 0).mean() + 0.5 * (gap == 0).mean())
