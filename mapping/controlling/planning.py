"""What the words of a refinement come to in this catalogue: shifts, pulls and what is stated."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mapping.controlling.asking import Asked, asked, read_kept, read_like
from mapping.controlling.liking import liked
from mapping.controlling.moving import UNFOLLOWING
from mapping.controlling.rewording import reworded
from mapping.reading.prompt import not_understood, parse, says_something
from mapping.reading.statements import Statement, StyleStatement
from schemas.answers import ConditioningVector
from schemas.conditioning import FeatureCondition
from schemas.errors import PromptError
from schemas.parts import Lock, Source

if TYPE_CHECKING:
    from mapping.model import Mapping as Model

PULL = 0.6
"""How far a style or another track pulls: the share of the way to it."""


_LEADS = re.compile(
    r"^(?:(?:and|but|make|it|a|bit|more|much|like|some|with|little|slightly|sound|feel|be|as|if)"
    r"\s+)+", re.I,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What the words come to: shifts asked for, pulls (feature → deviations), what is stated.

    `style` says that a style draws, and not a name or a track.
    """

    asked: Asked
    pulls: dict[str, float]
    pulled_by: str
    stated: dict[str, FeatureCondition]
    told: ConditioningVector | None
    style: bool = False

    @property
    def unknown(self) -> tuple[str, ...]:
        return self.told.not_understood if self.told else ()


def planned(m: Model, vector: ConditioningVector, words: str) -> Plan:
    """What `words` ask of `vector`. Raises PromptError when nothing in them can be followed."""
    number, which, left = read_like(words)
    kept, left = read_kept(left)
    tempo = vector.features.get("tempo_bpm")
    left = reworded(left, tempo.value if tempo else None)
    told = m.condition(left) if left.strip(" ,.;!") else None
    parsed = parse(left)
    wanted = asked(parsed.statements)
    wanted = Asked(
        {n: by for n, by in wanted.shifts.items() if n in vector.features and n not in kept},
        wanted.words,
        wanted.kept | kept,
    )
    stated = {n: c for n, c in told.features.items() if c.source is Source.USER} if told else {}
    pulls: dict[str, float] = {}
    by = []
    if number is not None:
        target, name = liked(m.learned, vector, number, which)
        pulls = _towards(m, vector, target, PULL if number > 0 else -PULL)
        by.append(name)
    drawn = list(_styles(m, told, left, parsed.statements))
    for name, answer in drawn:
        by.append(name)
        for feature, away in _towards(m, vector, answer, PULL).items():
            if feature not in wanted.shifts and feature not in stated:
                pulls[feature] = pulls.get(feature, 0.0) + away
    style = bool(drawn) and any(isinstance(s, StyleStatement) for s in parsed.statements)
    plan = Plan(wanted, pulls, ", ".join(by), stated, told, style)
    if not (wanted.shifts or wanted.kept or pulls or stated or (told and _tells(told))):
        raise PromptError(
            f"words: nothing in {words!r} says what to change; try “darker”, “a bit faster”, "
            "“more like the second one”, “with trumpets” or “keep the tempo”"
        )
    return plan


def _styles(
    m: Model, told: ConditioningVector | None, text: str, statements: Collection[object]
) -> Iterator[tuple[str, Mapping[str, float | None]]]:
    """Names and styles that the words call for, and what each measures."""
    for reference in told.references if told else ():
        if reference.part is None and reference.features:
            yield (
                reference.name or reference.text,
                {name: spread.value for name, spread in reference.features.items()},
            )
    named = told.references if told else ()
    if told is None or any(r.kind not in ("place", "era", "unknown") for r in named):
        return
    style = _style(m, text, statements)
    if style:
        answer = m.condition(style)
        if not answer.far:
            meant = {n: c.value for n, c in answer.features.items() if c.lock is not Lock.FREE}
            yield style, meant


def _tells(told: ConditioningVector) -> bool:
    key = told.key is not None and told.key.lock is Lock.HARD
    lists = told.instruments or told.effects or told.sections
    single = told.time_signature or told.duration_s or told.feel
    return bool(key or lists or single or told.vocals.mode != "open")


def _style(m: Model, text: str, statements: Collection[object]) -> str:
    """What is left of the words once all but styles is taken out, if the catalogue knows it."""
    characters = list(text)
    for s in statements:
        if isinstance(s, Statement) and not isinstance(s, StyleStatement):
            characters[s.start : s.end] = " " * (s.end - s.start)
    left = " ".join("".join(characters).split()).strip(" ,.;")
    parsed = parse(_LEADS.sub("", left))
    vocabulary = m.learned.regressor.tfidf.vocabulary
    unknown = not_understood(parsed, vocabulary)
    in_tags = any(word in vocabulary for word in parsed.rest.lower().split())
    return parsed.rest if in_tags and says_something(parsed.rest, unknown) else ""


def _towards(
    m: Model, vector: ConditioningVector, target: Mapping[str, float | None], share: float
) -> dict[str, float]:
    found = {}
    for name, to in target.items():
        condition = vector.features.get(name)
        if to is None or name not in m.learned.names or name in UNFOLLOWING:
            continue
        if condition is not None and condition.value is not None:
            away = m.learned.scaler.one(name, to) - m.learned.scaler.one(name, condition.value)
            found[name] = share * away
    return found
