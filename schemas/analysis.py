"""Rows of what is known about sound: structure, imported values and a person's corrections.

Measured features have one table a group, derived from FEATURES in `schemas.tables`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from schemas.columns import Double, column

FINGERPRINT_VERSION = 1
"""Of `pipelines.audio.fingerprint`: raise it when the same audio would get other codes, and every
track gets a new fingerprint with its next ingest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatsRow:
    track_id: str = column("track", key=True)
    beat_count: int = column("number of beats", minimum=1)
    times_s: list[Double] = column("beats, s from the start, ascending", minimum=0)
    downbeats: list[int] = column(
        "positions in `times_s`, from 0, of the first beat of each bar; empty: no bar was told",
        minimum=0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FingerprintRow:
    track_id: str = column("track", key=True)
    version: int = column("version of the fingerprint", key=True, minimum=1)
    codes: list[int] = column(
        "32 bits every 0.093 s, 0 where nothing is to be heard; empty: no fingerprint",
        minimum=0,
        maximum=0xFFFF_FFFF,
    )
    reason: str | None = column("why there is none: too_short or silent", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    track_id: str = column("track", key=True)
    version: int = column("version of the fingerprint that was compared", key=True, minimum=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SectionRow:
    track_id: str = column("track", key=True)
    index: int = column("position in the track, from 0", key=True, minimum=0)
    start_s: float = column("start, s", minimum=0)
    end_s: float = column("end, s", minimum=0)
    label: str = column("repeats share one label: A, B, …")
    tempo_bpm: float | None = column("tempo, BPM", minimum=30, maximum=300, default=None)
    key_pitch_class: int | None = column("tonic, C = 0", minimum=0, maximum=11, default=None)
    key_mode: int | None = column("1 major, 0 minor", minimum=0, maximum=1, default=None)
    energy: float | None = column("energy, 0 … 1", minimum=0, maximum=1, default=None)
    brightness_hz: float | None = column("mean spectral centroid, Hz", minimum=0, default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRow:
    track_id: str = column("track", key=True)
    metric: str = column("name of a feature, or of a value only the source knows", key=True)
    source: str = column("metadata set the value was imported from", key=True)
    value: float = column("value in `unit`")
    unit: str = column("unit as the source defines it")


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRow:
    track_id: str = column("track", key=True)
    metric: str = column("name of a scalar feature", key=True)
    value: float = column("a person's word, which wins over every measurement")
    note: str = column("why")
    author: str = column("who")
    withdrawn_at: datetime | None = column("when it was withdrawn", default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRow:
    metric: str = column("feature whose scale the values are brought to", key=True)
    source: str = column("metadata set whose values are brought there", key=True)
    reference: str = column("who measured, or gave, the values of that scale", key=True)
    source_metric: str = column("name of the set's own metric")
    x: list[Double] = column(
        "knots: values of the set, strictly ascending; empty where there is none"
    )
    y: list[Double] = column("knots: values of the feature; straight lines between, flat beyond")
    method: str = column("isotonic, identity, or none")
    tracks: int = column("tracks that have both values", minimum=0)
    spearman: float | None = column("rank correlation", minimum=-1, maximum=1, default=None)
    error_before: float | None = column(
        "mean absolute error of the set's number taken as it is, in the feature's unit",
        default=None,
    )
    error_after: float | None = column("the same, calibrated, on held-out tracks", default=None)
    error_constant: float | None = column("the same, of always saying the median", default=None)
    reason: str | None = column("why there is no calibration; null where there is", default=None)
    fitted_at: datetime = column("when it was fitted")
    snapshot: int = column("warehouse snapshot it was fitted on", minimum=0)
    version: int = column("version of the method", minimum=1)
