"""What a mapping needs of the starter while it answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapping.predicting import answer, ranges, voice
from mapping.predicting.leaning import lean
from mapping.reading.wishes import Wishes
from mapping.starter.blending import NOTHING, PriorSide, Side, blend
from mapping.starter.evidence import prior_shares
from mapping.starter.learned import Starter
from mapping.starter.shift import Shift
from schemas.conditioning import FeatureCondition, KeyCondition
from schemas.parts import Lock, StyleWeight

MOST_STYLES = 5
SMALLEST_SHARE = 0.1
"""A style with less of the prompt is not named in the answer."""


@dataclass(frozen=True, slots=True)
class Words:
    """The part of a prompt that is embedded, with its vector; None where no words are left."""

    text: str
    embedding: npt.NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Prior:
    """The starter, and how its scales sit in the catalogue of the mapping that uses it."""

    starter: Starter
    shifts: dict[str, Shift]

    def blended(
        self, local: Side, words: Words, wished: Wishes
    ) -> tuple[dict[str, FeatureCondition], KeyCondition]:
        """The local answer to `words` and `wished` with the starter's share in it."""
        shares = prior_shares(local.learned, words.embedding, self.sure(words))
        by_name = dict(zip(local.learned.names, shares.tolist(), strict=True))
        by_name["key"] = by_name.get("key_mode", float(shares.max()))
        return blend(local, self._side(words, wished), by_name, self.shifts)

    def sure(self, words: Words) -> float:
        """How surely the starter knows what the words mean, 0 … 1."""
        if words.embedding is None:
            return 0.0
        return self.starter.meant(words.text, words.embedding).sure

    def _side(self, words: Words, wished: Wishes) -> PriorSide:
        known = self.starter
        weights = known.reference.uniform()
        if words.embedding is not None:
            weights = known.weights(words.text, words.embedding)
        hard, _ = ranges.ranges(known, wished)
        leant = lean(known, weights, wished, compare=False)
        weights = known.reference.reweigh(leant.weights, ranges.constraints(known, hard))
        weights[weights < NOTHING * weights.max()] = 0  # fewer rows to sort
        standard = voice.heard(known, weights, hard, known.quantiles(weights))
        wide = known.prior_quantiles
        # As answer.conditions counts confidence: by the widths of the 90% and the 50% interval.
        widths = (standard[:, [4, 3]] - standard[:, [0, 1]]) / (wide[:, [4, 3]] - wide[:, [0, 1]])
        sure = np.clip(1 - widths.mean(axis=1), 0, 1)
        meant = {*leant.meant, *voice.told_of(hard)}
        soft = (sure >= answer.MEANT) & bool(words.text)
        return PriorSide(
            learned=known,
            weights=weights / weights.sum(),
            quantiles=known.scaler.natural(standard.T).T,
            confidence=sure,
            stated=hard,
            soft=soft | np.array([name in meant for name in known.names]),
        )


def as_prior(conditions: dict[str, FeatureCondition]) -> dict[str, FeatureCondition]:
    """Conditions that are all the starter's, marked as such; what is stated is nobody's."""
    return {
        name: c if c.lock is Lock.HARD else c.model_copy(update={"prior_share": 1.0})
        for name, c in conditions.items()
    }


def overall_share(conditions: dict[str, FeatureCondition]) -> float | None:
    """Mean share of the starter in what was not stated; None where no feature carries one."""
    shares = [c.prior_share for c in conditions.values() if c.prior_share is not None]
    return sum(shares) / len(shares) if shares else None


def style_weights(starter: Starter | None, words: Words) -> tuple[StyleWeight, ...]:
    """The styles that the words name or are nearest to, heaviest first."""
    if starter is None or words.embedding is None:
        return ()
    shares = starter.meant(words.text, words.embedding).shares
    heaviest = np.argsort(-shares, kind="stable")[:MOST_STYLES].tolist()
    return tuple(
        StyleWeight(id=starter.styles[at].id, weight=round(float(shares[at]), 4))
        for at in heaviest
        if shares[at] >= SMALLEST_SHARE
    )
