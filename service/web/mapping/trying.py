"""A prompt put to two versions side by side, and how far many prompts' answers lie apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.features import feature
from schemas.scales import normalise
from service.report.page.curves import shifts
from service.report.page.html import Html
from service.web.generate.understood import Row, key_told, rows
from service.web.generate.values import title

if TYPE_CHECKING:
    from mapping.model import Mapping as Model
    from schemas.answers import ConditioningVector

PLAIN: tuple[str, ...] = (
    "sad slow piano",
    "aggressive drum and bass",
    "warm acoustic guitar, no drums",
    "bright fast electro",
    "dark ambient drone",
)
"""Prompts in plain words that any version is asked, beside the catalogue's commonest terms."""

_FAR = 0.05
"""Share of the typical range from which a difference is worth a word."""


@dataclass(frozen=True, slots=True)
class Beside:
    """One feature in two answers; `moved` says how B differs, in words, where that is worth it."""

    title: str
    a: Row | None
    b: Row | None
    moved: str


@dataclass(frozen=True, slots=True)
class Tried:
    """A prompt's two answers; `share_a` and `share_b` are the starter's part in each, 0 … 1."""

    prompt: str
    rows: Sequence[Beside]
    key_a: str
    key_b: str
    share_a: float
    share_b: float


def tried(prompt: str, a: Model, b: Model) -> Tried:
    """Ask both. Raises PromptError."""
    one, other = a.condition(prompt), b.condition(prompt)
    left, right = ({row.name: row for row in rows(vector)} for vector in (one, other))
    names = dict.fromkeys([*left, *right])
    return Tried(
        prompt=prompt,
        rows=[_beside(name, left.get(name), right.get(name)) for name in names],
        key_a=key_told(one),
        key_b=key_told(other),
        share_a=starter_share(one),
        share_b=starter_share(other),
    )


def _beside(name: str, a: Row | None, b: Row | None) -> Beside:
    moved = ""
    if a is None or b is None:
        moved = "only in A" if b is None else "only in B"
    elif a.value is not None and b.value is not None:
        by = normalise(feature(name), b.value) - normalise(feature(name), a.value)
        if abs(by) >= _FAR:
            moved = f"{'higher' if by > 0 else 'lower'} in B"
    return Beside(title(name), a, b, moved)


def starter_share(vector: ConditioningVector) -> float:
    """The starter's part in an answer, over the features that were not stated."""
    if vector.model.trained_tracks == 0:
        return 1.0
    shares = [c.prior_share for c in vector.features.values() if c.prior_share is not None]
    return sum(shares) / len(shares) if shares else 0.0


@dataclass(frozen=True, slots=True)
class Share:
    """The starter's part in the answer to a prompt."""

    prompt: str
    starter: float


def shares(model: Model, prompts: Sequence[str]) -> list[Share]:
    """Of each prompt."""
    return [Share(prompt, starter_share(model.condition(prompt))) for prompt in prompts]


@dataclass(frozen=True, slots=True)
class Drift:
    """How far the medians of many prompts moved from one version to another."""

    picture: Html
    prompts: int
    mean: Mapping[str, float]


def drift(a: Model, b: Model, prompts: Sequence[str]) -> Drift | None:
    """As a share of each feature's typical range; None where they predict nothing in common."""
    found: dict[str, list[tuple[str, float]]] = {}
    for prompt in prompts:
        one, other = a.condition(prompt).features, b.condition(prompt).features
        for name in one:
            before, after = one[name].value, other[name].value if name in other else None
            if before is not None and after is not None:
                by = normalise(feature(name), after) - normalise(feature(name), before)
                found.setdefault(name, []).append((prompt, by))
    if not found:
        return None
    titled = {title(name): moved for name, moved in found.items()}
    mean = {name: sum(abs(by) for _, by in moved) / len(moved) for name, moved in titled.items()}
    return Drift(shifts(titled), len(prompts), mean)
