"""A recording as a prompt: "like this, but 10 % faster and no vocals".

    clip ─worker: features─▶ Measured ─mapping─▶ vector ─refine by words, options─▶ vector

What the words do not ask for stays as the clip has it. The clip is measured and let go: nothing of
it is stored, and no engine is told its name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from generation.around.tolerances import default_tolerance
from mapping.controlling.measuring import Measured, measured_vector
from mapping.reading.wishes import Options
from pipelines.analyse import Job
from pipelines.audio.isolate import Limits, Worker
from pipelines.isolated import analyse_isolated
from schemas.answers import ConditioningVector
from schemas.conditioning import FeatureCondition, Mode
from schemas.errors import AudioError, InputError
from schemas.features import FEATURES, groups
from schemas.outcomes import RejectReason, Stage
from schemas.parts import Lock, Source
from schemas.report import FileReport
from schemas.settings import Settings

if TYPE_CHECKING:
    from mapping.model import Mapping as Model

TAKEN = (
    "tempo_bpm", "onset_rate_hz", "danceability", "key_mode", "loudness_lufs", "loudness_range_lu",
    "energy", "brightness_hz", "harmonic_ratio", "instrumentalness", "acousticness", "valence",
    "vocal_presence", "speechiness",
)  # fmt: skip
"""What of a clip is asked for: what a listener would call like it. Key and metre have fields of
their own; peaks, tuning, roll-off and the like follow from these or are of the recording alone."""

_LIKE = re.compile(
    r"(?:\b(?:make|do|give\s+me|i\s+want|something|music|a\s+(?:track|song|piece)|it)\s+)*"
    r"\b(?:exactly\s+|just\s+|sound(?:s|ing)?\s+|much\s+)?(?:like|as|similar\s+to)\s+"
    r"(?:this|that|it|the\s+(?:clip|recording|reference|sample|track|song|file))"
    r"(?:\s+(?:one|clip|recording|reference|sample|track|song|file))?\b\s*[,;:–-]?\s*"
    r"(?:\b(?:but|only|except|just|and|though)\b\s*)*",
    re.I,
)


def measure_clip(settings: Settings, path: Path) -> Measured:
    """All features of the audio file at `path`, measured in a worker process with limits.

    Raises
    ------
    AudioError
        When there is no such file, or it cannot be decoded or measured.
    """
    if not path.is_file():
        what = "a folder; valid is an audio file" if path.is_dir() else "no such file"
        raise AudioError(RejectReason.UNREADABLE, f"{path}: {what}", Stage.PROBE)
    limits = Limits(settings.worker_memory_mb, settings.file_timeout_s, settings.file_timeout_s)
    job = Job(
        uri=str(path.absolute()),
        source=str(path.absolute().parent),
        groups=tuple(group for group in groups(FEATURES) if group not in ("quality", "structure")),
        max_duration_s=settings.max_duration_s,
        tagger=settings.tagger,
        vocabulary=settings.vocabulary,
    )
    with Worker(limits) as worker:
        found = analyse_isolated(worker, job, lambda _: {})
    if found.audio is None:
        raise AudioError(
            found.reason or RejectReason.INTERNAL_ERROR,
            found.detail if str(path) in found.detail else f"{path}: {found.detail}",
            found.stage or Stage.ANALYSE,
        )
    flat = {feature: v for group in found.features.values() for feature, v in group.items()}
    return _measured(path.name, flat)


def measured_before(report: FileReport) -> Measured:
    """A clip that was analysed before, by what was measured on it.

    Raises
    ------
    InputError
        When nothing was measured, or a feature is unknown or out of its range: names it, and what
        is valid.
    """
    flat = values_of(report)
    if not any(name in TAKEN for name, value in flat.items() if value is not None):
        raise InputError(f"like: nothing measured that could be asked for; {report.detail}".strip())
    return _measured(report.path, flat)


def values_of(report: FileReport) -> dict[str, Any]:
    """Feature → value or values, None where it could not be told.

    Raises InputError for a feature that is unknown or out of its range.
    """
    flat: dict[str, Any] = {}
    for name, found in ((n, f) for group in report.features.values() for n, f in group.items()):
        spec = next((one for one in FEATURES if one.name == name), None)
        if spec is None:
            raise InputError(f"like: unknown feature {name!r}; docs/features.md lists them")
        values = found.value if isinstance(found.value, tuple) else (found.value,)
        for value in values:
            if value is not None and not spec.minimum <= value <= spec.maximum:
                valid = f"{spec.minimum:g} … {spec.maximum:g} {spec.unit}"
                raise InputError(f"like: {name}: {value:g}; valid is {valid}")
        flat[name] = list(values) if isinstance(found.value, tuple) else found.value
    return flat


def _measured(name: str, flat: Mapping[str, Any]) -> Measured:
    values = {
        spec.name: float(flat[spec.name])
        for spec in FEATURES
        if spec.name in TAKEN and isinstance(flat.get(spec.name), int | float)
    }
    beats = flat.get("time_signature")
    sure = flat.get("tempo_confidence")
    return Measured(
        name=name,
        values=values,
        tolerances={n: default_tolerance(n, v) for n, v in values.items()},
        confidences={"tempo_bpm": float(sure)} if isinstance(sure, int | float) else {},
        key_probabilities=_probabilities(flat),
        time_signature=f"{round(beats)}/4" if isinstance(beats, int | float) else None,
    )


def _probabilities(flat: Mapping[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    keys = flat.get("key_probabilities")
    return np.asarray(keys, np.float64) if isinstance(keys, list) and len(keys) == 24 else None


def vector_like(m: Model, clip: Measured, words: str, options: Options) -> ConditioningVector:
    """A vector for something like `clip`, changed by `words` and by what `options` state.

    "10% faster" and "half the tempo" are of the clip's tempo, "darker" of its brightness; onsets
    follow the tempo, and nothing else moves that the words do not name.

    Raises
    ------
    PromptError
        When nothing in `words` can be followed, or an option cannot be.
    """
    start = measured_vector(m, clip, options)
    asked = " ".join(_LIKE.sub(" ", words).split()).strip(" ,.;!")
    vector = _refined(m, start, asked) if asked else start
    if options.states_anything():
        vector = _stated(m, vector, options)
    prompt = vector.prompt.model_copy(update={"text": words, "for_engine": asked})
    return vector.model_copy(update={"prompt": prompt})


def _refined(m: Model, start: ConditioningVector, asked: str) -> ConditioningVector:
    refinement = m.refine(start, asked)
    vector = refinement.vector
    features = dict(vector.features)
    for change in refinement.changes:
        if change.why.startswith("follows"):
            features[change.feature] = start.features[change.feature]
    faster = _ratio(start, vector)
    if faster != 1 and features["onset_rate_hz"] is start.features["onset_rate_hz"]:
        features["onset_rate_hz"] = _scaled(features["onset_rate_hz"], faster)
    return _with(m, vector.model_copy(update={"warnings": _warnings(start, refinement)}), features)


def _warnings(start: ConditioningVector, refinement: Any) -> tuple[str, ...]:
    return (*start.warnings, *refinement.warnings)


def _stated(m: Model, vector: ConditioningVector, options: Options) -> ConditioningVector:
    """`vector` with what the options state in its place, exactly."""
    told = m.condition("", options)
    features = dict(vector.features)
    features |= {n: c for n, c in told.features.items() if c.source is Source.USER}
    faster = _ratio(vector, told) if options.bpm is not None else 1.0
    if faster != 1 and "onset_rate_hz" not in options.locks:
        features["onset_rate_hz"] = _scaled(vector.features["onset_rate_hz"], faster)
    update: dict[str, object] = {"understood": (*vector.understood, *told.understood)}
    if told.key is not None and told.key.lock is Lock.HARD:
        update["key"] = told.key
    if told.vocals.mode != "open" or options.vocals == "open":
        update["vocals"] = told.vocals
    if told.duration_s is not None:
        update["duration_s"] = told.duration_s
    return _with(m, vector.model_copy(update=update), features)


def _ratio(before: ConditioningVector, after: ConditioningVector) -> float:
    old, new = (v.features["tempo_bpm"].value for v in (before, after))
    measured = before.features["tempo_bpm"].source is Source.AUDIO
    return new / old if old and new and measured else 1.0


def _scaled(condition: FeatureCondition, by: float) -> FeatureCondition:
    """Everything of a condition times `by`, within the feature's range."""
    spec = next(s for s in FEATURES if s.name == "onset_rate_hz")

    def of(value: float | None) -> float | None:
        return None if value is None else min(spec.maximum, max(spec.minimum, value * by))

    modes = tuple(Mode(value=of(x.value) or x.value, weight=x.weight) for x in condition.modes)
    quantiles = condition.quantiles and type(condition.quantiles)(
        **{name: of(value) for name, value in condition.quantiles.model_dump().items()}
    )
    update = {name: of(getattr(condition, name)) for name in ("value", "low", "high", "tolerance")}
    return condition.model_copy(update={**update, "modes": modes, "quantiles": quantiles})


def _with(
    m: Model, vector: ConditioningVector, features: dict[str, FeatureCondition]
) -> ConditioningVector:
    """`vector` with other conditions: its numbers, samples and evidence follow them."""
    from mapping.controlling.rebuilding import Next, assembled

    prompt = vector.prompt
    whole = assembled(m, vector, "", Next(features, None, frozenset()))
    return whole.model_copy(update={"prompt": prompt})
