"""MusicGen through transformers: text alone, at most 30 s, mono at 32 kHz.

Metadata is appended to the description as audiocraft did in training ("… . bpm: 124. key: C
minor"); the model was trained on instrumental music and cannot sing.
"""

from __future__ import annotations

from generation.payloads.base import Draft, Payload
from schemas.conditioning import ConditioningRequest
from schemas.generation import EngineManifest, Parameter
from schemas.parts import Applied

DEFAULT_S = 15.0
TOKENS_PER_S = 50
"""Frames of EnCodec at 32 kHz a second."""
LONGEST_S = 30.0

TEXT = Parameter(name="text", takes="prompt", applied=Applied.PROMPT)
TOKENS = Parameter(
    name="max_new_tokens",
    takes="duration_s",
    applied=Applied.NATIVE,
    unit="tokens, 50 a second",
    minimum=TOKENS_PER_S,
    maximum=LONGEST_S * TOKENS_PER_S,
)

MANIFEST = EngineManifest(
    engine="musicgen",
    title="MusicGen",
    parameters=(TEXT, TOKENS),
    longest_s=LONGEST_S,
    sample_rate_hz=32_000,
    channels=1,
    code_licence="MIT",
    weights_licence="CC-BY-NC-4.0",
    source="Copet et al. 2023, arXiv:2306.05284; transformers musicgen; audiocraft model card",
)


def build(request: ConditioningRequest) -> Payload:
    """`text` for the processor, `max_new_tokens` for `generate`."""
    draft = Draft(MANIFEST, request)
    draft.number(
        "duration_s", request.duration_s or DEFAULT_S, whole=True, scale=float(TOKENS_PER_S)
    )
    draft.text("metadata")
    return draft.done()
