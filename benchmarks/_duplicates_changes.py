"""What happens to a recording on its way into a second collection: encoded again, cut, turned down.

Each change takes samples, float32 of shape (n, 2), and writes a file. Lossy encoders are libav's
(through PyAV) and libsndfile's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import scipy.signal
import soundfile
import soxr

RATE_HZ = 44_100

Samples = npt.NDArray[np.float32]
Edit = Callable[[Samples], Samples]


@dataclass(frozen=True, slots=True)
class Change:
    """How a copy is made: `edit` the samples, resample to `rate_hz`, encode."""

    codec: str = "flac"
    kbps: int = 0
    rate_hz: int = RATE_HZ
    edit: Edit | None = None

    def write(self, samples: Samples, folder: Path, stem: str) -> Path:
        """Make the copy of `samples`; returns its file."""
        edited = samples if self.edit is None else self.edit(samples)
        if self.rate_hz != RATE_HZ:
            edited = soxr.resample(edited, RATE_HZ, self.rate_hz)
        edited = np.clip(edited, -1, 1).astype(np.float32)
        path = folder / f"{stem}.{_SUFFIXES[self.codec]}"
        if self.codec in _BY_SNDFILE:
            kind, coding = _BY_SNDFILE[self.codec]
            soundfile.write(path, edited, self.rate_hz, coding, format=kind)
        else:
            _encode(path, edited, self)
        return path


_SUFFIXES = {"flac": "flac", "wav": "wav", "vorbis": "ogg", "mp3": "mp3", "aac": "m4a"}
_SUFFIXES |= {"opus": "opus"}
_BY_SNDFILE = {
    "flac": ("FLAC", "PCM_16"),
    "wav": ("WAV", "PCM_16"),
    "vorbis": ("OGG", "VORBIS"),
}
_LIBAV = {"mp3": ("libmp3lame", "s16p"), "aac": ("aac", "fltp"), "opus": ("libopus", "s16")}


def _encode(path: Path, samples: Samples, change: Change) -> None:
    name, form = _LIBAV[change.codec]
    with av.open(str(path), "w") as sink:
        stream = sink.add_stream(name, rate=change.rate_hz)
        stream.bit_rate = change.kbps * 1000  # type: ignore[union-attr]
        layout = "stereo" if samples.shape[1] == 2 else "mono"
        stream.layout = layout  # type: ignore[union-attr]
        whole = np.ascontiguousarray((samples * 32767).astype(np.int16).reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(whole, format="s16", layout=layout)
        frame.sample_rate, frame.time_base = change.rate_hz, Fraction(1, change.rate_hz)
        resampler = av.AudioResampler(format=form, layout=layout, rate=change.rate_hz)
        fifo = av.AudioFifo()
        for converted in (*resampler.resample(frame), *resampler.resample(None)):
            fifo.write(converted)
        size = stream.codec_context.frame_size or 1024  # type: ignore[union-attr]
        while (part := fifo.read(size, partial=True)) is not None:
            sink.mux(stream.encode(part))  # type: ignore[union-attr, arg-type]
        sink.mux(stream.encode(None))  # type: ignore[union-attr]


def _gain(samples: Samples, decibels: float) -> Samples:
    return samples * np.float32(10 ** (decibels / 20))


def _cut(samples: Samples, start_s: float, end_s: float) -> Samples:
    return samples[round(start_s * RATE_HZ) : len(samples) - round(end_s * RATE_HZ)]


def _silence(samples: Samples, before_s: float, after_s: float) -> Samples:
    return np.pad(samples, ((round(before_s * RATE_HZ), round(after_s * RATE_HZ)), (0, 0)))


def _mono(samples: Samples) -> Samples:
    return np.asarray(samples.mean(axis=1, keepdims=True))


def _one_side(samples: Samples) -> Samples:
    return samples[:, :1]


def _offset(samples: Samples) -> Samples:
    return samples + np.float32(0.03)


def _equalised(samples: Samples) -> Samples:
    """+4 dB below 250 Hz, -4 dB above 4 kHz, first-order shelves."""
    low = scipy.signal.butter(1, 250, "low", fs=RATE_HZ, output="sos")
    high = scipy.signal.butter(1, 4_000, "high", fs=RATE_HZ, output="sos")
    bass, treble = (scipy.signal.sosfilt(sos, samples, axis=0) for sos in (low, high))
    changed = samples + (10 ** (4 / 20) - 1) * bass + (10 ** (-4 / 20) - 1) * treble
    return np.asarray(changed * 0.7, np.float32)


def _low_passed(samples: Samples) -> Samples:
    sos = scipy.signal.butter(8, 7_000, "low", fs=RATE_HZ, output="sos")
    return np.asarray(scipy.signal.sosfilt(sos, samples, axis=0), np.float32)


def _faded(samples: Samples) -> Samples:
    """Two seconds in, three out."""
    gain = np.ones(len(samples), np.float32)
    gain[: 2 * RATE_HZ] = np.linspace(0, 1, 2 * RATE_HZ)
    gain[-3 * RATE_HZ :] = np.linspace(1, 0, 3 * RATE_HZ)
    return samples * gain[:, None]


def _handed_on(samples: Samples) -> Samples:
    return _gain(_cut(samples, 2.345, 1.1), -7)


CHANGES: Mapping[str, Change] = {
    "wav": Change("wav"),
    "mp3_64": Change("mp3", 64),
    "mp3_128": Change("mp3", 128),
    "mp3_320": Change("mp3", 320),
    "vorbis": Change("vorbis"),
    "opus_48": Change("opus", 48, 48_000),
    "opus_96": Change("opus", 96, 48_000),
    "aac_96": Change("aac", 96),
    "cut_start_0.4s": Change(edit=partial(_cut, start_s=0.42, end_s=0)),
    "cut_start_5s": Change(edit=partial(_cut, start_s=5.03, end_s=0)),
    "cut_end_5s": Change(edit=partial(_cut, start_s=0, end_s=5)),
    "silence_before": Change(edit=partial(_silence, before_s=3.21, after_s=0)),
    "silence_after": Change(edit=partial(_silence, before_s=0, after_s=4)),
    "gain_-20dB": Change(edit=partial(_gain, decibels=-20)),
    "gain_+6dB_clipped": Change(edit=partial(_gain, decibels=6)),
    "rate_8k": Change(rate_hz=8_000),
    "rate_16k": Change(rate_hz=16_000),
    "rate_22k": Change(rate_hz=22_050),
    "rate_48k": Change(rate_hz=48_000),
    "mono": Change(edit=_mono),
    "left_channel": Change(edit=_one_side),
    "equalised": Change(edit=_equalised),
    "low_pass_7k": Change(edit=_low_passed),
    "dc_offset": Change(edit=_offset),
    "fades": Change(edit=_faded),
    "cut_mp3_64_22k": Change("mp3", 64, 22_050, _handed_on),
    "cut_opus_48": Change("opus", 48, 48_000, _handed_on),
}
"""Name → change. The last ones do several things at once."""
