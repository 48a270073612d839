"""The symbolic model against the rule-based composer: adherence, validity, diversity.

A request is the vector of one held-out piece for the band of another: style, tempo and players are
the other's, so what the vector says cannot be told from them, and a model that is given the vector
of a third piece (shuffled) can be right by chance only. The sound is neutral: nothing but notes and
instruments makes a difference. Tempo, key and form are the sequencer's in both.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, pairwise
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from benchmarks._learned_data import Made
from benchmarks._learned_scores import (
    interval,
    key_hits,
    longest_run,
    mode_hits,
    numbers,
    rho,
    tempo_hits,
)
from benchmarks.figures import Figure
from generation.learned.artifact import load
from generation.learned.conditions import LEARNED, Conditions
from generation.learned.symbolic.composing import write_score
from generation.learned.symbolic.events import (
    BAR,
    CHORD,
    KIND,
    LENGTH,
    PITCH,
    POSITION,
    Events,
    encode,
)
from generation.learned.symbolic.sampling import Manner
from generation.sequencer import measures
from generation.sequencer.composition.compose import compose
from generation.sequencer.controlling.density import first_guess
from generation.sequencer.plan import Plan
from generation.sequencer.score import Score
from generation.sequencer.styles.library import blend
from pipelines.generator.library import heard
from schemas.protocols import FeatureValues

DECIDED = ("onset_rate_hz", "energy", "brightness_hz", "harmonic_ratio", "danceability", "flatness")
"""Features that follow from the notes; loudness is the mastering's."""

GUIDANCE = 2.0


@dataclass(frozen=True, slots=True)
class Request:
    """The vector of one piece, and the plan of another in the first one's mode."""

    conditions: Conditions
    plan: Plan
    values: FeatureValues


@dataclass(frozen=True, slots=True)
class Played:
    """What was written for a request, and what was heard in it."""

    score: Score
    values: FeatureValues
    events: Events


def requests(pieces: Sequence[Made], seed: int) -> list[Request]:
    """One for each piece, with the band of a piece that is drawn."""
    rng = np.random.default_rng(seed)
    others = rng.permutation(len(pieces))
    found = []
    for piece, other in zip(pieces, others, strict=True):
        told = piece.example.conditions
        values, known = told.values.copy(), told.known.copy()
        band = pieces[other]
        place = LEARNED.index("tempo_bpm")
        values[place] = band.example.conditions.values[place]
        known[place] = band.example.conditions.known[place]
        plan = replace(band.plan, seed=int(rng.integers(2**31)), scale=piece.plan.scale)
        found.append(Request(Conditions(values, known, plan.styles), plan, piece.values))
    return found


def shuffled(wanted: Sequence[Request], seed: int) -> list[Request]:
    """The same bands with each other's vectors; what was asked stays what is judged."""
    order = _derangement(len(wanted), np.random.default_rng(seed))
    return [
        replace(one, conditions=replace(wanted[i].conditions, styles=one.plan.styles))
        for one, i in zip(wanted, order, strict=True)
    ]


def _derangement(count: int, rng: np.random.Generator) -> list[int]:
    order = rng.permutation(count)
    moved = np.empty(count, int)
    moved[order] = np.roll(order, 1)
    return [int(place) for place in moved]


@lru_cache(1)
def _loaded(folder: str):  # type: ignore[no-untyped-def]
    return load(Path(folder), "symbolic")


def written(job: tuple[str, Request, bool]) -> Played:
    """By the model of a folder; the mode is the model's to choose unless the key is kept."""
    folder, request, keep_key = job
    os.environ["OMP_NUM_THREADS"] = "1"
    score = write_score(
        _loaded(folder),
        request.plan,
        request.conditions,
        keep_key=keep_key,
        manner=Manner(guidance=GUIDANCE),
    )
    return _played(score, request.plan)


def composed(request: Request) -> Played:
    """By rule: mode by the scale, onsets by density, the rest as the style has it."""
    rate = request.values["onset_rate_hz"]
    energy = request.values["energy"]
    plan = replace(request.plan, intensity=float(energy) if isinstance(energy, float) else 0.6)
    if isinstance(rate, float):
        plan = first_guess(plan, rate, compose)
    return _played(compose(plan), plan)


def _played(score: Score, plan: Plan) -> Played:
    return Played(score, heard(score), encode(score, blend(plan.styles).feel))


def mapped(function, jobs, workers: int):  # type: ignore[no-untyped-def]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return list(pool.map(function, jobs, chunksize=2))


