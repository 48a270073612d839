"""Files that a decoder must survive, written by code; nothing is stored."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import soundfile

from tests.features import synth

SECONDS = 10.0


def build(folder: Path) -> dict[str, Path]:
    """Write the corpus to `folder`; file name → path."""
    song = synth.song(120, 0, True, SECONDS).samples.T
    whole = {}
    for suffix, kind, subtype in (
        ("ogg", "OGG", "VORBIS"),
        ("opus", "OGG", "OPUS"),
        ("mp3", "MP3", "MPEG_LAYER_III"),
        ("flac", "FLAC", "PCM_16"),
        ("wav", "WAV", "PCM_16"),
        ("aiff", "AIFF", "PCM_16"),
    ):
        rate = 48_000 if suffix == "opus" else synth.RATE_HZ
        pcm = (song * 32767).astype(np.int16)
        soundfile.write(folder / f"whole.{suffix}", pcm, rate, format=kind, subtype=subtype)
        whole[suffix] = (folder / f"whole.{suffix}").read_bytes()
    # So long that what a scratch costs stays under the 2 % that count as truncated.
    soundfile.write(folder / "long.mp3", np.tile(song, (4, 1)), synth.RATE_HZ, format="MP3")
    whole["long.mp3"] = (folder / "long.mp3").read_bytes()
    _encode(folder / "whole.m4a", pcm, "aac")
    _encode(folder / "whole.mka", pcm, "aac")
    _encode(folder / "lossless.m4a", pcm, "alac")
    _damaged(folder, whole)
    _misnamed(folder, whole)
    _odd_wavs(folder, song)
    return {path.name: path for path in sorted(folder.iterdir())}


def _damaged(folder: Path, whole: dict[str, bytes]) -> None:
    for suffix in ("ogg", "mp3", "flac", "wav", "aiff"):
        data = whole[suffix]
        (folder / f"half.{suffix}").write_bytes(data[: len(data) // 2])
    random = np.random.default_rng(0)
    for suffix in ("long.mp3", "flac"):
        data = bytearray(whole[suffix])
        data[len(data) // 2 : len(data) // 2 + 2_000] = bytes(2_000)  # random bytes hold headers
        (folder / f"scratched.{suffix.removeprefix('long.')}").write_bytes(data)
    (folder / "garbage.mp3").write_bytes(random.bytes(20_000))
    (folder / "zero.ogg").write_bytes(b"")
    (folder / "text.wav").write_text("this is no audio\n" * 100)
    (folder / "header.wav").write_bytes(whole["wav"][:44])
    (folder / "header.flac").write_bytes(whole["flac"][:42])
    (folder / "tags.mp3").write_bytes(b"ID3\x04\0\0\0\0\x0f\x76" + bytes(2_038))


def _misnamed(folder: Path, whole: dict[str, bytes]) -> None:
    (folder / "flac-inside.mp3").write_bytes(whole["flac"])
    (folder / "no-extension").write_bytes(whole["ogg"])
    (folder / "junk-before.mp3").write_bytes(bytes(3_000) + whole["mp3"])
    lying = bytearray(whole["wav"])
    lying[40:44] = (0x7FFFFFF0).to_bytes(4, "little")
    (folder / "lying.wav").write_bytes(lying)


def _odd_wavs(folder: Path, song: np.ndarray) -> None:
    def write(name: str, samples: np.ndarray, rate: int = 44_100, subtype: str = "PCM_16") -> None:
        soundfile.write(folder / f"{name}.wav", samples, rate, subtype=subtype)

    broken = song.astype(np.float32).copy()
    broken[1_000, 0] = np.nan
    write("nan", broken, subtype="FLOAT")
    broken[1_000, 0] = np.inf
    write("inf", broken, subtype="FLOAT")
    write("no-samples", song[:0])
    write("one-sample", song[:1])
    write("six-channels", np.repeat(song[:, :1], 6, axis=1))
    write("8k", song[::5], 8_820)
    write("96k", np.repeat(song, 2, axis=0), 88_200)
    write("24-bit", song, subtype="PCM_24")
    write("8-bit", song, subtype="PCM_U8")


def _encode(path: Path, pcm: np.ndarray, codec: str) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=synth.RATE_HZ, layout="stereo")
        frame = av.AudioFrame.from_ndarray(pcm.reshape(1, -1), format="s16", layout="stereo")
        frame.rate = synth.RATE_HZ
        fitted = av.AudioResampler(
            format=stream.codec_context.format,
            layout="stereo",
            rate=synth.RATE_HZ,
            frame_size=stream.codec_context.frame_size or 1_024,
        )
        for part in [*fitted.resample(frame), *fitted.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
