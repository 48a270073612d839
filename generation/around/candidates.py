"""A request through any engine: candidates, measured, judged, the best of them, corrected.

    request ─┬─ seed 0 ─ engine ─ Measure ─ judge ─┐
             ├─ seed 1 ─ …                         ├─ best by score ─ correction? ─ measured again
             └─ seed n ─ …                         ┘

Candidates are ranked by what they score, or would once corrected. Of all but the best few only the
verdicts are kept, so that sixty-four candidates need no more memory than three.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, replace

import numpy as np

from generation.around import correcting, judging
from generation.around.ranking import score
from generation.around.stretching import UNCHANGED, Correction, corrected
from generation.contract import Generated, Generator, Progress, silent
from schemas.conditioning import ConditioningRequest
from schemas.errors import GenerationError
from schemas.generation import Candidate, FeatureResult
from schemas.parts import Applied
from schemas.protocols import FeatureValues, Measure

KEPT = 3
_SEED_BITS = 31
"""Derived seeds fit every engine's generator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """The chosen piece, and what became of everything that was asked.

    `first` are the verdicts on the first candidate, as a single try would have had them;
    `candidates` are all that were tried, the chosen one first.
    """

    piece: Generated
    features: tuple[FeatureResult, ...]
    measured: FeatureValues
    candidates: tuple[Candidate, ...]
    first: tuple[FeatureResult, ...]
    correction: Correction = UNCHANGED
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Tried:
    """One candidate as it came from the engine."""

    place: int
    piece: Generated
    measured: FeatureValues
    features: tuple[FeatureResult, ...]
    score: float
    promise: float
    correction: Correction = UNCHANGED

    @property
    def rank(self) -> tuple[float, float, int]:
        return (self.promise, self.score, -self.place)


def seeds(request: ConditioningRequest, count: int) -> tuple[int, ...]:
    """One seed per candidate: the request's own first, the others derived from it.

    Without a seed in the request one is drawn; the result tells it.
    """
    first = secrets.randbits(_SEED_BITS) if request.seed is None else request.seed
    return (first, *(_derived(first, i) for i in range(1, count)))


def create(
    engine: Generator,
    request: ConditioningRequest,
    measure: Measure,
    *,
    correct: bool = True,
    progress: Progress = silent,
) -> Made:
    """Make `request.candidates` pieces, and give the best of them.

    Raises
    ------
    GenerationError
        When the engine fails, or gives no sound, or sound that is not finite.
    InputError
        When the engine can make nothing of the request.
    """
    kept: list[_Tried] = []
    tallies: list[tuple[int, Candidate]] = []
    first: tuple[FeatureResult, ...] = ()
    count = request.candidates
    for i, seed in enumerate(seeds(request, count)):
        tried = _try(engine, request, measure, (i, count, seed), _shared(progress, i, count))
        if not correct:
            tried = replace(tried, promise=tried.score, correction=UNCHANGED)
        first = first or tried.features
        tallies.append((i, _tally(request, tried)))
        kept = sorted([*kept, tried], key=lambda one: one.rank, reverse=True)[:KEPT]
    progress(0.95, "choosing")
    best, features, notes = _best(request, measure, kept)
    tallies.sort(key=lambda one: (one[0] != best.place, -one[1].score, one[0]))
    progress(1.0, "done")
    return Made(
        piece=best.piece,
        features=_told(first, features),
        measured=best.measured,
        candidates=tuple(candidate for _, candidate in tallies),
        first=first,
        correction=best.correction,
        notes=notes,
    )


def _try(
    engine: Generator,
    request: ConditioningRequest,
    measure: Measure,
    which: tuple[int, int, int],
    progress: Progress,
) -> _Tried:
    place, count, seed = which
    of = f"candidate {place + 1} of {count}: " if count > 1 else ""
    piece = engine.generate(request, seed, lambda share, what: progress(0.8 * share, f"{of}{what}"))
    _check(engine, piece)
    progress(0.8, f"{of}measuring")
    measured = measure(piece.mix)
    features = judging.judge(request, measured, piece.applied)
    plans = correcting.planned(request, features)
    achieved = score(request, features)
    promises = [(correcting.promised(request, features, plan), plan) for plan in plans]
    promise, plan = max(promises, key=lambda one: one[0], default=(achieved, UNCHANGED))
    if promise <= achieved:
        promise, plan = achieved, UNCHANGED
    progress(1.0, f"{of}measured")
    return _Tried(place, piece, measured, features, achieved, promise, plan)


def _check(engine: Generator, piece: Generated) -> None:
    name, mix = engine.manifest.engine, piece.mix
    if mix.frames == 0:
        raise GenerationError(f"{name}: gave no sound at all")
    for what, audio in (("mix", mix), *piece.stems.items()):
        if not np.isfinite(audio.samples).all():
            raise GenerationError(f"{name}: samples of {what!r} are not finite")
        if (audio.sample_rate_hz, audio.frames) != (mix.sample_rate_hz, mix.frames):
            raise GenerationError(f"{name}: stem {what!r} has another rate or length than the mix")


def _best(
    request: ConditioningRequest, measure: Measure, kept: list[_Tried]
) -> tuple[_Tried, tuple[FeatureResult, ...], tuple[str, ...]]:
    """Of the kept candidates, corrected where that helps, the one that meets most in the end."""
    best, best_features, best_score = kept[0], kept[0].features, -1.0
    notes: tuple[str, ...] = ()
    for one in kept:
        if one.promise <= best_score:
            break
        done, features, told = _corrected(request, measure, one)
        achieved = score(request, features) - (correcting.COST if done.correction else 0.0)
        if achieved > best_score:
            best, best_features, notes, best_score = done, features, told, achieved
    return best, best_features, notes


def _corrected(
    request: ConditioningRequest, measure: Measure, tried: _Tried
) -> tuple[_Tried, tuple[FeatureResult, ...], tuple[str, ...]]:
    """The candidate with the first correction that holds when it is measured again, or as it is."""
    refused: list[str] = []
    for correction in correcting.planned(request, tried.features) if tried.correction else ():
        piece = corrected(tried.piece, correction)
        measured = measure(piece.mix)
        after = judging.judge(request, measured, piece.applied)
        if correcting.improves(request, tried.features, after):
            features = correcting.marked(tried.features, after, correction)
            notes = _notes(tried.piece, correction)
            done = replace(tried, piece=piece, measured=measured, correction=correction)
            return done, features, notes
        refused.append(correcting.words(correction))
    notes = (f"not kept, for it made something else worse: {', '.join(refused)}",)
    return replace(tried, correction=UNCHANGED), tried.features, notes if refused else ()


def _notes(piece: Generated, correction: Correction) -> tuple[str, ...]:
    notes = [f"corrected afterwards: {correcting.words(correction)}"]
    if piece.recipe:
        notes.append("an edit starts from the piece as it was before the correction")
    return tuple(notes)


def _told(
    first: tuple[FeatureResult, ...], chosen: tuple[FeatureResult, ...]
) -> tuple[FeatureResult, ...]:
    """Hits that a single try would have missed are due to choosing, unless corrected."""
    missed = {one.feature for one in first if one.hit is False}
    return tuple(
        one.model_copy(update={"applied": Applied.RERANK})
        if one.hit and one.feature in missed and one.applied is not Applied.POSTFIX
        else one
        for one in chosen
    )


def _tally(request: ConditioningRequest, tried: _Tried) -> Candidate:
    counted = judging.counted(request, tried.features)
    return Candidate(
        seed=tried.piece.seed,
        score=tried.score,
        hits=sum(bool(one.hit) for one in counted),
        asked=len(counted),
    )


def _shared(progress: Progress, place: int, count: int) -> Progress:
    """The part of the whole that one candidate is."""
    return lambda share, what: progress(0.95 * (place + share) / count, what)


def _derived(seed: int, place: int) -> int:
    digest = hashlib.blake2b(f"{seed}:{place}".encode(), digest_size=8).digest()
    return int.from_bytes(digest) >> (64 - _SEED_BITS)
