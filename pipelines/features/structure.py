"""The sections of a track."""

from __future__ import annotations

from pipelines.features.analysis import Analysis
from pipelines.features.registry import shared
from schemas.timeline import Section


@shared
def sections(analysis: Analysis) -> tuple[Section, ...]:
    """In order, without gaps, from the start to the end of the audio; none where it is silent."""
    if analysis.silent:
        return ()
    return (Section(0.0, analysis.duration_s, "A"),)
