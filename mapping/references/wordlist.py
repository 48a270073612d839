"""`phrases.toml` and `places.toml`, checked once when they are first read."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from typing import Any

from mapping.references.folding import key
from schemas.features import FEATURES

STRENGTHS = ("strong", "weak", "casual", "after", "works", "joins")
KINDS = ("track", "album", "label")


@dataclass(frozen=True, slots=True)
class Cue:
    """What announces a name: how much it takes to believe one, and the kind where it is said."""

    strength: str
    kind: str | None = None


@dataclass(frozen=True)
class Phrases:
    """Everything in phrases.toml and places.toml; every key is folded.

    `parts` maps a phrase to a part, `says` a part to features, `places` a place's spelling to its
    name, `place_words` a name to the words of tags that tell it.
    """

    cues: dict[str, Cue]
    joins: frozenset[str]
    after: frozenset[str]
    works: frozenset[str]
    before_names: frozenset[str]
    parts: dict[str, str]
    says: dict[str, tuple[str, ...]]
    ordinary: frozenset[str]
    places: dict[str, str]
    place_words: dict[str, tuple[str, ...]]

    @cached_property
    def cue_beginnings(self) -> frozenset[str]:
        """First words of the cues: most words begin none."""
        return frozenset(cue.split()[0] for cue in self.cues)

    @cached_property
    def suffix_beginnings(self) -> frozenset[str]:
        """First words of what may follow a name."""
        return frozenset(phrase.split()[0] for phrase in self.after | self.works)


@cache
def phrases() -> Phrases:
    """The word lists that ship with the package.

    Raises
    ------
    ValueError
        When one names an unknown table, part or feature: a mistake of ours, found by the tests.
    """
    return read(_toml("phrases.toml"), _toml("places.toml"))


def _toml(name: str) -> dict[str, Any]:
    text = resources.files("mapping.references").joinpath(name).read_text(encoding="utf-8")
    return tomllib.loads(text)


def read(data: dict[str, Any], places: dict[str, Any]) -> Phrases:
    """The parsed files as tables. Raises ValueError as `phrases` does."""
    cues, kinds = data["cues"], data["cues"]["kinds"]
    _only("cues", set(cues) - {"kinds"}, STRENGTHS)
    _only("cues.kinds", kinds, KINDS)
    _only("says", data["says"], data["parts"])
    scalars = {spec.name for spec in FEATURES if spec.size == 1}
    for part, features in data["says"].items():
        _only(f"says.{part}", features, scalars)
    table = {key(p): Cue(s) for s in ("casual", "weak", "strong") for p in cues[s]}
    table |= {key(p): Cue("strong", kind) for kind, listed in kinds.items() for p in listed}
    return Phrases(
        cues=table,
        joins=frozenset(key(p) for p in cues["joins"]),
        after=frozenset(key(p) for p in cues["after"]),
        works=frozenset(key(p) for p in cues["works"]),
        before_names=frozenset(data["before_names"]["words"]),
        parts={key(p): part for part, listed in data["parts"].items() for p in listed},
        says={part: tuple(features) for part, features in data["says"].items()},
        ordinary=frozenset(data["ordinary"]["words"].split()),
        places={key(name).removeprefix("the "): name for name in places["places"]},
        place_words={name: tuple(words) for name, words in places["places"].items()},
    )


def _only(table: str, given: Any, valid: Any) -> None:
    if unknown := sorted(set(given) - set(valid)):
        raise ValueError(f"[{table}]: unknown {', '.join(unknown)}; valid: {', '.join(valid)}")
