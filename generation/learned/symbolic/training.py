"""Training of the symbolic model (torch)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from generation.contract import Progress, silent
from generation.learned.schedule import learning_rate
from generation.learned.symbolic.layout import Shape
from generation.learned.symbolic.windows import Batch, Example, batches
from schemas.errors import GenerationError

Examples = Callable[[int], Iterable[Example]]
"""Epoch → the examples in an order of its own; called again and again."""

SMOOTHING = 0.98
"""Share that the mean weights keep of themselves at each step (Polyak averaging)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingConfig:
    steps: int = 600
    batch: int = 8
    rate: float = 3e-3
    seed: int = 0
    device: str = "auto"
    """auto: a GPU where there is one."""


@dataclass(slots=True)
class Training:
    """What came of it: weights by name, the losses, and where the time went."""

    weights: dict[str, npt.NDArray[np.float32]]
    losses: list[float]
    seconds: float
    waiting_s: float
    last: dict[str, float] = field(default_factory=dict)

    @property
    def waiting_share(self) -> float:
        """Share of the time in which a step waited for its data."""
        return self.waiting_s / max(self.seconds, 1e-9)


def train(
    examples: Examples,
    shape: Shape,
    styles: tuple[str, ...],
    config: TrainingConfig,
    progress: Progress = silent,
) -> Training:
    """Learn to write the examples, led by their conditions.

    Raises
    ------
    MissingExtraError
        Without torch.
    GenerationError
        When there are no examples, or the loss stops being a number.
    """
    import torch

    from generation.learned.symbolic.network import Network

    torch.manual_seed(config.seed)
    device = chosen_device(config.device)
    network = Network(shape).to(device)
    mean = {name: value.detach().clone() for name, value in network.state_dict().items()}
    optimizer = torch.optim.AdamW(network.parameters(), config.rate, weight_decay=0.01)
    source = _endless(examples, shape, styles, config)
    made = Training({}, [], 0.0, 0.0)
    started = time.perf_counter()
    for step in range(config.steps):
        asked = time.perf_counter()
        batch = next(source)
        made.waiting_s += time.perf_counter() - asked
        for group in optimizer.param_groups:
            group["lr"] = config.rate * learning_rate(step, config.steps)
        tensors = [
            torch.from_numpy(array).to(device)
            for array in (batch.events, batch.vector, batch.styles, batch.weight)
        ]
        parts = network.loss(*tensors)
        loss = sum(parts.values())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        with torch.no_grad():
            share = min(SMOOTHING, (1 + step) / (10 + step))
            for name, value in network.state_dict().items():
                mean[name].lerp_(value, 1 - share)
        made.losses.append(finite(float(loss.detach()), step))
        made.last = {name: float(part.detach()) for name, part in parts.items()}
        progress((step + 1) / config.steps, f"step {step + 1}, loss {made.losses[-1]:.2f}")
    made.seconds = time.perf_counter() - started
    made.weights = {name: value.cpu().numpy().copy() for name, value in mean.items()}
    return made


def chosen_device(name: str) -> str:
    """`name`, or for "auto" the best there is: cuda, mps, cpu."""
    import torch

    if name != "auto":
        return name
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _endless(
    examples: Examples, shape: Shape, styles: tuple[str, ...], config: TrainingConfig
) -> Iterator[Batch]:
    rng = np.random.default_rng(config.seed)
    epoch = 0

    def passed() -> Iterator[Example]:
        nonlocal epoch
        while True:
            count = 0
            for example in examples(epoch):
                count += 1
                yield example
            if not count:
                raise GenerationError("there is nothing to train on: no piece holds a note")
            epoch += 1

    return batches(passed(), shape, styles, config.batch, rng)


def finite(loss: float, step: int) -> float:
    if not np.isfinite(loss):
        raise GenerationError(f"training diverged at step {step}: the loss is {loss}")
    return loss
