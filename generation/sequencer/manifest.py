"""What the embedded engine takes."""

from __future__ import annotations

from generation.sequencer.controlling.reach import REACH
from generation.sequencer.plan import STEMS
from generation.sequencer.planning.timing import (
    FASTEST_BPM,
    LONGEST_S,
    SHORTEST_S,
    SLOWEST_BPM,
)
from generation.sequencer.synthesis.signal import RATE_HZ
from schemas.generation import EngineManifest, Parameter
from schemas.parts import Applied

ID = "embedded"


def _native(
    takes: str, unit: str = "", reach: tuple[float, float] | None = None, note: str = ""
) -> Parameter:
    low, high = reach or (None, None)
    return Parameter(
        name=takes, takes=takes, applied=Applied.NATIVE, unit=unit, minimum=low, maximum=high,
        note=note,
    )  # fmt: skip


MANIFEST = EngineManifest(
    engine=ID,
    title="Embedded sequencer and synthesiser",
    parameters=(
        _native("prompt", note="names of styles and presets are read; the rest is the mapping's"),
        _native("styles", note="up to three are blended"),
        _native("tempo_bpm", "BPM", (SLOWEST_BPM, FASTEST_BPM)),
        _native("key"),
        _native("key_mode", "1 major, 0 minor", (0, 1)),
        _native("time_signature", note="2/4 … 7/4, 5/8 … 12/8"),
        _native("feel"),
        _native("onset_rate_hz", "Hz", REACH.onset_rate_hz, note="by the density of all parts"),
        _native("brightness_hz", "Hz", REACH.brightness_hz, note="by a tilt of the spectrum"),
        _native("loudness_lufs", "LUFS", REACH.loudness_lufs),
        _native("energy", "ratio", REACH.energy, note="by all the others"),
        _native("duration_s", "s", (SHORTEST_S, LONGEST_S)),
        _native("instruments", note="present, prominent or absent"),
        _native("effects", note="reverb, delay, distortion, sidechain, compression, stereo_width"),
        _native("sections", note="bars, key, tempo, intensity, events, absent instruments"),
        _native("melody", note="played by the lead and harmonised"),
        _native("chords"),
        _native("seed"),
        _native("stem_seeds"),
        _native("edit", note="stems or spans kept or drawn anew, a continuation, another sound"),
    ),
    longest_s=LONGEST_S,
    sample_rate_hz=RATE_HZ,
    channels=2,
    stems=STEMS,
    sings=False,
    code_licence="LicenseRef-Wordtone",
    weights_licence=None,
    source="wordtone, docs/embedded-engine.md",
)
