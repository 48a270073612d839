"""Training of the symbolic model (torch)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from generation.contract import Progress, silent
from generation.learned.loop import Training, TrainingConfig, epochs, fit
from generation.learned.symbolic.descriptions import fitted
from generation.learned.symbolic.layout import Shape
from generation.learned.symbolic.windows import Batch, Example, batches

Examples = Callable[[int], Iterable[Example]]
"""Epoch → the examples in an order of its own; called again and again."""


def train(
    examples: Examples,
    shape: Shape,
    styles: tuple[str, ...],
    config: TrainingConfig,
    progress: Progress = silent,
) -> Training:
    """Learn to write the examples, led by their conditions.

    The weights hold also what is expected of vectors (`descriptions.fitted`).

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
    endless = epochs(examples, "no piece holds a note")
    rng = np.random.default_rng(config.seed)
    source = batches(endless, shape, styles, config.batch, rng)
    made = fit(Network(shape), source, _loss, config, progress)
    pieces = ((one.conditions, one.events) for one in examples(0))
    made.weights |= fitted(pieces, shape.features)
    return made


def _loss(network: Any, batch: Batch, device: str) -> dict[str, Any]:
    import torch

    arrays = (batch.events, batch.vector, batch.styles, batch.weight)
    found: dict[str, Any] = network.loss(*(torch.from_numpy(a).to(device) for a in arrays))
    return found
