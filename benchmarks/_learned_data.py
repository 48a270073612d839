"""Pieces of the style library for the learned generators: rendered once, measured, as both sorts.

Numbers up to 10,000 are for training, from 500,000 for developing, from 900,000 for the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from generation.learned.conditions import HEARD, LEARNED, measured
from generation.learned.sound.clips import Clip, clip_of
from generation.learned.sound.mel import mono
from generation.learned.symbolic.events import encode
from generation.learned.symbolic.windows import Example
from generation.sequencer.composition.compose import compose
from generation.sequencer.plan import Plan
from generation.sequencer.score import Score
from generation.sequencer.styles.library import blend
from generation.sequencer.synthesis.mixing import render
from pipelines.features.extract import extract_track
from pipelines.generator.library import GROUPS, LICENCE, NEUTRAL, plan_of, unheard
from pipelines.generator.rows import RowReader, RowWriter, Source
from schemas.audio import Audio
from schemas.protocols import FeatureValues

DEVELOPMENT, REPORT = 500_000, 900_000


@dataclass(frozen=True, slots=True)
class Made:
    """A piece: its plan, its score, what was measured, and what each model learns of it."""

    plan: Plan
    score: Score
    values: FeatureValues
    example: Example
    clip: Clip


def made(number: int) -> Made:
    plan = plan_of(number)
    score = compose(plan)
    rendered = render(score, NEUTRAL)
    track = extract_track(Audio(rendered.mix, rendered.rate_hz), GROUPS)
    example = Example(
        encode(score, blend(plan.styles).feel), measured(track.values, LEARNED, plan.styles)
    )
    beats = track.beats
    clip = clip_of(
        mono(rendered.mix, rendered.rate_hz),
        [float(at) for at in beats.times_s] if beats else [],
        [int(place) for place in beats.downbeats] if beats else [],
        measured(track.values, HEARD),
    )
    return Made(plan, score, track.values, example, clip)


def all_made(numbers: Sequence[int], workers: int) -> list[Made]:
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        return list(pool.map(made, numbers, chunksize=4))


def written(
    pieces: Sequence[Made], more: Sequence[int], folder: Path
) -> tuple[RowReader, RowReader]:
    """The rows of both models; `more` are numbers of pieces that are notes alone."""
    notes, sound = folder / "notes.parquet", folder / "sound.parquet"
    with RowWriter(notes) as one, RowWriter(sound) as other:
        for number, piece in enumerate(pieces):
            one.add(Source(f"library:{number}", LICENCE), piece.example)
            other.add(Source(f"library:{number}", LICENCE), piece.clip)
        for number in more:
            one.add(Source(f"library:{number}", LICENCE), unheard(number))
    return RowReader(notes), RowReader(sound)
