"""MuseControlLite: Stable Audio Open with melody, rhythm and dynamics over time, 47.55 s.

The released script takes the three from a recording; here they are written from the request, in
the shapes that its extractors give (utils/extract_conditions.py), at 44.1 kHz:

    melody     (128, 4097) MIDI pitches, hop 512: 1 for a pitch among the loudest, above middle C
    rhythm     (2, 4755)   activations of beats and downbeats, 100 a second
    dynamics   (13108,)    dB below the loudest, hop 160
"""

from __future__ import annotations

import numpy as np

from generation.around import asking
from generation.payloads import stable_audio_open, tracks
from generation.payloads.base import Draft, Payload
from generation.payloads.dynamics import level_curve
from schemas.conditioning import ConditioningRequest
from schemas.generation import EngineManifest, Parameter
from schemas.parts import Applied

SAMPLES, SAMPLE_RATE_HZ = 2_097_152, 44_100
SECONDS = stable_audio_open.LONGEST_S
MELODY_FRAMES, DYNAMICS_FRAMES = SAMPLES // 512 + 1, SAMPLES // 160 + 1
_MIDDLE_C = 60

MANIFEST = EngineManifest(
    engine="musecontrollite",
    title="MuseControlLite",
    parameters=(
        Parameter(name="text", takes="prompt", applied=Applied.PROMPT),
        Parameter(name="negative_text_prompt", takes="absent", applied=Applied.PROMPT),
        Parameter(name="condition_type", takes="kinds", applied=Applied.NATIVE,
                  note="which of melody_mono, rhythm and dynamics are given"),
        Parameter(name="guidance_scale_text", takes="guidance", applied=Applied.NATIVE,
                  note="7.0 by default"),
        Parameter(name="melody", takes="melody", applied=Applied.NATIVE, minimum=0, maximum=1,
                  note="float32 (128, 4097)"),
        Parameter(name="rhythm", takes="tempo_bpm", applied=Applied.NATIVE, unit="BPM", minimum=30,
                  maximum=300, note="float32 (2, 4755), as a beat tracker's activations"),
        Parameter(name="dynamics", takes="levels", applied=Applied.NATIVE, unit="dB", minimum=-60,
                  maximum=0, note="float32 (13108,)"),
        Parameter(name="seconds", takes="duration_s", applied=Applied.NATIVE, unit="s",
                  minimum=SECONDS, maximum=SECONDS, note="fixed by the size of its latents"),
    ),
    longest_s=SECONDS,
    sample_rate_hz=SAMPLE_RATE_HZ,
    channels=2,
    code_licence="LicenseRef-Unknown",
    weights_licence="MIT AND LicenseRef-Stability-AI-Community",
    source="Tsai et al. 2025 (ICML); github.com/fundwotsai2001/MuseControlLite config_inference.py,"
    " utils/extract_conditions.py",
)  # fmt: skip


def build(request: ConditioningRequest) -> Payload:
    """Text and condition arrays; the piece always has 47.55 s."""
    draft = Draft(MANIFEST, request)
    draft.number("duration_s", request.duration_s or SECONDS)
    kinds = [
        kind
        for kind, given in (
            ("melody_mono", _melody(draft)),
            ("rhythm", _rhythm(draft)),
            ("dynamics", _dynamics(draft)),
        )
        if given
    ]
    draft.option("condition_type", kinds)
    draft.text("tags")
    return draft.done()


def _melody(draft: Draft) -> bool:
    """Pitches above middle C, where its extractor listens; lower notes are moved up by octaves."""
    notes = draft.request.melody
    if not notes:
        return False
    part, moved = tracks.salience(notes, MELODY_FRAMES, SAMPLE_RATE_HZ / 512, _MIDDLE_C, 127)
    if moved:
        draft.clamp("melody", f"{moved} notes below middle C", "moved up by octaves")
    matrix = np.zeros((128, MELODY_FRAMES), np.float32)
    matrix[_MIDDLE_C:] = part
    draft.array("melody", matrix)
    return True


def _rhythm(draft: Draft) -> bool:
    bpm = asking.tempo(draft.request)
    if bpm is None:
        return False
    metre = draft.request.time_signature or "4/4"
    activations = tracks.beat_activations(bpm, int(metre.split("/")[0]), SECONDS, 100.0)
    draft.array("tempo_bpm", activations)
    if draft.request.time_signature:
        draft.claim("time_signature", Applied.NATIVE)
    return True


def _dynamics(draft: Draft) -> bool:
    curve = level_curve(draft.request, SECONDS, DYNAMICS_FRAMES)
    if curve is None:
        return False
    draft.array("levels", curve)
    return True
