"""The sound of a track for a browser: its file where that is at hand and as it was recorded, and
its waveform.

Only files that the warehouse knows are opened, and only while size and modification time are those
that were recorded: what has been put in a file's place since is not served.
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.errors import AudioError, BusyError, InputError, StorageError
from schemas.outcomes import Outcome, RejectReason, Stage
from schemas.settings import Settings

if TYPE_CHECKING:
    from warehouse.lake import Lake

PLAYED: dict[str, str] = {
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".flac": "audio/flac",
    ".ogg": "audio/ogg",
    ".oga": "audio/ogg",
    ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
    ".aac": "audio/aac",
    ".webm": "audio/webm",
}
"""Suffix → media type of what browsers decode themselves; all else is copied as WAV."""

_NOT_EVERYWHERE = frozenset({"alac", "pcm_f64le", "adpcm_ms", "adpcm_ima_wav", "gsm"})
"""Codecs in such containers that browsers do not have."""

_COPIES = 20
_LONGEST_S = 180.0
_PATIENCE_S = 20.0
_AT_ONCE = threading.BoundedSemaphore(2)
_WAVEFORMS = 2_000


class NoSound(InputError):
    """There is no file of the track that can be played here; the message says why."""

    http_status = 404


@dataclass(frozen=True, slots=True)
class Sound:
    """A file at hand. `media_type` is None where browsers cannot decode it."""

    path: Path
    media_type: str | None
    size: int
    mtime_ns: int


def sound_of(lake: Lake, track_id: str, codec: str | None = None) -> Sound:
    """The first file of a track that is at hand.

    Raises
    ------
    NoSound
        There is none, or what is there is not what was recorded.
    """
    from warehouse import browsing

    why = "no file of it is known"
    for file in browsing.files_of(lake, track_id):
        found = _checked(file)
        if isinstance(found, str):
            why = found
            continue
        kind = PLAYED.get(found.path.suffix.lower())
        if codec is not None and codec.lower() in _NOT_EVERYWHERE:
            kind = None
        return Sound(found.path, kind, found.size, found.mtime_ns)
    raise NoSound(f"track {track_id!r} cannot be played: {why}")


def _checked(file: dict[str, Any]) -> Sound | str:
    """The file, or why not."""
    path = Path(file["uri"])
    if "://" in file["uri"] or not path.is_absolute():
        return "its file is not on this machine"
    if file["state"] != "present":
        return "its file was missing at the last look"
    try:
        facts = path.stat()
    except (OSError, ValueError):
        return "its file is not there any more"
    if not stat.S_ISREG(facts.st_mode):
        return "what is in its place is not a regular file"
    if (facts.st_size, facts.st_mtime_ns) != (file["size"], file["mtime_ns"]):
        return "its file has changed since it was taken in; `wordtone ingest` looks at it again"
    return Sound(path, None, facts.st_size, facts.st_mtime_ns)


def playable(settings: Settings, sound: Sound, name: str) -> tuple[Path, str]:
    """A file that browsers play, and its media type: the track's own, or a copy that is kept under
    HOME/cache, `name` of it.

    Raises
    ------
    AudioError
        When it cannot be decoded.
    StorageError
        When the cache cannot be written.
    """
    if sound.media_type is not None:
        return sound.path, sound.media_type
    from pipelines.audio.playing import copy_as_wav

    folder = settings.home_path / "cache" / "audio"
    kept = folder / f"{name}-{sound.mtime_ns}.wav"
    if not kept.is_file():
        with _one_of_few(), written(folder, kept, _COPIES) as work:
            copy_as_wav(sound.path, work)
    return kept, "audio/wav"


def waveform(settings: Settings, sound: Sound, name: str) -> dict[str, Any]:
    """`duration_s`, and `lowest`, `highest` and `level` of equal spans, full scale ±1, as
    `pipelines.features.curves` has them. Kept under HOME/cache.

    Raises
    ------
    AudioError
        When it cannot be decoded.
    StorageError
        When the cache cannot be written.
    """
    if (found := kept_waveform(settings, sound, name)) is not None:
        return found
    folder = settings.home_path / "cache" / "waveforms"
    with _one_of_few():
        measured = _measured(settings, sound)
    with written(folder, _waveform_path(settings, sound, name), _WAVEFORMS) as work:
        work.write_text(json.dumps(measured), encoding="utf-8")
    return measured


def kept_waveform(settings: Settings, sound: Sound, name: str) -> dict[str, Any] | None:
    """The waveform that was measured before, or None."""
    try:
        found = json.loads(_waveform_path(settings, sound, name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _waveform_path(settings: Settings, sound: Sound, name: str) -> Path:
    return settings.home_path / "cache" / "waveforms" / f"{name}-{sound.mtime_ns}.json"


def _measured(settings: Settings, sound: Sound) -> dict[str, Any]:
    from pipelines.audio.isolate import Limits, Worker
    from pipelines.isolated import analyse_isolated
    from pipelines.job import Job

    job = Job(
        uri=str(sound.path),
        source=str(sound.path.parent),
        groups=("loudness",),
        max_duration_s=settings.max_duration_s,
        curves=True,
    )
    longest_s = min(settings.file_timeout_s, _LONGEST_S)
    limits = Limits(settings.worker_memory_mb, longest_s, longest_s)
    with Worker(limits) as worker:
        found = analyse_isolated(worker, job, lambda _: {})
    if found.curves is None or found.audio is None:
        assert found.outcome is not Outcome.ACCEPTED
        reason = found.reason or RejectReason.UNDECODABLE
        raise AudioError(reason, found.detail, found.stage or Stage.DECODE)
    names = ("lowest", "highest", "level")
    curves = {name: found.curves[name]["values"] for name in names}
    return {"duration_s": found.audio["duration_s"], **curves}


@contextmanager
def _one_of_few() -> Iterator[None]:
    """Few files are decoded at once, whoever asks. Raises BusyError after a while."""
    if not _AT_ONCE.acquire(timeout=_PATIENCE_S):
        raise BusyError("other files are being decoded; ask again in a moment")
    try:
        yield
    finally:
        _AT_ONCE.release()


@contextmanager
def written(folder: Path, path: Path, most: int) -> Iterator[Path]:
    """A file of a cache: written under another name, then renamed; the oldest beyond `most` go."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(dir=folder, prefix=".", suffix=path.suffix)
        os.close(number)
        work = Path(name)
        try:
            yield work
            work.replace(path)
        finally:
            work.unlink(missing_ok=True)
        files = [path for path in folder.iterdir() if not path.name.startswith(".")]
        files.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
        for old in files[most:]:
            old.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be written ({error.strerror or error})") from error
