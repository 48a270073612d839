"""From noise to mel: Euler steps along the learned velocity, over windows that overlap.

A piece is longer than what the network sees at once: windows overlap by half, and where they do
their velocities are averaged at each step (MultiDiffusion, Bar-Tal et al. 2023), so that there is
no seam. Led and unled velocities are set apart by `guidance` (Ho & Salimans 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from generation.contract import Progress, silent
from generation.learned.conditions import Floats
from generation.learned.sound.layout import NEAREST, Shape
from generation.learned.sound.mel import BANDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    steps: int = 24
    guidance: float = 2.0
    windows_at_once: int = 8


def sample(
    network: Any,
    tracks: Floats,
    vector: Floats,
    seed: int,
    manner: Manner,
    progress: Progress = silent,
) -> Floats:
    """Normalised mel (n, 80) for tracks (n, 19) and vector (2 T,)."""
    import torch

    shape: Shape = network.shape
    device = next(network.parameters()).device
    count = len(tracks)
    starts = _starts(count, shape.frames)
    length = max(count, shape.frames)
    padded = np.pad(tracks, ((0, length - count), (0, 0)))
    led = torch.from_numpy(padded).to(device)
    drawn = np.random.default_rng(seed).standard_normal((length, BANDS)).astype(np.float32)
    x = torch.from_numpy(drawn).to(device)
    told = torch.from_numpy(vector).to(device)
    weight = _weights(starts, length, shape.frames)
    share = torch.from_numpy(weight).to(device)
    with torch.inference_mode():
        for step in range(manner.steps):
            velocity = torch.zeros_like(x)
            for group in _groups(starts, manner.windows_at_once):
                parts = torch.stack([x[s : s + shape.frames] for s in group])
                leads = torch.stack([led[s : s + shape.frames] for s in group])
                found = _guided(network, parts, leads, told, step / manner.steps, manner.guidance)
                for start, one in zip(group, found, strict=True):
                    velocity[start : start + shape.frames] += one * _fade(shape.frames, device)
            x = x + velocity / share[:, None] / manner.steps
            progress((step + 1) / manner.steps, "drawing the spectrum")
    made: Floats = x[:count].cpu().numpy()
    return made


def _guided(network: Any, parts: Any, leads: Any, told: Any, at: float, guidance: float) -> Any:
    import torch

    count = len(parts)
    time = torch.full((2 * count,), at, device=parts.device)
    vectors = torch.cat([told.expand(count, -1), torch.zeros_like(told).expand(count, -1)])
    both = network(
        torch.cat([parts, parts]), time, torch.cat([leads, torch.zeros_like(leads)]), vectors
    )
    led, free = both[:count], both[count:]
    return (free + guidance * (led - free) - parts) / max(NEAREST, 1 - at)


def _starts(count: int, frames: int) -> list[int]:
    if count <= frames:
        return [0]
    return sorted({*range(0, count - frames, frames // 2), count - frames})


def _groups(starts: list[int], size: int) -> list[list[int]]:
    return [starts[i : i + size] for i in range(0, len(starts), size)]


def _fade(frames: int, device: Any) -> Any:
    import torch

    return torch.from_numpy(_ramp(frames)).to(device)[:, None]


def _ramp(frames: int) -> Floats:
    """Weight of a window's frames: highest in the middle, never 0."""
    made: Floats = (0.02 + np.hanning(frames + 2)[1:-1]).astype(np.float32)
    return made


def _weights(starts: list[int], length: int, frames: int) -> Floats:
    total = np.zeros(length, np.float32)
    for start in starts:
        total[start : start + frames] += _ramp(frames)
    return total
