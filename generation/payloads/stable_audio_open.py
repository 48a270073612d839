"""Stable Audio Open: diffusers' `StableAudioPipeline`, and the dictionary of stable-audio-tools.

`NumberConditioner` of stable-audio-tools clamps seconds_start and seconds_total to 0 … 512 without
a word; here the clamp is reported. The released weights make 47.55 s (2,097,152 samples) at most.
"""

from __future__ import annotations

from typing import Any

from generation.payloads.base import Draft, Payload
from schemas.conditioning import ConditioningRequest
from schemas.generation import EngineManifest, Parameter
from schemas.parts import Applied

DEFAULT_S = 30.0
LONGEST_S = 2_097_152 / 44_100

MANIFEST = EngineManifest(
    engine="stable-audio-open",
    title="Stable Audio Open 1.0",
    parameters=(
        Parameter(name="prompt", takes="prompt", applied=Applied.PROMPT),
        Parameter(name="negative_prompt", takes="absent", applied=Applied.PROMPT),
        Parameter(name="audio_start_in_s", takes="start", applied=Applied.NATIVE, unit="s",
                  minimum=0, maximum=512),
        Parameter(name="audio_end_in_s", takes="duration_s", applied=Applied.NATIVE, unit="s",
                  minimum=0.5, maximum=LONGEST_S),
    ),
    longest_s=LONGEST_S,
    sample_rate_hz=44_100,
    channels=2,
    code_licence="MIT",
    weights_licence="LicenseRef-Stability-AI-Community",
    source="stabilityai/stable-audio-open-1.0 model card; stable-audio-tools conditioners.py; "
    "diffusers 0.42 pipeline_stable_audio.py",
)  # fmt: skip


def build(request: ConditioningRequest) -> Payload:
    """The keyword arguments of `StableAudioPipeline.__call__`."""
    draft = Draft(MANIFEST, request)
    draft.option("audio_start_in_s", 0.0)
    draft.number("duration_s", request.duration_s or DEFAULT_S)
    draft.text("tags")
    return draft.done()


def conditioning(payload: Payload) -> list[dict[str, Any]]:
    """The same as stable-audio-tools' `generate_diffusion_cond(conditioning=…)` takes it."""
    call = payload.call
    return [
        {
            "prompt": call["prompt"],
            "seconds_start": call["audio_start_in_s"],
            "seconds_total": call["audio_end_in_s"],
        }
    ]
