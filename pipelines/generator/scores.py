"""Scores of the catalogue to learn from: MIDI files that may train, as events."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import mido

from generation.learned.conditions import LEARNED, measured
from generation.learned.symbolic.events import encode
from generation.learned.symbolic.from_midi import Key, score_of_midi
from generation.learned.symbolic.windows import Example
from pipelines.audio.hashing import file_hash
from pipelines.generator.catalogue import Catalogue, Row, styles_of
from pipelines.generator.rows import Source
from pipelines.sources.patience import OutOfPatience, cpu_at_most
from pipelines.sources.score import read_score
from schemas.errors import AudioError, InputError, WordtoneError

_PATIENCE_S = 20.0
_LEAST_EVENTS = 24

Progress = Callable[[float, str], None]


def rows(catalogue: Catalogue, progress: Progress) -> Iterator[tuple[Source, Example]]:
    """A row for each score that can be read and is still the file that was ingested.

    Features are those of the track's recording where it has one; of a score alone they are
    measured on its rendering. What cannot be used is counted in `catalogue.skipped`.
    """
    features = {row["track_id"]: row for row in catalogue.tracks}
    for done, found in enumerate(catalogue.scores, 1):
        track_id = found["track_id"]
        try:
            example = _example(found, features.get(track_id))
        except (OSError, WordtoneError, OutOfPatience) as error:
            catalogue.skip(_reason(error))
            continue
        if example is None:
            catalogue.skip("score: under two dozen notes")
            continue
        yield Source(track_id, catalogue.licence(track_id)), example
        progress(done / len(catalogue.scores), "reading scores")


def _example(found: Mapping[str, Any], track: Row | None) -> Example | None:
    path = Path(found["uri"])
    read_score(path)  # refuses what is broken, too large or no MIDI
    if file_hash(path) != found["file_hash"]:
        raise InputError("score: the file has changed since it was ingested")
    with cpu_at_most(_PATIENCE_S):
        score = score_of_midi(mido.MidiFile(path), _key(track))
    events = encode(score)
    if len(events) < _LEAST_EVENTS:
        return None
    if track is not None:
        return Example(events, measured(track, LEARNED, styles_of(track)))
    from pipelines.generator.library import heard

    return Example(events, measured(heard(score), LEARNED))


def _key(track: Row | None) -> Key | None:
    if track is None or track.get("key_pitch_class") is None or track.get("key_mode") is None:
        return None
    return int(track["key_pitch_class"]), "major" if track["key_mode"] else "minor"


def _reason(error: BaseException) -> str:
    if isinstance(error, AudioError):
        return f"score: {error.reason.value}"
    if isinstance(error, OSError):
        return "score: the file cannot be read here"
    return str(error)[:80]
