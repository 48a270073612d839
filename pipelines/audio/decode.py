"""From a file to float32 samples at its native rate.

libsndfile decodes first (WAV, AIFF, FLAC, Ogg Vorbis and Opus, MP3, …); libav, through PyAV,
decodes what libsndfile cannot open (AAC, ALAC, WMA, Matroska, …) and what it gives up on half way.
Lengths in headers are never trusted: limits are enforced on what is decoded.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.audio.declared import Promise
from pipelines.audio.probe import (
    av_codec,
    av_declared_s,
    recognise,
    soundfile_codec,
    soundfile_declared_s,
)
from pipelines.audio.quiet import quiet_stderr
from schemas.audio import Audio, Samples
from schemas.errors import AudioError
from schemas.outcomes import RejectReason, Stage

_BLOCK_VALUES = 1 << 22
_MAX_DAMAGED = 1_000  # packets; beyond that the file is not worth the time
_COMPLETE = 0.98  # of the declared duration; encoders pad and trim
_INT16_SCALE = np.float32(1 / 32768)
_AV_SCALES: dict[str, tuple[float, float]] = {  # offset, factor to full scale ±1
    "u8": (128.0, 1 / 128),
    "s16": (0.0, 1 / 32768),
    "s32": (0.0, 1 / 2147483648),
    "s64": (0.0, 1 / 9223372036854775808),
    "flt": (0.0, 1.0),
    "dbl": (0.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What a decoded file may at most be.

    Attributes
    ----------
    max_duration_s : float
        Seconds.
    max_channels : int
    max_values : int
        Frames times channels: 4 bytes of memory each.
    """

    max_duration_s: float = 7200.0
    max_channels: int = 32
    max_values: int = 1 << 28


DEFAULT_LIMITS = DecodeLimits()


@dataclass(frozen=True, slots=True)
class Decoded:
    """Audio, and whether it is all there.

    Attributes
    ----------
    partial_reason : RejectReason or None
        TRUNCATED when less than 98 % of the declared duration could be had or the container lacks
        its end; UNDECODABLE when parts of it could not be decoded; None when it is whole.
    detail : str
        What is wrong, in words; empty when it is whole.
    """

    audio: Audio
    codec: str
    partial_reason: RejectReason | None = None
    detail: str = ""


@dataclass(slots=True)
class _Take:
    """What one decoder delivered so far: blocks of shape (frames, channels)."""

    path: Path
    limits: DecodeLimits
    codec: str
    sample_rate_hz: int
    channels: int
    declared_s: float | None
    blocks: deque[npt.NDArray[Any]] = field(default_factory=deque)
    frames: int = 0
    trouble: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.channels <= self.limits.max_channels:
            detail = (
                f"{self.path}: {self.channels} channels; valid is 1 … {self.limits.max_channels}"
            )
            raise AudioError(RejectReason.TOO_MANY_CHANNELS, detail, Stage.DECODE)

    def add(self, block: npt.NDArray[Any]) -> None:
        self.blocks.append(block)
        self.frames += len(block)
        seconds = self.frames / self.sample_rate_hz
        if seconds > self.limits.max_duration_s:
            limit = f"{self.limits.max_duration_s:g} s"
        elif self.frames * self.channels > self.limits.max_values:
            limit = f"{self.limits.max_values:,} values in all channels"
        else:
            return
        detail = f"{self.path}: over {limit} after {seconds:.0f} s in {self.channels} channels"
        raise AudioError(RejectReason.TOO_LONG, detail, Stage.DECODE)


def decode(path: Path, *, limits: DecodeLimits = DEFAULT_LIMITS) -> Decoded:
    """Decode `path` whole, at its native rate, all channels.

    Raises
    ------
    AudioError
        EMPTY_FILE, UNREADABLE or NOT_AUDIO (stage PROBE); UNDECODABLE, NO_SAMPLES, NON_FINITE,
        TOO_LONG or TOO_MANY_CHANNELS (stage DECODE).
    """
    container, promised = recognise(path)
    take = _by_soundfile(path, container, promised, limits)
    if take is None or take.trouble:
        second = _by_av(path, promised, limits)
        if take is None or (second is not None and second.frames > take.frames):
            first_trouble = "" if take is None else take.trouble
            take = second
            if take is not None:
                take.trouble = take.trouble or first_trouble
    if take is None:
        detail = f"{path}: {container} by content, but no decoder makes sense of it"
        raise AudioError(RejectReason.UNDECODABLE, detail, Stage.DECODE)
    if not take.frames:
        reason = RejectReason.UNDECODABLE if take.trouble else RejectReason.NO_SAMPLES
        detail = f"{path}: {take.trouble or 'a valid header and not one sample'}"
        raise AudioError(reason, detail, Stage.DECODE)
    return _finish(take, promised)


