"""Guidance: what a prompt left open, and three ways to say it better.

A rephrasing is asked for before it is shown: it counts only when its answer holds the words as
understood and its 90% ranges are narrower than the prompt's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from mapping.controlling.moving import UNFOLLOWING
from mapping.predicting.scaling import Array
from mapping.reading.lexicon import lexicon
from mapping.reading.wishes import Options
from schemas.answers import ConditioningVector
from schemas.errors import PromptError
from schemas.features import feature
from schemas.guidance import Guidance, Rephrasing, Unsaid
from schemas.parts import Lock
from schemas.scales import denormalise

if TYPE_CHECKING:
    from mapping.model import Mapping as Model

SHOWN = 3
TRIED = 8
LEAST = 0.01
"""A rephrasing must narrow the ranges by this share, on average."""

LONGEST = 2_000
"""Characters up to which a prompt is rephrased; a longer one says enough."""


def guide(m: Model, prompt: str, options: Options = Options()) -> Guidance:  # noqa: B008 — frozen
    """What `prompt` leaves open, three better phrasings, and whether the catalogue knows of it.

    Raises PromptError as `condition` does.
    """
    answer = m.condition(prompt, options)
    return Guidance(
        prompt=prompt,
        unsaid=tuple(_unsaid(m, name) for name in answer.unsaid if name != "key"),
        rephrasings=_rephrased(m, answer, options) if len(prompt) <= LONGEST else (),
        nearest=answer.nearest,
        far=answer.far,
        warnings=answer.warnings,
    )


def _unsaid(m: Model, name: str) -> Unsaid:
    spec = feature(name)
    if name in m.features:
        natural = m.learned.scaler.natural(m.learned.prior_quantiles.T)[:, m.features.index(name)]
        low, value, high = (float(natural[i]) for i in (0, 2, 4))
    else:  # the catalogue has no such values: what music usually has
        low, high = spec.typical or (spec.minimum, spec.maximum)
        value = denormalise(spec, 0.5)
    words = lexicon().features.get(name)
    say = (words.low[:1] + words.high[:1]) if words else ()
    return Unsaid(feature=name, unit=spec.unit, low=low, value=value, high=high, say=say)


def _rephrased(m: Model, answer: ConditioningVector, options: Options) -> tuple[Rephrasing, ...]:
    before = _width(answer)
    found: dict[str, Rephrasing] = {}
    for tried, (about, text, why) in enumerate(_candidates(m, answer)):
        if tried == TRIED:
            break
        try:
            new = m.condition(text, options)
        except PromptError:
            continue
        narrower = 1 - _width(new) / before if before > 0 else 0.0
        if new.far:
            continue
        worse = set(new.not_understood) - set(answer.not_understood)
        fewer = len(new.understood) < len(answer.understood)
        if narrower >= LEAST and not worse and not fewer:
            better = Rephrasing(text=text, why=why, narrower=min(1.0, narrower))
            if about not in found or found[about].narrower < narrower:
                found[about] = better
    by_text = {r.text: r for r in sorted(found.values(), key=lambda r: r.narrower)}
    return tuple(sorted(by_text.values(), key=lambda r: -r.narrower)[:SHOWN])


def _width(answer: ConditioningVector) -> float:
    """Mean width of the 90% ranges, on the typical range of each feature."""
    return float(np.mean(np.subtract(answer.vector.high, answer.vector.low)))


def _candidates(m: Model, answer: ConditioningVector) -> Iterator[tuple[str, str, str]]:
    """What each settles, the whole new prompt, and why it may be better."""
    text = answer.prompt.text.rstrip(" ,.;")
    if answer.far:
        yield from _known_here(m, text)
        return
    if not text.strip():
        return
    yield from _clearer(answer, text)
    for name in _widest(m, answer):
        for level, word in _words_of(m, answer, name):
            yield name, f"{text}, {word}", f"says how {_dimension(name)} should be: {level}"


def _known_here(m: Model, text: str) -> Iterator[tuple[str, str, str]]:
    """What the catalogue has that is least far: the first words of its nearest tracks."""
    similar = m.learned.reference.similar(m.encoder.encode([text])[0])
    for item in np.argsort(-similar, kind="stable")[: 4 * TRIED].tolist():
        words = m.learned.tracks[int(m.learned.reference.track[item])].text
        told = ", ".join(words.split(", ")[:3])[:100]
        yield told, told, "the catalogue knows this; it does not know what the prompt speaks of"


def _clearer(answer: ConditioningVector, text: str) -> Iterator[tuple[str, str, str]]:
    """Spelling put right, and words of several senses said plainly."""
    for slip in answer.suggestions:
        for instead in slip.suggestions[:1]:
            better = text[: slip.start] + instead + text[slip.end :]
            yield slip.word, better, f"{slip.word!r} is known to nothing here"
    for word in answer.senses:
        for sense in sorted(word.senses, key=lambda s: -s.weight) if word.chosen is None else ():
            told = ", ".join(_plainly(change.feature, change.towards) for change in sense.changes)
            if told:
                yield word.word, f"{text}, {told}", f"{word.word!r} taken for {sense.meaning}"


def _plainly(name: str, towards: str) -> str:
    words = lexicon().features.get(name)
    listed = (words.high if towards == "high" else words.low) if words else ()
    return listed[0] if listed else f"{towards} {name}"


def _widest(m: Model, answer: ConditioningVector) -> list[str]:
    """Features that are not settled, those that matter most first: wide here, and in words."""
    # A mode is one or the other, and saying either would narrow it: that is no advice.
    open_ = [
        n for n in m.features if answer.features[n].lock is not Lock.HARD and n not in UNFOLLOWING
    ]
    widths = dict(zip(m.features, _widths(answer), strict=True))
    sayable = [n for n in open_ if (w := lexicon().features.get(n)) and w.low and w.high]
    return sorted(sayable, key=lambda n: -widths[n])


def _widths(answer: ConditioningVector) -> Array:
    return np.subtract(answer.vector.high, answer.vector.low)


def _words_of(m: Model, answer: ConditioningVector, name: str) -> Iterator[tuple[str, str]]:
    """A word for the side that the prompt already leans to; a number for the tempo."""
    condition = answer.features[name]
    if name == "tempo_bpm" and condition.value is not None:
        yield f"{condition.value:.0f} BPM", f"around {5 * round(condition.value / 5)} BPM"
        return
    middle = m.learned.level(name, 0.5)
    high = condition.value is not None and condition.value >= middle
    words = lexicon().features[name]
    yield ("high", words.high[0]) if high else ("low", words.low[0])


def _dimension(name: str) -> str:
    words = lexicon().features[name].dimension
    return f"the {words[0]}" if words else name
