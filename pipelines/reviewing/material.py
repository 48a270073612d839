"""Generations with what was asked, measured and said of them, as the functions here take it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from mapping.reading.prompt import parse
from mapping.reading.soft_statements import AmbiguousStatement
from pipelines.generations import EXTRACTOR
from schemas.errors import PromptError
from schemas.operations import Heard
from warehouse.lake import Lake
from warehouse.queries import review_comparisons, review_generations, review_opinions

OVERALL = "overall"


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A generation.

    Attributes
    ----------
    words : feature → the words of the prompt that lean it, as {"brightness_hz": ("dark",)}
    asked, measured : feature → value in its unit
    hits : feature, or "key" → whether the extractor found it met
    """

    generation_id: str
    engine: str
    prompt: str = ""
    styles: tuple[str, ...] = ()
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    asked: Mapping[str, float] = field(default_factory=dict)
    measured: Mapping[str, float] = field(default_factory=dict)
    hits: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """A listener's word on a feature of a generation, or (feature None) on the whole."""

    generation_id: str
    listener: str
    feature: str | None = None
    heard: Heard | None = None
    rating: float | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Of two generations; where `tied`, which one stands first says nothing."""

    winner: str
    loser: str
    listener: str
    criterion: str = OVERALL
    tied: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """`pieces` by id, the last first."""

    pieces: Mapping[str, Piece]
    opinions: tuple[Opinion, ...] = ()
    choices: tuple[Choice, ...] = ()

    @property
    def unreviewed(self) -> tuple[Piece, ...]:
        """Pieces that no listener has rated or compared."""
        told = {one.generation_id for one in self.opinions}
        told |= {one for choice in self.choices for one in (choice.winner, choice.loser)}
        return tuple(piece for name, piece in self.pieces.items() if name not in told)

    def verdicts(self) -> dict[tuple[str, str], list[Heard]]:
        """(generation, feature) → what each listener heard."""
        found: dict[tuple[str, str], list[Heard]] = {}
        for one in self.opinions:
            if one.feature is not None and one.heard is not None:
                found.setdefault((one.generation_id, one.feature), []).append(one.heard)
        return found


def majority(heard: Iterable[Heard]) -> Heard | None:
    """What most listeners heard; None where two answers are as frequent."""
    listed = list(heard)
    counts = sorted(((listed.count(one), one) for one in set(listed)), reverse=True)
    tied = len(counts) > 1 and counts[0][0] == counts[1][0]
    return None if tied or not counts else counts[0][1]


def gather(lake: Lake) -> Material:
    """All of it, as of the lake's snapshot. A request that cannot be read is left out of words."""
    opinions = review_opinions(lake)
    judged: dict[str, list[Mapping[str, Any]]] = {}
    for row in opinions:
        if row["reviewer"] == EXTRACTOR:
            judged.setdefault(row["generation_id"], []).append(row)
    pieces = {
        row["generation_id"]: _piece(row, judged.get(row["generation_id"], []))
        for row in review_generations(lake)
    }
    return Material(
        pieces,
        tuple(_opinion(row) for row in opinions if row["reviewer"] != EXTRACTOR),
        tuple(
            Choice(
                winner=row["winner"],
                loser=row["loser"],
                listener=row["reviewer"],
                criterion=row["criterion"],
                tied=bool(row["tied"]),
            )
            for row in review_comparisons(lake)
        ),
    )


def _piece(row: Mapping[str, Any], judged: Iterable[Mapping[str, Any]]) -> Piece:
    try:
        request = json.loads(row["request"])
    except ValueError:
        request = {}
    prompt = str((request.get("prompt") or {}).get("text") or "")
    wanted = _wanted(request)
    rows = [one for one in judged if one["feature"] is not None]
    counted = [one for one in rows if one["feature"] in wanted]
    return Piece(
        generation_id=row["generation_id"],
        engine=row["engine"],
        prompt=prompt,
        styles=tuple(str(style["id"]) for style in request.get("styles") or ()),
        words=leaning_words(prompt),
        asked={one["feature"]: one["asked"] for one in counted if one["asked"] is not None},
        measured={one["feature"]: one["measured"] for one in rows if one["measured"] is not None},
        hits={one["feature"]: one["hit"] for one in counted if one["hit"] is not None},
    )


def _wanted(request: Mapping[str, Any]) -> frozenset[str]:
    """What a request asks for: what is free is measured, and never counted as asked."""
    conditions = dict(request.get("features") or {})
    conditions |= {"key": request.get("key") or {}}
    found = {name for name, one in conditions.items() if one.get("lock", "free") != "free"}
    return frozenset(found | ({"time_signature"} if request.get("time_signature") else set()))


@cache
def leaning_words(prompt: str) -> Mapping[str, tuple[str, ...]]:
    """Feature → words of a prompt that lean it, those of several senses under each of them."""
    found: dict[str, dict[str, None]] = {}
    try:
        statements = parse(prompt).statements
    except PromptError:
        return {}
    for statement in statements:
        parts: list[Any] = [statement]
        word = getattr(statement, "base", None)
        if isinstance(statement, AmbiguousStatement):
            parts = [part for sense in statement.senses for part in sense.parts]
        for part in parts:
            feature, said = getattr(part, "feature", None), word or getattr(part, "word", None)
            if feature and said:
                found.setdefault(feature, {})[str(said).lower()] = None
    return {feature: tuple(words) for feature, words in found.items()}


def _opinion(row: Mapping[str, Any]) -> Opinion:
    return Opinion(
        generation_id=row["generation_id"],
        listener=row["reviewer"],
        feature=row["feature"],
        heard=None if row["heard"] is None else Heard(row["heard"]),
        rating=row["rating"],
        note=row["note"],
    )
