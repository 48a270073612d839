"""Audio files of generations: written marked as generated, read back as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from schemas.audio import Audio
from schemas.errors import ContractError, StorageError
from schemas.generation import GENERATED_MARK


def write_audio(path: Path, audio: Audio, generation_id: str, title: str = "") -> None:
    """A WAV or FLAC file of 24 bits, marked as generated.

    A WAV whose samples go beyond full scale is of floats. Raises StorageError when it cannot be
    written.
    """
    flac = path.suffix.lower() == ".flac"
    peak = float(np.max(np.abs(audio.samples), initial=0.0))
    subtype = "PCM_24" if flac or peak <= 1 else "FLOAT"
    kind = "FLAC" if flac else "WAV"
    try:
        with soundfile.SoundFile(
            path, "w", audio.sample_rate_hz, audio.channels, subtype, format=kind
        ) as file:
            # libsndfile refuses an empty string, and takes a NUL for its end.
            file.title = "".join(filter(str.isprintable, title)).strip()[:200] or generation_id
            file.comment = f"{GENERATED_MARK} {generation_id}"
            file.write(audio.samples.T)
    except (OSError, soundfile.SoundFileError) as error:
        raise StorageError(f"{path}: cannot be written ({error})") from error


def read_audio(path: Path) -> Audio:
    """Raises ContractError when the file is missing or damaged."""
    try:
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.SoundFileError) as error:
        raise ContractError(f"{path}: cannot be read as audio ({error})") from error
    return Audio(np.ascontiguousarray(samples.T), int(rate))
