"""Magenta RealTime 2: a style (text, or a weighted mean of several), notes and drums by the frame.

The model streams frames of 40 ms; each takes 128 pitches (-1 free, 0 off, 1 goes on, 2 begins) and
whether drums play (-1 free, 0 no, 1 yes). It runs in JAX or MLX, in a process of its own.
"""

from __future__ import annotations

import numpy as np

from generation.payloads import tracks
from generation.payloads.base import Draft, Payload
from schemas.conditioning import ConditioningRequest
from schemas.generation import EngineManifest, Parameter
from schemas.parts import Applied
from schemas.styles import style

DEFAULT_S = 30.0
FRAMES_PER_S = 25
_DRUMS = frozenset({"drums", "percussion"})

MANIFEST = EngineManifest(
    engine="magenta-rt2",
    title="Magenta RealTime 2",
    parameters=(
        Parameter(name="style", takes="prompt", applied=Applied.PROMPT,
                  note="embedded by MusicCoCa; embeddings of several texts may be averaged"),
        Parameter(name="style_blend", takes="styles", applied=Applied.PROMPT, unit="weight",
                  minimum=0, maximum=1, note="{text: weight}, of the mean of the embeddings"),
        Parameter(name="frames", takes="duration_s", applied=Applied.NATIVE,
                  unit="frames, 25 a second", minimum=1, maximum=15_000,
                  note="it streams without end; 10 minutes are the limit here"),
        Parameter(name="pianoroll_with_onsets_tokens", takes="melody", applied=Applied.NATIVE,
                  minimum=-1, maximum=3, note="int8 (frames, 128): -1 free, 0 off, 1 on, 2 onset"),
        Parameter(name="drum_pianoroll_tokens", takes="drums", applied=Applied.NATIVE,
                  minimum=-1, maximum=1, note="int8 (frames,): -1 free, 0 no drums, 1 drums"),
    ),
    longest_s=600,
    sample_rate_hz=48_000,
    channels=2,
    code_licence="Apache-2.0",
    weights_licence="CC-BY-4.0",
    source="github.com/magenta/magenta-realtime, magenta_rt/config.py and jax/system.py",
)  # fmt: skip


def build(request: ConditioningRequest) -> Payload:
    """What `MagentaRT2System` is fed with: a text to embed, and tokens by the frame.

    Frames in which the melody rests, and all other pitches, are left free, so that the model
    accompanies what it is given.
    """
    draft = Draft(MANIFEST, request)
    seconds = draft.number(
        "duration_s", request.duration_s or DEFAULT_S, whole=True, scale=float(FRAMES_PER_S)
    )
    frames = round(seconds * FRAMES_PER_S)
    if request.melody:
        roll = tracks.piano_roll(request.melody, frames, FRAMES_PER_S)
        draft.array("melody", np.where(roll > 0, roll, -1).astype(np.int8))
    drums = [one.presence for one in request.instruments if one.id in _DRUMS]
    if drums:
        state = 0 if drums[0] == "absent" else 1
        draft.array("drums", np.full(frames, state, np.int8))
    draft.text("tags")
    if len(request.styles) > 1:
        draft.option("style_blend", {style(s.id).name: s.weight for s in request.styles})
    return draft.done()
