"""WAV files in memory, 24 bits, with what samplers look for in them."""

from __future__ import annotations

import io
import struct

import numpy as np
import soundfile

from schemas.audio import Audio


def wav_bytes(audio: Audio, subtype: str = "PCM_24", comment: str = "") -> bytes:
    """A WAV file; full scale is ±1, and what is beyond is cut off there.

    24 bits have steps of 1.2e-7: stems that are read back sum to the mix within three of them.
    """
    out = io.BytesIO()
    frames = np.clip(audio.samples.T, -1.0, 1.0)
    with soundfile.SoundFile(
        out, "w", audio.sample_rate_hz, audio.channels, subtype, format="WAV"
    ) as file:
        if comment:
            file.comment = comment
        file.write(frames)
    return out.getvalue()


def with_loop(wav: bytes, tempo_bpm: float, beats: int, metre: tuple[int, int]) -> bytes:
    """The file with an ACID chunk, by which Logic, Ableton Live and others know its tempo.

    The layout is that of the "acid" chunk of the loop format: flags (0 for a loop), root note,
    unknown (0x8000), unknown (0), beats, metre's unit and count, tempo.
    """
    chunk = struct.pack("<IHHfIHHf", 0, 60, 0x8000, 0.0, beats, metre[1], metre[0], tempo_bpm)
    body = wav[8:] + b"acid" + struct.pack("<I", len(chunk)) + chunk
    return b"RIFF" + struct.pack("<I", len(body)) + body
