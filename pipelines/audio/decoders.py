"""The two decoders: libsndfile, and libav through PyAV. None where one cannot open a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.audio.declared import Promise
from pipelines.audio.probe import (
    av_codec,
    av_declared_s,
    soundfile_codec,
    soundfile_declared_s,
)
from pipelines.audio.quiet import quiet_stderr
from pipelines.audio.take import DecodeLimits, Take

_BLOCK_VALUES = 1 << 22
_MAX_DAMAGED = 1_000  # packets; beyond that the file is not worth the time
_AV_SCALES: dict[str, tuple[float, float]] = {  # offset, factor to full scale ±1
    "u8": (128.0, 1 / 128),
    "s16": (0.0, 1 / 32768),
    "s32": (0.0, 1 / 2147483648),
    "s64": (0.0, 1 / 9223372036854775808),
    "flt": (0.0, 1.0),
    "dbl": (0.0, 1.0),
}


def by_soundfile(
    path: Path, container: str, promised: Promise, limits: DecodeLimits
) -> Take | None:
    """Decode with libsndfile; None when it cannot open the file."""
    import soundfile

    with quiet_stderr(container == "mpeg"):
        try:
            sound = soundfile.SoundFile(path)
        except soundfile.LibsndfileError:
            return None
        with sound:
            take = Take(
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


def by_av(path: Path, promised: Promise, limits: DecodeLimits) -> Take | None:
    """Decode with libav; None when it cannot open the file or finds no audio stream."""
    import av

    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                return None
            stream = container.streams.audio[0]
            if not stream.rate or not stream.channels:
                return None
            take = Take(
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


def _demux(container: Any, stream: Any, take: Take) -> None:
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