def _finish(take: _Take, promised: Promise) -> Decoded:
    audio = Audio(_joined(take), take.sample_rate_hz, take.declared_s)
    duration = audio.duration_s
    if take.declared_s is not None and duration < _COMPLETE * take.declared_s:
        detail = f"{duration:.2f} s decoded of {take.declared_s:.2f} s declared"
        detail += f"; {take.trouble}" if take.trouble else ""
        return Decoded(audio, take.codec, RejectReason.TRUNCATED, detail)
    if promised.damage is not None:
        return Decoded(audio, take.codec, RejectReason.TRUNCATED, promised.damage)
    if take.trouble:
        return Decoded(audio, take.codec, RejectReason.UNDECODABLE, take.trouble)
    return Decoded(audio, take.codec)


def _joined(take: _Take) -> Samples:
    """All blocks as float32 of shape (channels, n), a view of interleaved memory."""
    if len(take.blocks) == 1 and take.blocks[0].dtype == np.float32:
        samples: Samples = take.blocks.popleft()
    else:
        samples, where = np.empty((take.frames, take.channels), np.float32), 0
        while take.blocks:  # each block is freed once it is copied
            block = take.blocks.popleft()
            scale = _INT16_SCALE if block.dtype == np.int16 else np.float32(1)
            np.multiply(block, scale, out=samples[where : where + len(block)])
            where += len(block)
    # A NaN or an infinity carries through the extremes; no temporary array is needed.
    if not (np.isfinite(samples.max()) and np.isfinite(samples.min())):
        detail = f"{take.path}: NaN or infinite samples; valid samples are finite"
        raise AudioError(RejectReason.NON_FINITE, detail, Stage.DECODE)
    return samples.T


def _by_soundfile(
    path: Path, container: str, promised: Promise, limits: DecodeLimits
) -> _Take | None:
    """Decode with libsndfile; None when it cannot open the file."""
    import soundfile

    with quiet_stderr(container == "mpeg"):
        try:
            sound = soundfile.SoundFile(path)
        except soundfile.LibsndfileError:
            return None
        with sound:
            take = _Take(
                path,
                limits,
                soundfile_codec(sound),
                int(sound.samplerate),
                int(sound.channels),
                soundfile_declared_s(sound, promised),
            )
            dtype = "int16" if sound.subtype == "PCM_16" else "float32"
            asked, short = max(1, _BLOCK_VALUES // take.channels), False
            try:
                while len(block := sound.read(asked, dtype=dtype, always_2d=True)):
                    if short:  # only the last block of a whole stream is short
                        take.trouble = "the stream has a gap"
                    short = len(block) < asked
                    take.add(block)
            except soundfile.LibsndfileError as error:
                take.trouble = (
                    f"libsndfile stopped after {take.frames} frames: {error.error_string}"
                )
            return take


def _by_av(path: Path, promised: Promise, limits: DecodeLimits) -> _Take | None:
    """Decode with libav; None when it cannot open the file or finds no audio stream."""
    import av

    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                return None
            stream = container.streams.audio[0]
            if not stream.rate or not stream.channels:
                return None
            take = _Take(
                path,
                limits,
                av_codec(stream),
                int(stream.rate),
                int(stream.channels),
                av_declared_s(container, stream, promised),
            )
            _demux(container, stream, take)
            return take
    except av.FFmpegError:
        return None


def _demux(container: Any, stream: Any, take: _Take) -> None:
    """Decode every packet; a damaged one is counted and skipped."""
    import av

    damaged, packets = 0, container.demux(stream)
    while damaged <= _MAX_DAMAGED:
        try:
            packet = next(packets, None)
        except av.FFmpegError:  # the container itself breaks off here
            damaged += 1
            break
        if packet is None:
            break
        try:
            for frame in packet.decode():
                if (frame.sample_rate, frame.layout.nb_channels) != (
                    take.sample_rate_hz,
                    take.channels,
                ):
                    take.trouble = "the sample rate or the number of channels changes half way"
                    return
                take.add(_av_block(frame))
        except av.FFmpegError:
            damaged += 1
    if damaged:
        take.trouble = f"{damaged} damaged packets"


def _av_block(frame: Any) -> npt.NDArray[np.float32]:
    """A libav frame as float32 of shape (n, channels)."""
    raw = frame.to_ndarray()
    offset, factor = _AV_SCALES[frame.format.packed.name]
    raw = raw.T if frame.format.is_planar else raw.reshape(-1, frame.layout.nb_channels)
    if raw.dtype == np.float32:
        return np.ascontiguousarray(raw)
    block: npt.NDArray[np.float32] = ((raw.astype(np.float64) - offset) * factor).astype(np.float32)
    return block
