"""One prompt to one conditioning vector: read, weigh, tilt, answer."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from mapping import asked
from mapping.predicting import answer, locking, ranges
from mapping.predicting.leaning import lean
from mapping.predicting.scaling import Array
from mapping.reading.languages import ENGLISH
from mapping.reading.prompt import Parsed, for_encoder, parse, says_something, unknown_words
from mapping.reading.wishes import Options, wishes
from mapping.references.referring import refer
from mapping.starter.blending import Side
from mapping.starter.learned import Starter
from mapping.starter.prior import Words, as_prior, overall_share, style_weights
from mapping.windows import windows
from schemas.answers import ConditioningVector
from schemas.errors import PromptError
from schemas.parts import Lock, Prompt

if TYPE_CHECKING:
    from mapping.model import Mapping

FAR, FAR_AND_UNKNOWN = 0.36, 0.4
"""Cosine to the nearest text of the catalogue below which a prompt says nothing to it: at all, and
when none of its words is known. Set between sentences about anything but music (95% below 0.33) and
prompts written to develop on (95% above 0.47); `./dev bench references` judges it on others."""


def condition(m: Mapping, prompt: str, options: Options) -> ConditioningVector:
    """What `prompt` and `options` ask of the mapping `m`; see `Mapping.condition`."""
    if not prompt.strip() and not options.states_anything():
        raise PromptError("prompt: empty; say what you want to hear, or state a tempo or key")
    referred = refer(m, prompt, options.references or m.references, options.sides)
    parsed = parse(referred.text)
    wished = wishes(parsed, options)
    missed = [u for u in unknown_words(parsed, m.learned.regressor.tfidf.vocabulary)
              if u.word not in referred.spelled]  # fmt: skip
    unknown = tuple(u.word for u in missed)
    text = for_encoder(parsed, unknown)
    words = _words(m, text)
    nearest = _nearest(m, words)
    known = says_something(text, unknown)
    far = nearest is not None and nearest < (FAR if known else FAR_AND_UNKNOWN)
    weights = _weights(m, words, far)
    weights = referred.blend(weights, says_something(text, (*unknown, *referred.spelled)))
    hard, not_placed = ranges.ranges(m.learned, wished)
    hard, overridden = locking.locked(hard, options.locks)
    leant = lean(m.learned, weights, wished, partial(_weigh, m))
    weights = m.learned.reference.reweigh(leant.weights, ranges.constraints(m.learned, hard))
    says = bool(text) or referred.moves
    # Names bring their own evidence.
    prior = None if isinstance(m.learned, Starter) or referred.moves else m.prior
    found = answer.conditions(m.learned, weights, hard, leant.meant, says, prior is not None)
    key = answer.key_condition(m.learned, weights, wished)
    if isinstance(m.learned, Starter):
        found = as_prior(found)
    elif prior is not None:
        found, key = prior.blended(Side(m.learned, weights, found, key), words, wished)
    unsaid = tuple(name for name, c in found.items() if c.lock is Lock.FREE)
    return ConditioningVector(
        prompt=Prompt(text=prompt, language=parsed.language, for_engine=referred.for_engine),
        features=found,
        key=key,
        time_signature=wished.time_signature,
        feel=wished.feel,
        styles=style_weights(_starter(m), words),
        instruments=asked.instruments(wished.instruments),
        effects=asked.effects(wished),
        sections=asked.sections(wished, found),
        vocals=asked.vocals(wished),
        duration_s=wished.duration_s,
        references=referred.references,
        seed=options.seed,
        vector=answer.vector(m.learned, found, key),
        samples=answer.samples(m.learned, weights, options.samples, options.seed or 0),
        evidence=() if isinstance(m.learned, Starter) else answer.evidence(m.learned, weights),
        understood=(*wished.understood, *locking.in_words(options.locks)),
        not_understood=unknown,
        spans=(*asked.spans(parsed, wished), *referred.spans),
        senses=asked.senses(wished, leant),
        suggestions=asked.suggestions(missed, m.speller),
        unsaid=(*unsaid, "key") if wished.key is None else unsaid,
        warnings=(
            *m.manifest.warnings,
            *wished.warnings,
            *not_placed,
            *_notes(m, parsed, text, len(unknown)),
            *overridden,
            *_far_warning(m, words, far),
            *referred.warnings,
        ),
        nearest=nearest,
        far=far,
        prior_share=overall_share(found),
        model=m.info,
    )


def _notes(m: Mapping, parsed: Parsed, text: str, unknown: int) -> Iterator[str]:
    """What was done to the words before they were embedded, where that is not plain."""
    parts = windows(m.encoder, text)
    if parts > 1:
        yield (
            f"the prompt is longer than the text encoder's window: it was embedded in {parts} "
            "parts, and their mean taken"
        )
    if parsed.language not in (None, ENGLISH) and unknown:
        yield (
            f"the prompt is in another language than English ({parsed.language}): {unknown} of its "
            "words are not known here and moved nothing"
        )


def _weigh(m: Mapping, text: str) -> Array:
    """Weights of the reference tracks for what a comparative compares with."""
    return m.learned.weights(text, m.encoder.encode([text])[0])


def _words(m: Mapping, text: str) -> Words:
    return Words(text, m.encoder.encode([text])[0] if text else None)


def _nearest(m: Mapping, words: Words) -> float | None:
    """Cosine of the words with the nearest text of the catalogue; None where there are none."""
    if words.embedding is None:
        return None
    return float(np.clip(m.learned.reference.similar(words.embedding).max(), -1, 1))


def _far_warning(m: Mapping, words: Words, far: bool) -> tuple[str, ...]:
    if not far:
        return ()
    if isinstance(m.learned, Starter):
        what, instead = "no style that the starter knows", "the average of all is given"
    elif m.prior is not None and m.prior.sure(words) > 0:
        what, instead = "nothing in the catalogue", "the starter answers"
    else:
        what, instead = "nothing in the catalogue", "the average of the catalogue is given"
    return (f"{what} is near this prompt: {instead} for what was not stated",)


def _weights(m: Mapping, words: Words, far: bool) -> Array:
    if words.embedding is None or far:
        return m.learned.reference.uniform()
    return m.learned.weights(words.text, words.embedding)


def _starter(m: Mapping) -> Starter | None:
    if isinstance(m.learned, Starter):
        return m.learned
    return m.prior.starter if m.prior else None
