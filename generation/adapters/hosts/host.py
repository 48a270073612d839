"""What training and generation need of a generator, whichever it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditioned:
    """Cross-attention with the vector and the words, and what guidance holds it against.

    states, without : (B, k + n, width); mask, mask_without : (B, k + n), 1 where there is a token
    """

    states: Any
    mask: Any
    without: Any
    mask_without: Any


class Host(Protocol):
    """A frozen generator with cross-attention to tokens.

    Attributes
    ----------
    kind : the engine's id
    width : hidden size of its text encoder, and so of a token
    rate, channels : of the sound that it codes
    device : torch's
    """

    kind: str
    width: int
    rate: int
    channels: int
    device: Any

    def encode(self, sound: Any) -> Any:
        """Sound (B, channels, n), float32, as what the generator predicts: codes or latents.

        The first dimension stays; the rest is the generator's own, and always the same for sounds
        of one length.
        """

    def words(self, prompts: list[str]) -> tuple[Any, Any]:
        """Hidden states (B, n, width) and mask (B, n) of prompts by the frozen text encoder."""

    def loss(self, states: Any, mask: Any, targets: Any) -> Any:
        """The generator's own training loss on `targets` of `encode`, given states (B, n, width).

        Differentiable in `states`.
        """

    def inputs(self, given: Conditioned, guidance: float) -> dict[str, Any]:
        """Keyword arguments for the generator's own call, in place of those of a prompt."""

    def generate(self, given: Conditioned, seconds: float, **how: Any) -> Any:
        """Sound (B, channels, n), float32. `how`: guidance (1: none), steps of a denoiser, seed."""


def frozen(model: Any) -> Any:
    """A module whose weights take no gradient, in evaluation mode."""
    return model.eval().requires_grad_(False)
