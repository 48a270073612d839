"""Pieces of the style library to learn from: composed by rule, rendered, and measured.

Every piece is drawn from its number alone, so the same numbers give the same pieces. The sound is
left neutral (no tone control, one loudness), so that what is measured follows from notes and
instruments, which is what the model decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np

from generation.learned.conditions import LEARNED, measured
from generation.learned.symbolic.events import encode
from generation.learned.symbolic.windows import Example
from generation.sequencer.composition.compose import compose
from generation.sequencer.plan import Plan
from generation.sequencer.score import Score
from generation.sequencer.styles.library import blend, entries
from generation.sequencer.synthesis.mixing import Mixing, render
from pipelines.generator.rows import Source
from schemas.audio import Audio
from schemas.protocols import FeatureValues
from schemas.styles import style

GROUPS = ("rhythm", "tonality", "loudness", "timbre")
LICENCE = "CC0-1.0"
MEASURED = 5
"""Of so many pieces one is rendered and measured; notes alone cost a thirtieth."""

_SECONDS = 16.0
NEUTRAL = Mixing()

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the library and what was measured of its sound."""

    plan: Plan
    score: Score
    values: FeatureValues


def plan_of(number: int) -> Plan:
    """The plan of a number: style, tempo, key, density and intensity are drawn, each evenly."""
    rng = np.random.default_rng([number, 2026])
    names = sorted(entries())
    name = names[int(rng.integers(len(names)))]
    low, high = style(name).tempo
    beats, unit = (int(part) for part in style(name).metres[0].split("/"))
    tempo = float(rng.uniform(low, high))
    bar_s = beats * 4 / unit * 60 / tempo
    return Plan(
        styles=((name, 1.0),),
        tempo_bpm=round(tempo, 1),
        tonic=int(rng.integers(12)),
        scale="major" if rng.random() < 0.5 else "minor",
        bars=max(4, round(_SECONDS / bar_s)),
        beats=beats,
        unit=unit,
        density=float(rng.uniform(0, 1)),
        intensity=float(rng.uniform(0.25, 1)),
        ending="end" if rng.random() < 0.5 else "cut",
        seed=int(rng.integers(2**31)),
    )


def piece_of(number: int) -> Piece:
    """Compose, render and measure the piece of a number."""
    plan = plan_of(number)
    score = compose(plan)
    return Piece(plan, score, heard(score))


def heard(score: Score) -> FeatureValues:
    """What the extractor hears in a score, played with a neutral sound."""
    from pipelines.features.extract import extract

    rendered = render(score, NEUTRAL)
    return extract(Audio(rendered.mix, rendered.rate_hz), GROUPS)


def example_of(piece: Piece) -> Example:
    feel = blend(piece.plan.styles).feel
    conditions = measured(piece.values, LEARNED, piece.plan.styles)
    return Example(encode(piece.score, feel), conditions)


def unheard(number: int) -> Example:
    """The piece of a number as notes alone: tempo and mode are those of its plan."""
    plan = plan_of(number)
    known = {"tempo_bpm": plan.tempo_bpm, "key_mode": float(plan.scale == "major")}
    events = encode(compose(plan), blend(plan.styles).feel)
    return Example(events, measured(known, LEARNED, plan.styles))


def _row_of(number: int) -> tuple[Source, Example]:
    heard_too = number % MEASURED == 0
    example = example_of(piece_of(number)) if heard_too else unheard(number)
    return Source(f"library:{number}", LICENCE), example


def rows(
    numbers: Sequence[int], workers: int, progress: Progress
) -> Iterator[tuple[Source, Example]]:
    """Rows of the pieces of `numbers`, in order, made by as many processes."""
    what = "composing and measuring the style library"
    if workers < 2:
        for done, number in enumerate(numbers, 1):
            yield _row_of(number)
            progress(done / len(numbers), what)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for done, row in enumerate(pool.map(_row_of, numbers, chunksize=4), 1):
            yield row
            progress(done / len(numbers), what)
