"""Texts that stand for a style in the space of embeddings, and how near a prompt is to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
import numpy.typing as npt

from mapping.predicting.scaling import Array
from schemas.style import Style
from schemas.styles import find_styles

NAMED = 0.9
"""Share of the weight that goes to the styles a prompt names; the rest to their neighbours."""

BEFORE_ANOTHER = 0.5
"""Weight of a name that leads up to the next, beside it: "jazz house" is house first."""

TEMPERATURE = 0.05
NEIGHBOURS = 8
FAR, NEAR = 0.4, 0.65
"""Cosine to the nearest style at which a prompt without names says nothing of a style; all. Of
random letters 95% stay below the first."""


@dataclass(frozen=True, slots=True)
class StyleTexts:
    """`texts` of all styles, and `style` (m,), the place of the style that each is about."""

    texts: tuple[str, ...]
    style: npt.NDArray[np.int64]


def style_texts(styles: Sequence[Style]) -> StyleTexts:
    """Of each style its names, what it is made of, and one text for each scene.

    Its name with "music" would be near whatever says "music"; names are found by spelling anyway.
    """
    texts: list[str] = []
    owner: list[int] = []
    for place, style in enumerate(styles):
        note = style.source.removeprefix("own knowledge: ").split(";")[0]
        instruments = ", ".join(name.replace("_", " ") for name in style.instruments)
        texts += [
            ", ".join(style.names),
            f"{style.family} music with {instruments}: {note}",
            *style.scenes,
        ]
        owner += [place] * (2 + len(style.scenes))
    return StyleTexts(tuple(texts), np.array(owner, np.int64))


@dataclass(frozen=True, slots=True)
class Meant:
    """What a text means in styles: `shares` (S,), sum 1, and how surely, 0 … 1.

    A text that names a style is sure; one that is near none is not, and its shares are even.
    """

    shares: Array
    sure: float


def meant_styles(text: str, similar: Array, place: dict[str, int]) -> Meant:
    """The styles that `text` names or is near; `similar` (S,) is its cosine to each style."""
    near = np.argpartition(-similar, NEIGHBOURS)[:NEIGHBOURS]
    shares = np.zeros(len(similar))
    shares[near] = np.exp((similar[near] - similar.max()) / TEMPERATURE)
    shares /= shares.sum()
    if named := named_shares(text, place):
        shares *= 1 - NAMED
        for at, share in named.items():
            shares[at] += NAMED * share
        return Meant(shares, 1.0)
    sure = float(np.clip((similar.max() - FAR) / (NEAR - FAR), 0, 1))
    return Meant(sure * shares + (1 - sure) / len(similar), sure)


def named_shares(text: str, place: dict[str, int]) -> dict[int, float]:
    """Place of each style that `text` names → its share, sum 1; empty where it names none."""
    mentions = find_styles(text)
    found: dict[int, float] = {}
    for mention, following in zip_longest(mentions, mentions[1:]):
        leads_up = following is not None and not text[mention.end : following.start].strip(" -")
        at = place[mention.style.id]
        found[at] = found.get(at, 0.0) + (BEFORE_ANOTHER if leads_up else 1.0)
    total = sum(found.values())
    return {at: share / total for at, share in found.items()}
