"""From a file to float32 samples at its native rate.

libsndfile decodes first (WAV, AIFF, FLAC, Ogg Vorbis and Opus, MP3, …); libav, through PyAV,
decodes what libsndfile cannot open (AAC, ALAC, WMA, Matroska, …) and what it gives up on half way.
Lengths in headers are never trusted: limits are enforced on what is decoded.

A file is decoded once to learn whether it is whole. What that yields stays in memory, and is read
from there; of a file beyond `DecodeLimits.held_bytes` only the length and the hash stay, and it is
decoded again for every reading, so that hours of audio take no more memory than minutes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from pipelines.audio.declared import Promise
from pipelines.audio.decoders import by_av, by_soundfile
from pipelines.audio.hashing import audio_hash
from pipelines.audio.probe import recognise
from pipelines.audio.take import INT16_SCALE, DecodeLimits, Take, as_samples, take
from schemas.audio import Audio, AudioSource, Samples
from schemas.errors import AudioError
from schemas.outcomes import RejectReason, Stage

_COMPLETE = 0.98  # of the declared duration; encoders pad and trim
_PADDING_S = 0.06  # what a codec adds at the ends, where the container's time counts it

DEFAULT_LIMITS = DecodeLimits()
Source = TypeVar("Source", bound=AudioSource)


@dataclass(frozen=True, slots=True)
class Decoded(Generic[Source]):
    """Audio, and whether it is all there.

    Attributes
    ----------
    partial_reason : RejectReason or None
        TRUNCATED when less than 98 % of the declared duration could be had or the container lacks
        its end; UNDECODABLE when parts of it are broken or could not be decoded; None when it is
        whole.
    detail : str
        What is wrong, in words; empty when it is whole.
    known_hash : str or None
        `audio_hash` where decoding has yielded it already.
    """

    audio: Source
    codec: str
    partial_reason: RejectReason | None = None
    detail: str = ""
    known_hash: str | None = None

    def audio_hash(self) -> str:
        """BLAKE2b-128 of the samples, see `pipelines.audio.hashing`."""
        return self.known_hash or audio_hash(self.audio)


@dataclass(frozen=True, slots=True)
class DecodedAudio:
    """An `AudioSource` on what a decoder delivered, in memory or decoded again."""

    take: Take

    @property
    def sample_rate_hz(self) -> int:
        return self.take.reader.sample_rate_hz

    @property
    def channels(self) -> int:
        return self.take.reader.channels

    @property
    def frames(self) -> int:
        return self.take.frames

    @property
    def declared_duration_s(self) -> float | None:
        return self.take.reader.declared_s

    @property
    def duration_s(self) -> float:
        return self.frames / self.sample_rate_hz

    def blocks(self) -> Iterator[Samples]:
        """As `AudioSource.blocks`.

        Raises
        ------
        AudioError
            UNREADABLE (stage DECODE) when a file that is decoded again has become shorter.
        """
        left = self.frames
        held = self.take.held
        for block in self.take.reader.blocks() if held is None else held:
            for samples in as_samples(block[:left]):
                yield samples
                left -= samples.shape[1]
        if left:
            detail = f"{self.take.reader.path}: {left} samples fewer than at the first reading"
            raise AudioError(RejectReason.UNREADABLE, detail, Stage.DECODE)


def open_audio(path: Path, *, limits: DecodeLimits = DEFAULT_LIMITS) -> Decoded[DecodedAudio]:
    """Decode `path` at its native rate, all channels, holding no more than the limits allow.

    Raises
    ------
    AudioError
        EMPTY_FILE, UNREADABLE or NOT_AUDIO (stage PROBE); UNDECODABLE, NO_SAMPLES, NON_FINITE,
        TOO_LONG or TOO_MANY_CHANNELS (stage DECODE).
    """
    container, promised = recognise(path)
    best = _best_take(path, container, promised, limits)
    if best is None:
        detail = f"{path}: {container} by content, but no decoder makes sense of it"
        raise AudioError(RejectReason.UNDECODABLE, detail, Stage.DECODE)
    if not best.frames:
        reason = RejectReason.UNDECODABLE if best.trouble else RejectReason.NO_SAMPLES
        detail = f"{path}: {best.trouble or 'a valid header and not one sample'}"
        raise AudioError(reason, detail, Stage.DECODE)
    partial, detail = _verdict(best, promised)
    return Decoded(DecodedAudio(best), best.reader.codec, partial, detail, best.audio_hash)


def decode(path: Path, *, limits: DecodeLimits = DEFAULT_LIMITS) -> Decoded[Audio]:
    """Decode `path` as `open_audio` does, and put all of it into one array, however long it is."""
    opened = open_audio(path, limits=dataclasses.replace(limits, held_bytes=1 << 62))
    found = opened.audio.take
    audio = Audio(_joined(found), found.reader.sample_rate_hz, found.reader.declared_s)
    return Decoded(audio, opened.codec, opened.partial_reason, opened.detail)


def _best_take(path: Path, container: str, promised: Promise, limits: DecodeLimits) -> Take | None:
    """What the decoder makes of the file that makes most of it; libsndfile where it has no trouble.

    Both takes together hold no more than one may.
    """
    reader = by_soundfile(path, container, promised)
    first = None if reader is None else take(reader, limits)
    if first is not None and not first.trouble:
        return first
    reader = by_av(path, container, promised)
    if reader is None:
        return first
    left = limits.held_bytes - (0 if first is None else first.held_bytes)
    second = take(reader, dataclasses.replace(limits, held_bytes=left))
    if first is None:
        return second
    if second.frames <= first.frames:
        return first
    second.trouble = second.trouble or first.trouble
    return second


def _verdict(found: Take, promised: Promise) -> tuple[RejectReason | None, str]:
    duration, declared = found.frames / found.reader.sample_rate_hz, found.reader.declared_s
    padding = 0.0 if promised.known else _PADDING_S
    if declared is not None and duration < _COMPLETE * declared - padding:
        detail = f"{duration:.2f} s decoded of {declared:.2f} s declared"
        return RejectReason.TRUNCATED, detail + (f"; {found.trouble}" if found.trouble else "")
    if promised.damage is not None:
        return promised.reason, promised.damage
    return (RejectReason.UNDECODABLE, found.trouble) if found.trouble else (None, "")


def _joined(found: Take) -> Samples:
    """All blocks as float32 of shape (channels, n), a view of interleaved memory."""
    blocks = found.held
    assert blocks is not None  # decode holds everything
    if len(blocks) == 1 and blocks[0].dtype == np.float32:
        samples: Samples = blocks.popleft()
        return samples.T
    samples, where = np.empty((found.frames, found.reader.channels), np.float32), 0
    while blocks:  # each block is freed once it is copied
        block = blocks.popleft()
        scale = INT16_SCALE if block.dtype == np.int16 else np.float32(1)
        np.multiply(block, scale, out=samples[where : where + len(block)])
        where += len(block)
    return samples.T
