"""The recordings that extraction is timed on: clips of 30 s and whole tracks, in four formats.

From a folder of recordings, or made by code (which is cheaper to decode than recordings are).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from schemas.audio import Audio, Samples
from schemas.errors import InputError

CLIP_S = 30.0
FORMATS = ("ogg", "mp3", "flac", "wav")
_ENCODINGS = {
    "ogg": ("OGG", "VORBIS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
    "flac": ("FLAC", "PCM_16"),
    "wav": ("WAV", "PCM_16"),
}
_FULL_S = (90.0, 300.0)  # what counts as a whole track here
_LONGEST_S = 900.0
_RATE_HZ = 44_100
_RATES_HZ = (44_100, 48_000)

Found = tuple[Path, float]
"""A recording and its duration in seconds."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One recording in one format."""

    path: Path
    duration_s: float


@dataclass(frozen=True, slots=True)
class Music:
    """`clips[format]` and `full[format]` hold the same recordings in the same order."""

    clips: dict[str, tuple[Piece, ...]]
    full: dict[str, tuple[Piece, ...]]
    what: str


def prepare(source: Path | None, folder: Path, most_clips: int, most_full: int) -> Music:
    """Write the pieces to `folder`.

    Raises
    ------
    InputError
        When `source` holds no recording that is long enough.
    """
    if source is None:
        clips = list(_made(most_clips))
        full = [_repeated(audio) for audio in clips[:most_full]]
        what = "music made by code"
    else:
        found = _recordings(source)
        clips = [_middle(_decoded(path)) for path, _ in _spread(found, most_clips)]
        whole = [(path, s) for path, s in found if _FULL_S[0] <= s <= _FULL_S[1]]
        full = [_decoded(path) for path, _ in _spread(whole, most_full)]
        what = f"recordings of {source.name}/"
    return Music(_written(clips, folder, "clip"), _written(full, folder, "full"), what)


def _spread(found: Sequence[Found], most: int) -> Sequence[Found]:
    """Up to `most`, evenly spread over the list: its neighbours are of one album."""
    if len(found) <= most:
        return found
    return [found[round((i + 0.5) * len(found) / most - 0.5)] for i in range(most)]


def _written(pieces: Sequence[Audio], folder: Path, kind: str) -> dict[str, tuple[Piece, ...]]:
    import soundfile

    written: dict[str, tuple[Piece, ...]] = {}
    for name in FORMATS:
        container, subtype = _ENCODINGS[name]
        paths = []
        for number, audio in enumerate(pieces):
            path = folder / f"{kind}-{number:02d}.{name}"
            rate = audio.sample_rate_hz
            with soundfile.SoundFile(
                path, "w", rate, audio.channels, format=container, subtype=subtype
            ) as sound:
                # libsndfile crashes on minutes of Vorbis in one call
                for start in range(0, audio.samples.shape[1], rate):
                    sound.write(audio.samples[:, start : start + rate].T)
            paths.append(Piece(path, audio.duration_s))
        written[name] = tuple(paths)
    return written


def _recordings(source: Path) -> list[Found]:
    """Every recording of 30 s to 15 min that all four formats can hold."""
    from pipelines.audio.probe import is_audio, probe

    found = []
    for path in sorted(path for path in source.rglob("*") if path.is_file() and is_audio(path)):
        known = probe(path)
        declared = known.declared_duration_s
        if declared is None or not CLIP_S <= declared <= _LONGEST_S:
            continue
        if known.channels <= 2 and known.sample_rate_hz in _RATES_HZ:
            found.append((path, declared))
    if not found:
        raise InputError(f"--music {source}: no recording of 30 s to 15 min in it")
    return found


def _decoded(path: Path) -> Audio:
    from pipelines.audio.decode import decode

    return decode(path).audio


def _middle(audio: Audio) -> Audio:
    start = max(0, int((audio.duration_s - CLIP_S) / 2 * audio.sample_rate_hz))
    part = audio.samples[:, start : start + int(CLIP_S * audio.sample_rate_hz)]
    return Audio(part, audio.sample_rate_hz)


def _repeated(audio: Audio) -> Audio:
    return Audio(np.tile(audio.samples, 4), audio.sample_rate_hz)


def _made(count: int) -> Iterator[Audio]:
    """Detuned saws over noise bursts at a steady beat, 44.1 kHz stereo."""
    time = np.arange(int(CLIP_S * _RATE_HZ)) / _RATE_HZ
    for number in range(count):
        random = np.random.default_rng(number)
        beat = 60 / random.uniform(80, 160)
        stroke = random.normal(0, 0.3, len(time)) * np.exp(-20 * (time % beat))
        chord = 110 * 2 ** (random.choice([0, 3, 4, 7, 10], 3) / 12)
        sides = [
            sum(0.1 * ((hz * (1 + detune) * time) % 1 - 0.5) for hz in chord) + 0.3 * stroke
            for detune in (0.002, -0.002)
        ]
        samples: Samples = np.stack(sides).astype(np.float32)
        yield Audio(samples, _RATE_HZ)
