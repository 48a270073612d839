"""What happens to one input file, inside a worker process: hash, decode, measure, read its words.

    bytes ─hash─▶ known bytes? ─▶ decode ─hash─▶ known audio? ─▶ features + text ─▶ Analysed

Known bytes are not decoded and known audio is not measured again; whoever holds the warehouse
answers whether a hash is known.
"""

from __future__ import annotations

import dataclasses
import stat
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

from pipelines.job import Analysed, Job, Lookup
from pipelines.sources.listing import Role, Said
from schemas.errors import AudioError
from schemas.outcomes import NullReason, Outcome, RejectReason, Stage

__all__ = ["Analysed", "Job", "Lookup", "analyse_file"]


def analyse_file(job: Job, lookup: Lookup) -> Analysed:
    """Look at one file; never raises for what is wrong with the file itself."""
    try:
        return _analyse(job, lookup)
    except AudioError as error:
        detail = error.detail.replace(job.path, job.uri) if job.path else error.detail
        return Analysed(Outcome.REJECTED, error.reason, error.stage, detail)
    except OSError as error:
        if error.filename is not None and str(error.filename) != str(job.local):
            raise  # a file of our own is missing, say: that is no fault of this one
        detail = f"{error.strerror or error}"
        return Analysed(Outcome.REJECTED, RejectReason.UNREADABLE, Stage.PROBE, detail)


def _analyse(job: Job, lookup: Lookup) -> Analysed:
    from pipelines.audio.hashing import file_hash

    path = job.local
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):  # a FIFO would be waited for without end
        detail = "not a regular file"
        return Analysed(Outcome.REJECTED, RejectReason.UNREADABLE, Stage.PROBE, detail)
    if found.st_size == 0:
        return Analysed(Outcome.REJECTED, RejectReason.EMPTY_FILE, Stage.PROBE, "0 bytes")
    digest = file_hash(path)
    if digest == job.file_hash and not job.pending and not job.fingerprint:
        return _same_bytes(job, digest, lookup)
    if digest != job.file_hash and (match := lookup({"file_hash": digest})):
        return _known(job, digest, match)
    if job.role == Role.SCORE:
        return _with_words(job, Analysed(Outcome.ACCEPTED, file_hash=digest))
    return _decode_and_measure(job, digest, lookup)


def _same_bytes(job: Job, digest: str, lookup: Lookup) -> Analysed:
    facts = lookup({"facts": digest}) if job.reread else None
    if facts is None:
        return Analysed(Outcome.UNCHANGED, file_hash=digest, detail="touched, same bytes")
    audio = dict(facts["audio"]) if job.role == Role.AUDIO else None
    return _with_words(job, Analysed(Outcome.ACCEPTED, file_hash=digest, audio=audio))


def _known(job: Job, digest: str, match: Mapping[str, Any]) -> Analysed:
    outcome = Outcome.UNCHANGED if match.get("moved") else Outcome.DUPLICATE
    return _with_words(job, Analysed(outcome, file_hash=digest, match=dict(match)))


def _decode_and_measure(job: Job, digest: str, lookup: Lookup) -> Analysed:
    from pipelines.audio.decode import open_audio
    from pipelines.audio.take import DecodeLimits

    decoded = open_audio(job.local, limits=DecodeLimits(max_duration_s=job.max_duration_s))
    pcm = decoded.audio_hash()
    found = Analysed(Outcome.ACCEPTED, file_hash=digest, decoded=True)
    if decoded.partial_reason is not None:
        found.outcome, found.reason = Outcome.PARTIAL, decoded.partial_reason
        found.stage, found.detail = Stage.DECODE, decoded.detail
    found.audio = {
        "duration_s": decoded.audio.duration_s,
        "sample_rate_hz": decoded.audio.sample_rate_hz,
        "channels": decoded.audio.channels,
        "codec": decoded.codec,
        "audio_hash": pcm,
    }
    if job.melody:
        from pipelines.melody.hearing import hear

        found.melody = dataclasses.asdict(hear(decoded.audio, job.melody))
        return found
    if job.segments:
        from pipelines.features.segments import segments

        found.segments = [dataclasses.asdict(one) for one in segments(decoded.audio)]
        return found
    same = pcm == job.audio_hash
    if not same and (match := lookup({"audio_hash": pcm})):
        found.outcome, found.match = Outcome.DUPLICATE, dict(match)
    else:
        # A retagged file holds the audio it held before: only what is pending is measured.
        _measure(found, decoded.audio, job, job.features if same else None)
    return _with_words(job, found)


def _measure(found: Analysed, audio: Any, job: Job, features: Sequence[str] | None) -> None:
    """Measure all features of the job's groups, or (not None) only those of its pending ones."""
    groups = job.groups if features is None else job.pending
    fingerprint = features is None or job.fingerprint
    if not groups and not fingerprint:
        return
    from pipelines.features.extract import Asked, extract_track
    from pipelines.features.tagger.registry import GROUP, load_tagger
    from pipelines.timeline import plain_beats, plain_sections
    from schemas.features import FEATURES

    tagger = load_tagger(job.tagger) if GROUP in groups else None
    asked = Asked(groups, None if features is None else frozenset(features), fingerprint)
    track = extract_track(audio, asked, job.extractor, job.curves, tagger)
    # Only now, because it loads pyarrow: under a memory limit that must not precede scipy, which
    # ends the process where it finds no room.
    from pipelines.duplicates.rows import plain_fingerprint

    found.features = {group: {} for group in groups}
    for spec in FEATURES:
        if spec.name in track.values:
            found.features[spec.group][spec.name] = _plain(track.values[spec.name])
    found.beats, found.sections = plain_beats(track.beats), plain_sections(track.sections)
    found.heard = [dataclasses.asdict(tag) for tag in track.tags]
    found.fingerprint = plain_fingerprint(track.fingerprint)
    if track.curves is not None:
        found.curves = dataclasses.asdict(track.curves)


def _plain(value: float | tuple[float | None, ...] | NullReason) -> Any:
    if isinstance(value, NullReason):
        return {"null": value.value}
    return list(value) if isinstance(value, tuple) else value


def _with_words(job: Job, found: Analysed) -> Analysed:
    """`found`, with what words and scores say of the file.

    Raises
    ------
    AudioError
        When the file is itself a score, and cannot be used.
    """
    from schemas.vocabulary import load, using

    with using(load(job.vocabulary)):
        return _read_words(job, found)


def _read_words(job: Job, found: Analysed) -> Analysed:
    from pipelines.scores import read_beside, score_entry
    from pipelines.sources.metadata import one_statement_each
    from pipelines.sources.text import read_score_text, read_text

    said = tuple(Said(target, source, tuple(values)) for target, source, values in job.said)
    if job.role == Role.SCORE:
        text, facts = read_score_text(job.local, Path(job.source), job.name, said)
        source = f"file:{Path(job.name or job.uri).name}"
        found.scores = [score_entry(job.uri, source, facts, str(found.file_hash))]
    else:
        text = read_text(job.local, Path(job.source), job.name, said)
        found.scores, rights = read_beside(job.scores)
        text = dataclasses.replace(text, rights=one_statement_each([*text.rights, *rights]))
    found.text = _clean(dataclasses.asdict(text))
    found.scores = _clean(found.scores)
    return found


def _clean(value: Any) -> Any:
    """Text that every part of the warehouse can hold: no NUL, no half of a surrogate pair."""
    if isinstance(value, str) and not isinstance(value, StrEnum):
        return value.replace("\0", " ").encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _clean(part) for key, part in value.items()}
    return [_clean(part) for part in value] if isinstance(value, list | tuple) else value
