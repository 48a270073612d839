"""The network of sound (torch): a diffusion transformer that tells what a noisy spectrum hides.

Patches of mel frames with their tracks are the steps; time and vector scale, shift and gate every
layer (adaLN-Zero, Peebles & Xie 2023).
"""

from __future__ import annotations

import math
from typing import Any

from generation.learned.sound.layout import Shape
from generation.learned.sound.mel import BANDS
from generation.learned.sound.tracks import CHANNELS
from schemas.errors import MissingExtraError

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError as error:
    raise MissingExtraError("the generator of sound", "engines") from error

_WAVES = 32


class _Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.lead = nn.Linear(shape.condition, 6 * shape.width)
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.up = nn.Linear(shape.width, 4 * shape.width)
        self.down = nn.Linear(4 * shape.width, shape.width)
        nn.init.zeros_(self.lead.weight)
        nn.init.zeros_(self.lead.bias)

    def forward(self, x: Any, lead: Any) -> Any:
        batch, length, width = x.shape
        scale1, shift1, gate1, scale2, shift2, gate2 = self.lead(lead)[:, None].chunk(6, -1)
        seen = functional.layer_norm(x, (width,)) * (1 + scale1) + shift1
        q, k, v = (
            part.view(batch, length, self.heads, -1).transpose(1, 2)
            for part in self.qkv(seen).chunk(3, -1)
        )
        heard = functional.scaled_dot_product_attention(q, k, v)
        x = x + gate1 * self.out(heard.transpose(1, 2).reshape(batch, length, width))
        seen = functional.layer_norm(x, (width,)) * (1 + scale2) + shift2
        return x + gate2 * self.down(functional.gelu(self.up(seen)))


class Network(nn.Module):
    """The mel (B, L, 80) that a point of the flow leads to, L a multiple of the patch."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        steps = shape.frames // shape.patch
        self.enter = nn.Linear(shape.patch * (BANDS + CHANNELS), shape.width)
        self.index = nn.Parameter(torch.randn(1, steps, shape.width) * 0.02)
        self.time1 = nn.Linear(2 * _WAVES, shape.condition)
        self.time2 = nn.Linear(shape.condition, shape.condition)
        self.vector1 = nn.Linear(2 * shape.features, shape.condition)
        self.vector2 = nn.Linear(shape.condition, shape.condition)
        self.layers = nn.ModuleList(_Layer(shape) for _ in range(shape.layers))
        self.last = nn.Linear(shape.condition, 2 * shape.width)
        self.leave = nn.Linear(shape.width, shape.patch * BANDS)
        for zero in (self.last, self.leave):
            nn.init.zeros_(zero.weight)
            nn.init.zeros_(zero.bias)

    def forward(self, x: Any, time: Any, tracks: Any, vector: Any) -> Any:
        batch, length, _ = x.shape
        patch = self.shape.patch
        steps = torch.cat([x, tracks], -1).reshape(batch, length // patch, -1)
        hidden = self.enter(steps) + self.index[:, : length // patch]
        lead = functional.silu(self._timed(time) + self._led(vector))
        for layer in self.layers:
            hidden = layer(hidden, lead)
        scale, shift = self.last(lead)[:, None].chunk(2, -1)
        hidden = functional.layer_norm(hidden, (self.shape.width,)) * (1 + scale) + shift
        return self.leave(hidden).reshape(batch, length, BANDS)

    def _timed(self, time: Any) -> Any:
        rates = torch.exp(-math.log(1e4) * torch.arange(_WAVES, device=time.device) / _WAVES)
        turns = time[:, None] * 1_000 * rates
        waves = torch.cat([turns.sin(), turns.cos()], -1)
        return self.time2(functional.silu(self.time1(waves)))

    def _led(self, vector: Any) -> Any:
        return self.vector2(functional.silu(self.vector1(vector * 2 - 0.5)))