def adherence(name: str, wanted: Sequence[Request], got: Sequence[Played]) -> dict[str, float]:
    """Rank correlation with what was asked, and hits of mode, key and tempo."""
    asked = [one.values for one in wanted]
    heard_ = [one.values for one in got]
    found: dict[str, float] = {}
    for feature in DECIDED:
        value = rho(numbers(asked, feature), numbers(heard_, feature))
        found[f"{name}_{feature}_rho"] = float("nan") if value is None else value
    found[f"{name}_mode_hit"] = mode_hits(numbers(asked, "key_mode"), heard_)
    tempi = [one.plan.tempo_bpm for one in wanted]
    found[f"{name}_tempo_hit"] = tempo_hits(tempi, numbers(heard_, "tempo_bpm"), (0.5, 1, 2))
    keys = [(one.plan.tonic, int(one.plan.scale == "major")) for one in wanted]
    found[f"{name}_key_hit"] = key_hits(keys, heard_)
    return found


def validity(name: str, got: Sequence[Played]) -> dict[str, float]:
    """Means over pieces of the composer's own measures (generation/sequencer/measures.py)."""
    scores = [one.score for one in got]
    tuned = [[n for part in measures.pitched(score) for n in part.notes] for score in scores]
    each = {
        "in_key": [measures.in_key(s, notes) for s, notes in zip(scores, tuned, strict=True)],
        "chord_tones": [
            measures.chord_tones(s, notes) for s, notes in zip(scores, tuned, strict=True)
        ],
        "bass_agreement": [measures.bass_agreement(score) for score in scores],
        "notes_a_bar": [len(one.events) / one.score.bars for one in got],
    }
    return {f"{name}_{measure}": float(np.mean(values)) for measure, values in each.items()}


def bars_of(events: Events) -> list[bytes]:
    """Each bar's notes without loudness; empty where nothing is played."""
    starts = [*np.flatnonzero(events[:, KIND] == BAR), len(events)]
    bars = []
    for start, stop in pairwise(starts):
        bar = events[start + 1 : stop]
        notes = bar[bar[:, KIND] != CHORD]
        bars.append(notes[:, [KIND, POSITION, PITCH, LENGTH]].tobytes())
    return bars


def copying(got: Sequence[Played], training: Sequence[Made]) -> tuple[float, int]:
    """See `longest_run`: bars whose notes are exactly those of a training bar, and in a row."""
    known = {bar for piece in training for bar in bars_of(piece.example.events) if bar}
    return longest_run({i: bars_of(p.events) for i, p in enumerate(got)}, known)


def distance(pieces: Sequence[Played]) -> float:
    """Smallest distance of two pieces: 1 - share of notes (kind, position, pitch of a bar) that
    both have in the same bar. A copy has 0."""
    sets = []
    for piece in pieces:
        bar = np.cumsum(piece.events[:, KIND] == BAR)
        notes = piece.events[:, KIND] > CHORD
        rows = np.column_stack([bar, piece.events[:, [KIND, POSITION, PITCH]]])[notes]
        sets.append({tuple(row) for row in rows.tolist()})
    return min(1 - len(a & b) / max(1, len(a | b)) for a, b in combinations(sets, 2))


def figures(
    folder: Path, held_out: Sequence[Made], training: Sequence[Made], workers: int, seeds: int = 6
) -> list[Figure]:
    """All figures of the symbolic model."""
    wanted = requests(held_out, 1)
    mixed = shuffled(wanted, 2)
    where = str(folder)
    free = mapped(written, [(where, one, False) for one in wanted], workers)
    chance = mapped(written, [(where, one, False) for one in mixed], workers)
    kept = mapped(written, [(where, one, True) for one in wanted], workers)
    rule = mapped(composed, wanted, workers)
    values = (
        adherence("symbolic", wanted, free)
        | adherence("symbolic_shuffled", wanted, chance)
        | adherence("symbolic_in_key", wanted, kept)
        | adherence("composer", wanted, rule)
        | validity("symbolic", free)
        | validity("symbolic_in_key", kept)
        | validity("composer", rule)
    )
    count = len(wanted)
    found = [
        Figure(name, None if np.isnan(v) else v, "ratio", note=_note(name, v, count))
        for name, v in values.items()
    ]
    again = [replace(wanted[0], plan=replace(wanted[0].plan, seed=s)) for s in range(seeds)]
    own = mapped(written, [(where, one, True) for one in again], workers)
    ruled = mapped(composed, again, workers)
    for name, group, one in (("symbolic", kept, own), ("composer", rule, ruled)):
        share, run = copying(group, training)
        found += [
            Figure(f"{name}_bars_copied", share, "ratio", note="exactly a training bar's notes"),
            Figure(f"{name}_longest_copy_bars", run, "bars"),
            Figure(f"{name}_seeds_min_distance", distance(one), "ratio", note="a copy has 0"),
        ]
    return found


def _note(name: str, value: float, count: int) -> str:
    if name.endswith("_hit") and not np.isnan(value):
        return interval(value, count)
    if name.endswith("_rho"):
        return f"n = {count}"
    return ""
