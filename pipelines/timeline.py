"""Beats and sections as plain values, in which they leave a worker. See `pipelines.timeline_rows`.

Times in seconds, to a tenth of a millisecond. Imports nothing heavy: every worker loads it.
"""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Iterable
from typing import Any

from schemas.timeline import Beats, Section

_PLACES = 4

MEASURED_WITH: dict[str, tuple[str, frozenset[str]]] = {
    "beats": (
        "rhythm",
        frozenset(
            {
                "tempo_bpm",
                "tempo_confidence",
                "tempo_candidates",
                "tempo_candidate_weights",
                "beat_strength",
                "time_signature",
                "downbeat_confidence",
            }
        ),
    ),
    "sections": (
        "structure",
        frozenset({"section_count", "section_label_count", "repetition_ratio"}),
    ),
}
"""Table → the feature group it belongs to, and the features that rest on the same measurement: when
one of them is measured again, so is the table's content; when another one is, it stays."""


def measured_with(table: str, features: Iterable[str]) -> bool:
    """Whether measuring `features` also brings what `table` holds of a track."""
    return not MEASURED_WITH[table][1].isdisjoint(features)


def plain_beats(beats: Beats | None) -> dict[str, Any] | None:
    """JSON values of `beats`; None where there are none."""
    if beats is None or not beats.times_s:
        return None
    times = [round(float(time), _PLACES) for time in beats.times_s]
    return {"times_s": times, "downbeats": [int(position) for position in beats.downbeats]}


def plain_sections(sections: Iterable[Section]) -> list[dict[str, Any]]:
    """JSON values of each section; what is not finite is null."""
    return [
        {name: _plain(value) for name, value in dataclasses.asdict(section).items()}
        for section in sections
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return round(float(value), _PLACES) if math.isfinite(value) else None
    return value
