"""Stable Audio 3: tokens before those of the words in `prompt_embeds`; rectified-flow loss."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from generation.adapters.hosts.host import Conditioned, frozen
from generation.engines.stable_audio_3 import BASE_GUIDANCE, BASE_STEPS, DISTILLED_STEPS


class StableAudio3Host:
    """See `hosts.host.Host`. `encode` gives latents (B, channels, frames).

    Train with the base weights: the distilled ones have learned eight jumps, not the flow.
    """

    kind = "stable-audio-3"

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline
        for part in ("transformer", "vae", "text_encoder", "duration_embedder"):
            frozen(getattr(pipeline, part))
        self.width = int(pipeline.transformer.config.cond_token_dim)
        self.rate = int(pipeline.vae.config.sampling_rate)
        self.channels = int(pipeline.vae.config.audio_channels)
        self.device = pipeline.transformer.device

    @torch.no_grad()
    def encode(self, sound: Tensor) -> Tensor:
        dtype = next(self.pipeline.vae.parameters()).dtype
        latents: Tensor = self.pipeline.vae.encode(sound.to(self.device, dtype)).latents
        return latents

    @torch.no_grad()
    def words(self, prompts: list[str]) -> tuple[Tensor, Tensor]:
        states, mask = self.pipeline.encode_prompt(prompts, self.device, 1)
        return states, mask

    def loss(self, states: Tensor, mask: Tensor, targets: Tensor) -> Tensor:
        """Mean square of the velocity n − x at z = (1 − t)·x + t·n, t logit-normal.

        Times as in Esser et al. 2024 (arXiv:2403.03206).
        """
        model, dtype = self.pipeline.transformer, self.pipeline.transformer.dtype
        target = targets.to(self.device, torch.float32)
        time = torch.sigmoid(torch.randn(len(target), device=self.device))
        noise = torch.randn_like(target)
        share = time[:, None, None]
        ratio = self.pipeline.vae.downsampling_ratio
        context, whole, kept = self._context(states, mask, target.shape[-1] * ratio / self.rate)
        made = model(
            ((1 - share) * target + share * noise).to(dtype),
            time.to(dtype),
            encoder_hidden_states=context.to(dtype),
            global_hidden_states=whole.to(dtype),
            encoder_attention_mask=kept,
            return_dict=False,
        )[0]
        return torch.nn.functional.mse_loss(made.float(), noise - target)

    def inputs(self, given: Conditioned, guidance: float) -> dict[str, Any]:
        dtype = self.pipeline.transformer.dtype
        call = {"prompt_embeds": given.states.to(dtype), "encoder_attention_mask": given.mask}
        if guidance > 1:
            call |= {
                "negative_prompt_embeds": given.without.to(dtype),
                "negative_encoder_attention_mask": given.mask_without,
            }
        return call

    @torch.no_grad()
    def generate(self, given: Conditioned, seconds: float, **how: Any) -> Tensor:
        distilled = bool(self.pipeline.scheduler.config.stochastic_sampling)
        guidance = how.get("guidance") or (1.0 if distilled else BASE_GUIDANCE)
        steps = how.get("steps") or (DISTILLED_STEPS if distilled else BASE_STEPS)
        sound: Tensor = self.pipeline(
            **self.inputs(given, guidance),
            duration=seconds,
            guidance_scale=guidance,
            num_inference_steps=steps,
            generator=torch.Generator("cpu").manual_seed(int(how.get("seed", 0))),
        ).audios
        return sound.float()

    def _context(self, states: Tensor, mask: Tensor, seconds: float) -> tuple[Tensor, ...]:
        count = len(states)
        whole = self.pipeline.encode_duration(seconds, self.device, 1, count)
        context, kept = self.pipeline.prepare_cross_attention(states, mask, whole)
        return context, whole, kept
