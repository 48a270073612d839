"""From a file to float32 samples at its native rate.

libsndfile decodes first (WAV, AIFF, FLAC, Ogg Vorbis and Opus, MP3, …); libav, through PyAV,
decodes what libsndfile cannot open (AAC, ALAC, WMA, Matroska, …) and what it gives up on half way.
Lengths in headers are never trusted: limits are enforced on what is decoded.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipelines.audio.declared import Promise
from pipelines.audio.decoders import by_av, by_soundfile
from pipelines.audio.probe import recognise
from pipelines.audio.take import DecodeLimits, Take
from schemas.audio import Audio, Samples
from schemas.errors import AudioError
from schemas.outcomes import RejectReason, Stage

_COMPLETE = 0.98  # of the declared duration; encoders pad and trim
_INT16_SCALE = np.float32(1 / 32768)


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


def decode(path: Path, *, limits: DecodeLimits = DEFAULT_LIMITS) -> Decoded:
    """Decode `path` whole, at its native rate, all channels.

    Raises
    ------
    AudioError
        EMPTY_FILE, UNREADABLE or NOT_AUDIO (stage PROBE); UNDECODABLE, NO_SAMPLES, NON_FINITE,
        TOO_LONG or TOO_MANY_CHANNELS (stage DECODE).
    """
    container, promised = recognise(path)
    take = by_soundfile(path, container, promised, limits)
    if take is None or take.trouble:
        second = by_av(path, promised, limits)
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


def _finish(take: Take, promised: Promise) -> Decoded:
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


def _joined(take: Take) -> Samples:
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
