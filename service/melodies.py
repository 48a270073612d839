"""A request with a melody: of a recording, or of notes that were heard in one before."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

from generation.around import asking
from pipelines.melody.transcribe import Wanted, read_again, transcribe_melody
from schemas.answers import ConditioningVector
from schemas.conditioning import ConditioningRequest, FeatureCondition, KeyCondition
from schemas.errors import InputError
from schemas.melody import Transcription
from schemas.parts import Lock, Source
from schemas.report import KeyCandidate
from schemas.settings import Settings

Request = TypeVar("Request", bound=ConditioningRequest)


def with_recording(
    settings: Settings, request: ConditioningRequest, path: Path
) -> ConditioningRequest:
    """The request with the melody of a recording; with its tempo and key where none are stated.

    Raises AudioError when the recording cannot be used, InputError when it holds no melody.
    """
    heard = transcribe_melody(settings, path, Wanted(tempo_bpm=_stated_tempo(request)))
    if not heard.notes:
        raise InputError(f"--melody {path}: no note was heard in it")
    return with_notes(request, heard)


def with_notes(request: Request, heard: Transcription) -> Request:
    """The request with a melody that was heard before, its notes as a person left them.

    Its tempo and key are taken where the request states none. Where the request does, a melody
    whose tempo a person confirmed is played at that tempo; any other is read as sung at it.

    Raises InputError when it has no notes.
    """
    if not heard.notes:
        raise InputError("melody: it has no notes")
    bpm = _stated_tempo(request)
    if bpm is not None and bpm != heard.tempo_bpm:
        heard = _at_tempo(heard, bpm)
    update: dict[str, Any] = {"melody": heard.melody}
    if bpm is None and heard.tempo_bpm is not None:
        tempo = FeatureCondition(
            value=heard.tempo_bpm,
            unit="BPM",
            source=Source.AUDIO,
            confidence=_confidence(heard),
            lock=Lock.SOFT,
        )
        update["features"] = {**request.features, "tempo_bpm": tempo}
    if asking.key(request) is None and heard.key is not None:
        update["key"] = _heard_key(heard.key)
    if isinstance(request, ConditioningVector):
        said = {"tempo_bpm", "key_mode"} if "key" in update else {"tempo_bpm"}
        update["unsaid"] = tuple(name for name in request.unsaid if name not in said)
    return request.model_copy(update=update)


def _stated_tempo(request: ConditioningRequest) -> float | None:
    stated = request.features.get("tempo_bpm")
    hard = stated is not None and stated.lock is Lock.HARD
    return asking.tempo(request) if hard else None


def _at_tempo(heard: Transcription, bpm: float) -> Transcription:
    if heard.confirmed:
        return heard.model_copy(update={"tempo_bpm": bpm})
    return read_again(heard, Wanted(tempo_bpm=bpm))


def _confidence(heard: Transcription) -> float:
    if heard.confirmed:
        return 1.0
    return heard.tempi[0].confidence if heard.tempi else 0.5


def _heard_key(heard: KeyCandidate) -> KeyCondition:
    return KeyCondition(
        pitch_class=heard.pitch_class,
        mode="major" if heard.mode else "minor",
        name=heard.name,
        source=Source.AUDIO,
        confidence=heard.probability,
        lock=Lock.SOFT,
    )
