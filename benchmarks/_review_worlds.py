"""Synthetic catalogues of reviews: listeners with noise, and faults that are planted or are not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from generation.around.tolerances import default_tolerance
from pipelines.reviewing.material import Choice, Material, Opinion, Piece
from schemas.features import feature
from schemas.operations import Heard
from schemas.scales import denormalise, normalise

WORDS = {
    "brightness_hz": ("dark", "bright", "warm"),
    "energy": ("energetic", "calm", "driving"),
    "tempo_bpm": ("slow", "fast", "upbeat"),
}
STYLES = ("house", "reggae", "metal", "folk", "trap", "ambient")
ENGINES = ("embedded", "ace-step")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a world, on 0 … 1 of the feature's typical range.

    `by` is how far what is asked lies above what listeners would have: positive sounds too high.
    For an engine it is how far what is measured lies above what was asked; of a tolerance, how far
    off listeners still find the feature right.
    """

    kind: str
    subject: str
    feature: str
    by: float


@dataclass(frozen=True, slots=True)
class Listening:
    """`noise` of a listener's ear and `miss` of an engine, on 0 … 1 of a typical range.

    A feature sounds right within the extractor's own tolerance, unless a fault says otherwise.
    """

    pieces: int = 120
    listeners: int = 2
    noise: float = 0.08
    miss: float = 0.06


def world(seed: int, faults: tuple[Fault, ...] = (), how: Listening = Listening()) -> Material:
    """Pieces and the opinions of listeners about the features that each was asked for."""
    rng = np.random.default_rng(seed)
    pieces: dict[str, Piece] = {}
    opinions: list[Opinion] = []
    bands = {one: _band(one, faults) for one in WORDS}
    for number in range(how.pieces):
        name = f"{20260101 + seed % 1000}T{number:012d}-{seed % 2**32:08x}"
        piece, wrong = _piece(name, faults, how, rng)
        pieces[name] = piece
        for listener in range(how.listeners):
            for one, by in wrong.items():
                heard = by + rng.normal(0, how.noise)
                said = Heard.RIGHT if abs(heard) <= bands[one] else None
                said = said or (Heard.HIGHER if heard > 0 else Heard.LOWER)
                opinions.append(
                    Opinion(generation_id=name, listener=f"l{listener}", feature=one, heard=said)
                )
    return Material(pieces, tuple(opinions), _choices(pieces, rng))


def _band(one: str, faults: tuple[Fault, ...]) -> float:
    """How far off a feature still sounds right, on 0 … 1."""
    spec = feature(one)
    middle = denormalise(spec, 0.5)
    own = normalise(spec, middle + default_tolerance(one, middle)) - 0.5
    wider = [fault.by for fault in faults if (fault.kind, fault.feature) == ("tolerance", one)]
    return max([own, *wider])


def _piece(
    name: str, faults: tuple[Fault, ...], how: Listening, rng: np.random.Generator
) -> tuple[Piece, dict[str, float]]:
    words: dict[str, tuple[str, ...]] = {}
    hits: dict[str, bool] = {}
    asked: dict[str, float] = {}
    measured: dict[str, float] = {}
    wrong: dict[str, float] = {}
    style, engine = str(rng.choice(STYLES)), str(rng.choice(ENGINES))
    for one, known in WORDS.items():
        spec = feature(one)
        if rng.random() < 0.5:
            words[one] = (str(rng.choice(known)),)
        aim = rng.uniform(0.3, 0.7)
        off = float(rng.normal(0, how.miss)) + sum(
            f.by for f in faults if (f.kind, f.subject, f.feature) == ("engine", engine, one)
        )
        asked[one], measured[one] = denormalise(spec, aim), denormalise(spec, aim + off)
        hits[one] = abs(measured[one] - asked[one]) <= default_tolerance(one, asked[one])
        wrong[one] = off + sum(f.by for f in faults if _concerns(f, one, words, style))
    piece = Piece(
        generation_id=name,
        engine=engine,
        prompt=" ".join([w[0] for w in words.values()] + [style]),
        styles=(style,),
        words=words,
        asked=asked,
        measured=measured,
        hits=hits,
    )
    return piece, wrong


def _concerns(fault: Fault, one: str, words: dict[str, tuple[str, ...]], style: str) -> bool:
    if fault.feature != one:
        return False
    if fault.kind == "word":
        return fault.subject in words.get(one, ())
    return fault.kind == "style" and fault.subject == style and not words.get(one)


def _choices(pieces: dict[str, Piece], rng: np.random.Generator) -> tuple[Choice, ...]:
    names = list(pieces)
    pairs = [rng.choice(names, 2, replace=False) for _ in range(len(names) // 2)]
    return tuple(Choice(winner=str(a), loser=str(b), listener="l0") for a, b in pairs)


def moved_share(one: str, before: float, after: float) -> float:
    """How far a proposal moves a feature, on 0 … 1 of its typical range."""
    spec = feature(one)
    return normalise(spec, after) - normalise(spec, before)
