"""The word list `lexicon.toml`, checked once when it is first read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from schemas.features import FEATURES


@dataclass(frozen=True, slots=True)
class FeatureWords:
    """Words for one feature; the fields are documented in lexicon.toml."""

    dimension: tuple[str, ...] = ()
    low: tuple[str, ...] = ()
    high: tuple[str, ...] = ()
    low_below: float | None = None
    high_above: float | None = None
    low_chance: float = 1.0


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Everything in lexicon.toml.

    `levels` are shares of the catalogue; `timbre` maps an adjective to a level of brightness;
    `instruments` maps a phrase to the instrument's id; `leaning` names the features whose low and
    high words lean them also where the catalogue has not taught the word.
    """

    features: dict[str, FeatureWords]
    templates: tuple[str, ...]
    fillers: tuple[str, ...]
    plain: str
    levels: dict[str, tuple[float, float]]
    timbre: dict[str, str]
    timbre_nouns: tuple[str, ...]
    instruments: dict[str, str]
    not_instruments: tuple[str, ...]
    leaning: tuple[str, ...]
    stop: frozenset[str]

    def dimensions(self) -> dict[str, str]:
        """Name of a dimension in a prompt → feature."""
        return {name: feature for feature, w in self.features.items() for name in w.dimension}

    def phrases(self) -> tuple[str, ...]:
        """Every word and phrase that means something here."""
        of_features = (
            phrase for w in self.features.values() for phrase in (*w.dimension, *w.low, *w.high)
        )
        return (
            *of_features,
            *self.levels,
            *self.timbre,
            *self.timbre_nouns,
            *self.instruments,
        )


@cache
def lexicon() -> Lexicon:
    """The word list that ships with the package.

    Raises
    ------
    ValueError
        When it names an unknown feature or level: a mistake of ours, found by the tests.
    """
    text = resources.files("mapping.reading").joinpath("lexicon.toml").read_text(encoding="utf-8")
    return _read(tomllib.loads(text))


def _read(data: dict[str, Any]) -> Lexicon:
    scalars = {spec.name for spec in FEATURES if spec.size == 1}
    if unknown := sorted(set(data["features"]) - scalars):
        raise ValueError(f"lexicon.toml: unknown features {', '.join(unknown)}")
    timbre = dict(data["timbre"])
    nouns = tuple(timbre.pop("nouns"))
    if unknown := sorted(set(timbre.values()) - set(data["levels"])):
        raise ValueError(f"lexicon.toml: unknown levels {', '.join(unknown)}")
    features = {name: _words(entry) for name, entry in data["features"].items()}
    return Lexicon(
        features=features,
        leaning=tuple(data["leanings"]["features"]),
        templates=tuple(data["captions"]["templates"]),
        fillers=tuple(data["captions"]["fillers"]),
        plain=data["captions"]["plain"],
        levels={word: (low, high) for word, (low, high) in data["levels"].items()},
        timbre=timbre,
        timbre_nouns=nouns,
        instruments={p: name for name, listed in data["instruments"].items() for p in listed},
        not_instruments=tuple(data["words"]["not_instruments"]),
        stop=frozenset(data["words"]["stop"]),
    )


def _words(entry: dict[str, Any]) -> FeatureWords:
    fields: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in entry.items()}
    return FeatureWords(**fields)
