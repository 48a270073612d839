"""Structure: the sections of a track, which of them repeat, and what each is like.

Conventions: sections follow each other without gaps from the start to the end of the audio; times
in seconds, labels "A", "B" … in order of first appearance. Silence has no sections; less than
20 seconds are one.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pipelines.features.analysis import Analysis
from pipelines.features.loudness.measures import FrameRms
from pipelines.features.registry import measures, shared
from pipelines.features.rhythm.beats import beats
from pipelines.features.rhythm.onsets import onset_strength
from pipelines.features.structure import values as section_values
from pipelines.features.structure.boundaries import boundaries
from pipelines.features.structure.cells import Cells, Frames, cells, views
from pipelines.features.structure.labels import labelled
from pipelines.features.timbre.measures import mfcc
from pipelines.features.tonality.frames import tonal_frames
from pipelines.features.tonality.keys import tonal_profile
from pipelines.features.tonality.pitch import PITCH_FRAME, PITCH_HOP, PITCH_RATE_HZ
from schemas.outcomes import NullReason
from schemas.protocols import Value
from schemas.timeline import Section

LEAST_S = 20.0

Spans = Sequence[tuple[float, float, int]]
"""Start and end in seconds and number of the label, of each section."""


@shared
def sections(analysis: Analysis) -> tuple[Section, ...]:
    """In order, without gaps, from the start to the end of the audio; none where it is silent."""
    return tuple(
        Section(start, end, label_name(label), **section_values.values(analysis, start, end))
        for start, end, label in spans(analysis)
    )


@shared
def spans(analysis: Analysis) -> Spans:
    """Where the sections lie and which repeat each other."""
    duration = analysis.duration_s
    if analysis.silent or not analysis.frames or duration <= 0:
        return []
    if duration < LEAST_S:
        return [(0.0, duration, 0)]
    grid = section_cells(analysis)
    found = views(grid)
    tonal = tonal_profile(analysis) is not None
    edges, labels = labelled(grid, found, boundaries(grid, found), tonal=tonal)
    times = [0.0, *(float(time) for time in grid.starts_s[edges[1:-1]]), duration]
    return list(zip(times[:-1], times[1:], labels, strict=True))


def label_name(number: int) -> str:
    """0 … 25 → A … Z, then AA, AB …, as the columns of a spreadsheet."""
    name = ""
    number += 1
    while number:
        number, letter = divmod(number - 1, 26)
        name = chr(ord("A") + letter) + name
    return name


@measures("section_count", uses=section_values.USES, minimum_s=LEAST_S)
def section_count(analysis: Analysis) -> Value:
    return float(len(spans(analysis))) or NullReason.SILENT


@measures("section_label_count", uses=section_values.USES, minimum_s=LEAST_S)
def section_label_count(analysis: Analysis) -> Value:
    return float(len({label for _, _, label in spans(analysis)})) or NullReason.SILENT


@measures("repetition_ratio", uses=section_values.USES, minimum_s=LEAST_S)
def repetition_ratio(analysis: Analysis) -> Value:
    """Share of the time that is in sections whose label occurs more than once."""
    found = spans(analysis)
    labels = [label for _, _, label in found]
    repeated = sum(end - start for start, end, label in found if labels.count(label) > 1)
    return repeated / analysis.duration_s if found else NullReason.SILENT


@shared
def section_cells(analysis: Analysis) -> Cells:
    """The track cell by cell, as sections are looked for."""
    tonal = tonal_frames(analysis)
    votes = tonal.votes.astype(np.float64) if tonal else np.zeros((1, 12))
    found = beats(analysis)
    frames = Frames(
        analysis.of(FrameRms),
        mfcc(analysis),
        onset_strength(analysis),
        analysis.statistic("centroid"),
        votes,
        np.asarray((np.arange(len(votes)) * PITCH_HOP + PITCH_FRAME / 2) / PITCH_RATE_HZ),
        np.array(found.times_s if found else (), np.float64),
        analysis.duration_s,
    )
    return cells(frames)
