"""Small real audio files for these tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

RATE_HZ = 22_050


def tone(path: Path, seconds: float = 0.2, **tags: str) -> Path:
    """A sine of 440 Hz in the format that the suffix of `path` names, tagged by libsndfile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    subtype = {".mp3": "MPEG_LAYER_III", ".ogg": "VORBIS", ".opus": "OPUS"}.get(path.suffix)
    rate = 48_000 if path.suffix == ".opus" else RATE_HZ
    with soundfile.SoundFile(path, "w", rate, 1, subtype) as stream:
        for name, text in tags.items():
            setattr(stream, name, text)
        stream.write(0.3 * np.sin(2 * np.pi * 440 * t))
    return path
