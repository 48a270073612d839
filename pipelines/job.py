"""What a worker is asked and what it answers: one file, in plain values that travel as JSON."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemas.outcomes import Outcome, RejectReason, Stage

Lookup = Callable[[dict[str, str]], Mapping[str, Any] | None]
"""Asks the parent for a known hash, {"file_hash": …} or {"audio_hash": …}; None when unknown."""


@dataclass(frozen=True, slots=True)
class Job:
    """One file to look at.

    Attributes
    ----------
    uri, source : str
        The file, and the folder it was found through.
    track_id, file_hash, audio_hash : str or None
        What the warehouse knew of this uri before.
    groups : sequence of str
        Feature groups to measure: all for new audio, the pending ones for known audio.
    pending : sequence of str
        Groups that the known track still lacks at their current version.
    features : sequence of str
        Of the pending groups, the features that it lacks; the others keep what is stored.
    curves : bool
        Whether to bring what a picture of the track shows.
    tagger : str
        Name of the tagger that fills the perceptual group; empty for none.
    path : str
        Local copy of a remote; empty where `uri` is a path.
    name : str
        Of a remote, its path below `source`.
    role : str
        `pipelines.sources.listing.Role`.
    said : sequence of [target, source, values]
        What the listing says of the file.
    scores : sequence of {"path", "uri"}
        Scores beside the file.
    fingerprint : bool
        Whether the known track lacks a fingerprint of this version; new audio always gets one.
    vocabulary : str
        File of a person's additions to the vocabulary; empty for none.
    melody : str
        What to take a melody from: "auto", "line" or "mix"; empty for no melody. With it nothing
        else is measured.
    reread : bool
        The words beside the file have changed: they are read again, its audio is not.
    segments : bool
        Whether to cut it into segments. With it nothing else is measured.
    """

    uri: str
    source: str
    groups: Sequence[str]
    extractor: str = "wordtone"
    max_duration_s: float = 4 * 3600.0
    track_id: str | None = None
    file_hash: str | None = None
    audio_hash: str | None = None
    pending: Sequence[str] = ()
    features: Sequence[str] = ()
    fingerprint: bool = False
    curves: bool = False
    tagger: str = ""
    path: str = ""
    name: str = ""
    role: str = "audio"
    said: Sequence[Sequence[Any]] = ()
    scores: Sequence[Mapping[str, str]] = ()
    vocabulary: str = ""
    reread: bool = False
    melody: str = ""
    segments: bool = False

    @property
    def local(self) -> Path:
        """Where the bytes are on this machine."""
        return Path(self.path or self.uri)


@dataclass(slots=True)
class Analysed:
    """What became of one file; plain values only, so that it travels as JSON.

    `features` maps group → name → number, list, or {"null": reason}.
    `beats` and `sections` are as in `schemas.timeline`, `curves` as in `pipelines.features.curves`.
    `heard` are the tagger's tags, as `pipelines.features.tagger.model.Tag`.
    `scores` are as in `pipelines.scores.read_beside`.
    `fingerprint` is {"codes": numbers} or {"null": reason}; None where none was made.
    `melody` is what `pipelines.melody.hearing.Heard` holds, `segments` are as in
    `pipelines.features.segments`; None where none were asked for.
    `match` is the known track with the same bytes or audio: {"track_id", "uri", "audio",
    "evidence", "moved"}.
    """

    outcome: Outcome
    reason: RejectReason | None = None
    stage: Stage | None = None
    detail: str = ""
    file_hash: str | None = None
    audio: dict[str, Any] | None = None
    features: dict[str, dict[str, Any]] = field(default_factory=dict)
    beats: dict[str, Any] | None = None
    sections: list[dict[str, Any]] = field(default_factory=list)
    curves: dict[str, Any] | None = None
    fingerprint: dict[str, Any] | None = None
    heard: list[dict[str, Any]] = field(default_factory=list)
    text: dict[str, Any] | None = None
    scores: list[dict[str, Any]] = field(default_factory=list)
    match: dict[str, Any] | None = None
    melody: dict[str, Any] | None = None
    segments: list[dict[str, Any]] | None = None
    decoded: bool = False

    def to_message(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def from_message(cls, message: Mapping[str, Any]) -> Analysed:
        values = dict(message)
        values["outcome"] = Outcome(values["outcome"])
        values["reason"] = RejectReason(values["reason"]) if values.get("reason") else None
        values["stage"] = Stage(values["stage"]) if values.get("stage") else None
        return cls(**values)
