"""Stable Audio 3 through diffusers: from words, a region inpainted, or away from a clip.

The three pipelines share one set of modules. Distilled weights (`stochastic_sampling`) take 8
steps and no guidance; the base weights 100, and guidance.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from generation.engines import torching
from generation.engines.diffusion import call_with_steps, cut_prompt, load_pipeline
from generation.engines.engine import Job, Played, TorchEngine
from generation.engines.sound import fitted, spliced
from generation.engines.weights import Expected
from generation.payloads import stable_audio_3
from schemas.audio import Audio

DISTILLED_STEPS, BASE_STEPS = 8, 100
BASE_GUIDANCE = 4.0
_LEAST_NOISE = 0.05
_TOKENS = 256


class StableAudio3(TorchEngine):
    """See `TorchEngine` for its parameters; weights such as stabilityai/stable-audio-3-medium."""

    manifest_ = stable_audio_3.MANIFEST
    build = staticmethod(stable_audio_3.build)
    expected = Expected(
        index="model_index.json",
        field="_class_name",
        values=(
            "StableAudio3Pipeline",
            "StableAudio3InpaintPipeline",
            "StableAudio3AudioToAudioPipeline",
        ),
        example="stabilityai/stable-audio-3-medium",
    )

    def _load(self, folder: str, device: Any, dtype: Any) -> Any:
        pipeline = torching.library("diffusers", "stable-audio-3").StableAudio3Pipeline
        return load_pipeline(pipeline, folder, device, dtype)

    def _play(self, model: Any, job: Job) -> Played:
        call = {k: v for k, v in job.payload.call.items() if not k.startswith("mask_")}
        rate = int(model.vae.config.sampling_rate)
        notes = cut_prompt(model, call["prompt"], _TOKENS)
        if job.source is not None and job.regions:
            return self._inpainted(model, job, call, notes)
        start = job.source or job.options.clip
        if start is not None:
            samples = self._varied(model, job, call, start)
            notes += _without_negative(call)
            what = "edit" if job.source is not None else "references"
            return Played(samples=samples, rate=rate, notes=notes, honoured=(what,))
        call["guidance_scale"] = job.options.guidance or (
            1.0 if _distilled(model) else BASE_GUIDANCE
        )
        if call["guidance_scale"] <= 1:
            notes += _without_negative(call)
        elif _distilled(model):
            notes.append("these weights are distilled: guidance above 1 distorts")
        return Played(samples=self._call(model, model, job, call), rate=rate, notes=notes)

    def _varied(self, model: Any, job: Job, call: dict[str, Any], start: Audio) -> Any:
        """The clip noised part of the way and denoised again: the less noise, the nearer to it."""
        rate = int(model.vae.config.sampling_rate)
        samples = fitted(start, rate, model.vae.config.audio_channels)
        wanted = round(call["duration"] * rate)
        if job.source is not None and job.request.duration_s is None:
            wanted = samples.shape[1]
            call["duration"] = wanted / rate
        noise = max(_LEAST_NOISE, 1 - job.options.clip_strength)
        pipeline = self._sibling(model, "StableAudio3AudioToAudioPipeline")
        more = {"audio": _batch(_long(samples, wanted)), "init_noise_level": noise}
        return self._call(
            model, pipeline, job, {k: v for k, v in call.items() if k != "negative_prompt"} | more
        )

    def _inpainted(self, model: Any, job: Job, call: dict[str, Any], notes: list[str]) -> Played:
        """All regions at once; what is kept is then put back sample for sample."""
        assert job.source is not None
        rate = int(model.vae.config.sampling_rate)
        source = fitted(job.source, rate, model.vae.config.audio_channels)
        length = max(source.shape[1], round(job.regions[-1].end_s * rate))
        more = {
            "duration": length / rate,
            "audio": _batch(_long(source, length)),
            "mask_start_seconds": [region.start_s for region in job.regions],
            "mask_end_seconds": [region.end_s for region in job.regions],
        }
        pipeline = self._sibling(model, "StableAudio3InpaintPipeline")
        asked = {k: v for k, v in call.items() if k != "negative_prompt"}
        made = self._call(model, pipeline, job, asked | more)
        samples = spliced(source, made[0], job.regions, rate)
        notes += _without_negative(call)
        return Played(samples=samples, rate=rate, notes=notes, honoured=("edit",))

    def _sibling(self, model: Any, name: str) -> Any:
        made = getattr(torching.library("diffusers", "stable-audio-3"), name)(**model.components)
        made.set_progress_bar_config(disable=True)
        return made

    def _call(self, model: Any, pipeline: Any, job: Job, call: dict[str, Any]) -> Any:
        call = self._with_vector(job, call)
        steps = job.options.steps or (DISTILLED_STEPS if _distilled(model) else BASE_STEPS)
        return call_with_steps(pipeline, call, job, steps)

    def _length(self, job: Job) -> float | None:
        """An edit keeps the length of what it edits."""
        return None if job.source is not None else super()._length(job)


def _distilled(model: Any) -> bool:
    return bool(model.scheduler.config.stochastic_sampling)


def _without_negative(call: dict[str, Any]) -> list[str]:
    if not call.get("negative_prompt"):
        return []
    return [f"not told, for want of guidance: no {call['negative_prompt']}"]


def _long(samples: Any, length: int) -> Any:
    return np.pad(samples[:, :length], ((0, 0), (0, max(0, length - samples.shape[1]))))


def _batch(samples: Any) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(samples, np.float32))[None]
