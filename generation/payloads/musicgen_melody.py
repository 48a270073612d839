"""MusicGen Melody: text and a chroma track of the melody, one-hot, for 30 s at 7.8 frames a second.

The model's own extractor takes the chroma from audio; here it is written from the notes.
"""

from __future__ import annotations

from generation.payloads import musicgen, tracks
from generation.payloads.base import Draft, Payload
from schemas.conditioning import ConditioningRequest
from schemas.generation import EngineManifest, Parameter
from schemas.parts import Applied

FRAMES = 235
RATE_HZ = 32_000 / 4_096

MANIFEST = EngineManifest(
    engine="musicgen-melody",
    title="MusicGen Melody",
    parameters=(
        musicgen.TEXT,
        musicgen.TOKENS,
        Parameter(name="input_features", takes="melody", applied=Applied.NATIVE, unit="one-hot",
                  minimum=0, maximum=1,
                  note="chroma, float32 (1, 235, 12), 7.8125 frames a second from C on; octaves "
                  "are not carried"),
    ),
    longest_s=musicgen.LONGEST_S,
    sample_rate_hz=32_000,
    channels=1,
    code_licence="MIT",
    weights_licence="CC-BY-NC-4.0",
    source="Copet et al. 2023, arXiv:2306.05284; transformers musicgen_melody "
    "(feature_extraction: hop 4096 at 32 kHz, chroma_length 235)",
)  # fmt: skip


def build(request: ConditioningRequest) -> Payload:
    """As MusicGen's, with `input_features` where the request has a melody."""
    draft = Draft(MANIFEST, request)
    seconds = draft.number(
        "duration_s",
        request.duration_s or musicgen.DEFAULT_S,
        whole=True,
        scale=float(musicgen.TOKENS_PER_S),
    )
    if request.melody:
        within = tuple(note for note in request.melody if note.start_s < seconds)
        if len(within) < len(request.melody):
            draft.clamp("melody", f"{len(request.melody)} notes", f"{len(within)}")
        draft.array("melody", tracks.chroma(within, FRAMES, RATE_HZ)[None])
    draft.text("metadata")
    return draft.done()
