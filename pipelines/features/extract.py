"""All features of a piece of audio: the one entry point of this package."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from pipelines.features.analysis import Analysis
from pipelines.features.beats import beats
from pipelines.features.registry import EXTRACTOR, Measurement, measurements
from pipelines.features.structure import sections
from schemas.audio import Audio
from schemas.errors import ContractError
from schemas.features import FEATURES, FeatureSpec
from schemas.outcomes import NullReason
from schemas.protocols import FeatureValues, Value
from schemas.timeline import Beats, Section


@dataclass(frozen=True, slots=True)
class Track:
    """Everything measured on a track; `beats` is None where there is no pulse."""

    values: FeatureValues
    beats: Beats | None
    sections: tuple[Section, ...]


def extract(
    audio: Audio,
    groups: Collection[str] | None = None,
    features: Iterable[FeatureSpec] = FEATURES,
    extractor: str = EXTRACTOR,
) -> FeatureValues:
    """Measure the features of `groups` (all of them by default), and only those.

    Returns
    -------
    FeatureValues
        One entry per feature of the groups: a float, a tuple padded with None to the feature's
        size, or the NullReason why there is no value. A value outside its spec's range, or not
        finite, becomes OUT_OF_RANGE; nothing is clamped.

    Raises
    ------
    ContractError
        A group or extractor is unknown, or functions and `features` disagree.
    """
    return _measured(audio, groups, tuple(features), extractor)[0]


def extract_track(
    audio: Audio, groups: Collection[str] | None = None, extractor: str = EXTRACTOR
) -> Track:
    """Measure the features of `groups` (all by default), and the beats and sections of the track.

    Raises ContractError as `extract` does.
    """
    values, analysis = _measured(audio, groups, FEATURES, extractor)
    return Track(values, beats(analysis), sections(analysis))


def _measured(
    audio: Audio,
    groups: Collection[str] | None,
    features: tuple[FeatureSpec, ...],
    extractor: str,
) -> tuple[FeatureValues, Analysis]:
    specs = _requested(features, groups)
    functions = measurements(extractor, features)
    planned = [functions[spec.name] for spec in specs if spec.name in functions]
    analysis = Analysis(audio, (name for plan in planned for name in plan.uses))
    values = {spec.name: _value(analysis, spec, functions.get(spec.name)) for spec in specs}
    return values, analysis


def _requested(
    features: tuple[FeatureSpec, ...], groups: Collection[str] | None
) -> list[FeatureSpec]:
    if groups is None:
        return list(features)
    known = {spec.group for spec in features}
    if unknown := sorted(set(groups) - known):
        raise ContractError(f"groups: {', '.join(unknown)}; valid: {', '.join(sorted(known))}")
    return [spec for spec in features if spec.group in groups]


def _value(analysis: Analysis, spec: FeatureSpec, measurement: Measurement | None) -> Value:
    if measurement is None:
        return NullReason.NO_MODEL
    if analysis.duration_s < measurement.minimum_s:
        return NullReason.TOO_SHORT
    if measurement.needs_sound and analysis.silent:
        empty = analysis.audio.samples.size == 0
        return NullReason.TOO_SHORT if empty else NullReason.SILENT
    return _checked(spec, measurement.function(analysis))


def _checked(spec: FeatureSpec, value: Value) -> Value:
    """`value` in the form that `spec` asks for, or OUT_OF_RANGE.

    Raises
    ------
    ContractError
        When a scalar was measured for a vector feature or the reverse, or too many entries.
    """
    if isinstance(value, NullReason):
        return value
    entries = value if isinstance(value, tuple) else (value,)
    if isinstance(value, tuple) != (spec.size > 1) or len(entries) > spec.size:
        raise ContractError(f"feature {spec.name!r}: {value!r} measured; valid is size {spec.size}")
    for entry in entries:
        if entry is not None and not _in_range(spec, entry):
            return NullReason.OUT_OF_RANGE
    if not isinstance(value, tuple):
        return float(value)
    padding = (None,) * (spec.size - len(value))
    return tuple(None if entry is None else float(entry) for entry in value) + padding


def _in_range(spec: FeatureSpec, value: float) -> bool:
    return math.isfinite(value) and spec.minimum <= value <= spec.maximum
