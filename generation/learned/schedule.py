"""How the learning rate goes over a training."""

from __future__ import annotations

import math


def learning_rate(step: int, steps: int, warm_up: float = 0.04, rest: float = 0.02) -> float:
    """Factor of the highest rate: a linear rise over `warm_up` of the steps, then half a cosine
    down to `rest` (Loshchilov & Hutter 2017)."""
    rising = max(1, round(steps * warm_up))
    if step < rising:
        return (step + 1) / rising
    turn = (step - rising) / max(1, steps - rising)
    return rest + (1 - rest) * (1 + math.cos(math.pi * turn)) / 2
