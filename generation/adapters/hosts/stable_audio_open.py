"""Stable Audio Open: tokens before those of the words in `prompt_embeds`; v-prediction loss."""

from __future__ import annotations

import math
from typing import Any

import torch
from diffusers.models.embeddings import get_1d_rotary_pos_embed
from torch import Tensor

from generation.adapters.hosts.host import Conditioned, frozen
from generation.engines.stable_audio_open import GUIDANCE, STEPS


class StableAudioOpenHost:
    """See `hosts.host.Host`. `encode` gives latents (B, channels, frames), padded to the window."""

    kind = "stable-audio-open"

    def __init__(self, pipeline: Any) -> None:
        self.pipeline = pipeline
        for part in ("transformer", "vae", "text_encoder", "projection_model"):
            frozen(getattr(pipeline, part))
        self.width = int(pipeline.text_encoder.config.d_model)
        self.rate = int(pipeline.vae.config.sampling_rate)
        self.channels = int(pipeline.vae.config.audio_channels)
        self.device = pipeline.transformer.device

    @torch.no_grad()
    def encode(self, sound: Tensor) -> Tensor:
        vae, window = self.pipeline.vae, self.pipeline.transformer.config.sample_size
        padded = torch.nn.functional.pad(
            sound, (0, max(0, window * vae.hop_length - sound.shape[-1]))
        )[..., : window * vae.hop_length]
        latents: Tensor = vae.encode(padded.to(self.device, vae.dtype)).latent_dist.mean
        return torch.nn.functional.pad(latents, (0, window - latents.shape[-1]))[..., :window]

    @torch.no_grad()
    def words(self, prompts: list[str]) -> tuple[Tensor, Tensor]:
        read = self.pipeline.tokenizer(
            prompts, padding="max_length", truncation=True, return_tensors="pt",
            max_length=self.pipeline.tokenizer.model_max_length,
        ).to(self.device)  # fmt: skip
        states = self.pipeline.text_encoder(read.input_ids, attention_mask=read.attention_mask)
        return states[0], read.attention_mask

    def loss(self, states: Tensor, mask: Tensor, targets: Tensor, seconds: float = 0) -> Tensor:
        """Mean square of v at θ uniform on 0 … π/2: z = x cos θ + n sin θ, v = n cos θ − x sin θ.

        The network sees θ·2/π as its time, as the pipeline's scheduler hands it (arctan σ).
        """
        model, dtype = self.pipeline.transformer, self.pipeline.transformer.dtype
        target = targets.to(self.device, torch.float32)
        time = torch.rand(len(target), device=self.device)
        cosine, sine = ((f(time * math.pi / 2))[:, None, None] for f in (torch.cos, torch.sin))
        noise = torch.randn_like(target)
        context, whole = self._context(states, mask, seconds or self._window_s())
        made = model(
            (cosine * target + sine * noise).to(dtype),
            time.to(dtype),
            encoder_hidden_states=context.to(dtype),
            global_hidden_states=whole.to(dtype),
            rotary_embedding=self._rotary(target.shape[-1] + whole.shape[1]),
            return_dict=False,
        )[0]
        return torch.nn.functional.mse_loss(made.float(), cosine * noise - sine * target)

    def inputs(self, given: Conditioned, guidance: float) -> dict[str, Any]:
        dtype = self.pipeline.transformer.dtype
        call = {"prompt_embeds": given.states.to(dtype), "attention_mask": given.mask}
        if guidance > 1:
            call |= {
                "negative_prompt_embeds": given.without.to(dtype),
                "negative_attention_mask": given.mask_without,
            }
        return call

    @torch.no_grad()
    def generate(self, given: Conditioned, seconds: float, **how: Any) -> Tensor:
        guidance = how.get("guidance") or GUIDANCE
        steps = how.get("steps") or STEPS
        sound: Tensor = self.pipeline(
            **self.inputs(given, guidance),
            audio_end_in_s=seconds,
            guidance_scale=guidance,
            num_inference_steps=steps,
            generator=torch.Generator("cpu").manual_seed(int(how.get("seed", 0))),
        ).audios
        return sound.float()

    def _window_s(self) -> float:
        hop = self.pipeline.vae.hop_length
        return float(self.pipeline.transformer.config.sample_size * hop / self.rate)

    def _context(self, states: Tensor, mask: Tensor, seconds: float) -> tuple[Tensor, Tensor]:
        """As the pipeline puts it together: projected words, start, end; and both times."""
        project = self.pipeline.projection_model
        words = project(text_hidden_states=states.to(project.dtype)).text_hidden_states
        words = words * mask[..., None].to(words.dtype)
        ends = [torch.full((len(states),), value, device=self.device) for value in (0.0, seconds)]
        made = project(start_seconds=ends[0], end_seconds=ends[1])
        start, end = made.seconds_start_hidden_states, made.seconds_end_hidden_states
        return torch.cat([words, start, end], 1), torch.cat([start, end], 2)

    def _rotary(self, length: int) -> Any:
        return get_1d_rotary_pos_embed(
            self.pipeline.rotary_embed_dim, length, use_real=True, repeat_interleave_real=False
        )
