"""The two decoders: libsndfile, and libav through PyAV. None where one cannot open a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.audio.declared import Promise
from pipelines.audio.libav import audio_stream, open_av
from pipelines.audio.probe import (
    SOUNDFILE_CONTAINERS,
    av_codec,
    av_declared_s,
    soundfile_codec,
    soundfile_declared_s,
)
from pipelines.audio.quiet import quiet_stderr
from pipelines.audio.take import Pcm, Reader

_BLOCK_VALUES = 1 << 22
_MAX_DAMAGED = 1_000  # packets; beyond that the file is not worth the time
_AV_SCALES: dict[str, tuple[float, float]] = {  # offset, factor to full scale ±1
    "u8": (128.0, 1 / 128),
    "s16": (0.0, 1 / 32768),
    "s32": (0.0, 1 / 2147483648),
    "flt": (0.0, 1.0),
    "dbl": (0.0, 1.0),
}


def by_soundfile(path: Path, container: str, promised: Promise) -> Reader | None:
    """`path` in the hands of libsndfile; None when it cannot open the file."""
    import soundfile

    if container not in SOUNDFILE_CONTAINERS:
        return None
    try:
        return _SoundfileReader(path, container, promised)
    except soundfile.LibsndfileError:
        return None


def by_av(path: Path, container: str, promised: Promise) -> Reader | None:
    """`path` in the hands of libav; None when it cannot open the file or finds no audio stream."""
    import av

    try:
        with open_av(path, container) as opened:
            stream = audio_stream(opened)
            if stream is None or stream.format.packed.name not in _AV_SCALES:
                return None
            declared_s = av_declared_s(opened, stream, promised)
            return _AvReader(path, container, stream, declared_s)
    except av.FFmpegError:
        return None


class _SoundfileReader:
    """Opens the file at once; the first reading goes on from there."""

    def __init__(self, path: Path, container: str, promised: Promise) -> None:
        self.path = path
        self.trouble = ""
        self._mpeg = container == "mpeg"  # whose decoder prints
        sound = self._open()
        self.codec = soundfile_codec(sound)
        self.sample_rate_hz = int(sound.samplerate)
        self.channels = int(sound.channels)
        self.declared_s = soundfile_declared_s(sound, promised)
        self._dtype = "int16" if sound.subtype == "PCM_16" else "float32"
        self._opened = [sound]

    def blocks(self) -> Iterator[Pcm]:
        import soundfile

        self.trouble = ""
        asked, short, frames = max(1, _BLOCK_VALUES // max(1, self.channels)), False, 0
        try:
            with self._opened.pop() if self._opened else self._open() as sound:
                while len(block := self._read(sound, asked)):
                    if short:  # only the last block of a whole stream is short
                        self.trouble = "the stream has a gap"
                    short = len(block) < asked
                    frames += len(block)
                    yield block
        except soundfile.LibsndfileError as error:
            self.trouble = f"libsndfile stopped after {frames} frames: {error.error_string}"

    def _open(self) -> Any:
        import soundfile

        with quiet_stderr(self._mpeg):
            return soundfile.SoundFile(self.path)

    def _read(self, sound: Any, frames: int) -> Pcm:
        with quiet_stderr(self._mpeg):
            block: Pcm = sound.read(frames, dtype=self._dtype, always_2d=True)
        return block


class _AvReader:
    """Opens the file for each reading; a damaged packet is counted and skipped."""

    def __init__(self, path: Path, container: str, stream: Any, declared_s: float | None) -> None:
        self.path = path
        self.trouble = ""
        self._container = container
        self.codec = av_codec(stream)
        self.sample_rate_hz = int(stream.rate)
        self.channels = int(stream.channels)
        self.declared_s = declared_s

    def blocks(self) -> Iterator[Pcm]:
        import av

        self.trouble, self._damaged = "", 0
        try:
            with open_av(self.path, self._container) as opened:
                for packet in self._packets(opened):
                    try:
                        frames = packet.decode()
                    except av.FFmpegError:
                        self._damaged += 1
                        continue
                    for frame in frames:
                        if not self._fits(frame):
                            self.trouble = (
                                "the sample rate or the number of channels changes half way"
                            )
                            return
                        yield _av_block(frame)
        except av.FFmpegError as error:
            self.trouble = f"libav: {error.strerror}"
        if self._damaged:
            self.trouble = f"{self._damaged} damaged packets"

    def _packets(self, opened: Any) -> Iterator[Any]:
        import av

        packets = opened.demux(audio_stream(opened))
        while self._damaged <= _MAX_DAMAGED:
            try:
                packet = next(packets, None)
            except av.FFmpegError:  # the container itself breaks off here
                self._damaged += 1
                return
            if packet is None:
                return
            yield packet

    def _fits(self, frame: Any) -> bool:
        found = (frame.sample_rate, frame.layout.nb_channels)
        return bool(found == (self.sample_rate_hz, self.channels))


def _av_block(frame: Any) -> Pcm:
    """A libav frame as int16 or float32 of shape (n, channels)."""
    raw = frame.to_ndarray()
    offset, factor = _AV_SCALES[frame.format.packed.name]
    raw = raw.T if frame.format.is_planar else raw.reshape(-1, frame.layout.nb_channels)
    if raw.dtype in (np.float32, np.int16):
        return np.ascontiguousarray(raw)
    block: Pcm = ((raw.astype(np.float64) - offset) * factor).astype(np.float32)
    return block
