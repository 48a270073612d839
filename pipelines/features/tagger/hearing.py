"""A tagger's features as measurements like any others: the same null rules, in the same pass."""

from __future__ import annotations

from functools import partial

from pipelines.features.analysis import Analysis
from pipelines.features.registry import Measurement
from pipelines.features.tagger.excerpts import excerpts
from pipelines.features.tagger.model import Heard, Tag, Tagger


def measurements_by(tagger: Tagger | None) -> dict[str, Measurement]:
    """Feature → how `tagger` fills it; none without a tagger."""
    if tagger is None:
        return {}
    listening = tagger.listening
    return {
        name: Measurement(
            name=name,
            function=partial(_value, tagger, name),
            uses=(excerpts(listening),),
            minimum_s=listening.shortest_s,
            needs_sound=True,
        )
        for name in tagger.features
    }


def tags(analysis: Analysis, tagger: Tagger) -> tuple[Tag, ...]:
    """What `tagger` says of a track in words; nothing of one that is silent or too short for it."""
    if analysis.duration_s < tagger.listening.shortest_s or analysis.silent:
        return ()
    return _heard(analysis, tagger).tags


def _value(tagger: Tagger, name: str, analysis: Analysis) -> float:
    return _heard(analysis, tagger).values[name]


def _heard(analysis: Analysis, tagger: Tagger) -> Heard:
    """What the tagger hears, once a track."""
    found = analysis.memory.get(tagger)
    if not isinstance(found, Heard):
        found = tagger.hear(analysis.of(excerpts(tagger.listening)))
        analysis.memory[tagger] = found
    return found
