"""Explain: a prediction as a sum over the phrases of its prompt.

Shapley values (Shapley 1953): a phrase's effect is what it adds to the answer, averaged over the
orders in which the phrases could have been said. Whatever the order, what they add telescopes from
the answer to nothing to the answer to the whole prompt, so that the effects add up exactly, also
where not all orders are tried. The answers are those of `Mapping.condition` itself: rules,
neighbours, calibration and all, not a linear stand-in.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from mapping.controlling.phrases import Phrase, phrases, without
from mapping.predicting.scaling import Array
from mapping.reading.wishes import Options
from mapping.references.reading import mentions
from schemas.answers import ConditioningVector
from schemas.control import Counterfactual, Explanation, FeatureChange, PhraseEffect
from schemas.errors import PromptError

if TYPE_CHECKING:
    from mapping.model import Mapping as Model

EXACT_PHRASES = 5
"""Up to so many phrases every subset is asked for: 32 answers."""

ORDERS = 4
"""Orders drawn beyond that, each also tried backwards."""

LONGEST = 2_000
"""Characters of a prompt: about a hundred answers are asked for, and each reads what is left."""

TOLD = 0.1
MOST_TOLD = 4
"""A counterfactual names the features that move by this many standard deviations, at most four."""

_STATED = ("bpm", "key", "duration_s", "vocals")


def explain(m: Model, prompt: str, options: Options = Options()) -> Explanation:  # noqa: B008 — frozen
    """What each phrase of `prompt` contributed, and what the answer would be without it.

    An option that states something counts as a phrase. Raises PromptError as `condition` does, and
    for a prompt of more than 2,000 characters.
    """
    if len(prompt) > LONGEST:
        raise PromptError(f"prompt: {len(prompt):,} characters; valid to explain is {LONGEST:,}")
    whole = m.condition(prompt, replace(options, samples=0))
    asker = _Asker(m, prompt, options)
    if not asker.units:
        raise PromptError("prompt: no words to explain; say what you want to hear")
    exact = len(asker.units) <= EXACT_PHRASES
    effects = _all_orders(asker) if exact else _some_orders(asker)
    return Explanation(
        prompt=prompt,
        units={spec.name: spec.unit for spec in m.learned.specs},
        base=_named(m, asker.values(frozenset())),
        predicted=_named(m, asker.values(frozenset(range(len(asker.units))))),
        phrases=tuple(
            PhraseEffect(
                text=unit.text,
                start=None if unit.option else unit.start,
                end=None if unit.option else unit.end,
                effects=_named(m, effects[i]),
            )
            for i, unit in enumerate(asker.units)
        ),
        counterfactuals=tuple(_counterfactual(asker, i) for i in range(len(asker.units))),
        evidence=whole.evidence,
        exact=exact,
        warnings=whole.warnings,
    )


@dataclass(slots=True)
class _Asker:
    """Answers to subsets of the phrases, each asked for once."""

    m: Model
    prompt: str
    options: Options
    units: tuple[Phrase, ...] = field(init=False)
    _asked: dict[frozenset[int], ConditioningVector] = field(default_factory=dict)

    def __post_init__(self) -> None:
        found = mentions(self.prompt, self.m.names, self.m.musical_words, self.m.is_word)
        stated = [
            Phrase(f"--{f.name.removesuffix('_s')} {getattr(self.options, f.name)}", 0, 0, f.name)
            for f in fields(self.options)
            if f.name in _STATED and getattr(self.options, f.name) is not None
        ]
        self.units = (*phrases(self.prompt, found), *stated)

    def answer(self, said: frozenset[int]) -> ConditioningVector:
        """The answer where only the phrases in `said` are."""
        if said not in self._asked:
            gone = [unit for i, unit in enumerate(self.units) if i not in said]
            text = without(self.prompt, [u for u in gone if not u.option]) if said else ""
            quiet = {u.option: None for u in gone if u.option}
            options = replace(self.options, samples=0, **quiet)  # type: ignore[arg-type]
            if not text.strip() and not options.states_anything():
                options = replace(options, vocals="open")  # states nothing, and lets "" be asked
            self._asked[said] = self.m.condition(text, options)
        return self._asked[said]

    def values(self, said: frozenset[int]) -> Array:
        """Values of the features, (T,), NaN where one has none."""
        found = self.answer(said).features
        return np.array(
            [math.nan if (v := found[n].value) is None else v for n in self.m.features], np.float64
        )


def _all_orders(asker: _Asker) -> Array:
    """Exact Shapley values, (phrases, T), by the weight of each subset."""
    count = len(asker.units)
    effects = np.zeros((count, len(asker.m.features)))
    for i in range(count):
        others = [j for j in range(count) if j != i]
        for size in range(count):
            weight = 1 / (count * math.comb(count - 1, size))
            for chosen in itertools.combinations(others, size):
                before = frozenset(chosen)
                effects[i] += weight * (asker.values(before | {i}) - asker.values(before))
    return effects


def _some_orders(asker: _Asker) -> Array:
    """Shapley values over a sample of orders; the same prompt gives the same."""
    count = len(asker.units)
    effects = np.zeros((count, len(asker.m.features)))
    orders = list(_orders(count))
    for order in orders:
        said: frozenset[int] = frozenset()
        for i in order:
            effects[i] += asker.values(said | {i}) - asker.values(said)
            said |= {i}
    return effects / len(orders)


def _orders(count: int) -> Iterator[list[int]]:
    rng = np.random.default_rng(0)
    for _ in range(ORDERS):
        order = rng.permutation(count).tolist()
        yield order
        yield order[::-1]


def _counterfactual(asker: _Asker, left_out: int) -> Counterfactual:
    everything = frozenset(range(len(asker.units)))
    before, after = asker.values(everything), asker.values(everything - {left_out})
    scaler, found = asker.m.learned.scaler, []
    for j, spec in enumerate(asker.m.learned.specs):
        pair = (float(before[j]), float(after[j]))
        moved = scaler.one(spec.name, pair[1]) - scaler.one(spec.name, pair[0])
        if abs(moved) >= TOLD:
            found.append(
                FeatureChange(
                    feature=spec.name, unit=spec.unit, before=pair[0], after=pair[1],
                    deviations=moved, why="left out",
                )
            )  # fmt: skip
    found.sort(key=lambda change: -abs(change.deviations))
    return Counterfactual(without=asker.units[left_out].text, changes=tuple(found[:MOST_TOLD]))


def _named(m: Model, values: Array) -> dict[str, float]:
    return {name: float(value) for name, value in zip(m.features, values, strict=True)}
