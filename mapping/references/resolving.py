"""From what a prompt refers to, to weights over tracks and the references of the vector."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from mapping.predicting.distribution import Constraint
from mapping.predicting.learned import Learned
from mapping.predicting.scaling import Array
from mapping.references.names import Known, Names
from mapping.references.reading import Mention
from mapping.references.sides import Rows, described, split, spreads
from mapping.references.wordlist import phrases
from schemas.errors import PromptError
from schemas.features import feature
from schemas.references import FeatureSpread, Reference, ReferenceKind

MOST_IDS = 50
SOFT = 0.5
"""How softly tracks beyond a range of the references file lose weight, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A reference of the vector, and where in the catalogue it points; None for nowhere.

    `rows` is how many tracks say so: the more, the more the answer follows them.
    """

    reference: Reference
    weights: Array | None = None
    rows: int = 0


def resolve(
    learned: Learned, names: Names, mention: Mention, text: str, side: int | None
) -> Resolved:
    """What `mention` comes to in this catalogue; `names` keeps the sides that were told apart.

    Raises
    ------
    PromptError
        When `side` is chosen and there is none of that number.
    """
    words = text[mention.start : mention.end]
    if mention.years is not None:
        rows = _once(names, mention.years, partial(_years, learned, *mention.years))
        return _place_or_era(learned, words, "era", rows)
    if mention.place is not None:
        rows = _once(names, mention.place, partial(tagged, learned, mention.place))
        return _place_or_era(learned, words, "place", rows)
    if mention.known is None:
        unknown = Reference(text=words, part=mention.part, name=mention.name)
        return Resolved(unknown)
    if mention.known.features:
        return _stated(learned, mention, mention.known, words)
    own = mention.known.rows
    if own not in names.sides:
        names.sides[own] = split(learned, np.array(own, np.int64))
    return _catalogued(learned, mention, names.sides[own], (words, side))


def _once(names: Names, what: Hashable, find: Callable[[], Rows]) -> Rows:
    """The tracks of a place or an era: a look through the whole set, and the same every time."""
    if what not in names.around:
        names.around[what] = find()
    return names.around[what]


def _years(learned: Learned, first: int, last: int) -> Rows:
    return np.array(
        [r for r, t in enumerate(learned.tracks) if t.year is not None and first <= t.year <= last],
        np.int64,
    )


def tagged(learned: Learned, place: str) -> Rows:
    """Tracks whose tags or descriptions name the place, else those of its country or people."""
    for word in phrases().place_words[place]:
        pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.I)
        found = [r for r, track in enumerate(learned.tracks) if pattern.search(track.text)]
        if found:
            return np.array(found, np.int64)
    return np.zeros(0, np.int64)


def _place_or_era(learned: Learned, words: str, kind: ReferenceKind, rows: Rows) -> Resolved:
    reference = Reference(
        text=words, kind=kind, name=words, tracks=len(rows), track_ids=_ids(learned, rows),
        features=spreads(learned, rows) if len(rows) else {},
    )  # fmt: skip
    return Resolved(reference, _uniform(learned, rows), len(rows))


def _catalogued(
    learned: Learned, mention: Mention, groups: tuple[Rows, ...], asked: tuple[str, int | None]
) -> Resolved:
    words, side = asked
    known = mention.known
    assert known is not None
    rows = np.array(known.rows, np.int64)
    if side is not None and not 1 <= side <= len(groups):
        raise PromptError(f"sides: {known.name!r} has {len(groups)}; there is no {side}")
    chosen = rows if side is None else groups[side - 1]
    reference = Reference(
        text=words,
        part=mention.part,
        kind=known.kind,
        name=known.name,
        tracks=len(rows),
        track_ids=_ids(learned, chosen),
        features=_of_part(mention.part, spreads(learned, chosen)),
        sides=described(learned, groups) if len(groups) > 1 else (),
        side=side,
    )
    return Resolved(reference, _uniform(learned, chosen), len(chosen))


def _stated(learned: Learned, mention: Mention, known: Known, words: str) -> Resolved:
    """Of ranges, a file's or those of tracks beyond the reference set: what meets them, softly."""
    spread: dict[str, FeatureSpread] = {}
    limits = []
    for name, (low, high) in known.features.items():
        middle = known.middles.get(name, (low + high) / 2)
        spread[name] = FeatureSpread(value=middle, low=low, high=high, unit=feature(name).unit)
        if name in learned.names:
            ends = (learned.scaler.one(name, low), learned.scaler.one(name, high))
            limits.append(Constraint(learned.names.index(name), *ends, SOFT))
    reference = Reference(
        text=words, part=mention.part, kind=known.kind, name=known.name, tracks=known.tracks,
        features=_of_part(mention.part, spread) if known.tracks else spread,
    )  # fmt: skip
    if not limits:
        return Resolved(reference)
    weights = learned.reference.reweigh(learned.reference.uniform(), tuple(limits))
    return Resolved(reference, weights, known.tracks or MOST_IDS)


def _of_part(part: str | None, found: Mapping[str, FeatureSpread]) -> dict[str, FeatureSpread]:
    says = phrases().says.get(part, ()) if part else tuple(found)
    return {name: spread for name, spread in found.items() if name in says}


def _ids(learned: Learned, rows: Rows) -> tuple[str, ...]:
    return tuple(learned.tracks[row].track_id for row in rows[:MOST_IDS].tolist())


def _uniform(learned: Learned, rows: Rows) -> Array | None:
    if not len(rows):
        return None
    weights = np.zeros(len(learned.tracks))
    weights[rows] = 1 / len(rows)
    return weights
