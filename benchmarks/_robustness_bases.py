"""Sound files of every format that is ingested, written by code: what the corpus is made from.

A second and a half of drums over a chord, so that nothing in it is silent and damage is heard.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import soundfile

Pcm = npt.NDArray[np.int16]

RATE_HZ = 44_100
SECONDS = 1.5


@dataclass(frozen=True, slots=True)
class Base:
    """A whole file: `format` as the tables name it, `suffix` with its dot."""

    format: str
    suffix: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Recipe:
    """How libav writes a file: muxer, audio codec, their options, and a video codec or none."""

    muxer: str
    codec: str
    rate_hz: int = RATE_HZ
    options: Mapping[str, str] = field(default_factory=dict)
    video: str = ""
    bit_rate: int = 0


_BY_LIBSNDFILE = {
    "WAV": (".wav", "WAV", "PCM_16"),
    "WAV 24": (".wav", "WAV", "PCM_24"),
    "WAV float": (".wav", "WAV", "FLOAT"),
    "WAV ADPCM": (".wav", "WAV", "IMA_ADPCM"),
    "RF64": (".rf64", "RF64", "PCM_16"),
    "W64": (".w64", "W64", "PCM_16"),
    "AIFF": (".aiff", "AIFF", "PCM_16"),
    "AIFF-C": (".aifc", "AIFF", "FLOAT"),
    "AU": (".au", "AU", "PCM_16"),
    "CAF": (".caf", "CAF", "PCM_16"),
    "FLAC": (".flac", "FLAC", "PCM_16"),
    "OGG": (".ogg", "OGG", "VORBIS"),
    "Opus": (".opus", "OGG", "OPUS"),
    "MP3": (".mp3", "MP3", "MPEG_LAYER_III"),
}
_BY_LIBAV = {
    "MP3 no Xing": (".mp3", Recipe("mp3", "libmp3lame", options={"write_xing": "0"})),
    "MP2": (".mp2", Recipe("mp2", "mp2")),
    "M4A": (".m4a", Recipe("ipod", "aac")),
    "M4A faststart": (".m4a", Recipe("ipod", "aac", options={"movflags": "+faststart"})),
    "ALAC": (".m4a", Recipe("ipod", "alac")),
    "fMP4": (".mp4", Recipe("mp4", "aac", options={"movflags": "frag_keyframe+empty_moov"})),
    "AAC": (".aac", Recipe("adts", "aac")),
    "WMA": (".wma", Recipe("asf", "wmav2", bit_rate=128_000)),
    "MKA": (".mka", Recipe("matroska", "aac")),
    "WebM": (".webm", Recipe("webm", "libopus", 48_000)),
    "WavPack": (".wv", Recipe("wv", "wavpack")),
    "TTA": (".tta", Recipe("tta", "tta")),
    "MP4 video": (".mp4", Recipe("mp4", "aac", video="mpeg4")),
    "MKV video": (".mkv", Recipe("matroska", "libmp3lame", video="mpeg4")),
}
FORMATS = (*_BY_LIBSNDFILE, *_BY_LIBAV)


def sound(seconds: float = SECONDS, rate_hz: int = RATE_HZ, seed: int = 0) -> Pcm:
    """Stereo drums over a chord, shape (n, 2); another `seed` is another key and another beat."""
    random = np.random.default_rng(seed)
    t = np.arange(round(seconds * rate_hz)) / rate_hz
    pitch, beat = random.uniform(150, 400), random.uniform(0.25, 0.5)
    chord = sum(np.sin(2 * np.pi * pitch * ratio * t + ratio) for ratio in (1, 1.25, 1.5)) / 3
    drum = np.exp(-((t % beat) / 0.03)) * random.normal(0, 0.3, t.size)
    left, right = 0.3 * chord + drum, 0.25 * chord - 0.1 * drum
    return (np.stack([left, right], axis=1).clip(-1, 1) * 32_000).astype(np.int16)


def bases(seed: int = 0) -> dict[str, Base]:
    """One whole file of each format, by its name in `FORMATS`."""
    pcm = sound(seed=seed)
    made = {}
    for name, (suffix, form, subtype) in _BY_LIBSNDFILE.items():
        made[name] = Base(name, suffix, by_libsndfile(pcm, form, subtype))
    for name, (suffix, recipe) in _BY_LIBAV.items():
        made[name] = Base(name, suffix, by_libav(pcm, recipe))
    return made


def by_libsndfile(
    pcm: npt.NDArray[Any], form: str, subtype: str, rate_hz: int = RATE_HZ, endian: str = "FILE"
) -> bytes:
    """`pcm` of shape (n, channels) as a file; Opus is always given 48 kHz."""
    sink = io.BytesIO()
    rate = 48_000 if subtype == "OPUS" else rate_hz
    soundfile.write(sink, pcm, rate, subtype, endian, form)
    return sink.getvalue()


def by_libav(pcm: Pcm, recipe: Recipe) -> bytes:
    """Encode stereo `pcm` (n, 2), with a small moving picture where the recipe has one."""
    # A real file, because faststart reads back what it wrote.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sound"
        _write(path, pcm, recipe)
        return path.read_bytes()


def _write(path: Path, pcm: Pcm, recipe: Recipe) -> None:
    with av.open(str(path), "w", format=recipe.muxer, options=dict(recipe.options)) as container:
        stream: Any = container.add_stream(recipe.codec, rate=recipe.rate_hz)
        stream.layout = "stereo"
        if recipe.bit_rate:
            stream.bit_rate = recipe.bit_rate
        if recipe.video:
            _film(container, recipe.video, len(pcm) / recipe.rate_hz)
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(pcm).reshape(1, -1), format="s16", layout="stereo"
        )
        frame.rate = recipe.rate_hz
        fitted = av.AudioResampler(
            stream.codec_context.format,
            "stereo",
            recipe.rate_hz,
            frame_size=stream.codec_context.frame_size or 1_024,
        )
        for part in [*fitted.resample(frame), *fitted.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def _film(container: Any, codec: str, seconds: float) -> None:
    stream: Any = container.add_stream(codec, rate=10)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    for index in range(round(10 * seconds)):
        picture = np.full((48, 64, 3), 20 * index % 256, np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
    container.mux(stream.encode(None))
