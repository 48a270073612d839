"""What a decoder delivers, block by block, under limits that hold while it decodes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from pipelines.audio.hashing import PcmHash
from schemas.audio import HIGHEST_RATE_HZ, Samples
from schemas.errors import AudioError
from schemas.outcomes import RejectReason, Stage

Pcm = npt.NDArray[Any]
"""int16 or float32 of shape (frames, channels), as decoders deliver it."""

INT16_SCALE = np.float32(1 / 32768)
_PIECE_FRAMES = 1 << 16
_LOWEST_RATE_HZ = 1_000
_LOUDEST = 1e6  # 120 dB over full scale: damaged floats, whose squares may overflow


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    """What a decoded file may at most be.

    Attributes
    ----------
    max_duration_s : float
        Seconds.
    max_channels : int
    max_values : int
        Frames times channels, held in memory or not: a bomb ends here.
    held_bytes : int
        What is kept in memory of one file; a longer one is decoded again when it is read.
    """

    max_duration_s: float = 7200.0
    max_channels: int = 32
    max_values: int = 1 << 31
    held_bytes: int = 3 << 26


class Reader(Protocol):
    """An audio file in the hands of one decoder.

    Attributes
    ----------
    declared_s : float or None
        What the container promises.
    trouble : str
        What was wrong with the stream, once `blocks` has come to its end; empty when nothing was.
    """

    path: Path
    codec: str
    sample_rate_hz: int
    channels: int
    declared_s: float | None
    trouble: str

    def blocks(self) -> Iterator[Pcm]:
        """All that can be decoded, from the beginning at every call."""


@dataclass(slots=True)
class Take:
    """All that one decoder made of a file.

    Attributes
    ----------
    held : blocks, or None where they are too many
    audio_hash : str or None
        Known only where the blocks are not held.
    """

    reader: Reader
    trouble: str = ""
    frames: int = 0
    held: deque[Pcm] | None = field(default_factory=deque)
    held_bytes: int = 0
    audio_hash: str | None = None


def take(reader: Reader, limits: DecodeLimits) -> Take:
    """Decode all of a file, and hold it as far as the limits allow.

    Raises
    ------
    AudioError
        TOO_MANY_CHANNELS, TOO_LONG, NON_FINITE (also samples beyond all reason) or UNDECODABLE (a
        sample rate that sound does not have); stage DECODE.
    """
    _check_format(reader, limits)
    found = Take(reader)
    digest: PcmHash | None = None
    for block in reader.blocks():
        found.frames += len(block)
        _check_length(found, limits)
        _check_finite(reader, block)
        if digest is not None:
            _hash(digest, block)
        elif found.held is not None:
            found.held.append(block)
            found.held_bytes += block.nbytes
            if found.held_bytes > limits.held_bytes:
                digest = PcmHash(reader.sample_rate_hz, reader.channels)
                _let_go(found, digest)
    found.trouble = reader.trouble
    found.audio_hash = None if digest is None else digest.hexdigest()
    return found


def as_samples(block: Pcm) -> Iterator[Samples]:
    """A decoder's block as float32 of shape (channels, n), int16 in pieces that suit the cache."""
    if block.dtype == np.float32:
        yield block.T
        return
    for start in range(0, len(block), _PIECE_FRAMES):
        yield np.multiply(block[start : start + _PIECE_FRAMES], INT16_SCALE).T


def _let_go(found: Take, digest: PcmHash) -> None:
    while found.held:
        _hash(digest, found.held.popleft())
    found.held, found.held_bytes = None, 0


def _hash(digest: PcmHash, block: Pcm) -> None:
    for samples in as_samples(block):
        digest.add(samples)


def _check_format(reader: Reader, limits: DecodeLimits) -> None:
    if not 1 <= reader.channels <= limits.max_channels:
        detail = f"{reader.path}: {reader.channels} channels; valid is 1 … {limits.max_channels}"
        raise AudioError(RejectReason.TOO_MANY_CHANNELS, detail, Stage.DECODE)
    rate = reader.sample_rate_hz
    if not _LOWEST_RATE_HZ <= rate <= HIGHEST_RATE_HZ:
        # A header that says 7 Hz would stretch a second to hours.
        valid = f"{_LOWEST_RATE_HZ:,} … {HIGHEST_RATE_HZ:,}"
        detail = f"{reader.path}: a sample rate of {rate:,} Hz; valid is {valid}"
        raise AudioError(RejectReason.UNDECODABLE, detail, Stage.DECODE)


def _check_length(found: Take, limits: DecodeLimits) -> None:
    reader = found.reader
    seconds = found.frames / reader.sample_rate_hz
    if seconds > limits.max_duration_s:
        limit = f"{limits.max_duration_s:g} s"
    elif found.frames * reader.channels > limits.max_values:
        limit = f"{limits.max_values:,} values in all channels"
    else:
        return
    detail = f"{reader.path}: over {limit} after {seconds:.0f} s in {reader.channels} channels"
    raise AudioError(RejectReason.TOO_LONG, detail, Stage.DECODE)


def _check_finite(reader: Reader, block: Pcm) -> None:
    # No sample is larger than the root of the sum of squares, which is quick to compute and which
    # no NaN leaves finite; only where that is too large are the samples themselves looked at.
    if block.dtype == np.int16 or np.vdot(block, block) <= _LOUDEST**2:
        return
    peak = max(float(block.max()), -float(block.min()))
    if not np.isfinite(peak):
        detail = f"{reader.path}: NaN or infinite samples; valid samples are finite"
    elif peak > _LOUDEST:
        detail = f"{reader.path}: a sample of {peak:.2g}; full scale is 1 and valid is {_LOUDEST:g}"
    else:
        return
    raise AudioError(RejectReason.NON_FINITE, detail, Stage.DECODE)
