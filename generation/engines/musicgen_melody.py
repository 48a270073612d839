"""MusicGen Melody: as MusicGen, led by a chroma track of the melody or of a clip.

The extractor that transformers ships needs torchaudio; the same track is computed here by the same
recipe (one STFT, the same filters, the strongest pitch class of each frame).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from generation.engines.engine import Job
from generation.engines.musicgen import MusicGen
from generation.engines.sound import fitted
from generation.engines.weights import Expected
from generation.payloads import musicgen_melody
from schemas.audio import Audio

WINDOW, HOP, RATE_HZ = 16_384, 4_096, 32_000


class MusicGenMelody(MusicGen):
    """See `TorchEngine` for its parameters; weights such as facebook/musicgen-melody."""

    manifest_ = musicgen_melody.MANIFEST
    build = staticmethod(musicgen_melody.build)
    expected = Expected(
        index="config.json",
        field="model_type",
        values=("musicgen_melody",),
        example="facebook/musicgen-melody",
    )
    _class = "MusicgenMelodyForConditionalGeneration"

    def _more(self, model: Any, job: Job) -> dict[str, Any]:
        import torch

        track = job.payload.arrays.get("input_features")
        if track is None and job.options.clip is not None:
            track = chroma(job.options.clip)[None]
        if track is None:
            return {}
        return {"input_features": torch.from_numpy(np.float32(track)).to(model.device, model.dtype)}


def chroma(clip: Audio) -> npt.NDArray[np.float32]:
    """One-hot pitch classes of a clip, float32 (frames, 12), C first, 7.8125 frames a second.

    As `MusicgenMelodyFeatureExtractor` of transformers: power spectrogram (16,384 samples at 32
    kHz, hop 4,096, Hann, reflected edges), chroma filters of librosa, the largest class of a frame.
    """
    from transformers.audio_utils import chroma_filter_bank

    samples = fitted(clip, RATE_HZ, 1)[0]
    if len(samples) < WINDOW:
        short = WINDOW - len(samples)
        samples = np.pad(samples, (short // 2, short - short // 2))
    padded = np.pad(samples, WINDOW // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    window = np.hanning(WINDOW + 1)[:-1]
    power = np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    filters = chroma_filter_bank(
        sampling_rate=RATE_HZ, num_frequency_bins=WINDOW, tuning=0, num_chroma=12
    )
    classes = (power @ filters.T).argmax(axis=1)
    track: npt.NDArray[np.float32] = np.eye(12, dtype=np.float32)[classes]
    return track
