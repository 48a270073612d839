"""One prompt to one conditioning vector: read, weigh, tilt, answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mapping.predicting import answer, ranges
from mapping.predicting.scaling import Array
from mapping.reading.prompt import not_understood, parse, says_something
from mapping.reading.wishes import Options, Wishes, wishes
from mapping.references.referring import refer
from schemas.answers import ConditioningVector
from schemas.errors import PromptError
from schemas.parts import Instrument, Lock, Prompt, Vocals

if TYPE_CHECKING:
    from mapping.model import Mapping

FAR, FAR_AND_UNKNOWN = 0.25, 0.4
"""Cosine to the nearest text of the catalogue below which a prompt says nothing to it: at all, and
when none of its words is known. Of random letters 94% stay below the second."""


def condition(m: Mapping, prompt: str, options: Options) -> ConditioningVector:
    """What `prompt` and `options` ask of the mapping `m`; see `Mapping.condition`."""
    if not prompt.strip() and not options.states_anything():
        raise PromptError("prompt: empty; say what you want to hear, or state a tempo or key")
    referred = refer(m, prompt, options.references or m.references, options.sides)
    parsed = parse(referred.text)
    wished = wishes(parsed, options)
    unknown = not_understood(parsed, m.learned.regressor.tfidf.vocabulary)
    unknown = tuple(word for word in unknown if word not in referred.spelled)
    weights, warnings = _weights(m, parsed.rest, says_something(parsed.rest, unknown))
    weights = referred.blend(weights, bool(parsed.rest))
    hard, not_placed = ranges.ranges(m.learned, wished)
    soft = ranges.leanings(m.learned, wished, weights)
    limits = (*soft, *ranges.constraints(m.learned, hard))
    weights = m.learned.reference.reweigh(weights, limits)
    meant = {m.learned.names[c.target] for c in soft}
    found = answer.conditions(m.learned, weights, hard, meant, bool(parsed.rest) or referred.moves)
    key = answer.key_condition(m.learned, weights, wished)
    unsaid = tuple(name for name, c in found.items() if c.lock is Lock.FREE)
    return ConditioningVector(
        prompt=Prompt(text=prompt, for_engine=referred.for_engine),
        features=found,
        key=key,
        time_signature=wished.time_signature,
        instruments=_instruments(wished),
        vocals=_vocals(wished),
        duration_s=wished.duration_s,
        references=referred.references,
        seed=options.seed,
        vector=answer.vector(m.learned, found, key),
        samples=answer.samples(m.learned, weights, options.samples, options.seed or 0),
        evidence=answer.evidence(m.learned, weights),
        understood=wished.understood,
        not_understood=unknown,
        unsaid=(*unsaid, "key") if wished.key is None else unsaid,
        warnings=(
            *m.manifest.warnings,
            *wished.warnings,
            *not_placed,
            *warnings,
            *referred.warnings,
        ),
        model=m.info,
    )


def _weights(m: Mapping, text: str, known: bool) -> tuple[Array, tuple[str, ...]]:
    if not text:
        return m.learned.reference.uniform(), ()
    embedding: npt.NDArray[np.float32] = m.encoder.encode([text])[0]
    nearest = float((m.learned.reference.embeddings @ embedding).max())
    if nearest < (FAR if known else FAR_AND_UNKNOWN):
        return m.learned.reference.uniform(), (
            "nothing in the catalogue is near this prompt: the average of the catalogue is "
            "given for what was not stated",
        )
    return m.learned.weights(text, embedding), ()


def _instruments(wished: Wishes) -> tuple[Instrument, ...]:
    return tuple(Instrument(id=s.instrument, presence=s.presence) for s in wished.instruments)


def _vocals(wished: Wishes) -> Vocals:
    if wished.vocals is None:
        return Vocals()
    return Vocals(mode=wished.vocals.mode, voice=wished.vocals.voice)
