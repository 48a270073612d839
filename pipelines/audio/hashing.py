"""Identity of bytes and of sound: BLAKE2b-128, as 32 hexadecimal digits."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from schemas.audio import AudioSource, Samples
from schemas.errors import AudioError
from schemas.outcomes import RejectReason, Stage

_DIGEST_BYTES = 16
_BLOCK_FRAMES = 1 << 18


def file_hash(path: Path) -> str:
    """BLAKE2b-128 of the bytes of `path`.

    Raises
    ------
    AudioError
        UNREADABLE when the file cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, _new).hexdigest()
    except OSError as error:
        detail = f"{path}: {error.strerror or error}"
        raise AudioError(RejectReason.UNREADABLE, detail, Stage.PROBE) from error


class PcmHash:
    """Hashes decoded samples as they come; how they are cut into blocks does not matter."""

    def __init__(self, sample_rate_hz: int, channels: int) -> None:
        self._digest = _new(f"pcm-f32le {sample_rate_hz} {channels}\n".encode())

    def add(self, samples: Samples) -> None:
        """The next samples, float32 of shape (channels, n)."""
        frames = samples.T
        for start in range(0, len(frames), _BLOCK_FRAMES):
            block = np.ascontiguousarray(frames[start : start + _BLOCK_FRAMES], dtype="<f4")
            self._digest.update(block.data)

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def audio_hash(audio: AudioSource) -> str:
    """BLAKE2b-128 of the decoded native-rate PCM.

    Hashed are the sample rate, the number of channels and the interleaved little-endian float32
    samples, so that one recording has one hash in WAV, FLAC and AIFF, under any name and tags.
    """
    digest = PcmHash(audio.sample_rate_hz, audio.channels)
    for block in audio.blocks():
        digest.add(block)
    return digest.hexdigest()


def _new(data: bytes = b"") -> hashlib.blake2b:
    return hashlib.blake2b(data, digest_size=_DIGEST_BYTES)
