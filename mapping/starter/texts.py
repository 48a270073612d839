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
FAR, NEAR = 0.3, 0.6
"""Cosine to the nearest style at which a prompt without names says nothing of a style; all."""


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


def style_shares(
    text: str, similar: Array, styles: Sequence[Style], place: dict[str, int]
) -> Array:
    """Share of each style in what `text` means, (S,), sum 1.

    `similar` is the cosine of the text to the nearest text of each style, (S,).
    """
    near = np.argpartition(-similar, NEIGHBOURS)[:NEIGHBOURS]
    shares = np.zeros(len(styles))
    shares[near] = np.exp((similar[near] - similar.max()) / TEMPERATURE)
    shares /= shares.sum()
    if named := named_shares(text, place):
        shares *= 1 - NAMED
        for at, share in named.items():
            shares[at] += NAMED * share
        return shares
    sure = float(np.clip((similar.max() - FAR) / (NEAR - FAR), 0, 1))
    return sure * shares + (1 - sure) / len(styles)


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
