"""Stable Audio Open through diffusers' `StableAudioPipeline`: words, at most 47.55 s, no edits.

A clip is where the sampler starts. diffusers adds the full first noise to it (σ = 500), under which
nothing of it would be left, so that the noise is lowered with `clip_strength`, as
`init_noise_level` of stable-audio-tools does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from generation.engines import torching
from generation.engines.diffusion import call_with_steps, cut_prompt, load_pipeline
from generation.engines.engine import Job, Played, TorchEngine
from generation.engines.sound import fitted
from generation.engines.weights import Expected
from generation.payloads import stable_audio_open
from schemas.errors import GenerationError

STEPS, GUIDANCE = 100, 7.0
"""As the model card has them."""


class StableAudioOpen(TorchEngine):
    """See `TorchEngine` for its parameters; weights such as stabilityai/stable-audio-open-1.0."""

    manifest_ = stable_audio_open.MANIFEST
    build = staticmethod(stable_audio_open.build)
    expected = Expected(
        index="model_index.json",
        field="_class_name",
        values=("StableAudioPipeline",),
        example="stabilityai/stable-audio-open-1.0",
    )
    _edits = False

    def _load(self, folder: str, device: Any, dtype: Any) -> Any:
        diffusers = torching.library("diffusers", "stable-audio-open")
        torching.library("torchsde", "stable-audio-open")  # its scheduler draws Brownian noise
        return load_pipeline(diffusers.StableAudioPipeline, folder, device, dtype)

    def _play(self, model: Any, job: Job) -> Played:
        call = dict(job.payload.call)
        rate = int(model.vae.config.sampling_rate)
        call["guidance_scale"] = job.options.guidance or GUIDANCE
        notes, honoured = cut_prompt(model, call["prompt"]), []
        longest = model.transformer.config.sample_size * model.vae.hop_length / rate
        if call["audio_end_in_s"] > longest:
            notes.append(
                f"asked for {call['audio_end_in_s']:.2f} s; these weights make {longest:.2f} s"
            )
            call["audio_end_in_s"] = longest
        before = model.scheduler
        if job.options.clip is not None:
            clip = fitted(job.options.clip, rate, model.vae.config.audio_channels)
            call["initial_audio_waveforms"] = _batch(clip, model.vae.dtype)
            call["initial_audio_sampling_rate"] = rate
            model.scheduler = _quieter(before, job.options.clip_strength)
            call["latents"] = _noise(model, job)
            honoured.append("references")
        call = self._with_vector(job, call)
        try:
            samples = call_with_steps(model, call, job, job.options.steps or STEPS)
        finally:
            model.scheduler = before
        return Played(samples=samples, rate=rate, notes=notes, honoured=tuple(honoured))


def _quieter(scheduler: Any, strength: float) -> Any:
    """The scheduler with its first σ between the largest (0) and the smallest (1), by ratio."""
    config = scheduler.config
    low, high = float(config.sigma_min), float(config.sigma_max)
    if not 0 < low < high:
        raise GenerationError(f"scheduler: sigma_min {low} … sigma_max {high} is no range of noise")
    first = max(1.01 * low, high * (low / high) ** strength)
    return type(scheduler).from_config(config, sigma_max=first)


def _noise(model: Any, job: Job) -> Any:
    """The first noise, such that it is of the first σ once the pipeline has scaled it.

    The pipeline scales by √(σ² + 1), as is right where there is nothing but noise; beside the
    latents of a clip σ is, and for a small one the difference is what drowns the clip.
    """
    import torch

    scheduler, config = model.scheduler, model.transformer.config
    shape = (1, config.in_channels, config.sample_size)
    drawn = torch.randn(shape, generator=job.generator, dtype=torch.float32)
    scale = float(scheduler.config.sigma_max) / float(scheduler.init_noise_sigma)
    return (drawn * scale).to(model.vae.dtype)


def _batch(samples: Any, dtype: Any) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(samples, np.float32))[None].to(dtype)
