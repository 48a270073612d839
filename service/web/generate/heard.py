"""A generation as the page shows it: what was asked against what was measured, and its waveform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from schemas.audio import Audio
from schemas.features import feature
from schemas.generation import FeatureResult
from schemas.parts import Applied
from service.web.generate.understood import number

if TYPE_CHECKING:
    from generation.around.keeping import Kept

BARS = 150


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the table. `met` is hit, missed or empty."""

    title: str
    asked: str
    measured: str
    how: str
    met: str
    note: str


def table(kept: Kept) -> list[Told]:
    """What was asked and could be measured, misses first among equals."""
    found = [one for one in kept.result.features if one.measured is not None]
    return [_told(one) for one in sorted(found, key=lambda one: one.applied is Applied.IGNORED)]


def waveform(audio: Audio, bars: int = BARS) -> list[float]:
    """Peak of each of `bars` equal stretches, 0 … 1 of the loudest."""
    mono = np.abs(audio.samples).max(axis=0)
    if not mono.size:
        return [0.0] * bars
    edges = np.linspace(0, mono.size, bars + 1).astype(int)[:-1]
    peaks = np.maximum.reduceat(mono, edges)
    return [round(float(peak), 3) for peak in peaks / max(float(peaks.max()), 1e-9)]


def _told(one: FeatureResult) -> Told:
    met = "" if one.hit is None or one.applied is Applied.IGNORED else _met(one.hit)
    return Told(
        title="key" if one.feature == "key" else one.feature.replace("_", " "),
        asked=_value(one, one.asked),
        measured=_value(one, one.measured),
        how=one.applied.value,
        met=met,
        note=one.note or (one.corrected or ""),
    )


def _met(hit: bool) -> str:
    return "hit" if hit else "missed"


def _value(one: FeatureResult, value: float | str | None) -> str:
    if value is None:
        return "open"
    if isinstance(value, str):
        return value
    spec = feature(one.feature)
    unit = "" if spec.unit in ("1", "ratio") or " " in spec.unit else f" {spec.unit}"
    return number(spec, value) + unit
