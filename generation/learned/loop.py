"""The loop that both trainings share (torch): AdamW, a schedule, mean weights, time told apart."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from generation.contract import Progress
from generation.learned.prefetch import ahead
from generation.learned.schedule import learning_rate
from schemas.errors import GenerationError

T = TypeVar("T")
Loss = Callable[[Any, Any, str], dict[str, Any]]
"""(network, batch, device) → the parts of the loss, which are summed."""

SMOOTHING = 0.98
"""Share that the mean weights keep of themselves at each step (Polyak averaging)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    """`device` auto: a GPU where there is one. `batch` counts long windows."""

    steps: int = 600
    batch: int = 8
    rate: float = 3e-3
    seed: int = 0
    device: str = "auto"


@dataclass(slots=True)
class Training:
    """What came of it: weights by name, the loss of each step, and where the time went."""

    weights: dict[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    losses: list[float] = field(default_factory=list)
    last: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    waiting_s: float = 0.0

    @property
    def waiting_share(self) -> float:
        """Share of the time in which a step waited for its data."""
        return self.waiting_s / max(self.seconds, 1e-9)


def fit(
    network: Any, source: Iterator[T], loss: Loss, config: TrainingConfig, progress: Progress
) -> Training:
    """Train `network` on batches of `source`, which are made ahead in a thread.

    Raises GenerationError when the loss stops being a number, and what `source` raises.
    """
    import torch

    device = chosen_device(config.device)
    network.to(device)
    mean = {name: value.detach().clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.AdamW(network.parameters(), config.rate, weight_decay=0.01)
    made = Training()
    started = time.perf_counter()
    with ahead(source) as coming:
        for step in range(config.steps):
            asked = time.perf_counter()
            batch = next(coming)
            made.waiting_s += time.perf_counter() - asked
            for group in optimizer.param_groups:
                group["lr"] = config.rate * learning_rate(step, config.steps)
            parts = loss(network, batch, device)
            total: Any = sum(parts.values())
            optimizer.zero_grad(set_to_none=True)
            total.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            _average(mean, network.state_dict(), step)
            made.losses.append(_finite(float(total.detach()), step))
            made.last = {name: float(part.detach()) for name, part in parts.items()}
            progress((step + 1) / config.steps, f"step {step + 1}, loss {made.losses[-1]:.2f}")
    made.seconds = time.perf_counter() - started
    made.weights = {name: value.cpu().numpy().copy() for name, value in mean.items()}
    return made


def epochs(pieces: Callable[[int], Iterable[T]], what: str) -> Iterator[T]:
    """Pieces of epoch 0, 1, 2 … without end. Raises GenerationError when there are none."""
    epoch = 0
    while True:
        count = 0
        for piece in pieces(epoch):
            count += 1
            yield piece
        if not count:
            raise GenerationError(f"there is nothing to train on: {what}")
        epoch += 1


def chosen_device(name: str) -> str:
    """`name`, or for "auto" the best there is: cuda, mps, cpu."""
    import torch

    if name != "auto":
        return name
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _average(mean: dict[str, Any], now: dict[str, Any], step: int) -> None:
    share = min(SMOOTHING, (1 + step) / (10 + step))
    for name, value in now.items():
        mean[name].lerp_(value.detach(), 1 - share)


def _finite(loss: float, step: int) -> float:
    if not np.isfinite(loss):
        raise GenerationError(f"training diverged at step {step}: the loss is {loss}")
    return loss
