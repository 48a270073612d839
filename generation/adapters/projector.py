"""The learned part: a vector to k tokens in the space of a generator's text encoder."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.errors import MissingExtraError

try:
    import torch
    from torch import Tensor, nn
except ImportError as error:
    raise MissingExtraError("generation.adapters.projector", "engines") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Sizes of a projector.

    Attributes
    ----------
    inputs : numbers of a flat vector, 4·T + 24
    width : of a token: the hidden size of the generator's text encoder
    tokens : how many are made of one vector
    hidden : of the perceptron's two layers
    """

    inputs: int
    width: int
    tokens: int = 8
    hidden: int = 256


class Projector(nn.Module):
    """Flat vectors (B, inputs) to tokens (B, tokens, width); `null` tokens for no vector.

    Inputs are standardised by `mean` and `spread`, which `fit` sets from the training vectors:
    a catalogue fills a small part of 0 … 1. Tokens leave with the root mean square that the
    generator's own text has (`fit_scale`), times a learned gain. The null tokens are learned from
    the pairs whose vector was dropped; guidance is the contrast between both.
    """

    mean: Tensor
    spread: Tensor
    scale: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.register_buffer("mean", torch.zeros(shape.inputs))
        self.register_buffer("spread", torch.ones(shape.inputs))
        self.register_buffer("scale", torch.ones(()))
        self.layers = nn.Sequential(
            nn.Linear(shape.inputs, shape.hidden),
            nn.SiLU(),
            nn.Linear(shape.hidden, shape.hidden),
            nn.SiLU(),
            nn.Linear(shape.hidden, shape.tokens * shape.width),
        )
        self.norm = nn.LayerNorm(shape.width)
        self.null = nn.Parameter(torch.randn(shape.tokens, shape.width))

    def fit(self, vectors: Tensor) -> None:
        """Take mean and spread from vectors (N, inputs); what never varies is left out."""
        spread = vectors.std(0, unbiased=False)
        self.mean.copy_(vectors.mean(0))
        self.spread.copy_(torch.where(spread < 1e-3, torch.inf, spread))

    def fit_scale(self, text: Tensor, mask: Tensor) -> None:
        """Take the size of tokens from those of words, (B, n, width) where `mask` (B, n) is 1."""
        kept = text[mask.bool()]
        if kept.numel() and float(kept.square().mean()) > 0:
            self.scale.copy_(kept.square().mean().sqrt())

    def forward(self, vectors: Tensor) -> Tensor:
        standard = ((vectors - self.mean) / self.spread).clamp(-4, 4)
        made = self.layers(standard).view(-1, self.shape.tokens, self.shape.width)
        tokens: Tensor = self.norm(made) * self.scale
        return tokens

    def nothing(self, count: int) -> Tensor:
        """The null tokens, (count, tokens, width)."""
        tokens: Tensor = self.norm(self.null) * self.scale
        return tokens.expand(count, -1, -1)
