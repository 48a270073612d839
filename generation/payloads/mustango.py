"""Mustango: text with control sentences, beats and chords with their times, 10 s at 16 kHz.

By default Mustango predicts beats and chords from the text; here they are handed to
`MusicAudioDiffusion.inference` as the request has them, and the text says them as well, as the
captions it was trained on (MusicBench) do.
"""

from __future__ import annotations

import math

from generation.around import asking
from generation.payloads import tracks
from generation.payloads.base import Draft, Payload
from generation.payloads.chord_words import labels
from schemas.conditioning import ConditioningRequest
from schemas.generation import EngineManifest, Parameter
from schemas.parts import Applied, Chord

SECONDS = 10.0
MOST_BEATS, MOST_CHORDS, MOST_IN_BAR = 50, 20, 7

MANIFEST = EngineManifest(
    engine="mustango",
    title="Mustango",
    parameters=(
        Parameter(name="prompt", takes="prompt", applied=Applied.PROMPT),
        Parameter(name="beats", takes="tempo_bpm", applied=Applied.NATIVE, unit="BPM", minimum=30,
                  maximum=300, note="[times in s, counts in the bar from 1]; 50 at most, 7 a bar"),
        Parameter(name="chords", takes="chords", applied=Applied.NATIVE,
                  note="Chordino's labels, 20 at most"),
        Parameter(name="chords_times", takes="chord times", applied=Applied.NATIVE, unit="s",
                  minimum=0, maximum=SECONDS),
        Parameter(name="seconds", takes="duration_s", applied=Applied.NATIVE, unit="s",
                  minimum=SECONDS, maximum=SECONDS, note="fixed by the size of its latents"),
    ),
    longest_s=SECONDS,
    sample_rate_hz=16_000,
    channels=1,
    code_licence="LicenseRef-Unknown",
    weights_licence="LicenseRef-Unknown",
    source="Melechovsky et al. 2023, arXiv:2311.08355; github.com/AMAAI-Lab/mustango mustango.py, "
    "models.py, layers/layers.py",
)  # fmt: skip


def build(request: ConditioningRequest) -> Payload:
    """`prompt`, `beats`, `chords` and `chords_times` as `MusicAudioDiffusion.inference` has them.

    Raises
    ------
    InputError
        When a chord's symbol is none.
    """
    found, changed = labels(request.chords, SECONDS)
    kept = found[:MOST_CHORDS]
    said = tuple(Chord(start_s=start, symbol=label) for label, start in kept)
    draft = Draft(MANIFEST, request.model_copy(update={"chords": said}))
    draft.number("duration_s", request.duration_s or SECONDS)
    _beats(draft)
    if kept:
        draft.option("chords", [label for label, _ in kept])
        draft.option("chords_times", [start for _, start in kept])
        draft.claim("chords", Applied.NATIVE)
    for one in changed:
        asked, _, aimed = one.partition(" → ")
        draft.clamp("chords", asked, aimed)
    if len(found) > MOST_CHORDS:
        draft.clamp("chords", f"{len(found)}", f"{MOST_CHORDS}")
    draft.text("control")
    return draft.done()


def _beats(draft: Draft) -> None:
    """Beats at the asked tempo from 0 on; every beat in time with a metre of up to 7."""
    bpm = asking.tempo(draft.request)
    if bpm is None:
        return
    aimed = draft.number("tempo_bpm", bpm)
    metre = draft.request.time_signature or "4/4"
    in_bar = int(metre.split("/")[0])
    if in_bar > MOST_IN_BAR:
        draft.clamp("time_signature", metre, f"beats counted to {MOST_IN_BAR}")
        in_bar = MOST_IN_BAR
    times = [round(float(time), 2) for time in tracks.beat_times(aimed, SECONDS)]
    if len(times) > MOST_BEATS:
        draft.clamp("beats", f"{len(times)}", f"{MOST_BEATS}")
    times = times[:MOST_BEATS]
    draft.option("beats", [times, [1.0 + math.fmod(i, in_bar) for i in range(len(times))]])
