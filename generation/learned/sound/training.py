"""Training of the model of sound: flow matching (Lipman et al. 2023), told by the clean spectrum.

The network tells the mel it expects, not the velocity, and the loss is that of the velocity that
follows: the noise of a patch (320 values) does not pass through a network of 128, music does (Li &
He 2025, "Back to Basics: Let Denoising Generative Models Denoise").
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

import numpy as np

from generation.contract import Progress, silent
from generation.learned.schedule import learning_rate
from generation.learned.sound.clips import Batch, Clip, batches
from generation.learned.sound.layout import NEAREST, Shape
from generation.learned.symbolic.training import (
    SMOOTHING,
    Training,
    TrainingConfig,
    chosen_device,
    finite,
)
from schemas.errors import GenerationError

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
    device = chosen_device(config.device)
    network = Network(shape).to(device)
    mean = {name: value.detach().clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.AdamW(network.parameters(), config.rate, weight_decay=0.01)
    source = _endless(clips, shape, scale, config)
    made = Training({}, [], 0.0, 0.0)
    started = time.perf_counter()
    for step in range(config.steps):
        asked = time.perf_counter()
        batch = next(source)
        made.waiting_s += time.perf_counter() - asked
        for group in optimizer.param_groups:
            group["lr"] = config.rate * learning_rate(step, config.steps)
        mel, tracks, vector = (
            torch.from_numpy(array).to(device) for array in (batch.mel, batch.tracks, batch.vector)
        )
        at = torch.sigmoid(torch.randn(len(mel), device=device))  # logit-normal, Esser et al. 2024
        noise = torch.randn_like(mel)
        point = noise + at[:, None, None] * (mel - noise)
        missing = (mel - network(point, at, tracks, vector)).square().mean((1, 2))
        loss = (missing / (1 - at).clamp(min=NEAREST).square()).mean()
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            share = min(SMOOTHING, (1 + step) / (10 + step))
            for name, value in network.state_dict().items():
                mean[name].lerp_(value, 1 - share)
        made.losses.append(finite(float(loss.detach()), step))
        progress((step + 1) / config.steps, f"step {step + 1}, loss {made.losses[-1]:.3f}")
    made.seconds = time.perf_counter() - started
    made.weights = {name: value.cpu().numpy().copy() for name, value in mean.items()}
    return made


def _endless(
    clips: Clips, shape: Shape, scale: tuple[float, float], config: TrainingConfig
) -> Iterator[Batch]:
    def passed() -> Iterator[Clip]:
        epoch = 0
        while True:
            count = 0
            for clip in clips(epoch):
                count += 1
                yield clip
            if not count:
                raise GenerationError("there is nothing to train on: no recording may be used")
            epoch += 1

    rng = np.random.default_rng(config.seed)
    return batches(passed(), shape.frames, scale, config.batch, rng)
