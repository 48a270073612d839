"""MusicGen: tokens before those of the words; the loss is that of its codes, with their delay."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from transformers.modeling_outputs import BaseModelOutput

from generation.adapters.hosts.host import Conditioned, frozen
from generation.engines.musicgen import GUIDANCE, new_tokens
from generation.engines.torching import seeded
from schemas.errors import InputError


class MusicGenHost:
    """See `hosts.host.Host`. `encode` gives codes (B, codebooks, frames).

    Raises
    ------
    InputError
        For stereo weights, which interleave two sets of codes.
    """

    kind = "musicgen"

    def __init__(self, model: Any, tokenizer: Any) -> None:
        if model.decoder.config.audio_channels != 1:
            raise InputError("adapter: only MusicGen in mono takes one; these weights are stereo")
        self.model = frozen(model)
        self.tokenizer = tokenizer
        self.width = int(model.text_encoder.config.hidden_size)
        self.rate = int(model.config.audio_encoder.sampling_rate)
        self.channels = int(model.config.audio_encoder.audio_channels)
        self.device = model.device

    @torch.no_grad()
    def encode(self, sound: Tensor) -> Tensor:
        codec = self.model.audio_encoder
        codes: Tensor = codec.encode(sound.to(self.device, codec.dtype)).audio_codes[0]
        return codes

    @torch.no_grad()
    def words(self, prompts: list[str]) -> tuple[Tensor, Tensor]:
        read = self.tokenizer(prompts, return_tensors="pt", padding=True).to(self.device)
        states = self.model.text_encoder(read.input_ids, attention_mask=read.attention_mask)
        return states.last_hidden_state, read.attention_mask

    def loss(self, states: Tensor, mask: Tensor, targets: Tensor) -> Tensor:
        made = self.model(
            encoder_outputs=BaseModelOutput(last_hidden_state=states.to(self.model.dtype)),
            attention_mask=mask,
            labels=delayed(targets.long()),
        )
        loss: Tensor = made.loss
        return loss

    def inputs(self, given: Conditioned, guidance: float) -> dict[str, Any]:
        """transformers doubles words for guidance by itself, but not given states: both halves
        are given, and `input_ids` of the single batch say how large it is."""
        both = guidance > 1
        states = torch.cat([given.states, given.without]) if both else given.states
        mask = torch.cat([given.mask, given.mask_without]) if both else given.mask
        return {
            "input_ids": torch.zeros(len(given.states), 1, dtype=torch.long, device=self.device),
            "encoder_outputs": BaseModelOutput(last_hidden_state=states.to(self.model.dtype)),
            "attention_mask": mask,
        }

    @torch.no_grad()
    def generate(self, given: Conditioned, seconds: float, **how: Any) -> Tensor:
        guidance = how.get("guidance") or GUIDANCE
        with seeded(int(how.get("seed", 0))):
            sound: Tensor = self.model.generate(
                **self.inputs(given, guidance),
                max_new_tokens=new_tokens(self.model, seconds),
                do_sample=True,
                guidance_scale=guidance,
            )
        return sound.float()


def delayed(codes: Tensor) -> Tensor:
    """Labels (B, frames + K − 1, K) of codes (B, K, frames): codebook k is k steps late.

    The pattern that MusicGen was trained with (Copet et al. 2023) and that `generate` undoes; what
    lies outside is −100, which the loss leaves out and the decoder reads as padding.
    """
    batch, books, frames = codes.shape
    labels = codes.new_full((batch, frames + books - 1, books), -100)
    for book in range(books):
        labels[:, book : book + frames, book] = codes[:, book]
    return labels
