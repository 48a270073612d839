"""ACE-Step 1.5 through diffusers: from words, from a region of an earlier result, after a clip.

Edits are its own task "repaint": a region is made anew within what is around it. Without regions an
edit is a "cover" of the earlier result. A clip lends its timbre (`reference_audio`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from generation.engines import torching
from generation.engines.diffusion import call_with_steps, load_pipeline
from generation.engines.engine import Job, Played, TorchEngine
from generation.engines.sound import fitted, spliced
from generation.engines.weights import Expected
from generation.payloads import ace_step
from schemas.parts import Region

TURBO_STEPS, BASE_STEPS = 8, 50
"""Denoising steps of the distilled and of the other weights, as the authors' inference guide has
them; guidance is distilled into the former, and pointless there."""
BASE_GUIDANCE = 7.0


class AceStep(TorchEngine):
    """See `TorchEngine` for its parameters; weights: ACE-Step/acestep-v15-xl-turbo-diffusers …"""

    manifest_ = ace_step.MANIFEST
    build = staticmethod(ace_step.build)
    expected = Expected(
        index="model_index.json",
        field="_class_name",
        values=("AceStepPipeline",),
        example="ACE-Step/acestep-v15-xl-turbo-diffusers",
    )

    def _load(self, folder: str, device: Any, dtype: Any) -> Any:
        return load_pipeline(
            torching.library("diffusers", "ace-step").AceStepPipeline, folder, device, dtype
        )

    def _play(self, model: Any, job: Job) -> Played:
        call = {
            k: v for k, v in job.payload.call.items() if not k.startswith(("task", "repainting"))
        }
        call["guidance_scale"] = job.options.guidance or (1.0 if model.is_turbo else BASE_GUIDANCE)
        rate, channels = model.sample_rate, model.vae.config.audio_channels
        notes, honoured = [], []
        if model.is_turbo and (job.options.guidance or 1) > 1:
            notes.append("guidance has no effect on these weights: it was distilled into them")
        if job.options.clip is not None:
            call["reference_audio"] = _tensor(fitted(job.options.clip, rate, channels))
            honoured.append("references")
        if job.source is None:
            samples = self._call(model, job, call | {"task_type": "text2music"})
        else:
            honoured.append("edit")
            samples = self._edited(model, job, call, fitted(job.source, rate, channels))
        return Played(samples=samples, rate=rate, notes=notes, honoured=tuple(honoured))

    def _edited(self, model: Any, job: Job, call: dict[str, Any], source: Any) -> Any:
        rate = model.sample_rate
        if not job.regions:
            cover = {
                "task_type": "cover",
                "src_audio": _tensor(source),
                "audio_cover_strength": job.options.clip_strength,
                "audio_duration": source.shape[1] / rate,
            }
            return self._call(model, job, call | cover)
        current = source
        for region in job.regions:
            current = self._repainted(model, job, call, current, region)
        return current

    def _repainted(
        self, model: Any, job: Job, call: dict[str, Any], source: Any, region: Region
    ) -> Any:
        rate = model.sample_rate
        end = max(source.shape[1], round(region.end_s * rate))
        padded = np.pad(source, ((0, 0), (0, end - source.shape[1])))
        repaint = {
            "task_type": "repaint",
            "src_audio": _tensor(padded),
            "audio_duration": end / rate,
            "repainting_start": region.start_s,
            "repainting_end": region.end_s,
        }
        made = self._call(model, job, call | repaint)
        return spliced(source, made[0], (region,), rate)

    def _call(self, model: Any, job: Job, call: dict[str, Any]) -> Any:
        steps = job.options.steps or (TURBO_STEPS if model.is_turbo else BASE_STEPS)
        rounds = max(1, len(job.regions))
        return call_with_steps(model, call, job, steps, rounds)


def _tensor(samples: Any) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(samples, np.float32))
