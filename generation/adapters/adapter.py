"""A trained projector with what it belongs to; and which host a loaded engine is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from generation.adapters.hosts.host import Conditioned, Host
from generation.adapters.kinds import KINDS
from generation.adapters.projector import Projector
from schemas.errors import InputError

try:
    import torch
except ImportError as error:  # the projector's module has said it already
    raise AssertionError from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """A projector, the features it reads and the weights it was trained beside.

    Attributes
    ----------
    kind : id of the engine
    names : features, in the order of its inputs
    digest : of the frozen generator's weights (`engines.weights.digest_of`)
    weights, licence : their id and licence, which hold for what is made with the adapter
    trained : how: pairs, steps, losses, and what the caller adds
    """

    projector: Projector
    kind: str
    names: tuple[str, ...]
    digest: str
    weights: str
    licence: str
    trained: dict[str, Any] = field(default_factory=dict)

    def conditioned(
        self,
        host: Host,
        vectors: np.ndarray[Any, Any],
        prompts: Sequence[str],
        against: Sequence[str] | None = None,
    ) -> Conditioned:
        """Tokens of flat vectors (B, 4·T + 24) before the words of as many prompts.

        Guidance holds them against the null tokens beside the words `against`, or beside none.
        """
        device = host.device
        with torch.no_grad():
            projector = self.projector.to(device)
            tokens = projector(torch.as_tensor(vectors, dtype=torch.float32, device=device))
            nothing = projector.nothing(len(tokens))
            states, mask = host.words(list(prompts))
            other, kept = (states, torch.zeros_like(mask))
            if against is not None:
                other, kept = _alike(*host.words(list(against)), states.shape[1])
        return Conditioned(
            **joined("states", "mask", tokens, states, mask),
            **joined("without", "mask_without", nothing, other, kept),
        )


def joined(name: str, mask_name: str, tokens: Any, states: Any, mask: Any) -> dict[str, Any]:
    """Tokens before words, and the mask of both; masked words are zero, as generators have it."""
    words = states * mask[..., None].to(states.dtype)
    ones = mask.new_ones(tokens.shape[:2])
    both = torch.cat([tokens.to(words.dtype), words], 1)
    return {name: both, mask_name: torch.cat([ones, mask], 1)}


def _alike(states: Any, mask: Any, length: int) -> tuple[Any, Any]:
    """Cut or padded to as many words: both halves of a batch have one length."""
    missing = max(0, length - states.shape[1])
    padded = torch.nn.functional.pad(states, (0, 0, 0, missing))[:, :length]
    return padded, torch.nn.functional.pad(mask, (0, missing))[:, :length]


def host_of(kind: str, model: Any, tokenizer: Any = None) -> Host:
    """The host of a loaded model: a pipeline, or MusicGen with its tokenizer.

    Raises
    ------
    InputError
        When vectors cannot condition engines of that kind.
    """
    if kind == "musicgen":
        from generation.adapters.hosts.musicgen import MusicGenHost

        return MusicGenHost(model, tokenizer)
    if kind == "stable-audio-open":
        from generation.adapters.hosts.stable_audio_open import StableAudioOpenHost

        return StableAudioOpenHost(model)
    if kind == "stable-audio-3":
        from generation.adapters.hosts.stable_audio_3 import StableAudio3Host

        return StableAudio3Host(model)
    valid = ", ".join(KINDS)
    raise InputError(f"adapter: a vector cannot condition engine {kind!r}; valid is {valid}")
