"""A cheap look at a file: container, codec and what it declares, without decoding it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.audio.declared import Promise, promise
from pipelines.audio.libav import audio_stream, open_av
from pipelines.audio.quiet import quiet_stderr
from pipelines.audio.recognise import container_of, is_audio, read_head
from schemas.errors import AudioError
from schemas.outcomes import RejectReason, Stage

__all__ = ["Probe", "is_audio", "probe"]

SOUNDFILE_CONTAINERS = frozenset({"wav", "aiff", "flac", "ogg", "mpeg", "au", "caf", "w64"})
"""What libsndfile is asked to open. By content: under a name that ends in .mp3 it would take
anything else for MPEG audio."""

_UNKNOWN_FRAMES = 1 << 62  # libsndfile's SF_COUNT_MAX: it does not know
_CODECS = {
    "MPEG_LAYER_I": "mp1",
    "MPEG_LAYER_II": "mp2",
    "MPEG_LAYER_III": "mp3",
    "mp3float": "mp3",
    "pcm_s16le": "pcm_16",
    "pcm_s16be": "pcm_16",
    "pcm_s24le": "pcm_24",
    "pcm_s24be": "pcm_24",
    "pcm_f32le": "float",
}


@dataclass(frozen=True, slots=True)
class Probe:
    """What a file says about itself.

    Attributes
    ----------
    container : str
        By content: wav, aiff, flac, ogg, mpeg, aac, mp4, asf, matroska, …
    codec : str
        vorbis, opus, mp3, aac, flac, pcm_16, float, …
    declared_duration_s : float or None
        The container's promise, in seconds; None where it makes none.
    """

    container: str
    codec: str
    declared_duration_s: float | None
    sample_rate_hz: int
    channels: int


def probe(path: Path) -> Probe:
    """Look at `path` without decoding it.

    Raises
    ------
    AudioError
        EMPTY_FILE, UNREADABLE, NOT_AUDIO or UNDECODABLE, at stage PROBE.
    """
    container, promised = recognise(path)
    return _by_soundfile(path, container, promised) or _by_av(path, container, promised)


def recognise(path: Path) -> tuple[str, Promise]:
    """Container and declared length of `path`; raises AudioError when its content is no audio."""
    head = read_head(path)
    container = container_of(head.data)
    if container is None:
        detail = f"{path}: begins with {head.data[:8].hex(' ')}, which no known audio format does"
        raise AudioError(RejectReason.NOT_AUDIO, detail, Stage.PROBE)
    try:
        return container, promise(path, container, head)
    except OSError as error:
        detail = f"{path}: {error.strerror or error}"
        raise AudioError(RejectReason.UNREADABLE, detail, Stage.PROBE) from error


def soundfile_codec(sound: Any) -> str:
    """Codec of an open `soundfile.SoundFile`."""
    if sound.format == "FLAC":
        return "flac"
    return _CODECS.get(sound.subtype, str(sound.subtype).lower())


def av_codec(stream: Any) -> str:
    """Codec of an audio stream of PyAV."""
    name = str(stream.codec_context.name)
    return _CODECS.get(name, name)


def soundfile_declared_s(sound: Any, promised: Promise) -> float | None:
    """Declared seconds: the container's own field, else libsndfile's word."""
    frames = promised.frames if promised.known else int(sound.frames)
    if frames is None or not 0 < frames < _UNKNOWN_FRAMES:
        return None
    return frames / int(sound.samplerate)


def av_declared_s(container: Any, stream: Any, promised: Promise) -> float | None:
    """Declared seconds: the container's own field, else libavformat's word."""
    if promised.known:
        return None if promised.frames is None else promised.frames / int(stream.rate)
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return None if container.duration is None else container.duration / 1e6


def _by_soundfile(path: Path, container: str, promised: Promise) -> Probe | None:
    import soundfile

    if container not in SOUNDFILE_CONTAINERS:
        return None
    try:
        with quiet_stderr(container == "mpeg"), soundfile.SoundFile(path) as sound:
            return Probe(
                container,
                soundfile_codec(sound),
                soundfile_declared_s(sound, promised),
                int(sound.samplerate),
                int(sound.channels),
            )
    except soundfile.LibsndfileError:
        return None


def _by_av(path: Path, container: str, promised: Promise) -> Probe:
    import av

    try:
        with open_av(path, container) as opened:
            stream = audio_stream(opened)
            if stream is None:
                detail = f"{path}: a {container} file without an audio stream"
                raise AudioError(RejectReason.NOT_AUDIO, detail, Stage.PROBE)
            declared = av_declared_s(opened, stream, promised)
            return Probe(container, av_codec(stream), declared, stream.rate, stream.channels)
    except av.FFmpegError as error:
        detail = f"{path}: {container} by content, but no decoder opens it ({error.strerror})"
        raise AudioError(RejectReason.UNDECODABLE, detail, Stage.PROBE) from error
