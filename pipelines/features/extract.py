"""All features of a piece of audio: the one entry point of this package."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from pipelines.audio.fingerprint import Codes, Fingerprint
from pipelines.features.accumulate import Use
from pipelines.features.analysis import Analysis, TempoPrior
from pipelines.features.curves import CURVE_USES, Curves, curves
from pipelines.features.registry import EXTRACTOR, Measurement, forget, measurements
from pipelines.features.rhythm.beats import bars, beats
from pipelines.features.rhythm.onsets import onset_strength
from pipelines.features.structure.measures import sections
from pipelines.features.tagger.hearing import measurements_by, tags
from pipelines.features.tagger.model import Tag, Tagger
from pipelines.features.tagger.registry import GROUP
from pipelines.features.timbre.measures import log_mel, mfcc
from pipelines.timeline import measured_with
from schemas.audio import AudioSource
from schemas.errors import ContractError
from schemas.features import FEATURES, FeatureSpec
from schemas.outcomes import NullReason
from schemas.protocols import FeatureValues, Value
from schemas.timeline import Beats, Section

LONG_FRAMES = 1 << 15  # 12 minutes


@dataclass(frozen=True, slots=True)
class Track:
    """Everything measured on a track; `beats` is None where there is no pulse."""

    values: FeatureValues
    beats: Beats | None
    sections: tuple[Section, ...]
    curves: Curves | None = None
    tags: tuple[Tag, ...] = ()
    fingerprint: Codes | NullReason | None = None  # None where it was not asked for


@dataclass(frozen=True, slots=True)
class Asked:
    """What to measure: the features of `groups`, or (not None) only `features` among them."""

    groups: Collection[str] | None = None
    features: Collection[str] | None = None
    fingerprint: bool = False


def extract(
    audio: AudioSource,
    groups: Collection[str] | None = None,
    features: Iterable[FeatureSpec] = FEATURES,
    extractor: str = EXTRACTOR,
    tagger: Tagger | None = None,
) -> FeatureValues:
    """Measure the features of `groups` (all of them by default), and only those.

    Without a `tagger`, what needs a model is NO_MODEL.

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
    return _measured(audio, Asked(groups), tuple(features), _Method(extractor, tagger))[0]


def extract_track(
    audio: AudioSource,
    groups: Collection[str] | Asked | None = None,
    extractor: str = EXTRACTOR,
    with_curves: bool = False,
    tagger: Tagger | None = None,
    tempo_prior: TempoPrior | None = None,
) -> Track:
    """Measure the features of `groups` (all by default), and what happens when in the track.

    The beats come with the features of `rhythm` that rest on them, the sections with those of
    `structure` (`pipelines.timeline.MEASURED_WITH`), the `tagger`'s tags with the group
    `perceptual`; `with_curves` adds what a picture of the track shows; `tempo_prior` is what is
    known of the tempo beforehand. Raises ContractError as `extract` does.
    """
    asked = groups if isinstance(groups, Asked) else Asked(groups)
    extra: list[Use] = [*(CURVE_USES if with_curves else ())]
    extra += [Fingerprint] if asked.fingerprint else []
    method = _Method(extractor, tagger, tempo_prior, extra)
    values, analysis = _measured(audio, asked, FEATURES, method)
    heard = asked.groups is None or GROUP in asked.groups
    return Track(
        values,
        beats(analysis) if measured_with("beats", values) else None,
        sections(analysis) if measured_with("sections", values) else (),
        curves(analysis) if with_curves else None,
        tags(analysis, tagger) if tagger and heard else (),
        analysis.of(Fingerprint) if asked.fingerprint else None,
    )


@dataclass(frozen=True, slots=True)
class _Method:
    """What measures, what it knows beforehand, and what the pass collects besides."""

    extractor: str
    tagger: Tagger | None = None
    tempo_prior: TempoPrior | None = None
    extra: Sequence[Use] = ()


def _measured(
    audio: AudioSource,
    asked: Asked,
    features: tuple[FeatureSpec, ...],
    method: _Method,
) -> tuple[FeatureValues, Analysis]:
    specs = _requested(features, asked)
    functions = measurements(method.extractor, features) | measurements_by(method.tagger)
    planned = [functions[spec.name] for spec in specs if spec.name in functions]
    uses = [*(use for plan in planned for use in plan.uses), *method.extra]
    analysis = Analysis(audio, uses, method.tempo_prior)
    if analysis.frames > LONG_FRAMES and any("mel" in plan.uses for plan in planned):
        _leave_mel(analysis)
    values = {spec.name: _value(analysis, spec, functions.get(spec.name)) for spec in specs}
    return values, analysis


def _leave_mel(analysis: Analysis) -> None:
    """Work out all that is read from the mel spectrogram, and let go of it: 80 MB an hour."""
    if not analysis.silent:
        for reader in (onset_strength, bars, mfcc):
            reader(analysis)
    forget(analysis, log_mel)


def _requested(features: tuple[FeatureSpec, ...], asked: Asked) -> list[FeatureSpec]:
    groups = {spec.group for spec in features}
    names = {spec.name for spec in features}
    for what, wanted, known in (
        ("groups", asked.groups, groups),
        ("features", asked.features, names),
    ):
        if unknown := sorted(set(wanted or ()) - known):
            raise ContractError(f"{what}: {', '.join(unknown)}; valid: {', '.join(sorted(known))}")
    return [
        spec
        for spec in features
        if (asked.groups is None or spec.group in asked.groups)
        and (asked.features is None or spec.name in asked.features)
    ]


def _value(analysis: Analysis, spec: FeatureSpec, measurement: Measurement | None) -> Value:
    if measurement is None:
        return NullReason.NO_MODEL
    if analysis.duration_s < measurement.minimum_s:
        return NullReason.TOO_SHORT
    if measurement.needs_sound and analysis.silent:
        empty = analysis.extent.samples == 0
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
