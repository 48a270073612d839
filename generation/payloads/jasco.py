"""JASCO: text, chords and melody over time, always 10 s, mono at 32 kHz.

`generate_music` also takes the sound of a drum part (`drums_wav`); a request has none to give.
"""

from __future__ import annotations

from generation.payloads import tracks
from generation.payloads.base import Draft, Payload
from generation.payloads.chord_words import labels
from schemas.conditioning import ConditioningRequest
from schemas.generation import EngineManifest, Parameter
from schemas.parts import Applied

SECONDS = 10.0
RATE_HZ = 50.0
LOWEST, HIGHEST = 43, 95
"""G2 … B6: 53 pitches."""

MANIFEST = EngineManifest(
    engine="jasco",
    title="JASCO",
    parameters=(
        Parameter(name="descriptions", takes="prompt", applied=Applied.PROMPT),
        Parameter(name="chords", takes="chords", applied=Applied.NATIVE,
                  note="[(label, start in s)] in Chordino's labels"),
        Parameter(name="melody_salience_matrix", takes="melody", applied=Applied.NATIVE,
                  minimum=0, maximum=1,
                  note="float32 (53, 500): one-hot pitches G2 … B6, 50 frames a second"),
        Parameter(name="segment_duration", takes="duration_s", applied=Applied.NATIVE, unit="s",
                  minimum=SECONDS, maximum=SECONDS, note="the length it was trained on"),
    ),
    longest_s=SECONDS,
    sample_rate_hz=32_000,
    channels=1,
    code_licence="MIT",
    weights_licence="CC-BY-NC-4.0",
    source="Tal et al. 2024, arXiv:2406.10970; audiocraft models/jasco.py, data/jasco_dataset.py",
)  # fmt: skip


def build(request: ConditioningRequest) -> Payload:
    """The keyword arguments of `JASCO.generate_music`; `descriptions` is one text.

    Raises
    ------
    InputError
        When a chord's symbol is none.
    """
    draft = Draft(MANIFEST, request)
    draft.number("duration_s", request.duration_s or SECONDS)
    if request.chords:
        found, changed = labels(request.chords, SECONDS)
        for one in changed:
            asked, _, aimed = one.partition(" → ")
            draft.clamp("chords", asked, aimed)
        draft.option("chords", [list(chord) for chord in found])
        draft.claim("chords", Applied.NATIVE)
    if request.melody:
        matrix, moved = tracks.salience(
            request.melody, round(SECONDS * RATE_HZ), RATE_HZ, LOWEST, HIGHEST
        )
        if moved:
            draft.clamp("melody", f"{moved} notes beyond G2 … B6", "moved by octaves")
        draft.array("melody", matrix)
    draft.text("metadata", elsewhere=frozenset({"chords"}))
    return draft.done()
