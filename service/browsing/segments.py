"""The segments of a track's file, measured when they are first asked for and kept under HOME/cache.

The warehouse holds no frames, so the file is decoded again, in a worker process as every file is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from schemas.errors import AudioError
from schemas.outcomes import RejectReason, Stage
from schemas.settings import Settings
from service.browsing.sound import Sound, written
from service.listening import Listening

_KEPT = 2_000
VERSION = "1"
"""Of what `pipelines.features.segments` measures: what an older one measured is measured again."""


def track_segments(
    settings: Settings, listening: Listening, sound: Sound, track_id: str
) -> list[dict[str, Any]]:
    """Segments as `pipelines.features.segments.Segment`.

    Raises
    ------
    AudioError
        When the file cannot be decoded, or breaks its process.
    BusyError
        When too much is looked at already.
    StorageError
        When the cache cannot be written.
    """
    folder = settings.home_path / "cache" / "segments"
    path = folder / f"{track_id}-{sound.mtime_ns}-{VERSION}.json"
    if (found := _kept(path)) is not None:
        return found
    with listening.place():
        measured = _measured(settings, listening, sound)
    with written(folder, path, _KEPT) as work:
        work.write_text(json.dumps(measured), encoding="utf-8")
    return measured


def _kept(path: Path) -> list[dict[str, Any]] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, list) else None


def _measured(settings: Settings, listening: Listening, sound: Sound) -> list[dict[str, Any]]:
    from pipelines.isolated import analyse_isolated
    from pipelines.job import Job

    job = Job(
        uri=str(sound.path),
        source=str(sound.path.parent),
        groups=(),
        max_duration_s=settings.max_duration_s,
        segments=True,
    )
    worker = listening.worker()
    found = listening.in_turn(worker, lambda: analyse_isolated(worker, job, lambda _: {}))
    if found.segments is None:
        reason = found.reason or RejectReason.UNDECODABLE
        raise AudioError(reason, found.detail, found.stage or Stage.DECODE)
    return found.segments
