"""From what a worker found in a file to the document that `wordtone analyse` shows or prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipelines.analyse import Analysed
from schemas.features import feature, key_name
from schemas.outcomes import NullReason
from schemas.report import (
    AudioReport,
    BeatsReport,
    FeatureReport,
    FileReport,
    KeyCandidate,
    KeyReport,
    SectionReport,
    TagReport,
    TempoCandidate,
    TempoReport,
)

_KEYS = 24
_TAG_FIELDS = ("term", "kind", "source", "weight")


def file_report(path: Path, found: Analysed) -> FileReport:
    """Everything found in the file that was named `path`."""
    words = found.text or {}
    values = {name: value for group in found.features.values() for name, value in group.items()}
    return FileReport(
        path=str(path).encode("utf-8", "replace").decode(),
        outcome=found.outcome,
        reason=found.reason,
        stage=found.stage,
        detail=found.detail,
        title=words.get("title"),
        artist=words.get("artist"),
        file_hash=found.file_hash,
        audio=AudioReport(**found.audio) if found.audio else None,
        tempo=_tempo(values),
        key=_key(values),
        beats=_beats(found.beats),
        sections=tuple(_section(index, part) for index, part in enumerate(found.sections)),
        features={
            group: {name: _feature(name, value) for name, value in members.items()}
            for group, members in found.features.items()
        },
        tags=tuple(
            TagReport(**{name: tag[name] for name in _TAG_FIELDS})
            for tag in (*words.get("tags", ()), *found.heard)
        ),
    )


def _feature(name: str, value: Any) -> FeatureReport:
    unit = feature(name).unit
    if isinstance(value, Mapping):
        return FeatureReport(value=None, unit=unit, null_reason=NullReason(value["null"]))
    return FeatureReport(value=tuple(value) if isinstance(value, list) else value, unit=unit)


def _number(values: Mapping[str, Any], name: str) -> float | None:
    value = values.get(name)
    return float(value) if isinstance(value, int | float) else None


def _numbers(values: Mapping[str, Any], name: str) -> list[float]:
    value = values.get(name)
    return [part for part in value if part is not None] if isinstance(value, list) else []


def _tempo(values: Mapping[str, Any]) -> TempoReport | None:
    bpm = _number(values, "tempo_bpm")
    if bpm is None:
        return None
    pairs = zip(
        _numbers(values, "tempo_candidates"),
        _numbers(values, "tempo_candidate_weights"),
        strict=False,
    )
    candidates = tuple(TempoCandidate(bpm=tempo, weight=weight) for tempo, weight in pairs)
    confidence = _number(values, "tempo_confidence")
    return TempoReport(bpm=bpm, confidence=confidence, candidates=candidates)


def _key(values: Mapping[str, Any]) -> KeyReport | None:
    """The two most probable keys; C major … B major come first, then C minor … B minor."""
    odds = _numbers(values, "key_probabilities")
    if len(odds) != _KEYS:
        return None
    first, second = sorted(range(_KEYS), key=lambda key: -odds[key])[:2]
    strength = _number(values, "key_strength")
    return KeyReport(best=_key_of(first, odds), runner_up=_key_of(second, odds), strength=strength)


def _key_of(index: int, odds: Sequence[float]) -> KeyCandidate:
    tonic, mode = index % 12, int(index < 12)
    return KeyCandidate(
        name=key_name(tonic, mode), pitch_class=tonic, mode=mode, probability=odds[index]
    )


def _beats(beats: Mapping[str, Any] | None) -> BeatsReport | None:
    return None if beats is None else BeatsReport(count=len(beats["times_s"]), **beats)


def _section(index: int, part: Mapping[str, Any]) -> SectionReport:
    tonic, mode = part["key_pitch_class"], part["key_mode"]
    name = None if tonic is None or mode is None else key_name(tonic, mode)
    return SectionReport(index=index, key=name, **part)
