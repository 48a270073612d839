"""Stable Audio 3 through diffusers: `StableAudio3Pipeline(prompt=…, duration=…)`.

Everything but the length goes by words. `negative_prompt` works where guidance is on, on weights
that were not distilled; the distilled ones leave it without effect, and the engine says so.
"""

from __future__ import annotations

from generation.payloads.base import Draft, Payload
from schemas.conditioning import ConditioningRequest
from schemas.generation import EngineManifest, Parameter
from schemas.parts import Applied

DEFAULT_S = 30.0

MANIFEST = EngineManifest(
    engine="stable-audio-3",
    title="Stable Audio 3",
    parameters=(
        Parameter(name="prompt", takes="prompt", applied=Applied.PROMPT),
        Parameter(name="negative_prompt", takes="absent", applied=Applied.PROMPT,
                  note="of effect with guidance_scale above 1, on weights that are not distilled"),
        Parameter(name="duration", takes="duration_s", applied=Applied.NATIVE, unit="s",
                  minimum=0.5, maximum=384),
        Parameter(name="mask_start_seconds", takes="edit", applied=Applied.NATIVE, unit="s",
                  minimum=0, maximum=384, note="of StableAudio3InpaintPipeline"),
        Parameter(name="mask_end_seconds", takes="edit end", applied=Applied.NATIVE, unit="s",
                  minimum=0, maximum=384, note="of StableAudio3InpaintPipeline"),
    ),
    longest_s=384,
    sample_rate_hz=44_100,
    channels=2,
    code_licence="Apache-2.0",
    weights_licence="LicenseRef-Stability-AI-Community",
    source="diffusers 0.42 pipelines/stable_audio_3; Stability-AI/stable-audio-3 docs/guides",
)  # fmt: skip


def build(request: ConditioningRequest) -> Payload:
    """The keyword arguments of the pipeline's call; with `mask_…` of the one that inpaints."""
    draft = Draft(MANIFEST, request)
    draft.number("duration_s", request.duration_s or DEFAULT_S)
    edit = request.edit
    if edit is not None and len(edit.regenerate_regions) == 1 and not edit.keep_stems:
        draft.number("edit", edit.regenerate_regions[0].start_s)
        draft.number("edit end", edit.regenerate_regions[0].end_s)
    draft.text("library")
    return draft.done()
