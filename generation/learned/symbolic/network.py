"""The network that is trained (torch): a causal transformer over events, led by FiLM.

Each event is one step (compound words, Hsiao et al. 2021): its columns' embeddings are summed. What
comes next is told column after column, each by a small head that knows the columns before it:
place, kind, pitch, length, velocity. The vector scales and shifts every normalised layer (FiLM,
Perez et al. 2018). `inference` computes the same without torch; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generation.learned.symbolic.events import (
    BAR,
    CHORD,
    KIND,
    LENGTH,
    PITCH,
    POSITION,
    VELOCITY,
)
from generation.learned.symbolic.layout import (
    EMBEDDED,
    HEADS,
    KNOWN_SIZES,
    NEW_BAR,
    TOKENS,
    Shape,
    token_of,
)
from schemas.errors import MissingExtraError

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError as error:
    raise MissingExtraError("training the symbolic generator", "engines") from error


class _Layer(nn.Module):
    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.film = nn.Linear(shape.condition, 4 * shape.width)
        self.qkv = nn.Linear(shape.width, 3 * shape.width)
        self.out = nn.Linear(shape.width, shape.width)
        self.up = nn.Linear(shape.width, 4 * shape.width)
        self.down = nn.Linear(4 * shape.width, shape.width)

    def forward(self, x: Any, lead: Any) -> Any:
        batch, length, width = x.shape
        scale1, shift1, scale2, shift2 = self.film(lead)[:, None].chunk(4, -1)
        seen = functional.layer_norm(x, (width,)) * (1 + scale1) + shift1
        q, k, v = (
            part.view(batch, length, self.heads, -1).transpose(1, 2)
            for part in self.qkv(seen).chunk(3, -1)
        )
        heard = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(heard.transpose(1, 2).reshape(batch, length, width))
        seen = functional.layer_norm(x, (width,)) * (1 + scale2) + shift2
        return x + self.down(functional.gelu(self.up(seen)))


class Network(nn.Module):
    """Logits of each column of the next event."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        self.tables = nn.ModuleDict(
            {name: nn.Embedding(size, width) for name, _, size in EMBEDDED}
            | {"token": nn.Embedding(TOKENS, width), "index": nn.Embedding(shape.context, width)}
        )
        for table in self.tables.values():
            nn.init.normal_(table.weight, std=0.05)
        self.style = nn.Embedding(max(1, shape.styles), shape.condition)
        self.lead1 = nn.Linear(shape.lead + shape.condition, 2 * shape.condition)
        self.lead2 = nn.Linear(2 * shape.condition, shape.condition)
        self.layers = nn.ModuleList(_Layer(shape) for _ in range(shape.layers))
        self.last = nn.Linear(shape.condition, 2 * width)
        self.hidden = nn.ModuleDict({name: nn.Linear(width, width) for name, _, _ in HEADS})
        self.classes = nn.ModuleDict({name: nn.Linear(width, n) for name, n, _ in HEADS})
        self.told = nn.ModuleDict(
            {
                f"{name}_{known}": nn.Embedding(KNOWN_SIZES[known], width)
                for name, _, knows in HEADS
                for known in knows
            }
        )

    def lead(self, vector: Any, styles: Any) -> Any:
        """What scales and shifts (B, condition), of leads (B, shape.lead) and styles (B, S)."""
        style = styles @ self.style.weight[: styles.shape[1]]
        told = torch.cat([vector * 2 - 0.5, style], -1)
        return functional.silu(self.lead2(functional.silu(self.lead1(told))))

    def forward(self, events: Any, vector: Any, styles: Any) -> Any:
        """Hidden states (B, L, width) of events (B, L, 11)."""
        x = self.tables["index"].weight[: events.shape[1]][None]
        for name, column, _ in EMBEDDED:
            x = x + self.tables[name](events[..., column])
        x = x + self.tables["token"](token_of(events[..., KIND], events[..., PITCH]))
        lead = self.lead(vector, styles)
        for layer in self.layers:
            x = layer(x, lead)
        scale, shift = self.last(lead)[:, None].chunk(2, -1)
        return functional.layer_norm(x, (self.shape.width,)) * (1 + scale) + shift

    def head(self, name: str, hidden: Any, told: Mapping[str, Any]) -> Any:
        """Logits of one column, of hidden states and the columns that are told before it."""
        knows = next(knows for head, _, knows in HEADS if head == name)
        u = self.hidden[name](hidden)
        for known in knows:
            u = u + self.told[f"{name}_{known}"](told[known])
        return self.classes[name](functional.gelu(u))

    def loss(self, events: Any, vector: Any, styles: Any, weight: Any) -> dict[str, Any]:
        """Mean loss of each column of what comes next, nats; `weight` (B, L) masks."""
        hidden = self(events[:, :-1], vector, styles)
        following, counts = events[:, 1:], weight[:, 1:]
        kind, pitch = following[..., KIND], following[..., PITCH]
        inside = counts * (kind != BAR)
        note = inside * (kind != CHORD)
        place = torch.where(kind == BAR, torch.full_like(kind, NEW_BAR), following[..., POSITION])
        told = {
            "place": place, "kind": kind, "token": token_of(kind, pitch),
            "length": following[..., LENGTH],
        }  # fmt: skip
        wanted = {
            "place": (place, counts), "kind": (kind, inside), "pitch": (pitch, inside),
            "length": (following[..., LENGTH], note), "velocity": (following[..., VELOCITY], note),
        }  # fmt: skip
        return {
            name: _mean_loss(self.head(name, hidden, told), *wanted[name]) for name, _, _ in HEADS
        }


def _mean_loss(logits: Any, wanted: Any, weight: Any) -> Any:
    each = functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), reduction="none")
    flat = weight.flatten()
    return (each * flat).sum() / flat.sum().clamp(min=1)
