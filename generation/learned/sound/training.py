"""Training of the model of sound: flow matching (Lipman et al. 2023), told by the clean spectrum.

The network tells the mel it expects, not the velocity, and the loss is that of the velocity that
follows: the noise of a patch (320 values) does not pass through a network of 128, music does (Li &
He 2025, "Back to Basics: Let Denoising Generative Models Denoise").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from generation.contract import Progress, silent
from generation.learned.loop import Training, TrainingConfig, epochs, fit
from generation.learned.sound.clips import Batch, Clip, batches
from generation.learned.sound.layout import NEAREST, Shape

Clips = Callable[[int], Iterable[Clip]]
"""Epoch → the clips in an order of its own; called again and again."""


def train(
    clips: Clips,
    shape: Shape,
    scale: tuple[float, float],
    config: TrainingConfig,
    progress: Progress = silent,
) -> Training:
    """Learn the way from noise to mel, led by tracks and vector.

    Raises
    ------
    MissingExtraError
        Without torch.
    GenerationError
        When there are no clips, or the loss stops being a number.
    """
    import torch

    from generation.learned.sound.network import Network

    torch.manual_seed(config.seed)
    rng = np.random.default_rng(config.seed)
    endless = epochs(clips, "no recording may be used")
    source = batches(endless, shape.frames, scale, config.batch, rng)
    return fit(Network(shape), source, _loss, config, progress)


def _loss(network: Any, batch: Batch, device: str) -> dict[str, Any]:
    import torch

    mel, tracks, vector = (
        torch.from_numpy(array).to(device) for array in (batch.mel, batch.tracks, batch.vector)
    )
    at = torch.sigmoid(torch.randn(len(mel), device=device))  # logit-normal, Esser et al. 2024
    noise = torch.randn_like(mel)
    point = noise + at[:, None, None] * (mel - noise)
    missing = (mel - network(point, at, tracks, vector)).square().mean((1, 2))
    return {"velocity": (missing / (1 - at).clamp(min=NEAREST).square()).mean()}
